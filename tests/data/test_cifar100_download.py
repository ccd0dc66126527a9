import subprocess
import sys
import time
from pathlib import Path
from threading import Event

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fclab.data.cifar100 import Limits, Release, download, fetch, find
from fclab.values.errors import DataError, FclabError, UsageError

QUICK = Limits(pause=0.0)


def get(fake, site, folder: Path, **options) -> Path:
    return download(folder, release=fake.at(site.url), **{"limits": QUICK, **options})


def part_of(folder: Path) -> Path:
    return folder / "fake.tar.gz.part"


@pytest.fixture
def site(server, fake):
    return server.add("official.tar.gz", fake.archive)


def test_download_is_whole_and_reports_its_progress(fake, site, tmp_path):
    seen = []
    archive = get(fake, site, tmp_path / "new" / "folder", progress=lambda *p: seen.append(p))
    assert archive == tmp_path / "new" / "folder" / "fake.tar.gz"
    assert archive.read_bytes() == fake.archive
    assert not part_of(archive.parent).exists()
    assert seen == sorted(seen)
    assert len(seen) > 5
    assert seen[-1] == (len(fake.archive),) * 2


def test_what_is_there_is_not_downloaded_again(fake, site, tmp_path):
    get(fake, site, tmp_path)
    get(fake, site, tmp_path)
    assert site.asked == [None]


def test_a_damaged_archive_that_is_there_is_replaced(fake, site, tmp_path):
    (tmp_path / "fake.tar.gz").write_bytes(b"\0" * len(fake.archive))
    assert get(fake, site, tmp_path).read_bytes() == fake.archive


def test_a_cut_connection_is_resumed_from_where_it_was_cut(fake, site, tmp_path):
    site.cuts = [100_000, 200_000]
    assert get(fake, site, tmp_path).read_bytes() == fake.archive
    assert site.asked == [None, "bytes=100000-", "bytes=300000-"]


def test_attempts_are_counted_only_while_nothing_new_comes(fake, site, tmp_path):
    site.cuts = [50_000] * 8
    assert get(fake, site, tmp_path, limits=Limits(attempts=1, pause=0)).is_file()
    assert len(site.asked) == 9


def test_an_earlier_part_is_gone_on_with(fake, site, tmp_path):
    part_of(tmp_path).write_bytes(fake.archive[:300_001])
    assert get(fake, site, tmp_path).read_bytes() == fake.archive
    assert site.asked == ["bytes=300001-"]


def test_a_part_that_is_whole_needs_no_server(fake, tmp_path):
    part_of(tmp_path).write_bytes(fake.archive)
    archive = download(tmp_path, release=fake.at("http://127.0.0.1:9/"), limits=QUICK)
    assert archive.read_bytes() == fake.archive


def test_a_server_without_ranges_starts_anew(fake, site, tmp_path):
    site.cuts, site.ranges = [400_000], False
    assert get(fake, site, tmp_path).read_bytes() == fake.archive
    assert site.asked == [None, "bytes=400000-"]


def test_a_server_without_ranges_that_is_cut_takes_nothing_away(fake, server, site, tmp_path):
    part_of(tmp_path).write_bytes(fake.archive[:500_000])
    cutting = server.add("cutting", fake.archive, cuts=[100_000] * 9, ranges=False)
    assert get(fake, cutting, tmp_path, mirrors=[site.url]).read_bytes() == fake.archive
    assert site.asked == ["bytes=500000-"]


def test_a_server_that_always_cuts_and_has_no_ranges_is_given_up(fake, site, tmp_path):
    site.cuts, site.ranges = [1000] * 50, False
    with pytest.raises(FclabError, match="could not download"):
        get(fake, site, tmp_path)
    assert len(site.asked) == 3  # that brought next to nothing


@pytest.mark.parametrize("trouble", [{"refuse_ranges": True}, {"shift": 7}])
def test_a_range_that_is_refused_or_another_one_starts_anew(fake, site, tmp_path, trouble):
    for name, value in trouble.items():
        setattr(site, name, value)
    part_of(tmp_path).write_bytes(fake.archive[:5000])
    assert get(fake, site, tmp_path).read_bytes() == fake.archive
    assert site.asked == ["bytes=5000-", None]


@pytest.mark.parametrize("length", [5000, 2_000_000])
def test_a_part_of_another_file_is_found_out(fake, site, tmp_path, length):
    part_of(tmp_path).write_bytes(b"\x1f\x8b" + b"x" * length)
    assert get(fake, site, tmp_path).read_bytes() == fake.archive


def test_wrong_bytes_are_removed(fake, server, tmp_path):
    wrong = server.add("wrong", fake.archive[:-1] + b"\1")
    with pytest.raises(DataError, match="other bytes than the official ones") as raised:
        get(fake, wrong, tmp_path)
    assert wrong.url in str(raised.value)
    assert len(wrong.asked) == 1
    assert {one.name for one in tmp_path.iterdir()} <= {"fake.tar.gz.lock", "mirrors.json"}


