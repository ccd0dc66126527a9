"""What comes with an extra: whoever does the lab needs none of it, others are told its name."""

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from itertools import chain
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = ROOT / "tests" / "golden" / "0.1.0" / "store.db"
EXTRAS = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"][
    "optional-dependencies"
]
MODULES = {"cluster": ["distributed", "dask"],
           "course": ["openpyxl", "pdfplumber"], "heic": ["pillow_heif"],
           "notebook": ["jupytext", "nbformat"], "onnx": ["onnx"],
           "parquet": ["pyarrow"], "postgresql": ["psycopg"], "search": ["optuna"],
           "tensorboard": ["tensorboard"],
           "web": ["starlette", "uvicorn", "websockets", "msgpack"]}  # fmt: skip
PROGRAM = """
import json, sys
from fclab.cli import main
for words in json.loads(sys.argv[1]):
    try:
        main(words)
    except SystemExit as ended:
        print("=", ended.code, flush=True)
        print("=", ended.code, file=sys.stderr, flush=True)
"""
ROW = ["--classes", "0", "55", "58", "--data", "synthetic"]
COMMANDS = [
    (0, ["regression", "--engine", "reference", "--epochs", "2", "--out", "lab"]),
    (0, ["report", "--out", "lab"]),
    (0, ["table", "--store", "store.db"]),
    (0, ["runs", "--store", "store.db"]),
    (0, ["export", "--store", "store.db", "--out", "runs.csv"]),
    (0, ["ladder", "--help"]),
    (0, ["study", "--help"]),
    (2, ["search", *ROW]),
    (2, ["notebook", "--classes", "0", "55", "58"]),
    (2, ["export", "--store", "store.db", "--out", "runs.parquet"]),
    (2, ["runs", "--store", "postgresql://me@127.0.0.1/base"]),
]
PIP = f'"{sys.executable}" -m pip install'
TOLD = {
    7: f'fclab search needs the package optuna: {PIP} "{EXTRAS["search"][0]}"',
    8: f'fclab notebook needs the package jupytext: {PIP} "{EXTRAS["notebook"][0]}" "nbformat',
    9: f'{PIP} "{EXTRAS["parquet"][0]}"',
    10: f'{PIP} "{EXTRAS["postgresql"][0]}"',
}


@pytest.mark.slow
def test_the_lab_needs_no_extra_and_others_are_named(tmp_path):
    for name in chain.from_iterable(MODULES.values()):
        (tmp_path / "none" / name).mkdir(parents=True)
        (tmp_path / "none" / name / "__init__.py").write_text(
            f"raise ImportError('no {name}')\n", "utf-8"
        )
    shutil.copy(GOLDEN, tmp_path / "store.db")
    asked = [[*words, "--lang", "en"] if code else words for code, words in COMMANDS]
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, json.dumps(asked)], cwd=tmp_path, check=True,
        env={**os.environ, "PYTHONPATH": str(tmp_path / "none"), "COLUMNS": "200"},
        capture_output=True, encoding="utf-8",
    )  # fmt: skip
    said = re.split(r"^= (\d)\n", done.stderr, flags=re.MULTILINE)
    assert [int(code) for code in said[1::2]] == [code for code, _ in COMMANDS], done.stderr
    for place, told in TOLD.items():
        assert told in said[2 * place]
    assert (tmp_path / "lab" / "report.html").exists()


def test_every_extra_has_code_and_all_is_all():
    users = set(EXTRAS) - {"all", "dev"}
    assert users == MODULES.keys()
    (whole,) = EXTRAS["all"]
    assert set(re.fullmatch(r"fclab\[(.*)\]", whole)[1].split(",")) == users
    source = "\n".join(path.read_text("utf-8") for path in (ROOT / "src").rglob("*.py"))
    for extra, modules in MODULES.items():
        name = modules[0]
        assert re.search(rf"\b{name}\b", source), name
        told = re.compile(rf"installing\(\"{extra}\"\)|require\(\"?\w+\"?, \"{extra}\"")
        assert told.search(source), extra
