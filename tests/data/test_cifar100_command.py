import json

import pytest

from fclab.cli import main
from fclab.values.names import CLASS_NAMES


@pytest.fixture
def command(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")

    def call(*arguments: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main(["data", *map(str, arguments)])
        shown = capsys.readouterr()
        return int(ended.value.code or 0), shown.out, shown.err

    return call


def test_the_real_data_are_recognised_and_described(command, cifar_dir):
    code, out, err = command("--data", cifar_dir, "--classes", "--lang", "ru")
    assert (code, err) == (0, "")
    for text in (f"CIFAR-100: {cifar_dir}\n", "50\N{NO-BREAK SPACE}000", "версия для Python",
                 "В классе"):  # fmt: skip
        assert text in out
    assert out.count("│ CIFAR-100") == 2
    assert all(name.en in out and name.ru in out for name in CLASS_NAMES)


def test_a_damaged_file_is_told(command, cifar_dir, tmp_path):
    (tmp_path / "train").symlink_to(cifar_dir / "train")
    (tmp_path / "test").write_bytes((cifar_dir / "test").read_bytes()[:7000])
    code, out, err = command("--data", tmp_path, "--lang", "en")
    assert (code, out) == (1, "")
    assert "lacks test" in err
    assert "test ends too early" in err
    assert err.count("\n") == 1


def test_other_images_are_refused_or_named(command, cifar_dir, tmp_path, cache):
    content = (cifar_dir / "test").read_bytes()
    (tmp_path / "test").write_bytes(content[:20_000_000] + b"?" + content[20_000_001:])
    (tmp_path / "train").symlink_to(cifar_dir / "train")
    code, out, err = command("--data", tmp_path, "--lang", "en")
    assert (code, out) == (1, "")
    assert "is not CIFAR-100 itself: test: images that differ: 1; to work with this copy" in err
    code, out, err = command("--data", tmp_path, "--lang", "en", "--accept-other")
    assert code == 0
    assert f"NOT CIFAR-100: {tmp_path}\n" in out
    assert "images that differ: 1 │" in out
    assert "is not CIFAR-100 itself" in err


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["--no-fetch"], 1, "CIFAR-100 is not on this machine"),
        (["--data", "nowhere"], 2, "nowhere does not exist"),
        (["--data", ".", "--fetch"], 2, "choose one"),
        (["--mirror", "somewhere"], 2, "mirror 'somewhere' is no address"),
        (["--lang", "fr"], 2, "fr"),
    ],
)
def test_requests_that_cannot_be_met(command, cache, arguments, code, told):
    returned, out, err = command(*arguments)
    assert (returned, out) == (code, "")
    assert told in err
    assert "Traceback" not in err


@pytest.mark.slow
def test_what_is_trained_on_other_images_says_so(capsys, cifar_dir, tmp_path):
    for name in ("train", "test"):
        content = (cifar_dir / name).read_bytes()
        (tmp_path / name).write_bytes(content[:20_000_000] + b"?" + content[20_000_001:])
    out = tmp_path / "out"
    arguments = ["cifar", "--data", str(tmp_path), "--epochs", "1", "--engine", "reference",
                 "--lang", "en", "--out", str(out), "--store", str(tmp_path / "s.db")]  # fmt: skip
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 1
    assert "is not CIFAR-100 itself: train: images that differ: 1" in capsys.readouterr().err
    assert not out.exists()
    with pytest.raises(SystemExit) as ended:
        main([*arguments, "--accept-other"])
    assert not ended.value.code
    assert "a copy that differs from CIFAR-100: every result says so" in capsys.readouterr().err
    (run,) = out.glob("runs/*/run.json")
    assert json.loads(run.read_text("utf-8"))["dataset"]["source"] == "other"
    report = (out / "report.html").read_text("utf-8")
    assert "This copy differs from CIFAR-100" in report
    with pytest.raises(SystemExit) as ended:
        main(["code", "cifar", "--out", str(out), "--lang", "en"])
    assert ended.value.code == 2
    assert "trained on a copy that differs from it" in capsys.readouterr().err
