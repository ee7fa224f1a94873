"""Feeds of alerts: looked at regularly, each message in them or behind them taken into the register once.

Feeds and messages are fetched beside each other, each with its own limits; whatever goes wrong with one is its own
failure, and the others go on.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

from pydantic import ValidationError

from videogen.emergency.alerts.intake import AlertIntake, IntakeResult
from videogen.emergency.alerts.refusal import proposed_repair, shortened
from videogen.emergency.alerts.register import RegisteredAlert
from videogen.emergency.cap.reader import Link
from videogen.emergency.feeds.fetching import Reply, fetch, joined, shown
from videogen.emergency.feeds.state import (
    MOST_LINKS,
    FeedState,
    failed,
    link_done,
    link_failed,
    seen,
    seen_unchanged,
)
from videogen.emergency.feeds.tasks import Outcome, Task, run_tasks
from videogen.errors import ArtifactError, FetchError, InputError, StorageError, VideogenError
from videogen.storage.atomic_folder import Folder

BUDGET = 25.0
"""Seconds that one round over all feeds may take; what is left waits for the next."""
FEED_BUDGET = 12.0
"""Seconds of a round that one feed may take, with all that it points to."""
LOOK_SECONDS, LINK_SECONDS = 10.0, 6.0


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
        result = FeedsResult()
        chosen = self.intake.settings.feeds if urls is None else urls
        states = {url: self._known(url, result) for url in chosen}
        end = time.monotonic() + BUDGET

        # Those that answered last time first, and of these the one that has waited longest.
        order = sorted(states, key=lambda url: (states[url].failures, states[url].next_look))
        looks = [self._look(url, states[url]) for url in order if states[url].next_look <= now]
        links = [task for url in order for task in self._follow(url, states[url], now)]

        def on_outcome(outcome: Outcome) -> Sequence[Task]:
            url, state = outcome.task.group, states[outcome.task.group]
            if outcome.task.link is None:
                states[url] = self._looked(url, state, outcome, now, end, result)
                new = [one for one in states[url].pending if one.link not in {known.link for known in state.pending}]
                more = self._follow(url, states[url].model_copy(update={"pending": tuple(new)}), now)
            else:
                states[url] = self._followed(url, state, outcome.task.link, outcome, now, end, result)
                more = []
            self._save(url, states[url])
            return more

        run_tasks([*looks, *links], on_outcome, seconds=BUDGET, group_seconds=FEED_BUDGET)
        return result

    def state(self, url: str) -> FeedState:
        """What is known of a feed.

        Raises:
            ArtifactError: its file is damaged.
        """
        try:
            return FeedState.model_validate_json(self._states.read(_file(url)))
        except FileNotFoundError:
            return FeedState()
        except ValidationError as error:
            raise ArtifactError(
                f"{self._states.url(_file(url))} cannot be read ({error.error_count()} faults)",
                remedy="nothing needs to be done: the feed is read from its beginning",
            ) from error

    def _known(self, url: str, result: FeedsResult) -> FeedState:
        """The state of a feed, or that of a new one where it is damaged: the register takes nothing twice."""
        try:
            return self.state(url)
        except (ArtifactError, OSError) as error:
            result.troubles.append(f"{shown(url)}: {error}")
            return FeedState()

    def _save(self, url: str, state: FeedState) -> None:
        self._states.write(_file(url), state.model_dump_json(indent=1).encode("utf-8", "replace"))

    def _fetch(self, url: str, home: str, seconds: float, state: FeedState | None = None) -> Reply:
        settings = self.intake.settings
        return fetch(
            url,
            max_bytes=settings.alert_max_bytes,
            home=home,
            etag=state.etag if state else None,
            last_modified=state.last_modified if state else None,
            networks=settings.feed_private_networks,
            proxy=settings.feed_proxy,
            seconds=seconds,
        )

    def _look(self, url: str, state: FeedState) -> Task:
        return Task(url, None, LOOK_SECONDS, lambda seconds: self._fetch(url, url, seconds, state))

    def _follow(self, url: str, state: FeedState, now: datetime) -> list[Task]:
        """The messages behind a feed that are due, those that never failed first."""
        due = sorted((one for one in state.pending if one.next_try <= now), key=lambda one: one.failures)

        def task(link: Link) -> Task:
            return Task(url, link, LINK_SECONDS, lambda seconds: self._fetch(link.url, url, seconds))

        return [task(one.link) for one in due]

    def _looked(
        self, url: str, state: FeedState, outcome: Outcome, now: datetime, end: float, result: FeedsResult
    ) -> FeedState:
        """After a look at a feed; the messages that it holds itself are taken at once."""
        if outcome.reply is None:
            problem = self._trouble(url, outcome.error, result)
            asked = outcome.error.retry_after if isinstance(outcome.error, FetchError) else None
            return failed(state, problem, now, self._interval, asked)
        reply = outcome.reply
        if reply.body is None:
            return seen_unchanged(state, now, self._interval)
        read = self._take(reply.body, url, now, end, result)
        if read is None:
            return failed(state, "it is not a feed of alerts", now, self._interval)
        if read.left:  # looked at again at once; what is in the register costs little
            return state.model_copy(update={"failures": 0, "error": None})
        if len(read.links) > MOST_LINKS:
            result.troubles.append(
                f"{shown(url)} points to {len(read.links):,} messages: the first {MOST_LINKS:,} count"
            )
        links = []
        for link in read.links[:MOST_LINKS]:
            try:
                links.append(Link(joined(reply.url, link.url), link.version))
            except FetchError as error:
                result.troubles.append(f"{shown(url)}: {error.problem}")
        return seen(state, links, now, self._interval, etag=reply.etag, last_modified=reply.last_modified)

    def _followed(
        self,
        url: str,
        state: FeedState,
        link: Link,
        outcome: Outcome,
        now: datetime,
        end: float,
        result: FeedsResult,
    ) -> FeedState:
        """After one message that a feed points to was fetched, or was not."""
        if outcome.reply is None:
            self._trouble(link.url, outcome.error, result)
            return link_failed(state, link, now, self._interval)
        if outcome.reply.body is not None:
            read = self._take(outcome.reply.body, link.url, now, end, result)
            if read is not None and read.left:
                return state
        return link_done(state, link)

    def _trouble(self, url: str, error: BaseException | None, result: FeedsResult) -> str:
        """Note what kept an address from being fetched; returns it in words."""
        if isinstance(error, VideogenError):
            problem = str(error)
        else:
            problem = f"{shown(url)} failed unexpectedly ({type(error).__name__}: {error})"[:500]
            logging.getLogger(__name__).error(problem, exc_info=error)
        result.troubles.append(problem)
        return problem

    def _take(self, body: bytes, url: str, now: datetime, end: float, result: FeedsResult) -> IntakeResult | None:
        """Take what is in a document; None if it cannot be read at all."""
        try:
            read = self.intake.take(body, origin=shown(url), now=now, seconds=max(1.0, end - time.monotonic()))
        except InputError as error:
            self._reject(body, f"{shown(url)}: {error}", result)
            return None
        except StorageError:
            raise
        except Exception as error:
            self._reject(body, f"{shown(url)}: {self._trouble(url, error, result)}", result)
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
        reasons = shortened(reasons)
        limit = self.intake.settings.alert_max_bytes
        if proposal := proposed_repair(message, Path(self.rejected.base), name, limit):
            reasons = f"{reasons}\n{proposal}"
        self.rejected.write(f"{name}.reason.txt", f"{reasons}\n".encode("utf-8", "backslashreplace"))
        self.rejected.write(name, message)
        result.rejected.append((name, reasons))


def _file(url: str) -> str:
    return f"{sha256(url.encode()).hexdigest()[:16]}.json"
