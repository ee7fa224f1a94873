"""Whatever a receiver answers and whatever a release says, the round ends in words and the feeds can be read."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from tests.fuzzing import examples
from tests.videogen.release.outlets.conftest import House
from videogen.monitoring.webhook import RefusedError, UncertainError, post
from videogen.release.approval.correction import Correction
from videogen.release.folder import take_back
from videogen.release.outlets.events import events_of
from videogen.release.outlets.feeds import write_feeds
from videogen.release.published import records
from videogen.release.record import Withdrawal


class Answering:
    """A receiver that sends bytes and hangs up."""

    def __init__(self) -> None:
        self.answer = b""
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}/hook?token=not-for-logs"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            with suppress(ConnectionError):
                try:
                    connection, _ = self.socket.accept()
                except OSError:
                    return
                with connection:
                    connection.recv(65_536)
                    connection.sendall(self.answer)


@pytest.fixture(scope="module")
def receiver() -> Iterator[Answering]:
    found = Answering()
    yield found
    found.socket.close()


STATUS = st.one_of(
    st.sampled_from([b"200 ok", b"204 x", b"302 x", b"429 x", b"503 x", b"99999 x", b"-1 x"]), st.binary(max_size=20)
)
VALUES = st.one_of(
    st.sampled_from(
        [
            b"9" * 5000,
            b"Fri, 31 Dec 999999 23:59:59 GMT",
            b"-1",
            b"http://169.254.169.254/",
            b"gzip",
            b"chunked",
            b"1e999",
        ]
    ),
    st.binary(max_size=40),
)
NAMES = st.sampled_from(
    [b"Retry-After", b"Location", b"Content-Length", b"Content-Encoding", b"Transfer-Encoding", b"Set-Cookie"]
)
HEADERS = st.lists(st.tuples(NAMES, VALUES).map(b": ".join), max_size=6)


@pytest.mark.fuzz("outlets")
@settings(max_examples=examples(100), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(status=STATUS, headers=HEADERS, content=st.binary(max_size=200))
def test_whatever_a_receiver_answers_the_delivery_is_taken_refused_or_uncertain(
    receiver: Answering, status: bytes, headers: list[bytes], content: bytes
) -> None:
    receiver.answer = b"\r\n".join([b"HTTP/1.1 " + status, *headers, b"", content])
    problem: Exception | None = None
    try:
        post(receiver.url, b"{}", message_id="a", key="\udcff", networks=["127.0.0.0/8"], seconds=5.0)
    except (RefusedError, UncertainError) as error:
        problem = error
    assert "not-for-logs" not in str(problem)
    assert getattr(problem, "not_before", 0.0) <= 6 * 3600


@pytest.mark.fuzz("outlets")
@settings(max_examples=examples(20), deadline=None)
@given(title=st.text(max_size=60), why=st.text(max_size=60), label=st.text(max_size=60))
def test_whatever_a_release_says_the_feeds_are_well_formed_and_say_it(title: str, why: str, label: str) -> None:
    with TemporaryDirectory() as name:
        house, why, label = House(Path(name)), f"why: {why}", f"AI {label}"
        moment = datetime.now(UTC) - timedelta(minutes=1)
        house.publish("clip-1", title=title, prompt=label)
        house.publish("clip-2", title=title, corrects=Correction(of="clip-1", reason=why))
        take_back(house.root, "clip-1", Withdrawal(operator=label, why=why, at=moment))
        ninjs, rss = write_feeds(house.config())
        items = json.loads(ninjs.read_bytes())["items"]
        assert {item["uri"] for item in items} == {"urn:pib-videogen:clip-1", "urn:pib-videogen:clip-2"}
        channel = etree.parse(rss).getroot()[0]
        assert len(channel.findall("item")) == 2
        assert {part.tag for part in channel.iter() if "}" not in str(part.tag)} <= {
            "channel", "title", "link", "description", "lastBuildDate", "item", "pubDate", "guid",
        }  # fmt: skip
        for record in records(house.root):
            json.dumps([event.model_dump(mode="json") for event in events_of(record, "")]).encode()
