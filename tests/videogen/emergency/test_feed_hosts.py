"""Which machines a feed can make us ask, and what they learn: no foreign one gets a password, no private one is asked."""

from __future__ import annotations

import base64
import ipaddress
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.videogen.emergency.examples import GOOD
from tests.videogen.emergency.feed_server import FeedServer
from videogen.emergency.feeds.fetching import Reply, fetch
from videogen.errors import FetchError
from videogen.runtime.reach import Reach

LOOPBACK = ("127.0.0.0/8",)


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with FeedServer() as running:
        yield running


@pytest.fixture
def other() -> Iterator[FeedServer]:
    with FeedServer() as running:
        yield running


def get(url: str, home: str | None = None, **options: Any) -> Reply:
    return fetch(url, max_bytes=100_000, home=home or url, **options)


def with_password(url: str) -> str:
    return url.replace("http://", "http://duty:secret@")


def authorisations(server: FeedServer) -> list[str | None]:
    return [{name.lower(): text for name, text in headers.items()}.get("authorization") for _, headers in server.asked]


def test_the_netrc_of_the_user_is_not_used(server: FeedServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    netrc = tmp_path / ".netrc"
    netrc.write_text("machine 127.0.0.1 login duty password secret\ndefault login duty password secret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HOME", str(tmp_path))
    server.put("/feed", status=302, headers={"Location": "/moved"})
    server.put("/moved", GOOD)
    assert get(server.url("/feed")).body == GOOD.encode()
    assert authorisations(server) == [None, None]


def test_the_password_of_a_feed_goes_to_its_own_server_only(server: FeedServer, other: FeedServer) -> None:
    home = with_password(server.url("/feed"))
    server.put("/feed", status=302, headers={"Location": "/second"})
    server.put("/second", status=302, headers={"Location": other.url("/stolen")})
    other.put("/stolen", GOOD)
    assert get(home, networks=LOOPBACK).body == GOOD.encode()
    expected = "Basic " + base64.b64encode(b"duty:secret").decode()
    assert authorisations(server) == [expected, expected]
    assert authorisations(other) == [None]


def test_a_password_in_an_address_that_a_stranger_wrote_is_dropped(server: FeedServer, other: FeedServer) -> None:
    server.put("/feed", status=302, headers={"Location": with_password(other.url("/x"))})
    other.put("/x", GOOD)
    get(server.url("/feed"), networks=LOOPBACK)
    assert authorisations(other) == [None]


@pytest.mark.parametrize("name", ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"])
def test_a_proxy_of_the_environment_is_not_used(server: FeedServer, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "http://127.0.0.1:9")
    server.put("/feed", GOOD)
    assert get(server.url("/feed")).body == GOOD.encode()


class Proxy(ThreadingHTTPServer):
    """Answers every request itself, and remembers the address asked for."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _ProxyHandler)
        self.asked: list[str] = []


class _ProxyHandler(BaseHTTPRequestHandler):
    server: Proxy

    def log_message(self, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        self.send_response(200)
        self.send_header("Content-Length", "4")
        self.end_headers()
        self.wfile.write(b"<a/>")


def test_the_configured_proxy_is_used_and_asked_for_no_private_address() -> None:
    proxy = Proxy()
    threading.Thread(target=proxy.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        address = f"http://127.0.0.1:{proxy.server_port}"
        assert get("http://river.example/feed", proxy=address).body == b"<a/>"
        for hidden in ("http://169.254.169.254/latest/", "http://localhost/", "http://10.0.0.1/"):
            with pytest.raises(FetchError, match="not on the public internet"):
                get(hidden, "http://river.example/feed", proxy=address)
        assert proxy.asked == ["http://river.example/feed"]
    finally:
        proxy.shutdown()
        proxy.server_close()


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1/admin", "http://10.0.0.1/", "http://169.254.169.254/latest/", "http://[::1]/", "http://[fd00::1]/",
     "http://0.0.0.0/", "http://2130706433/", "http://localhost/", "http://[fe80::1]/", "http://[64:ff9b::7f00:1]/",
     "http://[::ffff:127.0.0.1]/", "http://[2002:7f00:1::]/", "http://100.64.0.1/", "http://224.0.0.1/"],
)  # fmt: skip
def test_a_feed_of_another_host_cannot_point_behind_the_firewall(url: str) -> None:
    with pytest.raises(FetchError, match="not on the public internet"):
        get(url, "http://river.example/feed")


def test_a_private_feed_leads_to_no_other_private_port(server: FeedServer, other: FeedServer) -> None:
    server.put("/feed", status=302, headers={"Location": other.url("/admin")})
    other.put("/admin", GOOD)
    with pytest.raises(FetchError, match=r"emergency\.feed_private_networks"):
        get(server.url("/feed"))
    assert other.asked == []


def test_private_networks_that_are_configured_may_be_asked(server: FeedServer, other: FeedServer) -> None:
    server.put("/feed", status=302, headers={"Location": other.url("/message")})
    other.put("/message", GOOD)
    assert get(server.url("/feed"), networks=LOOPBACK).url == other.url("/message")


def test_a_name_that_leads_to_a_private_address_is_refused_also_where_it_is_the_feeds_own(
    server: FeedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DNS rebinding: what counts is where the socket would go, at the moment when it is opened."""
    real = socket.getaddrinfo

    def rebound(host: str, port: int, *args: Any, **options: Any) -> Any:
        return real("127.0.0.1" if host == "river.example" else host, port, *args, **options)

    monkeypatch.setattr(socket, "getaddrinfo", rebound)
    url = f"http://river.example:{server.server_port}/feed"
    with pytest.raises(FetchError, match=r"river\.example leads to 127\.0\.0\.1"):
        get(url)
    assert server.asked == []


def test_of_a_name_with_a_public_and_a_private_address_neither_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    places = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 80)) for address in ("203.0.114.1", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **options: places)
    with pytest.raises(FetchError, match=r"leads to 10\.0\.0\.1"):
        get("http://river.example/")


