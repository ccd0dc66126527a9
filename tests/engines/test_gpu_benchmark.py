"""The benchmark of a GPU runs on a CPU, too; and no result is quoted that nobody has measured."""

import importlib.util
import json
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BENCHMARKS = ROOT / "benchmarks"


@pytest.fixture
def bench(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    spec = importlib.util.spec_from_file_location("gpu_benchmark", BENCHMARKS / "gpu.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    yield module
    sys.modules.pop("measure", None)


@pytest.mark.slow
def test_it_measures_on_a_cpu(bench, tmp_path, capsys):
    place = tmp_path / "gpu.json"
    few = ["--models", "1", "2", "--hidden", "4", "--epochs", "1", "2", "--repeats", "1"]
    bench.main(["--device", "cpu", *few, "--best", "--atlas", "1", "--json", str(place)])
    record = json.loads(place.read_text("utf-8"))
    assert record["device"]["kind"] == "cpu"
    assert record["device"]["name"] == record["machine"]["processor"]
    hidden = record["hidden"]["4"]
    assert hidden["two_cores"]["engine"] == "gram"
    assert [row["models"] for row in hidden["rows"]] == [1, 2]
    for row in hidden["rows"]:
        assert row["runs_a_second"] > 0
        assert row["share_of_peak"] > 0
    assert record["atlas"]["seconds_with_reach"] > 0
    assert "2 at once: " in capsys.readouterr().out


def test_the_engine_s_page_says_of_a_gpu_only_what_is_stored():
    page = (ROOT / "docs" / "engine.md").read_text("utf-8")
    stored = BENCHMARKS / "results" / "gpu.json"
    assert ("*No figure of a GPU is stored*" in page) == (not stored.exists())
