"""Deliveries to real servers on this machine: good ones, slow ones, broken ones."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import os
import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from videogen.errors import ConfigError
from videogen.monitoring.alerts.channels import Message, deliver
from videogen.monitoring.alerts.rules import Receiver
from videogen.monitoring.alerts.secrets import Secrets

MESSAGE = Message("20261130T120000-a1b2c3", "[critical] it burns", "it burns\nto do: run", "critical", {"alerts": []})
KEY = "not-a-real-key"


class Hook:
    """A webhook. answers: status codes one after the other; the last one stays."""

    def __init__(self, *answers: int, hold: float = 0.0) -> None:
        self.requests: list[tuple[dict[str, str], bytes]] = []
        self.release = threading.Event()
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                hook.requests.append((dict(self.headers), self.rfile.read(int(self.headers["Content-Length"]))))
                if hold:
                    hook.release.wait(hold)
                self.send_response(answers[min(len(hook.requests), len(answers)) - 1])
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/hook/secret-path"

    def __enter__(self) -> Hook:
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.release.set()
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def secrets(monkeypatch: pytest.MonkeyPatch) -> Any:
    def make(url: str) -> Secrets:
        monkeypatch.setenv("OPS_URL", url)
        monkeypatch.setenv("OPS_KEY", KEY)
        return Secrets()

    return make


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """No waiting between tries, and short patience."""
    monkeypatch.setattr("videogen.monitoring.alerts.channels._PAUSES", (0.0, 0.0))
    monkeypatch.setattr("videogen.monitoring.alerts.channels._CONNECT", 0.2)
    monkeypatch.setattr("videogen.monitoring.alerts.channels._READ", 0.5)


HOOK = Receiver(kind="webhook", url="OPS_URL", key="OPS_KEY")


def test_a_webhook_gets_the_message_once_signed_and_with_its_id(tmp_path: Path, secrets: Any) -> None:
    with Hook(200) as hook:
        assert deliver(HOOK, MESSAGE, secrets(hook.url), tmp_path) == ("sent", "")
    ((headers, body),) = hook.requests
    assert json.loads(body)["id"] == headers["Idempotency-Key"] == MESSAGE.id
    at, _, digest = headers["X-Videogen-Signature"].removeprefix("t=").partition(",v1=")
    assert digest == hmac.new(KEY.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()


def test_what_a_server_could_not_take_is_tried_again(tmp_path: Path, secrets: Any) -> None:
    with Hook(503, 503, 200) as hook:
        assert deliver(HOOK, MESSAGE, secrets(hook.url), tmp_path)[0] == "sent"
    assert len(hook.requests) == 3


def test_what_a_server_refuses_is_not_tried_again(tmp_path: Path, secrets: Any) -> None:
    with Hook(404) as hook:
        assert deliver(HOOK, MESSAGE, secrets(hook.url), tmp_path) == ("failed", "answer 404")
    assert len(hook.requests) == 1


def test_a_redirection_is_not_followed(tmp_path: Path, secrets: Any) -> None:
    with Hook(302) as hook:
        assert deliver(HOOK, MESSAGE, secrets(hook.url), tmp_path)[0] in ("failed", "sent")
    assert len(hook.requests) == 1


def test_no_answer_in_time_is_uncertain_and_not_tried_again(tmp_path: Path, secrets: Any) -> None:
    with Hook(200, hold=5.0) as hook:
        outcome, why = deliver(HOOK, MESSAGE, secrets(hook.url), tmp_path)
    assert (outcome, len(hook.requests)) == ("uncertain", 1)
    assert "no answer" in why


def test_nobody_listening_is_a_failure_that_says_no_secret(tmp_path: Path, secrets: Any) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/secret-path"
    outcome, why = deliver(HOOK, MESSAGE, secrets(url), tmp_path)
    assert outcome == "failed"
    assert "cannot connect" in why
    assert "secret-path" not in why


def test_a_receiver_that_answers_byte_by_byte_ends_at_the_limit(tmp_path: Path, secrets: Any) -> None:
    with dripping() as port:
        url = f"http://127.0.0.1:{port}/"
        outcome, why = deliver(HOOK, MESSAGE, secrets(url), tmp_path, limit=1.5)
    assert (outcome, why.partition(" within")[0]) == ("uncertain", "no answer")


@contextmanager
def dripping() -> Iterator[int]:
    """A server that sends one byte of a header every tenth of a second."""
    stop = threading.Event()

    class Drip(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            self.request.recv(65536)
            self.request.sendall(b"HTTP/1.1 200 OK\r\n")
            while not stop.wait(0.1):
                try:
                    self.request.sendall(b"X")
                except OSError:
                    return

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True

    with Server(("127.0.0.1", 0), Drip) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        stop.set()
        server.shutdown()


def test_e_mail_is_handed_to_the_server(tmp_path: Path) -> None:
    got: list[str] = []

    class Smtp(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(b"220 hello\r\n")
            in_data = False
            for raw in self.rfile:
                line = raw.decode().rstrip("\r\n")
                got.append(line)
                if in_data:
                    in_data = line != "."
                    answer = b"" if in_data else b"250 kept\r\n"
                else:
                    in_data = line.upper() == "DATA"
                    # Also to QUIT, which is not what a good server says: the mail is taken all the same.
                    answer = b"354 go on\r\n" if in_data else b"250 fine\r\n"
                self.wfile.write(answer)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Smtp) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        mail = Receiver(
            kind="email", server="127.0.0.1", port=server.server_address[1], encryption="none",
            sender="videogen@bureau.example", to=("duty@bureau.example",),
        )  # fmt: skip
        assert deliver(mail, MESSAGE, Secrets(), tmp_path) == ("sent", "")
        server.shutdown()
    assert "Subject: [critical] it burns" in got
    assert "rcpt TO:<duty@bureau.example>" in got
    assert "to do: run" in got


def test_apprise_hands_text_over(tmp_path: Path, secrets: Any) -> None:
    pytest.importorskip("apprise", reason="the extra notify is not installed")
    with Hook(200) as hook:
        url = hook.url.replace("http://", "json://")
        assert deliver(Receiver(kind="apprise", url="OPS_URL"), MESSAGE, secrets(url), tmp_path, limit=60)[0] == "sent"
    assert "it burns" in hook.requests[0][1].decode()


def test_a_log_line_has_the_level_of_the_alert(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "videogen.alerts"):
        assert deliver(Receiver(kind="log"), MESSAGE, Secrets(), tmp_path)[0] == "sent"
    (record,) = caplog.records
    assert (record.levelname, record.getMessage()) == ("CRITICAL", "it burns — to do: run")


def test_secrets_come_from_the_environment_or_a_file_of_its_owner(tmp_path: Path, monkeypatch: Any) -> None:
    file = tmp_path / "secrets.yaml"
    file.write_text("OPS_URL: https://from.example/file\n", encoding="utf-8")
    file.chmod(0o644)
    with pytest.raises(ConfigError, match="others can read"):
        Secrets(file).get("OPS_URL")
    file.chmod(0o600)
    assert Secrets(file).get("OPS_URL") == "https://from.example/file"
    with pytest.raises(ConfigError, match="OPS_KEY is not in the environment"):
        Secrets(file).get("OPS_KEY")
    monkeypatch.setenv("OPS_URL", "https://from.example/environment")
    assert Secrets(file).get("OPS_URL") == "https://from.example/environment"
    file.write_text("OPS_KEY: [s3cret\n", encoding="utf-8")
    os.chmod(file, 0o600)
    with pytest.raises(ConfigError) as refused:
        Secrets(file).get("OPS_KEY")
    assert "s3cret" not in str(refused.value)
