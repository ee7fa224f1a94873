"""Feeds of alerts: looked at regularly, each message in them or behind them taken into the register once."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from urllib.parse import urljoin

from pydantic import ValidationError

from videogen.emergency.alerts.intake import AlertIntake, IntakeResult
from videogen.emergency.alerts.register import RegisteredAlert
from videogen.emergency.cap.reader import Link
from videogen.emergency.feeds.fetching import fetch, shown
from videogen.emergency.feeds.state import FeedState, Pending, failed, link_done, link_failed, seen, seen_unchanged
from videogen.errors import ArtifactError, FetchError, InputError
from videogen.storage.atomic_folder import Folder

BUDGET = 25.0
"""Seconds that one round over all feeds may take; what is left waits for the next."""


@dataclass
class FeedsResult:
    """taken: new in the register. rejected: where each refused message lies, or came from, with its reasons.

    troubles: feeds and messages that could not be fetched, in words.
    """

    taken: list[RegisteredAlert] = field(default_factory=list)
    rejected: list[tuple[str, str]] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)


class FeedPoller:
    """Looks at the feeds of the configuration when they are due.

    What it knows of a feed is kept in ``feeds/`` beside the alerts. A crash makes it fetch something twice at most,
    and the register takes it once.

    Args:
        rejected: folder into which refused messages are put, each with its reasons beside it.
    """

    def __init__(self, intake: AlertIntake, rejected: Path) -> None:
        self.intake = intake
        self.rejected = Folder(rejected)
        self._states = Folder(f"{intake.register.root}/feeds")
        self._interval = timedelta(seconds=intake.settings.feed_interval)

    def poll(self, now: datetime | None = None, urls: Sequence[str] | None = None) -> FeedsResult:
        """One round: look at every feed that is due, and fetch what they point to.

        Args:
            urls: feeds to look at; None: those of the configuration.

        Raises:
            StorageError: the register's disk refused; the next round goes on.
        """
        now = now or datetime.now(UTC)
        deadline = time.monotonic() + BUDGET
        result = FeedsResult()
        chosen = self.intake.settings.feeds if urls is None else urls
        states = {url: self.state(url) for url in chosen}
        # All feeds before any message behind them, so that none starves behind a long one.
        for url in sorted(states, key=lambda url: states[url].next_look):
            if states[url].next_look <= now and time.monotonic() < deadline:
                states[url] = self._look(url, states[url], now, result)
                self._save(url, states[url])
        for url in states:
            for pending in states[url].pending:
                if pending.next_try <= now and time.monotonic() < deadline:
                    states[url] = self._follow(url, states[url], pending, now, result)
                    self._save(url, states[url])
        return result

    def state(self, url: str) -> FeedState:
        """What is known of a feed."""
        try:
            return FeedState.model_validate_json(self._states.read(_file(url)))
        except FileNotFoundError:
            return FeedState()
        except ValidationError as error:
            raise ArtifactError(
                f"{self._states.url(_file(url))} cannot be read: {error}", remedy="remove it: the feed is read anew"
            ) from error

    def _save(self, url: str, state: FeedState) -> None:
        self._states.write(_file(url), state.model_dump_json(indent=1).encode())

    def _look(self, url: str, state: FeedState, now: datetime, result: FeedsResult) -> FeedState:
        """Look at a feed; the messages that it holds itself are taken at once."""
        limit = self.intake.settings.alert_max_bytes
        try:
            reply = fetch(url, max_bytes=limit, home=url, etag=state.etag, last_modified=state.last_modified)
        except FetchError as error:
            result.troubles.append(error.problem)
            return failed(state, error.problem, now, self._interval, error.retry_after)
        if reply.body is None:
            return seen_unchanged(state, now, self._interval)
        read = self._take(reply.body, url, now, result)
        if read is None:
            return failed(state, "it is no feed of alerts", now, self._interval)
        links = [Link(urljoin(reply.url, link.url), link.version) for link in read.links]
        return seen(state, links, now, self._interval, etag=reply.etag, last_modified=reply.last_modified)

    def _follow(self, url: str, state: FeedState, pending: Pending, now: datetime, result: FeedsResult) -> FeedState:
        """Fetch one message that a feed points to."""
        link = pending.link
        try:
            reply = fetch(link.url, max_bytes=self.intake.settings.alert_max_bytes, home=url)
        except FetchError as error:
            result.troubles.append(error.problem)
            return link_failed(state, link, now, self._interval)
        if reply.body is not None:
            self._take(reply.body, link.url, now, result)
        return link_done(state, link)

    def _take(self, body: bytes, url: str, now: datetime, result: FeedsResult) -> IntakeResult | None:
        """Take what is in a document; None if it cannot be read at all."""
        try:
            read = self.intake.take(body, origin=shown(url), now=now)
        except InputError as error:
            self._reject(body, f"{shown(url)}: {error}", result)
            return None
        for refused in read.refused:
            self._reject(refused.original, f"{shown(url)}\n{refused}", result)
        result.taken += read.taken
        return read

    def _reject(self, message: bytes, reasons: str, result: FeedsResult) -> None:
        """Put a message aside with its reasons, unless it lies there already: feeds repeat themselves."""
        name = f"feed-{sha256(message).hexdigest()[:16]}.xml"
        if self.rejected.exists(name):
            return
        self.rejected.write(f"{name}.reason.txt", f"{reasons}\n".encode("utf-8", "backslashreplace"))
        self.rejected.write(name, message)
        result.rejected.append((name, reasons))


def _file(url: str) -> str:
    return f"{sha256(url.encode()).hexdigest()[:16]}.json"
