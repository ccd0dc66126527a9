"""What mirrors other than the home page do: Hugging Face, Kaggle, any address; and their health."""

import http.server
import io
import json
import pickle
import shutil
import ssl
import subprocess
import sys
import threading
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from fclab.data.cifar100 import (
    Health,
    Left,
    Limits,
    Trying,
    all_mirrors,
    chosen,
    download,
    fetch,
    find,
)
from fclab.data.cifar100.mirrors import BUILT_IN, PARQUET, named
from fclab.values.errors import DataError, FclabError, UsageError

QUICK = Limits(pause=0.0)
DAY = 24 * 3600
ZIP = b"PK\x03\x04" + bytes(range(256)) * 2000
TRAIN, TEST = b"PAR1" + b"train" * 50_000, b"PAR1" + b"test" * 20_000


@pytest.fixture
def told() -> list[Trying | Left]:
    return []


@pytest.fixture
def get(fake, tmp_path, told):
    """Downloads from mirrors alone: the home page is dead."""

    def from_mirrors(*mirrors: str, **options) -> Path:
        release = fake.at("http://127.0.0.1:9/gone.tar.gz")
        return download(tmp_path, release=release, mirrors=mirrors, telling=told.append,
                        **{"limits": QUICK, **options})  # fmt: skip

    return from_mirrors


def reasons(told: list[Trying | Left]) -> list[str]:
    return [str(one.reason) for one in told if isinstance(one, Left)]


def refusing(path: Path) -> Path:
    raise DataError("{path} holds cats", path=path.name)


def test_any_archive_of_anybody_is_handed_over(get, server, tmp_path):
    site = server.add("copy.zip", ZIP)
    assert get(site.url).read_bytes() == ZIP
    assert not list(tmp_path.glob("mirrors/*/*.part*"))


def test_what_is_not_accepted_is_removed_and_the_next_mirror_asked(
    fake, get, server, told, tmp_path
):
    other = server.add("copy.zip", ZIP)
    good = server.add("good.tar.gz", fake.archive)

    def accept(path: Path) -> Path:
        return path if path.read_bytes() == fake.archive else refusing(path)

    assert get(other.url, good.url, accept=accept).read_bytes() == fake.archive
    assert reasons(told)[1:] == ["what it gave is not CIFAR-100: cifar100.zip holds cats"]
    assert not list(tmp_path.glob("mirrors/*/*"))


def test_nothing_that_is_accepted_anywhere_is_an_error_of_the_data(get, server):
    with pytest.raises(DataError, match=r"what it gave is not CIFAR-100: cifar100\.zip holds cats"):
        get(server.add("copy.zip", ZIP).url, accept=refusing)


def test_another_archive_is_resumed_by_the_etag_of_its_file(get, server):
    site = server.add("copy.zip", ZIP, etag='"one"', cuts=[300_000, 100_000])
    assert get(site.url).read_bytes() == ZIP
    # At first it is taken for the official archive, by its beginning, and is not.
    assert site.asked == [None, None, "bytes=100000-"]


def test_a_file_that_was_replaced_meanwhile_is_not_mixed(get, server, tmp_path):
    newer = ZIP[:4] + ZIP[:3:-1]
    site = server.add("copy.zip", ZIP, etag='"one"', block=1 << 15)

    def stop(done: float, total: float) -> None:
        if done > 200_000:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        get(site.url, progress=stop)
    (part,) = tmp_path.glob("mirrors/*/cifar100.zip.part")
    had = part.stat().st_size
    site.body, site.etag = newer, '"two"'
    assert get(site.url).read_bytes() == newer
    assert site.asked[-1] == f"bytes={had}-"  # asked for, and not given: If-Range


def test_without_an_etag_a_replaced_file_of_another_length_is_begun_anew(get, server, tmp_path):
    site = server.add("copy.zip", ZIP, cuts=[100_000, 0, 0, 0])
    with pytest.raises(FclabError):
        get(site.url, limits=Limits(attempts=1, pause=0))
    site.body, site.cuts = ZIP + b"more", []
    assert get(site.url).read_bytes() == ZIP + b"more"


