"""Whatever a server answers, a round over its feeds ends, and only with troubles in words."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzzing import examples
from tests.videogen.emergency.examples import GOOD, atom, body, envelope
from videogen.config.groups.emergency import EmergencySettings
from videogen.emergency.alerts.intake import AlertIntake
from videogen.emergency.alerts.register import AlertRegister
from videogen.emergency.feeds.polling import FeedPoller

NOW = datetime(2026, 11, 22, 9, 31, tzinfo=UTC)


class RawServer:
    """Answers every connection with the same bytes, whatever they are, and hangs up."""

    def __init__(self) -> None:
        self.answer = b""
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}/feed"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with connection:
                try:
                    connection.recv(65536)
                    connection.sendall(self.answer)
                except OSError:
                    continue

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def server() -> Iterator[RawServer]:
    running = RawServer()
    yield running
    running.close()


_STATUS = st.sampled_from([b"200 OK", b"304 X", b"301 X", b"302 X", b"308 X", b"503 X", b"999 X", b"abc", b"200", b""])
_HEADERS = st.lists(
    st.one_of(
        st.sampled_from(
            [b"Location: http://[bad", b"Location: //[::1", b"Location: /feed", b"Location: ", b"Location: http://\xff/",
             b"Location: http://10.0.0.1/", b"Retry-After: " + b"9" * 5000, b"Retry-After: Fri, 31 Dec 9999 23:59:59 -9999",
             b'ETag: "\xff\x00"', b"ETag: " + b"x" * 9000, b"Last-Modified: \xe9", b"Content-Encoding: gzip",
             b"Content-Encoding: br", b"Content-Length: -1", b"Content-Length: 5", b"Content-Length: 99999999999999999999",
             b"Transfer-Encoding: chunked", b"no colon", b": empty", b"X: " + b"y" * 70_000]
        ),
        st.binary(max_size=30),
    ),
    max_size=4,
)  # fmt: skip
_BODIES = st.one_of(
    st.sampled_from(
        [GOOD, atom(f"<content>{body(GOOD)}</content>"), atom("<link href='http://[x'/>", "<link href='/feed'/>"),
         envelope(GOOD, "Test"), "<feed>" * 300, "zz\r\n<a/>\r\n0\r\n\r\n", ""]
    ).map(str.encode),
    st.binary(max_size=200),
)  # fmt: skip


@pytest.mark.fuzz("feeds")
@settings(max_examples=examples(60), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(_STATUS, _HEADERS, _BODIES)
def test_whatever_a_server_answers_a_round_ends_in_words(
    server: RawServer, status: bytes, headers: list[bytes], content: bytes
) -> None:
    server.answer = b"\r\n".join([b"HTTP/1.1 " + status, *headers, b"", content])
    with TemporaryDirectory() as name:
        folder = Path(name)
        intake = AlertIntake(
            AlertRegister(str(folder / "alerts")), EmergencySettings(feeds=(server.url,)), folder / "pins"
        )
        poller = FeedPoller(intake, folder / "rejected")
        for minute in range(2):
            result = poller.poll(NOW.replace(minute=31 + 5 * minute))
            assert all("unexpectedly" not in trouble for trouble in result.troubles), result.troubles
            assert all("cannot-be-judged" not in reasons for _, reasons in result.rejected)
        poller.state(server.url)
