"""Feeds served from the loopback address: read politely, each message taken once, nothing dangerous followed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.videogen.emergency.examples import GOOD, atom, body, changed, envelope, without
from tests.videogen.emergency.feed_server import FeedServer
from videogen.config.groups.emergency import EmergencySettings
from videogen.emergency.alerts.intake import AlertIntake
from videogen.emergency.alerts.register import AlertRegister
from videogen.emergency.feeds.fetching import check_address, fetch, shown
from videogen.emergency.feeds.polling import FeedPoller
from videogen.errors import FetchError

NOW = datetime(2026, 11, 22, 9, 31, tzinfo=UTC)
SECOND = changed((">elm-1<", ">elm-2<"))


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with FeedServer() as running:
        yield running


def poller(server: FeedServer, folder: Path, *paths: str, **settings: Any) -> FeedPoller:
    chosen = EmergencySettings(feeds=tuple(map(server.url, paths or ("/feed",))), **settings)
    intake = AlertIntake(AlertRegister(str(folder / "alerts")), chosen, folder / "pins")
    return FeedPoller(intake, folder / "rejected")


def names(result: Any) -> list[str]:
    return [one.alert.identifier for one in result.taken]


def test_an_index_is_followed_and_each_message_fetched_once(server: FeedServer, tmp_path: Path) -> None:
    server.put("/feed", atom('<link href="one.xml"/>', f'<link href="{server.url("/two.xml")}"/>'))
    server.put("/one.xml", GOOD)
    server.put("/two.xml", SECOND)
    feed = poller(server, tmp_path)
    result = feed.poll(NOW)
    assert sorted(names(result)) == ["elm-1", "elm-2"]
    assert {one.record.origin for one in result.taken} == {server.url("/one.xml"), server.url("/two.xml")}
    assert names(poller(server, tmp_path).poll(NOW + timedelta(minutes=2))) == []
    assert sorted(server.paths()) == ["/feed", "/feed", "/one.xml", "/two.xml"]


@pytest.mark.parametrize(
    "document",
    [
        atom(f"<content>{body(GOOD)}</content>", f"<content>{body(SECOND)}</content>"),
        f"<rss><channel><item>{body(GOOD)}</item><item>{body(SECOND)}</item></channel></rss>",
        envelope(GOOD).replace("</contentObject>", f"</contentObject><contentObject>{body(SECOND)}</contentObject>"),
    ],
)
def test_messages_inside_of_a_feed_are_taken(server: FeedServer, tmp_path: Path, document: str) -> None:
    server.put("/feed", document, gzip=True)
    assert names(poller(server, tmp_path).poll(NOW)) == ["elm-1", "elm-2"]


def test_an_address_may_hold_a_single_message(server: FeedServer, tmp_path: Path) -> None:
    server.put("/feed", GOOD)
    assert names(poller(server, tmp_path).poll(NOW)) == ["elm-1"]


def test_a_feed_is_left_alone_until_its_time_and_asked_whether_it_changed(server: FeedServer, tmp_path: Path) -> None:
    server.put("/feed", atom(), headers={"ETag": '"v1"', "Last-Modified": "Sun, 22 Nov 2026 09:00:00 GMT"})
    poller(server, tmp_path).poll(NOW)
    poller(server, tmp_path).poll(NOW + timedelta(seconds=59))
    assert len(server.asked) == 1
    poller(server, tmp_path).poll(NOW + timedelta(seconds=60))
    headers = server.asked[1][1]
    assert headers["If-None-Match"] == '"v1"'
    assert headers["If-Modified-Since"] == "Sun, 22 Nov 2026 09:00:00 GMT"
    server.put("/feed", atom(f"<content>{body(GOOD)}</content>"), headers={"ETag": '"v2"'})
    assert names(poller(server, tmp_path).poll(NOW + timedelta(seconds=120))) == ["elm-1"]


def test_a_vanished_entry_cancels_nothing(server: FeedServer, tmp_path: Path) -> None:
    server.put("/feed", atom(f"<content>{body(GOOD)}</content>"))
    feed = poller(server, tmp_path)
    (taken,) = feed.poll(NOW).taken
    server.put("/feed", atom())
    feed.poll(NOW + timedelta(minutes=2))
    assert feed.intake.register.get(taken.key).state == "taken"


def test_a_server_that_is_down_is_asked_less_and_less_often(server: FeedServer, tmp_path: Path) -> None:
    server.put("/feed", status=503, headers={"Retry-After": "600"})
    feed = poller(server, tmp_path)
    assert "status 503" in feed.poll(NOW).troubles[0]
    state = feed.state(server.url("/feed"))
    assert (state.failures, state.next_look) == (1, NOW + timedelta(minutes=10))
    server.put("/feed", atom(f"<content>{body(GOOD)}</content>"))
    assert names(feed.poll(NOW + timedelta(minutes=5))) == []
    assert names(feed.poll(NOW + timedelta(minutes=10))) == ["elm-1"]
    assert feed.state(server.url("/feed")).failures == 0


def test_one_dead_feed_does_not_keep_the_others_waiting(server: FeedServer, tmp_path: Path) -> None:
    server.put("/feed", GOOD)
    result = poller(server, tmp_path, "/missing", "/feed").poll(NOW)
    assert names(result) == ["elm-1"]
    assert len(result.troubles) == 1


def test_a_message_that_could_not_be_fetched_is_fetched_later_though_the_feed_is_unchanged(
    server: FeedServer, tmp_path: Path
) -> None:
    server.put("/feed", atom('<link href="one.xml"/>'), headers={"ETag": "v"})
    server.put("/one.xml", status=500)
    assert poller(server, tmp_path).poll(NOW).taken == []
    server.put("/one.xml", GOOD)
    assert names(poller(server, tmp_path).poll(NOW + timedelta(minutes=1))) == ["elm-1"]


def test_a_kill_between_feed_and_messages_loses_nothing(
    server: FeedServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.put("/feed", atom('<link href="one.xml"/>', '<link href="two.xml"/>'), headers={"ETag": "v"})
    server.put("/one.xml", GOOD)
    server.put("/two.xml", SECOND)

    class Killed(BaseException):
        pass

    for step in range(6):
        count = iter(range(100))
        from videogen.storage.atomic_folder import Folder

        real = Folder.write

        def write(
            self: Folder, *given: Any, at: int = step, count: Any = count, real: Any = real, **options: Any
        ) -> None:
            if next(count) == at:
                raise Killed
            real(self, *given, **options)

        monkeypatch.setattr(Folder, "write", write)
        with pytest.raises(Killed):
            poller(server, tmp_path / str(step)).poll(NOW)
        monkeypatch.undo()
        feed = poller(server, tmp_path / str(step))
        feed.poll(NOW + timedelta(minutes=1))
        assert sorted(one.alert.identifier for one in feed.intake.register.waiting()) == ["elm-1", "elm-2"]


def test_a_bad_message_is_put_aside_once_with_every_reason(server: FeedServer, tmp_path: Path) -> None:
    server.put(
        "/feed", atom(f"<content>{body(without('status', 'scope'))}</content>", f"<content>{body(SECOND)}</content>")
    )
    feed = poller(server, tmp_path)
    result = feed.poll(NOW)
    assert names(result) == ["elm-2"]
    ((name, reasons),) = result.rejected
    assert reasons.count("element-missing") == 2
    assert (tmp_path / "rejected" / f"{name}.reason.txt").read_text().strip() == reasons
    assert "<identifier>elm-1" in (tmp_path / "rejected" / name).read_text()
    assert feed.poll(NOW + timedelta(minutes=2)).rejected == []


def test_a_page_that_is_no_feed_is_put_aside_and_asked_less_often(server: FeedServer, tmp_path: Path) -> None:
    server.put("/feed", "<html><body>moved</body></html>")
    feed = poller(server, tmp_path)
    assert len(feed.poll(NOW).rejected) == 1
    assert feed.state(server.url("/feed")).failures == 1


def test_a_document_that_grows_beyond_the_limit_is_dropped(server: FeedServer) -> None:
    server.put("/big", b"<a>" + b" " * 200_000, gzip=True)
    with pytest.raises(FetchError, match="more than 100,000 bytes"):
        fetch(server.url("/big"), max_bytes=100_000, home=server.url("/"))


def test_a_document_that_breaks_off_is_not_taken(server: FeedServer) -> None:
    server.put("/cut", GOOD, cut=True)
    with pytest.raises(FetchError, match="broke off"):
        fetch(server.url("/cut"), max_bytes=100_000, home=server.url("/"))


def test_redirects_are_followed_but_not_for_ever(server: FeedServer) -> None:
    server.put("/old", status=301, headers={"Location": "/new"})
    server.put("/new", GOOD)
    server.put("/loop", status=302, headers={"Location": "/loop"})
    reply = fetch(server.url("/old"), max_bytes=100_000, home=server.url("/"))
    assert (reply.url, reply.body) == (server.url("/new"), GOOD.encode())
    with pytest.raises(FetchError, match="more than 5 times"):
        fetch(server.url("/loop"), max_bytes=100_000, home=server.url("/"))


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://river.example/a", "gopher://x", "javascript:alert(1)"])
def test_no_redirect_leads_out_of_the_web(server: FeedServer, target: str) -> None:
    server.put("/old", status=302, headers={"Location": target})
    with pytest.raises(FetchError, match="http:// or https://"):
        fetch(server.url("/old"), max_bytes=100_000, home=server.url("/"))


def test_an_encrypted_feed_leads_only_to_encrypted_messages() -> None:
    with pytest.raises(FetchError, match="not encrypted"):
        check_address("http://river.example/1", "https://river.example/feed")
    check_address("https://river.example/1", "https://river.example/feed")


def test_no_password_or_key_is_shown() -> None:
    assert shown("https://user:secret@river.example:8443/feed?key=secret#x") == "https://river.example:8443/feed?…"
    assert "secret" not in shown("http://user:secret@[broken/feed")
