"""`--cluster local:2`: real processes, through the command line."""

import json

import pytest

from fclab.cli import main

pytest.importorskip("distributed", reason="distributed is not installed (the extra cluster)")

STUDY = ["study", "--classes", "0", "55", "58", "--data", "synthetic", "--seeds", "2", "--epochs",
         "12", "--search-seeds", "1", "--hidden", "5", "--lang", "en"]  # fmt: skip


def _does(capsys, *words):
    with pytest.raises(SystemExit) as ended:
        main(list(words))
    told = capsys.readouterr()
    return ended.value.code, told.out, told.err


@pytest.mark.slow
def test_a_study_by_workers_is_the_study_of_one_process(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, alone, _ = _does(capsys, *STUDY, "--store", "alone.db")
    assert code == 0
    code, together, said = _does(capsys, *STUDY, "--store", "there.db", "--cluster", "local:2")
    assert code == 0
    assert together == alone
    assert "The workers began" in said
    tables = [_does(capsys, "table", "--format", "json", "--store", name)[1]
              for name in ("alone.db", "there.db")]  # fmt: skip
    assert json.loads(tables[0]) == json.loads(tables[1])


@pytest.mark.parametrize(
    ("where", "told"),
    [
        ("nonsense", "--cluster nonsense is no address"),
        ("local:0", "local:0 has no workers"),
        ("tcp://192.0.2.1:8786", "tcp://192.0.2.1 is open to everybody on the way"),
        ("tls://192.0.2.1:8786", "make certificates with"),
        ("tcp://127.0.0.1:9", "no scheduler answers"),
        ("wrong.toml", "wrong.toml, kind: it is required"),
        ("other.toml", "other.toml: kind is one of LocalCluster"),
        ("slurm.toml", "SLURMCluster needs dask-jobqueue"),
    ],
)
def test_what_is_no_cluster_is_told_in_one_line(tmp_path, capsys, monkeypatch, where, told):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FCLAB_CERTIFICATES", str(tmp_path / "none"))
    (tmp_path / "wrong.toml").write_text("workers = 3\n", "utf-8")
    (tmp_path / "other.toml").write_text('kind = "os.system"\n', "utf-8")
    (tmp_path / "slurm.toml").write_text('kind = "SLURMCluster"\n', "utf-8")
    code, _, said = _does(capsys, *STUDY, "--store", "s.db", "--cluster", where)
    assert code in (1, 2)
    assert told in " ".join(said.split())
    assert "Traceback" not in said