def test_a_folder_of_parquet_is_both_files_and_resumed_at_the_second(get, server, tmp_path):
    train = server.add(f"data/{PARQUET[0]}", TRAIN)
    test = server.add(f"data/{PARQUET[1]}", TEST, cuts=[10_000] + [0] * 9)
    with pytest.raises(FclabError):
        get(train.url)
    test.cuts = []
    seen = []
    folder = get(train.url, progress=lambda *p: seen.append(p))
    assert [(folder / name).read_bytes() for name in PARQUET] == [TRAIN, TEST]
    assert len(train.asked) == 1  # what is whole is not asked for again
    assert test.asked[-1] == "bytes=10000-"
    assert seen[-1] == (len(TRAIN) + len(TEST),) * 2
    assert seen == sorted(seen)


def test_hugging_face_leads_to_another_host_where_ranges_go_on(get, server, raw_server, tmp_path):
    """As its CDN does: other host and port, an ETag of its own."""
    cdn = type(server)()
    threading.Thread(target=cdn.serve_forever, args=(0.02,), daemon=True).start()
    try:
        stored = cdn.add("xorb", TRAIN, etag='"cdn"', cuts=[50_000])
        far = stored.url.replace("127.0.0.1", "localhost")
        front = server.add(f"hf/{PARQUET[0]}", b"", redirect=far)
        server.add(f"hf/{PARQUET[1]}", TEST)
        folder = get(f"{server.root}hf/{PARQUET[1]}")
        assert (folder / PARQUET[0]).read_bytes() == TRAIN
        assert stored.asked == [None, "bytes=50000-"]
        assert len(front.asked) == 2  # an address of the CDN is signed for a while only
    finally:
        cdn.shutdown()
        cdn.server_close()


def test_a_file_that_is_far_too_large_is_not_received(get, raw_server):
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 9000000000\r\n\r\nPK\x03\x04" + bytes(99)
    huge = raw_server(lambda send: send(head))
    with pytest.raises(DataError, match="sent more than 536,870,912 bytes"):
        get(huge.url)


def test_a_page_that_asks_to_log_in_is_left_as_such(fake, get, server, told):
    page = server.add("account/login?next=x", b"<!DOCTYPE html><title>Kaggle</title>", chunked=True)
    kaggle = server.add("kaggle", b"", redirect=page.url)
    good = server.add("good.tar.gz", fake.archive)
    assert get(kaggle.url, good.url).is_file()
    assert reasons(told)[1:] == ["asks to log in: a web page in place of the archive"]


@pytest.mark.parametrize("status", [401, 403])
def test_an_account_that_is_asked_for_is_told(get, server, status):
    with pytest.raises(FclabError, match=f"asks for an account or refuses .HTTP {status}."):
        get(server.add("private", b"", statuses=[status] * 9).url)


def test_a_web_page_is_no_parquet(get, server):
    for name in PARQUET:
        server.add(f"x/{name}", b"<html>not found</html>")
    with pytest.raises(DataError, match="sent a web page in place of the archive"):
        get(f"{server.root}x/{PARQUET[0]}")


def test_without_the_extra_parquet_is_passed_over(get, server, monkeypatch, told, tmp_path):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    site = server.add(PARQUET[0], TRAIN)
    good = server.add("copy.zip", ZIP)
    assert get(site.url, good.url).read_bytes() == ZIP
    assert '-m pip install "pyarrow' in reasons(told)[1]
    assert site.asked == []
    assert site.url not in Health(tmp_path).tries()  # once it is installed, all is well


def test_only_the_source_that_is_named_is_asked(fake, server, tmp_path):
    official = server.add("official.tar.gz", fake.archive)
    other = server.add("copy.zip", ZIP)
    got = download(tmp_path, release=fake.at(official.url), source=other.url, limits=QUICK)
    assert got.read_bytes() == ZIP
    assert official.asked == []


