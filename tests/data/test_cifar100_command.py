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


def test_the_real_data_are_checked_and_described(command, cifar_dir):
    code, out, err = command("--data", cifar_dir, "--classes", "--lang", "ru")
    assert (code, err) == (0, "")
    for text in (
        "155\N{NO-BREAK SPACE}249\N{NO-BREAK SPACE}918",
        "16019d7e3df5f24257cddd939b257f8d",
        "50\N{NO-BREAK SPACE}000",
        "32 × 32 × 3",
        "В классе",
    ):
        assert text in out
    assert all(name.en in out and name.ru in out for name in CLASS_NAMES)


@pytest.mark.needs("symlinks")
def test_a_damaged_file_is_told(command, cifar_dir, tmp_path):
    for name in ("train", "test"):
        (tmp_path / name).symlink_to(cifar_dir / name)
    (tmp_path / "meta").write_bytes((cifar_dir / "meta").read_bytes()[:700])
    code, out, err = command("--data", tmp_path, "--lang", "en")
    assert code == 1
    assert out.count("official") == 2
    assert "NOT THE OFFICIAL FILE" in out
    assert f"{tmp_path}/meta is cut short: 700 of 1,473 bytes" in err
    assert err.count("\n") == 1


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
