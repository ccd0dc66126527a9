"""Who may talk to the server, and what a page may do: asked over the real socket."""

import http.client
import json
import re
import socket
from contextlib import suppress
from importlib.resources import files
from urllib.parse import urlsplit

import pytest
from client import client
from served import served
from websockets.exceptions import ConnectionClosed, InvalidStatus

PATHS = ("/", "/index.js", "/index.css", "/setup/ru.json", "/nothing", "/setup/xx.json", "/socket")


def ask(server, path: str, method: str = "GET", body: bytes | None = None, **headers: str):
    """The answer to a request, its headers by lower-case names."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=120)
    try:
        connection.putrequest(method, path, skip_host="host" in headers)
        for name, value in headers.items():
            connection.putheader(name.replace("_", "-"), value)
        if body is not None:
            connection.putheader("content-length", str(len(body)))
        connection.endheaders(body)
        answer = connection.getresponse()
        return answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read()
    finally:
        connection.close()


@pytest.fixture(scope="module")
def open_server(tmp_path_factory):
    """A server that other machines may come to."""
    with served(tmp_path_factory.mktemp("open"), "--host", "0.0.0.0", "--lang", "en") as one:
        yield one


def test_every_answer_says_what_a_page_may_do(server):
    for path in PATHS:
        _, headers, _ = ask(server, path)
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy, path
        assert "script-src 'self';" in policy
        assert "unsafe" not in policy
        assert "http:" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"


def test_refusals_say_it_too(server):
    for headers in ({"host": "evil.example"}, {"origin": "http://evil.example"}):
        status, told, _ = ask(server, "/", **headers)
        assert status == 421
        assert "default-src 'none'" in told["content-security-policy"]


def test_the_built_page_has_no_script_or_style_of_its_own():
    page = (files("fclab.web") / "static" / "index.html").read_text("utf-8")
    assert not re.findall(r"<script(?![^>]*\bsrc=)|<style|\bon\w+=|\bstyle=|javascript:", page)
    assert re.findall(r"<script[^>]*\bsrc=", page)


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:{port}", "127.0.0.1:1", "127.0.0.1",
     "127.0.0.1.evil.example:{port}", "", "x@127.0.0.1:{port}", "127.0.0.1:{port}@evil.example",
     "[::1", "127.0.0.1:99999999", "localhost:{port}.evil.example"],
)  # fmt: skip
def test_a_name_that_is_not_the_servers_own_is_refused(server, host):
    """As a page sends it whose site has given itself the address 127.0.0.1."""
    assert ask(server, "/", host=host.format(port=server.port))[0] in (400, 421)


@pytest.mark.parametrize("host", ["127.0.0.1:{port}", "localhost:{port}", "LOCALHOST:{port}"])
def test_its_own_names_are_known(server, host):
    assert ask(server, "/", host=host.format(port=server.port))[0] == 200


@pytest.mark.parametrize(
    "origin",
    ["http://evil.example", "null", "https://127.0.0.1:{port}", "http://127.0.0.1:1", "",
     "file://", "http://127.0.0.1:{port}.evil.example", "http://127.0.0.1:{port}/"],
)  # fmt: skip
def test_pages_of_other_sites_are_refused(server, origin):
    foreign = origin.format(port=server.port)
    assert ask(server, "/setup/en.json", origin=foreign)[0] == 421
    with pytest.raises((InvalidStatus, ConnectionClosed)), client(server, origin=foreign) as page:
        page.event()


def test_a_socket_without_an_origin_is_refused(server):
    with socket.create_connection(("127.0.0.1", server.port), timeout=120) as raw:
        raw.sendall(
            f"GET /socket HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nUpgrade: websocket\r\n"
            "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n".encode()
        )
        assert raw.recv(12).split()[1] == b"403"


def test_no_path_leads_out_of_the_page(server):
    for path in (
        "/../app.py", "/..%2fapp.py", "/%2e%2e/app.py", "//etc/passwd", "/static/../../app.py",
        "/setup/../../app.py", "/setup/..%2f..%2fen.json", "/..\\app.py", "/%00", "/a%00.css",
        "/" + "a" * 5000, "/setup/" + "a" * 5000 + ".json", "/C:/Windows/win.ini",
        "/texts/en/page.toml",
    ):  # fmt: skip
        status, _, body = ask(server, path)
        assert status in (400, 404), path
        assert b"import" not in body
        assert b"root:" not in body


def test_other_methods_and_bodies_are_of_no_use(server):
    for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "NONSENSE"):
        for path in ("/", "/setup/en.json", "/socket"):
            assert 400 <= ask(server, path, method, b"x" * 1000)[0] < 500, (method, path)
    assert ask(server, "/", "HEAD")[0] == 200


def test_a_body_without_an_end_is_not_waited_for(server):
    with socket.create_connection(("127.0.0.1", server.port), timeout=120) as raw:
        raw.sendall(
            f"POST / HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n"
            f"Content-Length: {1 << 40}\r\n\r\n".encode()
        )
        assert raw.recv(12).split()[1] == b"405"


def test_headers_without_an_end_are_refused(server):
    with socket.create_connection(("127.0.0.1", server.port), timeout=120) as raw:
        raw.sendall(b"GET / HTTP/1.1\r\n")
        filler = b"X-Filler: " + b"x" * 65536 + b"\r\n"
        with pytest.raises((ConnectionResetError, BrokenPipeError)):
            raw.sendall(filler * 4000)


def test_a_huge_message_closes_its_socket_alone(server):
    with client(server) as page, client(server) as other:
        with suppress(ConnectionClosed):  # it may be closed before all is sent
            page.socket.send("x" * (4 << 20))
        with pytest.raises(ConnectionClosed):
            page.event()
        assert other.answer(seed=41)["kind"] == "done"


def test_other_machines_need_the_token(open_server):
    token = urlsplit(open_server.address).query.partition("=")[2]
    assert len(token) >= 20
    for path in (
        "/",
        "/index.js",
        "/setup/en.json",
        "/?token=",
        "/?token=x",
        f"/?token={token[:-1]}",
    ):
        status, headers, _ = ask(open_server, path)
        assert status == 403, path
        assert "default-src 'none'" in headers["content-security-policy"]
    with pytest.raises((InvalidStatus, ConnectionClosed)), client(open_server) as page:
        page.event()

    status, headers, _ = ask(open_server, f"/?token={token}")
    assert status == 303
    assert headers["location"] == "/"
    cookie = headers["set-cookie"]
    assert {"httponly", "samesite=strict"} <= {part.strip().lower() for part in cookie.split(";")}
    pair = cookie.split(";")[0]
    assert ask(open_server, "/", cookie=pair)[0] == 200
    assert ask(open_server, "/", cookie=pair + "x")[0] == 403
    with client(open_server, cookie=pair) as page:
        assert page.answer()["kind"] == "done"


def test_a_cookie_of_another_port_is_left_alone(open_server, server):
    """A browser sends the cookies of a host to all its ports."""
    token = urlsplit(open_server.address).query.partition("=")[2]
    name = ask(open_server, f"/?token={token}")[1]["set-cookie"].partition("=")[0]
    assert name.endswith(str(open_server.port))
    both = f"fclab-1=other; {name}={token}; fclab=third"
    assert ask(open_server, "/", cookie=both)[0] == 200
    assert ask(open_server, "/", cookie=f"fclab-1={token}")[0] == 403


def test_it_says_what_it_opens(open_server):
    assert "Whoever has this link may train on this machine" in open_server.told


def test_the_setup_is_whole(server):
    for lang in ("ru", "en"):
        status, _, body = ask(server, f"/setup/{lang}.json")
        assert status == 200
        told = json.loads(body)
        assert {"regression"} <= told["wishes"].keys()
        assert str(server.folder) not in body.decode()