def test_wrong_bytes_of_one_server_do_not_spoil_the_next(fake, server, site, tmp_path):
    wrong = server.add("wrong", b"\x1f\x8b" + fake.archive[:1:-1])
    assert get(fake, wrong, tmp_path, mirrors=[site.url]).read_bytes() == fake.archive


@pytest.mark.parametrize(
    ("body", "chunked", "told"),
    [
        (b"<html>please log in</html>", True, "asks to log in: a web page"),
        (b"<!DOCTYPE html>not here", True, "sent a web page in place of the archive"),
        (b"PK", True, "something else than an archive"),
        (b"<html>please log in</html>", False, "asks to log in: a web page"),
        (b"\x1f\x8b" + b"x" * 2_000_000, True, "sent more than"),
        (b"\x1f\x8b" + b"x" * 2_000_000, False, "2,000,002 bytes, not"),
    ],
)
def test_another_file_in_its_place(fake, server, tmp_path, body, chunked, told):
    other = server.add("other", body, chunked=chunked)
    with pytest.raises(DataError, match=told):
        get(fake, other, tmp_path)


def test_a_login_page_does_not_cost_what_was_received(fake, server, tmp_path):
    part_of(tmp_path).write_bytes(fake.archive[:300_000])
    other = server.add("other", b"<html>please log in</html>", chunked=True, ranges=False)
    with pytest.raises(DataError):
        get(fake, other, tmp_path)
    assert part_of(tmp_path).read_bytes() == fake.archive[:300_000]


def test_a_longer_file_on_a_mirror_does_not_cost_what_was_received(fake, server, tmp_path):
    part_of(tmp_path).write_bytes(fake.archive[:300_000])
    longer = server.add("longer", fake.archive + b"more")
    with pytest.raises(DataError, match=r"has a file of [\d,]+ bytes, not"):
        get(fake, longer, tmp_path)
    assert longer.asked == ["bytes=300000-"]
    assert part_of(tmp_path).read_bytes() == fake.archive[:300_000]


def test_an_archive_that_the_server_calls_an_encoding_is_kept_as_it_is(fake, site, tmp_path):
    site.encoding = "gzip"
    assert get(fake, site, tmp_path).read_bytes() == fake.archive


def test_mirrors_are_asked_in_turn_and_a_folder_will_do(fake, server, site, tmp_path, monkeypatch):
    broken = server.add("broken", b"", statuses=[403])
    server.add("mirror/fake.tar.gz", fake.archive)
    monkeypatch.setenv("FCLAB_MIRRORS", f"{server.root}gone , {server.root}mirror/,")
    assert get(fake, broken, tmp_path, mirrors=[server.root + "none"]).is_file()
    assert len(broken.asked) == 1
    assert server.sites["/mirror/fake.tar.gz"].asked == [None]
    assert site.asked == []


def test_a_mirror_goes_on_where_the_official_server_stopped(fake, server, site, tmp_path):
    dying = server.add("dying", fake.archive, cuts=[123_456], statuses=[])
    dying.cuts += [0] * 9
    assert get(fake, dying, tmp_path, mirrors=[site.url]).read_bytes() == fake.archive
    assert site.asked == ["bytes=123456-"]


def test_failure_tells_each_address_and_why_in_one_line(fake, server, tmp_path):
    gone = server.add("gone", b"", statuses=[410])
    closed = "http://127.0.0.1:9/"
    with pytest.raises(FclabError) as raised:
        get(fake, gone, tmp_path, mirrors=[server.root + "none", closed])
    told = str(raised.value)
    assert "\n" not in told
    assert f"{gone.url}: HTTP 410 Gone" in told
    assert f"{server.root}none: HTTP 404 Not Found" in told
    assert f"{closed}fake.tar.gz: no connection" in told
    assert "--mirror" in told


def test_a_busy_server_is_asked_again(fake, site, tmp_path):
    site.statuses = [503, 429]
    assert get(fake, site, tmp_path).read_bytes() == fake.archive


def test_a_slow_server_is_left_for_a_mirror_and_asked_again_when_that_fails(
    fake, server, site, tmp_path, clock
):
    slow = Limits(attempts=1, pause=0, slow=1e9, silence=5, least=0)
    site.block = 200_000

    def between(sent: int) -> None:
        if sent == site.block:
            clock.until(lambda: clock.done[-1:] == [sent])
            clock.passes(6)

    site.between = between
    mirror = server.add("mirror", fake.archive)
    options = {"limits": slow, "progress": clock.progress}
    assert get(fake, site, tmp_path / "a", mirrors=[mirror.url], **options).is_file()
    assert len(mirror.asked) == 1
    assert mirror.asked[0] is not None  # it went on, it did not start anew
    clock.done.clear()
    with_dead = get(fake, site, tmp_path / "b", mirrors=[server.root + "no"], **options)
    assert with_dead.read_bytes() == fake.archive
    assert len(site.asked) == 3


