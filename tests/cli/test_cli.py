"""The command line as a person uses it: what it leaves, and how it answers bad input."""

import json
import re
import shlex
import signal
import subprocess
import sys
import time
import weakref
from pathlib import Path

import pytest

from fclab.cli import main

QUICK = ["--engine", "reference", "--epochs", "3"]


def fclab(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(list(arguments))
    return int(ended.value.code or 0)


def complaint(capsys) -> str:
    """The one line on stderr (a usage error is followed by a hint on help, and the line that says
    which store is used may be before it)."""
    lines = [line for line in capsys.readouterr().err.splitlines() if line]
    lines = [line for line in lines if not line.startswith(("Хранилище: ", "Store: "))]
    assert 1 <= len(lines) <= 2, lines
    assert not any("Traceback" in line for line in lines)
    return lines[0]


def test_help_is_light():
    """PyTorch, numba and matplotlib are not imported to print help."""
    code = (
        "import sys; from fclab.cli import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        "heavy = {'torch', 'numba', 'matplotlib', 'sklearn', 'numpy', 'pydantic'}\n"
        "heavy &= set(sys.modules)\n"
        "sys.exit(f'imported {heavy}' if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    for command in ("run", "regression", "binary", "cifar", "variant", "data"):
        assert command in done.stdout


@pytest.mark.parametrize(
    "command", ["run", "regression", "binary", "cifar", "report", "variant", "data"]
)
def test_every_command_explains_itself_with_examples(command, capsys):
    assert fclab(command, "--help") == 0
    page = capsys.readouterr().out
    assert f"fclab {command}" in page
    assert "Examples" in page


@pytest.mark.parametrize("lang", ["ru", "en"])
def test_regression_leaves_a_folder_that_can_be_opened(tmp_path, capsys, lang):
    out = tmp_path / "deep" / "folder"
    assert fclab("regression", *QUICK, "--target", "sine", "--out", str(out), "--lang", lang) == 0
    page = (out / "report.html").read_text("utf-8")
    assert f'lang="{lang}"' in page
    kept = json.loads((out / "runs" / "sine" / "run.json").read_text("utf-8"))
    assert kept["epochs"] == 3
    assert kept["engine"]["name"] == "reference"
    assert (out / "runs" / "sine" / "history.csv").read_text("utf-8").count("\n") == 4
    assert list((out / "figures").glob("*.png"))
    assert not [path for path in out.rglob("*") if path.name.startswith(".")]
    told = capsys.readouterr()
    assert str(out / "report.html") in told.err
    assert "sine" in told.out


def test_binary_does_the_clouds_that_are_asked_for(tmp_path):
    assert fclab("binary", "--shapes", "moons", "xor", "--points", "50", "--engine", "reference",
                 "--epochs", "2", "--out", str(tmp_path)) == 0  # fmt: skip
    assert sorted(p.name for p in (tmp_path / "runs").iterdir()) == ["moons", "xor"]


@pytest.mark.slow
def test_a_cloud_that_is_not_separated_is_said_to_be_so_with_a_command_that_works(tmp_path, capsys):
    assert fclab("binary", "--shapes", "circles", "--points", "300", "--noise", "0.02",
                 "--seed", "5", "--epochs", "4000", "--tries", "1", "--lang", "en",
                 "--out", str(tmp_path)) == 0  # fmt: skip
    told = capsys.readouterr().err
    assert "circles: not separated, " in told
    line = next(line for line in told.splitlines() if "fclab binary" in line)
    assert "From 1 of 1 seeds separated by: " in line
    command = shlex.split(line.partition("fclab ")[2])
    for kept in ("--points 300", "--noise 0.02", "--seed 5"):
        assert kept in line
    page = (tmp_path / "report.html").read_text("utf-8")
    assert "From the one seed it is parted by" in page
    assert fclab(*command, "--lang", "en", "--out", str(tmp_path / "again")) == 0
    assert "not separated" not in capsys.readouterr().err


def test_nothing_is_tried_where_nothing_is_asked_for(tmp_path, capsys):
    assert fclab("binary", "--shapes", "moons", "--points", "50", *QUICK, "--tries", "0",
                 "--lang", "ru", "--out", str(tmp_path)) == 0  # fmt: skip
    told = capsys.readouterr().err
    assert "полумесяцы: не разделено" in told
    assert "--tries 0" in told
    assert fclab("runs", "--store", str(tmp_path / "store.db"), "--lang", "ru") == 0
    assert "Запусков: 1" in capsys.readouterr().out


def test_the_example_of_part_2_separates_its_clouds(tmp_path, capsys):
    text = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
    (example,) = re.findall(r"^fclab (binary .*)$", text, re.MULTILINE)
    assert fclab(*shlex.split(example, comments=True), "--lang", "en", "--out", str(tmp_path)) == 0
    said = capsys.readouterr()
    assert "circles" in said.out
    assert "not separated" not in said.err


def test_cifar_on_the_real_images(tmp_path, cifar_dir):
    assert fclab("cifar", "--classes", "58", "0", "55", "--data", str(cifar_dir), *QUICK,
                 "--layers", "FC(4), FC(3)", "--out", str(tmp_path)) == 0  # fmt: skip
    kept = json.loads((tmp_path / "runs" / "cifar100-0-55-58" / "run.json").read_text("utf-8"))
    assert [c[0] for c in kept["dataset"]["class_names"]] == [0, 55, 58]
    assert kept["recipe"]["layers"] == "FC(4), FC(3)"
    assert kept["dataset"]["sizes"] == {"train": 1500, "test": 300}


@pytest.mark.slow
def test_run_by_variant_on_the_real_images(tmp_path, cifar_dir):
    assert fclab("run", "--group", "ИУ5-25М", "--variant", "1", "--department", "iu5",
                 "--parts", "cifar", "--data", str(cifar_dir), "--student", "Ё. <Ёлкин>",
                 "--out", str(tmp_path)) == 0  # fmt: skip
    assert (tmp_path / "runs" / "cifar100-22-40-57").is_dir()
    page = (tmp_path / "report.html").read_text("utf-8")
    assert "ИУ5" in page
    assert "Ё. &lt;Ёлкин&gt;" in page
    assert (tmp_path / "report.docx").read_bytes().startswith(b"PK")
    assert (tmp_path / "report.pdf").read_bytes().startswith(b"%PDF-")


def test_the_report_is_made_again_without_training(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("fclab.cli.fetched.fetch", no_network)
    first, store = tmp_path / "first", str(tmp_path / "kept.db")
    assert fclab("binary", "--shapes", "moons", "--points", "50", *QUICK, "--out", str(first),
                 "--store", store) == 0  # fmt: skip
    monkeypatch.setattr("fclab.study.trainer.train", None)
    (tmp_path / "mine.toml").write_text('[report]\nlang = "en"\ncity = "Kazan"\n', "utf-8")
    again = tmp_path / "again"
    assert fclab("report", "--store", store, "--out", str(again), "--format", "html", "pdf",
                 "--settings", str(tmp_path / "mine.toml"),
                 "--student", "A. Student") == 0  # fmt: skip
    assert {path.name for path in again.iterdir()} == {
        "report.html", "report.pdf", "figures", "lab.json", "made.json",
    }  # fmt: skip
    page = (again / "report.html").read_text("utf-8")
    for words in ('lang="en"', "Kazan", "A. Student"):
        assert words in page
    assert str(again / "report.pdf") in capsys.readouterr().err


def test_kept_runs_are_read_the_second_time(tmp_path, monkeypatch):
    arguments = ("regression", *QUICK, "--out", str(tmp_path))
    assert fclab(*arguments) == 0
    monkeypatch.setattr("fclab.study.trainer.train", None)
    assert fclab(*arguments) == 0


def test_without_data_and_network_the_stand_in_is_said_loudly(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("fclab.cli.fetched.fetch", no_network)
    assert fclab("cifar", *QUICK, "--out", str(tmp_path), "--lang", "en") == 0
    assert "SYNTHETIC STAND-IN" in capsys.readouterr().err
    page = (tmp_path / "report.html").read_text("utf-8")
    assert "stand-in" in page.lower()
    kept = json.loads((tmp_path / "runs" / "synthetic-0-55-58" / "run.json").read_text("utf-8"))
    assert kept["dataset"]["source"] == "synthetic"


def test_the_stand_in_can_be_forbidden(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("fclab.cli.fetched.fetch", no_network)
    assert fclab("cifar", *QUICK, "--data", "cifar100", "--out", str(tmp_path)) == 1
    assert "no network" in complaint(capsys)
    assert not (tmp_path / "report.html").exists()


def no_network(**_options):
    from fclab.values.errors import FclabError

    raise FclabError("no network")


def test_gradient_check(capsys):
    assert fclab("regression", "--check-gradients", "--layers", "FC(5), FC(4), FC(1)") == 0
    assert "fc3.weight" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nonsense"], "nonsense"),
        (["regression", "--lr", "-1"], "--lr -1"),
        (["regression", "--lr", "much"], "much"),
        (["regression", "--epochs", "0"], "--epochs 0"),
        (["regression", "--points", "0"], "points"),
        (["regression", "--target", "cubic"], "cubic"),
        (["regression", "--layers", "FC(8), FC(2)"], "FC(1)"),
        (["regression", "--layers", "conv(8)"], "FC(10), FC(3)"),
        (["regression", "--seed", "-1"], "seed"),
        (["regression", "--engine", "magic"], "magic"),
        (["binary", "--shapes", "star"], "star"),
        (["binary", "--noise", "-0.1"], "noise"),
        (["cifar", "--classes", "0", "100"], "100"),
        (["cifar", "--classes", "5", "5", "7"], "5"),
        (["cifar", "--classes", "5"], "two"),
        (["cifar", "--patience", "3"], "--hold-out"),
        (["cifar", "--hold-out", "1.5"], "1.5"),
        (["cifar", "--data", "/nowhere/at/all"], "/nowhere/at/all"),
        (["cifar", "--device", "cuda", "--data", "synthetic"], "cuda"),
        (["run"], "--group"),
        (["run", "--group", "25", "--variant", "1", "--department", "iu6"], "iu6"),
        (["run", "--group", "25", "--variant", "60", "--department", "iu5"], "116"),
        (["run", "--classes", "1", "2", "--group", "25"], "not both"),
        (["run", "--classes", "1", "2", "3", "--parts", "four"], "four"),
        (["run", "--group", "25", "--variant", "1", "--seeds", "0"], "--seeds"),
        (["run", "--group", "25", "--variant", "1", "--settings", "/nowhere.toml"], "nowhere"),
        (["report", "--format", "odt"], "odt"),
        (["variant", "--group", "ИУ", "--variant", "1", "--department", "iu5"], "ИУ"),
    ],
)
def test_bad_requests_end_with_one_line_and_code_2(arguments, words, tmp_path, capsys):
    out = tmp_path / "out"
    if arguments[0] in ("regression", "binary", "cifar", "run"):
        arguments = [*arguments, "--out", str(out)]
    assert fclab(*arguments) == 2
    assert words in complaint(capsys)
    assert not (out / "report.html").exists()


@pytest.mark.needs("symlinks")
def test_a_damaged_data_file_is_named(tmp_path, cifar_dir, capsys):
    folder = tmp_path / "cifar-100-python"
    folder.mkdir()
    for name in ("train", "meta"):
        (folder / name).symlink_to(cifar_dir / name)
    whole = (cifar_dir / "test").read_bytes()
    (folder / "test").write_bytes(whole[: len(whole) // 2])
    assert fclab("cifar", "--data", str(folder), *QUICK, "--out", str(tmp_path / "out")) == 1
    assert str(folder / "test") in complaint(capsys)


def test_a_folder_that_cannot_be_made_is_known_before_training(tmp_path, capsys):
    (tmp_path / "file").write_text("in the way", "utf-8")
    assert fclab("regression", "--out", str(tmp_path / "file" / "out")) == 1
    assert "file" in complaint(capsys)


def test_divergence_is_reported_and_is_a_failure(tmp_path, capsys):
    assert fclab("regression", "--lr", "10", "--epochs", "50", "--engine", "reference",
                 "--out", str(tmp_path), "--lang", "en") == 1  # fmt: skip
    kept = json.loads((tmp_path / "runs" / "sigmoid" / "run.json").read_text("utf-8"))
    epoch = kept["diverged_at"]
    assert epoch < 50
    told = capsys.readouterr()
    assert f"epoch {epoch}" in " ".join(told.out.split())
    assert f"fclab: the training diverged: sigmoid at epoch {epoch}" in told.err
    assert f"{epoch}" in (tmp_path / "report.html").read_text("utf-8")


@pytest.mark.needs("os.fork")
def test_ctrl_c_leaves_no_half_written_file(tmp_path):
    folder: Path = tmp_path / "out"
    command = [sys.executable, "-m", "fclab", "regression", "--engine", "reference",
               "--epochs", "10000000", "--out", str(folder)]  # fmt: skip
    with subprocess.Popen(command, stderr=subprocess.PIPE, encoding="utf-8") as process:
        try:
            while not (folder / "store.db").exists() and process.poll() is None:
                time.sleep(0.05)
            process.send_signal(signal.SIGINT)
            _, told = process.communicate(timeout=300)
        finally:
            process.kill()
    assert process.returncode == 130
    assert "Ctrl-C" in told
    assert "finished trainings are kept: repeat the command" in told
    assert "Traceback" not in told
    left = {path.name for path in folder.rglob("*")}
    assert left <= {
        "store.db",
        "store.db-wal",
        "store.db-shm",
        "lab.json",
    }  # where whole runs are kept


def test_ctrl_c_in_a_callback_of_the_interpreter_is_not_lost(monkeypatch, capsys):
    """As where a library that is being imported has weak references: Python ignores it there."""

    class Thing:
        pass

    def interrupt(_):
        raise KeyboardInterrupt

    def command(*arguments, **options):
        thing = Thing()
        seen = weakref.ref(thing, interrupt)
        del thing
        time.sleep(20)
        assert seen() is None

    monkeypatch.setattr("fclab.cli.make_app", lambda *_: command)
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 130
    assert "Ctrl-C" in capsys.readouterr().err