def test_a_certificate_that_is_not_trusted(get, tmp_path, monkeypatch):
    if not shutil.which("openssl"):
        pytest.skip("no openssl to make a certificate with")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    key, certificate = tmp_path / "key", tmp_path / "certificate"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj",
         "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key,
         "-out", certificate],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    serving = http.server.HTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler)
    serving.socket = context.wrap_socket(serving.socket, server_side=True)
    threading.Thread(target=serving.serve_forever, args=(0.02,), daemon=True).start()
    try:
        with pytest.raises(FclabError, match=r"certificate is not trusted.*take another mirror"):
            get(f"https://127.0.0.1:{serving.server_port}/x.zip", limits=Limits(1, 0))
    finally:
        serving.shutdown()
        serving.server_close()


def test_a_proxy_that_is_not_there_is_told_without_its_password(get, monkeypatch, tmp_path):
    for name in ("NO_PROXY", "no_proxy", "HTTP_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("http_proxy", "http://me:secret@127.0.0.1:9")
    with pytest.raises(FclabError, match=r"the proxy of this environment \(127\.0\.0\.1:9\)") as no:
        get("http://198.51.100.1/x.zip", limits=Limits(1, 0))
    assert "secret" not in str(no.value)
    assert not (tmp_path / "mirrors.json").exists()  # it says nothing of the mirrors


# ----------------------------------------------------------------------------------------- health


def asked_first(told: list[Trying | Left]) -> str:
    return next(one.mirror.key for one in told if isinstance(one, Trying))


def test_the_one_that_worked_is_asked_first_the_next_time(get, server, told, fake):
    good = server.add("good.tar.gz", fake.archive)
    archive = get(good.url)
    assert asked_first(told) == "official"
    archive.unlink()
    told.clear()
    get(good.url)
    assert asked_first(told) == good.url
    assert reasons(told) == []


def test_a_part_is_gone_on_with_before_others_are_asked(fake, server, tmp_path, told):
    official = server.add("official.tar.gz", fake.archive, statuses=[503] * 3)
    begun = server.add("copy.zip", ZIP, block=1 << 15)
    release = fake.at(official.url)

    def stop(done: float, total: float) -> None:
        if done > 100_000:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        download(tmp_path, release=release, mirrors=[begun.url], limits=QUICK, progress=stop)
    (tmp_path / "mirrors.json").unlink()
    got = download(tmp_path, release=release, mirrors=[begun.url], limits=QUICK,
                   telling=told.append)  # fmt: skip
    assert got.read_bytes() == ZIP
    assert asked_first(told) == begun.url


@pytest.fixture
def clocked(tmp_path):
    now = [1e9]
    return Health(tmp_path, clock=lambda: now[0]), now


def keys(health: Health, begun=()) -> list[str]:
    return [mirror.key for mirror in health.ordered(BUILT_IN, begun)]


def test_the_order_follows_health(clocked):
    health, now = clocked
    first, second, third, fourth, fifth = (mirror.key for mirror in BUILT_IN)
    health.note(BUILT_IN[0], 60e3, slow=True)
    health.note(BUILT_IN[1], 0, failed=DataError("HTTP {status} {reason}", status=404, reason="No"))
    health.note(BUILT_IN[2], 90e3, slow=True)
    health.note(BUILT_IN[4], 5e6)
    assert keys(health) == [fifth, fourth, third, first, second]
    assert keys(health, begun=[first, fourth]) == [fourth, fifth, third, first, second]
    assert str(health.tries()[second].error) == "HTTP 404 No"
    now[0] += 8 * DAY
    assert keys(health) == [first, second, third, fourth, fifth]


def test_health_keeps_errors_within_errors(clocked):
    health, _ = clocked
    inner = DataError("{path} is empty", path=Path("x"))
    health.note(BUILT_IN[0], 0, failed=DataError("no: {error}", error=inner))
    error = health.tries()["official"].error
    assert error is not None
    assert error.values["error"].template == "{path} is empty"
    assert str(error) == "no: x is empty"


@pytest.mark.parametrize(
    "content",
    ["", "[]", "{", '{"official": 3}', '{"official": {"when": "x"}}', "\0" * 99,
     '{"official": {"when": 1e9, "failed": {"template": "{x.y}", "values": {"x": 1}}}}',
     '{"official": {"when": 1e9, "failed": "gone"}}', "[" * 60_000],
)  # fmt: skip
def test_a_file_of_healths_that_is_damaged_says_nothing(clocked, tmp_path, content):
    health, _ = clocked
    (tmp_path / "mirrors.json").write_text(content, "utf-8")
    assert sorted(keys(health)) == sorted(mirror.key for mirror in BUILT_IN)
    for one in health.tries().values():
        assert str(one.error) == "the last try failed"
    health.note(BUILT_IN[0], 5e6)
    assert json.loads((tmp_path / "mirrors.json").read_text("utf-8"))["official"]["speed"] == 5e6


def test_a_failure_of_a_mirror_is_kept_with_its_reason(get, server, tmp_path, fake):
    with pytest.raises(FclabError):
        get(f"{server.root}nothing")
    tries = Health(tmp_path).tries()
    assert str(tries[f"{server.root}nothing"].error) == "HTTP 404 Not Found"
    assert "no connection" in str(tries["official"].error)


# ------------------------------------------------------------------------------------------ names


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("kaggle", "kaggle"),
        ("HuggingFace", "huggingface"),
        ("https://www.kaggle.com/datasets/fedesoriano/cifar100", "kaggle"),
        ("https://huggingface.co/datasets/uoft-cs/cifar100/", "huggingface"),
        ("https://www.cs.toronto.edu/~kriz/cifar.html", "official"),
    ],
)
def test_a_mirror_is_known_by_its_name_and_by_its_page(text, key):
    assert named(text).key == key