@pytest.mark.parametrize(("address", "allowed"), [("93.184.216.34", True), ("2606:4700::1111", True), ("::1", False)])
def test_public_addresses_are_allowed(address: str, allowed: bool) -> None:
    assert Reach([], 1.0).allows(address) is allowed


@pytest.mark.parametrize(
    "address",
    ["fec0::1", "::127.0.0.1", "::ffff:0:127.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::7f00:1", "2002:7f00:1::", "3fff::1", "5f00::1"],
)  # fmt: skip
def test_an_address_that_a_house_can_have_within_itself_is_not_allowed(address: str) -> None:
    assert not Reach([], 1.0).allows(address)
    assert Reach([ipaddress.ip_network(f"{address}/128")], 1.0).allows(address), "unless its network is named"


@pytest.mark.parametrize("location", ["http://[bad", "http://a:b:c/", "http://x:99999/", "//[", "http://", ""])
def test_a_redirect_to_no_address_is_a_failure_of_that_link(server: FeedServer, location: str) -> None:
    server.put("/feed", status=302, headers={"Location": location})
    with pytest.raises(FetchError):
        get(server.url("/feed"))


@pytest.mark.parametrize(("text", "seconds"), [("9" * 5000, 86_400), ("120", 120), ("-5", None), ("soon", None),
                                               ("Fri, 31 Dec 9999 23:59:59 GMT", 86_400), ("٣", None),
                                               ("Mon, 99 Foo 2026 99:99:99 GMT", None)])  # fmt: skip
def test_any_retry_after_is_read_or_passed_over(server: FeedServer, text: str, seconds: int | None) -> None:
    server.put("/feed", status=503, headers={"Retry-After": text.encode("utf-8").decode("latin-1")})
    with pytest.raises(FetchError) as caught:
        get(server.url("/feed"))
    asked = caught.value.retry_after
    assert (None if asked is None else round(asked.total_seconds())) == seconds


@pytest.mark.parametrize("etag", ['"\u00fc"', '"' + "x" * 5000 + '"', '"a\tb"', '"v1"'])
def test_an_odd_etag_is_not_sent_back(server: FeedServer, etag: str) -> None:
    server.put("/feed", GOOD, headers={"ETag": etag})
    reply = get(server.url("/feed"))
    assert reply.etag == (etag if etag == '"v1"' else None)
    get(server.url("/feed"), etag=reply.etag)
