"""How a notification gets to a receiver. Every channel ends in time, or counts as uncertain."""

from __future__ import annotations

import json
import logging
import os
import smtplib
import ssl
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Any, Final, Literal

from videogen.errors import ConfigError
from videogen.monitoring.alerts.rules import Receiver
from videogen.monitoring.alerts.secrets import Secrets
from videogen.monitoring.webhook import ANYWHERE, RefusedError, UncertainError, post

LIMIT: Final = 15.0
"""Seconds that a delivery may take in all."""
_CONNECT, _READ = 3.0, 5.0
_PAUSES: Final = (0.5, 2.0)
FILE: Final = "notifications.jsonl"
_MAX_FILE: Final = 10_000_000
_log = logging.getLogger("videogen.alerts")
_LEVELS: Final = {"info": logging.INFO, "warning": logging.WARNING, "critical": logging.CRITICAL}
Outcome = Literal["sent", "failed", "uncertain"]


@dataclass(frozen=True)
class Message:
    """What is sent. id: the same for every try, so that a receiver can recognise a repetition."""

    id: str
    title: str
    text: str
    severity: str
    data: dict[str, Any]


def deliver(
    receiver: Receiver, message: Message, secrets: Secrets, folder: Path, *, limit: float = LIMIT
) -> tuple[Outcome, str]:
    """Send a message, at most once for certain, within `limit` seconds; returns what became of it, and why.

    It is sent by a thread that is left alone where it takes longer: a receiver that answers byte by byte, or never.
    """
    result: list[tuple[Outcome, str]] = []

    def work() -> None:
        try:
            _CHANNELS[receiver.kind](receiver, message, secrets, folder)
            result.append(("sent", ""))
        except UncertainError as error:
            result.append(("uncertain", str(error)))
        except Exception as error:
            result.append(("failed", _reason(error)))

    thread = threading.Thread(target=work, name=f"notify-{receiver.kind}", daemon=True)
    thread.start()
    thread.join(limit)
    return result[0] if result else ("uncertain", f"no answer within {limit:g} s")


def _to_log(receiver: Receiver, message: Message, secrets: Secrets, folder: Path) -> None:
    _log.log(_LEVELS[message.severity], "%s", message.text.replace("\n", " — "))


def _to_file(receiver: Receiver, message: Message, secrets: Secrets, folder: Path) -> None:
    path = folder / FILE
    if path.exists() and path.stat().st_size > _MAX_FILE:
        path.replace(path.with_suffix(".jsonl.1"))
    line = json.dumps({"id": message.id, **message.data}, ensure_ascii=False) + "\n"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o640)
    try:
        os.write(descriptor, line.encode())
    finally:
        os.close(descriptor)


def _to_webhook(receiver: Receiver, message: Message, secrets: Secrets, folder: Path) -> None:
    """POST JSON; where it certainly did not arrive and may later, some more times."""
    body = json.dumps({"id": message.id, **message.data}, ensure_ascii=False).encode()
    url, key = secrets.get(receiver.url), secrets.get(receiver.key) if receiver.key else ""
    for pause in (*_PAUSES, None):
        try:
            post(url, body, message_id=message.id, key=key, networks=ANYWHERE, seconds=_CONNECT + _READ)
        except RefusedError as error:
            if not error.may_be_tried_again:
                raise
            if pause is None:
                raise RefusedError(f"{error}, after {len(_PAUSES) + 1} tries") from error
            time.sleep(pause)
        else:
            return


def _to_email(receiver: Receiver, message: Message, secrets: Secrets, folder: Path) -> None:
    mail = EmailMessage()
    mail["Subject"], mail["From"], mail["To"] = message.title, receiver.sender, ", ".join(receiver.to)
    mail["Message-ID"] = f"<{message.id}@videogen.invalid>"
    mail.set_content(message.text)
    context = ssl.create_default_context()
    connect: Callable[[], smtplib.SMTP] = (
        (lambda: smtplib.SMTP_SSL(receiver.server, receiver.port, timeout=_READ, context=context))
        if receiver.encryption == "tls"
        else (lambda: smtplib.SMTP(receiver.server, receiver.port, timeout=_READ))
    )
    server = connect()
    try:
        if receiver.encryption == "starttls":
            server.starttls(context=context)
        if receiver.user:
            server.login(secrets.get(receiver.user), secrets.get(receiver.password))
        try:
            server.send_message(mail)
        except (TimeoutError, smtplib.SMTPServerDisconnected) as error:
            raise UncertainError(f"the server went away: {type(error).__name__}") from None
    finally:
        # What it has taken it keeps, however it answers to this.
        with suppress(smtplib.SMTPException, OSError):
            server.quit()


def _to_apprise(receiver: Receiver, message: Message, secrets: Secrets, folder: Path) -> None:
    """Text only: an attachment by URL would let a message fetch from inside of the network."""
    try:
        from apprise import Apprise
    except ImportError:
        raise RefusedError("the extra notify is not installed: pip install 'pib-videogen[notify]'") from None
    service = Apprise()
    if not service.add(secrets.get(receiver.url)):
        raise RefusedError("apprise does not know this kind of address")
    if not service.notify(title=message.title, body=message.text):
        raise RefusedError("the service did not take it")


def _reason(error: Exception) -> str:
    """What failed, without anything that a library may quote: URLs hold secrets."""
    if isinstance(error, RefusedError | ConfigError):
        return str(error)
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return type(error).__name__


_CHANNELS: Final[dict[str, Callable[[Receiver, Message, Secrets, Path], None]]] = {
    "log": _to_log,
    "file": _to_file,
    "webhook": _to_webhook,
    "email": _to_email,
    "apprise": _to_apprise,
}