def test_a_page_of_a_file_on_hugging_face_means_the_file():
    page = f"https://huggingface.co/datasets/x/y/blob/main/{PARQUET[1]}"
    assert named(page).urls == tuple(
        f"https://huggingface.co/datasets/x/y/resolve/main/{name}" for name in PARQUET
    )


def test_a_parquet_file_that_is_neither_train_nor_test():
    with pytest.raises(UsageError, match="two Parquet files"):
        named("https://example.org/0000.parquet")


def test_a_built_in_mirror_may_have_another_address(monkeypatch):
    monkeypatch.setenv("FCLAB_MIRRORS", "huggingface=http://h.example/a/,https://example.org/b.zip")
    found = {one.key: one for one in all_mirrors(["kaggle=http://k.example/c.zip"])}
    assert found["kaggle"].urls == ("http://k.example/c.zip",)
    assert found["kaggle"].form == "zip"
    assert found["huggingface"].urls == tuple(f"http://h.example/a/{name}" for name in PARQUET)
    assert found["https://example.org/b.zip"].form == "any"
    assert list(found)[:5] == [mirror.key for mirror in BUILT_IN]


def test_a_password_in_an_address_is_neither_shown_nor_kept(get, server, tmp_path, told):
    site = server.add("copy.zip", ZIP)
    get(site.url.replace("//", "//me:secret@"))
    assert site.authorized == ["Basic bWU6c2VjcmV0"] * 2
    assert "secret" not in repr([one.mirror.name for one in told])
    assert "secret" not in (tmp_path / "mirrors.json").read_text("utf-8")


def test_an_address_with_an_equals_sign_is_an_address():
    found = all_mirrors(["https://example.org/get?file=3"])
    assert found[-1].urls == ("https://example.org/get?file=3",)


# -------------------------------------------------------------------------------- into the cache


