"""`fclab data` among mirrors, all of them played here: as a process, and on a terminal."""

import os
import re
import select
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

from fclab.cli import main
from fclab.data.cifar100 import OFFICIAL, Health
from fclab.data.cifar100.mirrors import BUILT_IN
from fclab.values.errors import DataError

FCLAB = [sys.executable, "-m", "fclab", "data"]


@pytest.fixture
def mirrors(server, cache, monkeypatch, tmp_path):
    """Gives every built-in mirror an address of the server; those that are not named are gone."""
    monkeypatch.delenv("FCLAB_DATA", raising=False)
    monkeypatch.setenv("COLUMNS", "100")
    for name in ("HOME", "USERPROFILE"):  # where other libraries keep it
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.chdir(tmp_path)

    def at(**sites) -> None:
        urls = {mirror.key: f"{server.root}gone/{mirror.key}/" for mirror in BUILT_IN}
        urls |= {key: site.url for key, site in sites.items()}
        monkeypatch.setenv("FCLAB_MIRRORS", ",".join(f"{k}={url}" for k, url in urls.items()))

    at()
    return at


@pytest.fixture
def terminal(tmp_path):
    """Runs `fclab data` on a terminal; returns what was shown, without codes, and the exit code."""

    def run(*arguments: str) -> tuple[str, int]:
        import pty

        ours, theirs = pty.openpty()
        process = subprocess.Popen([*FCLAB, *arguments], stdin=theirs, stdout=theirs,
                                   stderr=theirs, env={**os.environ, "TERM": "xterm"})  # fmt: skip
        os.close(theirs)
        seen, stop = b"", time.monotonic() + 300
        while process.poll() is None or select.select([ours], [], [], 0)[0]:
            assert time.monotonic() < stop, seen
            if select.select([ours], [], [], 0.2)[0]:
                try:
                    seen += os.read(ours, 65536)
                except OSError:
                    break
        os.close(ours)
        return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", seen.decode()), process.wait(timeout=60)

    return run


@pytest.fixture
def kaggle(server, cifar_dir, tmp_path):
    """A zip of the real files behind a redirection."""
    path = tmp_path / "stored.zip"
    with zipfile.ZipFile(path, "w") as file:
        for name in ("train", "test", "meta"):
            file.write(cifar_dir / name, name)
    stored = server.add("bundle/archive.zip", path.read_bytes(), block=1 << 22)
    path.unlink()
    return server.add("api/v1/cifar100", b"", redirect=stored.url)


@pytest.mark.slow
@pytest.mark.needs("pty")
def test_a_slow_home_page_is_left_and_kaggle_gives_the_images(
    server, mirrors, kaggle, terminal, cache
):
    """At 100 kB/s the archive would take half an hour; it is judged after 15 seconds."""
    slow = server.add("slow.tar.gz", b"\x1f\x8b" + bytes(OFFICIAL.size - 2), block=20_000,
                      between=lambda sent: time.sleep(0.2))  # fmt: skip
    mirrors(official=slow, kaggle=kaggle)
    shown, code = terminal("--lang", "ru")
    assert code == 0, shown
    bar = r"cs\.toronto\.edu ━+ \d\.\d/169\.0 MB \d+\.\d kB/s 0:\d\d:\d\d"
    assert re.search(bar, shown)
    assert re.search(r"Зеркало cs\.toronto\.edu: загрузка прекращена, медленно, \d+,\d кБ/с", shown)
    assert "Зеркало Hugging Face пропущено: HTTP 404 Not Found" in shown
    assert re.search(r"Kaggle [━╸╺]+ \d+\.\d/186\.3 MB", shown)
    assert re.search(r"Проверка [━╸╺]+ \d+\.\d/186\.3 MB", shown)
    assert "версия для Python в zip" in shown
    assert shown.count("CIFAR-100  │") == 2
    assert not list(cache.rglob("*.part"))
    tries = Health(cache).tries()
    assert tries["official"].slow
    assert tries["kaggle"].speed > 200e3


@pytest.mark.needs("pty")  # where processes get SIGINT
def test_ctrl_c_keeps_what_was_got_and_the_next_call_goes_on(server, mirrors, cache):
    site = server.add("half.tar.gz", b"\x1f\x8b" + bytes(OFFICIAL.size - 2), block=1 << 18,
                      between=lambda sent: time.sleep(0.05))  # fmt: skip
    mirrors(official=site)
    part = cache / "cifar-100-python.tar.gz.part"
    for time_of_asking in (1, 2):
        process = subprocess.Popen(FCLAB, stderr=subprocess.PIPE, stdout=subprocess.PIPE)
        stop, had = time.monotonic() + 120, part.stat().st_size if part.exists() else 0
        while not part.exists() or part.stat().st_size < had + 600_000:
            assert time.monotonic() < stop
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=60)
        assert process.returncode == 130
        assert b"Traceback" not in told
        assert len(site.asked) == time_of_asking
    assert site.asked == [None, f"bytes={had}-"]


def run(capsys, *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main(["data", *arguments])
    shown = capsys.readouterr()
    return int(ended.value.code or 0), shown.out, shown.err


def test_mirrors_are_shown_with_their_health_in_the_order_of_trying(mirrors, cache, capsys):
    health = Health(cache)
    health.note(BUILT_IN[0], 61_234, slow=True)
    health.note(BUILT_IN[1], 0, failed=DataError("HTTP {status} {reason}", status=404, reason="No"))
    health.note(BUILT_IN[3], 7_654_321)
    code, out, _ = run(capsys, "--mirrors", "--lang", "ru")
    assert code == 0
    order = re.findall(r"│ (?:\S+ )+ *│ (official|huggingface|kaggle|paddle|brainchip)", out)
    assert order == ["paddle", "kaggle", "brainchip", "official", "huggingface"]
    for text in ("7\N{NO-BREAK SPACE}654", "61", "медленно", "HTTP 404 No", "получено",
                 "не проверялось"):  # fmt: skip
        assert text in out


def test_the_one_mirror_that_is_named_is_told_once_when_it_fails(server, mirrors, capsys):
    code, out, err = run(capsys, "--from", "kaggle", "--lang", "en")
    assert (code, out) == (1, "")
    assert err.count("Kaggle: HTTP 404 Not Found") == 1
    assert "cs.toronto.edu" not in err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--from", "kagle"], "kagle is not here, and is no mirror"),
        (["--from", "x.zip", "--data", "y"], "it goes with no --data"),
        (["--from", "kaggle", "--no-fetch"], "it goes with no --data, --no-fetch"),
        (["--from", "ftp://example.org/x"], "starts with http:// or https://"),
    ],
)
def test_sources_that_cannot_be_meant(mirrors, capsys, arguments, told):
    code, out, err = run(capsys, *arguments, "--lang", "en")
    assert (code, out) == (2, "")
    assert told in err


def test_from_a_file_of_this_machine(mirrors, cifar_dir, capsys, cache):
    code, out, _ = run(capsys, "--from", str(cifar_dir))
    assert code == 0
    assert str(cache / "cifar100") in out
    assert {one.name for one in Path(cache / "cifar100").iterdir()} == {"train", "test"}
