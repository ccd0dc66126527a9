"""What stands at a path that is written: links, pipes and devices that the test makes itself."""

import os
import socket
import stat
import subprocess
import sys
import tempfile
import threading
from contextlib import suppress
from pathlib import Path

import pytest
from matplotlib.figure import Figure

from fclab.cli import main
from fclab.figures.style import save
from fclab.report.model import Paragraph, Report, Section
from fclab.report.write import write_report
from fclab.store.folder import read_model, write_model
from fclab.values.errors import FclabError
from fclab.values.files import write_atomic, write_with
from fclab.words.spans import Span

GOLDEN = Path(__file__).parents[1] / "golden" / "0.1.0"


def fclab(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main([*arguments, "--lang", "en"])
    return ended.value.code or 0


# --- every door: what is written, and the name that it is written under


@pytest.fixture(scope="module")
def store(tmp_path_factory) -> str:
    path = tmp_path_factory.mktemp("store") / "store.db"
    path.write_bytes((GOLDEN / "store.db").read_bytes())
    return str(path)


def _report(name: str):
    empty = Report(
        title="T",
        subtitle="",
        language="en",
        sections=(Section("s", "S", (Paragraph((Span("x"),)),)),),
    )
    return lambda path, _store: write_report(empty, path.parent, [name.split(".")[1]])


def _command(name: str, *arguments: str):
    def door(path: Path, store: str) -> None:
        told = [text.format(path=path, store=store) for text in arguments]
        if fclab(name, *told):
            raise FclabError("see stderr")

    return door


DOORS = {
    "runs.csv": _command("export", "--store", "{store}", "--out", "{path}"),
    "runs.parquet": _command("export", "--store", "{store}", "--out", "{path}"),
    "epochs.csv": _command(
        "export", "--store", "{store}", "--out", "{path}.runs.csv", "--histories", "{path}"
    ),
    "table.tex": _command("table", "--store", "{store}", "--format", "latex", "--out", "{path}"),
    "lab.ipynb": _command("notebook", "--classes", "0", "55", "58", "--force", "--out", "{path}"),
    "report.html": _report("report.html"),
    "report.docx": _report("report.docx"),
    "report.pdf": _report("report.pdf"),
    "figure.png": lambda path, _store: save(Figure(), path.with_suffix("")),
    "model.safetensors": lambda path, _store: write_model(read_model(GOLDEN / "run"), path.parent),
    "model.json": lambda path, _store: write_model(read_model(GOLDEN / "run"), path.parent),
}


@pytest.fixture(params=DOORS)
def door(request, store, tmp_path):
    """Writes once into a folder of its own: the path, and what writes it."""
    folder = tmp_path / "door"
    folder.mkdir()
    return folder / request.param, lambda path: DOORS[request.param](path, store)


@pytest.mark.needs("symlinks")
def test_a_link_stays_and_its_file_is_replaced(door, tmp_path):
    path, write = door
    target = tmp_path / "elsewhere" / "kept"
    target.parent.mkdir()
    target.write_text("old", "utf-8")
    (path.parent / "step").symlink_to(target)
    path.symlink_to("step")  # a link to a link
    old = target.stat().st_ino
    write(path)
    assert path.readlink() == Path("step")
    assert (path.parent / "step").readlink() == target
    assert target.stat().st_ino != old  # moved into place, not written over
    assert target.read_bytes()[:3] != b"old"
    assert [file.name for file in target.parent.iterdir()] == ["kept"]


@pytest.mark.needs("os.mkfifo")
def test_a_pipe_is_written_through(door):
    path, write = door
    os.mkfifo(path)
    read = []
    reader = threading.Thread(target=lambda: read.append(path.read_bytes()))
    reader.start()
    try:
        write(path)
    finally:
        with suppress(OSError):  # a reader that was left waiting goes on
            os.close(os.open(path, os.O_WRONLY | os.O_NONBLOCK))
        reader.join()
    assert stat.S_ISFIFO(path.lstat().st_mode)
    assert len(read[0]) > 50


@pytest.mark.needs("os.mknod")
def test_a_device_stays(door):
    path, write = door
    node(path, 1, 3)  # what is written to it is gone
    write(path)
    assert stat.S_ISCHR(path.lstat().st_mode)
    assert path.lstat().st_rdev == os.makedev(1, 3)


def test_a_folder_is_refused(door):
    path, write = door
    path.mkdir()
    with pytest.raises(FclabError):
        write(path)
    assert path.is_dir()
    assert not list(path.iterdir())


def node(path: Path, major: int, minor: int) -> None:
    try:
        os.mknod(path, 0o666 | stat.S_IFCHR, os.makedev(major, minor))
        os.close(os.open(path, os.O_WRONLY))
    except OSError:
        pytest.skip("no devices can be made here")


# --- the rule in detail


def refused(path: Path, reason: str) -> None:
    with pytest.raises(FclabError, match=reason) as caught:
        write_atomic(path, "new")
    assert "\n" not in str(caught.value)


@pytest.mark.needs("symlinks")
def test_a_link_to_nothing_is_filled(tmp_path):
    link = tmp_path / "link"
    link.symlink_to("absent")
    write_atomic(link, "new")
    assert link.is_symlink()
    assert (tmp_path / "absent").read_text("utf-8") == "new"


@pytest.mark.needs("symlinks")
def test_folders_are_not_made_behind_a_link(tmp_path):
    """The disk that it leads to may not be there."""
    (tmp_path / "link").symlink_to(tmp_path / "disk" / "file")
    refused(tmp_path / "link", "a link into .*disk, which is absent")
    (tmp_path / "results").symlink_to(tmp_path / "disk")
    refused(tmp_path / "results" / "file", "results is a link to what is not there")
    refused(tmp_path / "results" / "deep" / "file", "results is a link to what is not there")
    assert not (tmp_path / "disk").exists()


@pytest.mark.needs("symlinks")
def test_a_folder_that_is_a_link(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    write_atomic(tmp_path / "link" / "deep" / "file", "new")
    assert (tmp_path / "real" / "deep" / "file").read_text("utf-8") == "new"
    assert (tmp_path / "link").is_symlink()


@pytest.mark.needs("symlinks")
def test_links_in_a_circle_are_refused(tmp_path, store, capsys):
    (tmp_path / "a.csv").symlink_to("b.csv")
    (tmp_path / "b.csv").symlink_to("a.csv")
    refused(tmp_path / "a.csv", "cannot write .*a.csv: Too many levels")
    refused(tmp_path / "a.csv" / "file", "Too many levels")
    out = ("--out", str(tmp_path / "x.csv"), "--histories", str(tmp_path / "a.csv"))
    assert fclab("export", "--store", store, *out) == 1
    assert "Too many levels" in capsys.readouterr().err


@pytest.mark.needs("os.chown")
def test_mode_and_owner_of_the_old_file_stay(tmp_path):
    path = tmp_path / "file"
    path.touch()
    path.chmod(0o640)
    if os.geteuid() == 0:
        os.chown(path, 65534, 65534)
    before = path.stat()
    write_atomic(path, "new")
    after = path.stat()
    assert after.st_ino != before.st_ino
    assert (after.st_mode, after.st_uid, after.st_gid) == (
        before.st_mode, before.st_uid, before.st_gid,
    )  # fmt: skip


@pytest.mark.needs("os.chown")
def test_a_secret_is_never_readable_by_others(tmp_path):
    path = tmp_path / "file"
    path.touch()
    path.chmod(0o600)
    seen = []
    write_with(path, lambda temporary: seen.append(stat.S_IMODE(temporary.stat().st_mode)))
    assert seen == [0o600]


def test_a_new_file_has_the_usual_mode(tmp_path):
    (tmp_path / "usual").touch()
    write_atomic(tmp_path / "new", "new")
    assert (tmp_path / "new").stat().st_mode == (tmp_path / "usual").stat().st_mode


@pytest.mark.needs("os.chown")
def test_a_file_that_may_only_be_read_is_refused():
    root = os.geteuid() == 0
    with tempfile.TemporaryDirectory() as folder:  # tmp_path lies in one that nobody may enter
        path = Path(folder) / "file"
        path.write_text("old", "utf-8")
        path.chmod(0o444)
        path.parent.chmod(0o777)
        if root:  # who may write everything
            os.seteuid(65534)
        try:
            refused(path, "read-only")
        finally:
            if root:
                os.seteuid(0)
        assert path.read_text("utf-8") == "old"
        assert [file.name for file in path.parent.iterdir()] == ["file"]


@pytest.mark.needs("socket.AF_UNIX")
def test_a_socket_is_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("socket")
        refused(Path("socket"), "a disk or a socket")
        assert stat.S_ISSOCK(Path("socket").lstat().st_mode)


@pytest.mark.needs("os.mknod")
def test_a_disk_is_refused(tmp_path):
    disk = tmp_path / "disk"
    try:
        os.mknod(disk, 0o666 | stat.S_IFBLK, os.makedev(240, 0))  # numbers for local use: no driver
    except OSError:
        pytest.skip("no devices can be made here")
    refused(disk, "a disk or a socket")


@pytest.mark.needs("os.mknod")
def test_a_device_that_is_full_says_so(tmp_path):
    full = tmp_path / "full"
    node(full, 1, 7)
    refused(full, "No space left")
    assert full.lstat().st_rdev == os.makedev(1, 7)


@pytest.mark.needs("os.mkfifo")
def test_a_reader_that_leaves_is_said(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    leaving = threading.Thread(target=lambda: os.close(os.open(pipe, os.O_RDONLY)))
    leaving.start()
    with pytest.raises(FclabError, match="Broken pipe"):
        write_atomic(pipe, bytes(1 << 20))
    leaving.join()


def test_a_failed_write_leaves_no_litter(tmp_path):
    path = tmp_path / "file"
    path.write_text("old", "utf-8")

    def fail(temporary: Path) -> None:
        temporary.write_text("half", "utf-8")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_with(path, fail)
    assert [file.name for file in tmp_path.iterdir()] == ["file"]
    assert path.read_text("utf-8") == "old"


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="no names of open files")
@pytest.mark.parametrize("name", ["/proc/self/fd/1", "all.txt"])
def test_the_standard_output_is_added_to(tmp_path, name):
    """``--out /dev/stdout >> all.txt``: what stands there already stays."""
    told = tmp_path / "all.txt"
    told.write_text("before\n", "utf-8")
    program = (
        "from pathlib import Path; from fclab.values.files import write_atomic; print('printed'); "
        f"write_atomic(Path({name!r}), 'written\\n'); print('after')"
    )
    with told.open("a", encoding="utf-8") as out:
        subprocess.run([sys.executable, "-c", program], stdout=out, cwd=tmp_path, check=True)
    assert told.read_text("utf-8") == "before\nprinted\nwritten\nafter\n"