def zipped(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for name, content in files.items():
            file.writestr(name, content)
    return out.getvalue()


def test_a_zip_as_of_kaggle_is_found_in_the_cache_from_then_on(fake, server, cache):
    stored = server.add("bundle.zip", zipped(fake.files))
    kaggle = server.add("api/download/cifar100", b"", redirect=stored.url)
    release = fake.at("http://127.0.0.1:9/gone")
    folder = fetch(release=release, source=kaggle.url, limits=QUICK).path
    found = find(release=release)
    assert found is not None
    assert (found.path, found.keeper) == (folder, "own")
    assert found.content.parts["train"].wrapping == ("zip",)
    assert {one.name for one in cache.iterdir()} >= {"cifar100", "mirrors.json"}
    assert not list(cache.rglob("*.part"))


def test_parquet_as_of_hugging_face_is_cifar_100_in_the_cache(fake, server, cache):
    for name, part in zip(PARQUET, ("train", "test"), strict=True):
        server.add(f"data/{name}", parquet(pickle.loads(fake.files[part])))
    release = fake.at("http://127.0.0.1:9/gone")
    folder = fetch(release=release, source=f"{server.root}data/{PARQUET[0]}", limits=QUICK).path
    assert {one.name for one in folder.iterdir()} == set(PARQUET)
    found = find(release=release)
    assert found is not None
    assert not found.other


def test_what_was_read_when_it_came_is_not_read_again(fake, server, cache):
    site = server.add("cifar.zip", zipped(fake.files))
    release = fake.at("http://127.0.0.1:9/gone")
    got = fetch(release=release, source=site.url, limits=QUICK)
    assert find(release=release) == got
    assert find(release=release, cache=False) == got  # the same when all is read
    recalled = find(release=release)
    (file,) = got.path.iterdir()
    size = file.stat().st_size
    file.write_bytes(bytes(size))  # who reads now finds no images
    dataset = chosen(got, (0, 55, 58))
    assert len(dataset.train) == 6
    assert recalled is not None
    with pytest.raises(DataError):
        recalled.images()


def parquet(content: dict) -> bytes:
    """In the layout of uoft-cs/cifar100."""
    pixels = content["data"].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)
    pictures = []
    for one in pixels:
        out = io.BytesIO()
        Image.fromarray(one).save(out, format="PNG")
        pictures.append({"bytes": out.getvalue(), "path": None})
    out = io.BytesIO()
    pq.write_table(pa.table({"img": pictures, "fine_label": content["fine_labels"]}), out,
                   row_group_size=100)  # fmt: skip
    return out.getvalue()


def test_other_images_are_left_for_the_next_mirror(fake, server, cache, told):
    content = pickle.loads(fake.files["train"])
    content["data"][7, 7] ^= 1
    other = fake.files | {"train": pickle.dumps(content, 4)}
    changed, good = (server.add(f"{n}.zip", zipped(f)) for n, f in enumerate((other, fake.files)))
    release = fake.at("http://127.0.0.1:9/gone")
    got = fetch(release=release, mirrors=[changed.url, good.url], telling=told.append,
                limits=QUICK)  # fmt: skip
    assert got.path.is_dir()
    assert "what it gave is not CIFAR-100" in reasons(told)[1]
    assert find(release=release) is not None


def test_a_file_of_this_machine_is_copied_into_the_cache(fake, cache, tmp_path):
    mine = tmp_path / "мой архив.zip"
    mine.write_bytes(zipped(fake.files))
    folder = fetch(release=fake.release, source=str(mine)).path
    assert [one.name for one in folder.iterdir()] == [mine.name]
    assert mine.exists()
    assert find(release=fake.release) is not None


@pytest.mark.parametrize("source", ["nowhere.zip", "kagle", "C:/x/y"])
def test_a_source_that_is_nothing(fake, cache, source):
    with pytest.raises(UsageError, match=r"is not here, and is no mirror.*huggingface"):
        fetch(release=fake.release, source=source)