@pytest.mark.parametrize("mirror", ["foo", "ftp://example.org/x", "http://", "http://[::1"])
def test_a_mirror_that_is_no_address(fake, site, tmp_path, mirror):
    with pytest.raises(UsageError, match="is no address"):
        get(fake, site, tmp_path, mirrors=[mirror])
    assert site.asked == []


def test_a_proxy_that_cannot_be_used_is_told(fake, site, tmp_path, monkeypatch):
    monkeypatch.setenv("ALL_PROXY", "gopher://example.org")
    with pytest.raises(FclabError, match="proxy"):
        get(fake, site, tmp_path)


def test_a_full_disk_is_told(fake, site, tmp_path):
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full on this system")
    part_of(tmp_path).symlink_to("/dev/full")
    with pytest.raises(FclabError, match=r"cannot write .*fake\.tar\.gz\.part: No space left"):
        get(fake, site, tmp_path)


def test_a_folder_that_cannot_be_made_is_told(fake, site, tmp_path):
    (tmp_path / "file").write_text("", "utf-8")
    with pytest.raises(FclabError, match="cannot write"):
        get(fake, site, tmp_path / "file" / "folder")


def test_ctrl_c_keeps_the_part(fake, site, tmp_path):
    def interrupt(done, total):
        if done > total / 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        get(fake, site, tmp_path, progress=interrupt)
    had = part_of(tmp_path).stat().st_size
    assert len(fake.archive) / 2 < had < len(fake.archive)
    assert get(fake, site, tmp_path).read_bytes() == fake.archive
    assert site.asked == [None, f"bytes={had}-"]


@settings(max_examples=15, deadline=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip
@given(
    cuts=st.lists(st.integers(0, 400_000), max_size=4),
    ranges=st.booleans(),
    had=st.integers(0, 1_000_000),
    sane=st.booleans(),
)
def test_whatever_is_cut_and_was_there_the_bytes_are_right(
    fake, server, tmp_path_factory, cuts, ranges, had, sane
):
    folder = tmp_path_factory.mktemp("any")
    part_of(folder).write_bytes(fake.archive[:had] if sane else b"y" * had)
    site = server.add("any", fake.archive, cuts=list(cuts), ranges=ranges)
    limits = Limits(attempts=7, pause=0)
    assert get(fake, site, folder, limits=limits).read_bytes() == fake.archive


PROCESS = """
import sys
from fclab.data.cifar100 import Limits, Reference, Release, download
print(download(sys.argv[1], release=eval(sys.argv[2]), limits=Limits(pause=0)))
"""


def start(folder: Path, release: Release) -> subprocess.Popen:
    command = [sys.executable, "-c", PROCESS, str(folder), repr(release)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, encoding="utf-8")


def wait_for(condition) -> None:
    limit = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < limit, "it never happened"
        time.sleep(0.02)


def test_two_processes_download_once_and_a_third_after_a_kill_resumes(fake, site, tmp_path):
    killed = Event()
    site.block, site.between = 300_000, lambda sent: killed.wait()
    folder = tmp_path / "shared"
    first = start(folder, fake.at(site.url))
    wait_for(lambda: part_of(folder).exists() and part_of(folder).stat().st_size == 300_000)
    first.kill()
    first.communicate()
    assert not (folder / "fake.tar.gz").exists()

    site.between = lambda sent: time.sleep(0.5)
    killed.set()
    pair = [start(folder, fake.at(site.url)) for _ in range(2)]
    told = [process.communicate(timeout=300)[0].strip() for process in pair]
    assert [process.returncode for process in pair] == [0, 0]
    assert told == [str(folder / "fake.tar.gz")] * 2
    assert (folder / "fake.tar.gz").read_bytes() == fake.archive
    assert site.asked == [None, "bytes=300000-"]


def test_fetch_leaves_the_archive_in_the_cache_where_it_is_found(fake, site, cache):
    release = fake.at(site.url)
    assert find(release=release) is None
    downloaded = []
    folder = fetch(release=release, progress=lambda *p: downloaded.append(p), limits=QUICK).path
    assert folder == cache / "cifar100"
    found = find(release=release)
    assert found is not None
    assert (found.keeper, found.path) == ("own", folder)
    assert downloaded[-1] == (release.size,) * 2
    fetch(release=release, limits=QUICK)
    assert site.asked == [None]
    (folder / release.archive).write_bytes(b"\0" * release.size)
    assert find(release=release) is None
    fetch(release=release, limits=QUICK, anew=True)
    assert find(release=release) is not None
