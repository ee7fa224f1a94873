"""Brings feeds, webhooks and copies to the state of the published folder. Whoever asks, and whenever, is the same."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from videogen.errors import VideogenError
from videogen.monitoring.alerts.secrets import Secrets
from videogen.monitoring.webhook import RefusedError, UncertainError, post
from videogen.release.folder import read_record
from videogen.release.notices import mark_corrected
from videogen.release.outlets.copies import deliver_copy
from videogen.release.outlets.events import Event, events_of
from videogen.release.outlets.feeds import write_feeds
from videogen.release.outlets.ledger import Delivery, Ledger, State, pause_after
from videogen.release.published import names
from videogen.storage.atomic_folder import storage_errors
from videogen.storage.locks import only_one

if TYPE_CHECKING:
    from videogen.config.config import VideoGenConfig
    from videogen.config.groups.outlets import WebhookSettings
    from videogen.release.record import ReleaseRecord

_LATEST: Final = 500
"""Releases that are looked at: those that changed last."""
_log = logging.getLogger(__name__)


@dataclass
class Outcome:
    """What was done now. open: deliveries that are tried again later, at the moments `next`; problems: in words."""

    sent: int = 0
    open: int = 0
    next: list[datetime] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


class Outlets:
    """The outlets of one configuration.

    Args:
        folder: of the ledger; None: beside users and decisions.
    """

    def __init__(self, config: VideoGenConfig, folder: Path | None = None) -> None:
        self._config = config
        self._root = config.path(config.paths.published)
        self._folder = folder or config.path(config.release.people_folder).parent / "deliveries"
        self.ledger = Ledger(self._folder)
        self._begin: dict[str, datetime] = {}

    def bring_up_to_date(self, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> Outcome:
        """Write the feeds, mark what was corrected, and deliver what is due. Asked twice, it does nothing twice.

        Raises:
            StorageError: feeds or ledger cannot be written.
        """
        outcome = Outcome()
        with storage_errors(str(self._folder)):
            self._folder.mkdir(parents=True, exist_ok=True)
        with only_one(self._folder / ".lock") as alone:
            if not alone:
                outcome.problems.append("another process is delivering what was published")
                return outcome
            found = [record for name in names(self._root)[:_LATEST] if (record := self._record(name, outcome))]
            # A process that died between publishing and marking left the old release without its mark.
            for record in found:
                mark_corrected(self._root, record)
            write_feeds(self._config)
            for record in reversed(found):
                for event in events_of(record, self._config.outlets.base_url):
                    self._deliver(event, record, outcome, now)
            self.ledger.note_next(min(outcome.next, default=None))
        return outcome

    def is_due(self, now: datetime | None = None) -> bool:
        """Whether a delivery that failed is to be tried again by now."""
        next_at = self.ledger.next_at()
        return next_at is not None and next_at <= (now or datetime.now(UTC))

    def _record(self, name: str, outcome: Outcome) -> ReleaseRecord | None:
        try:
            return read_record(self._root, name)
        except VideogenError as error:
            outcome.problems.append(error.problem)
            return None

    def _deliver(self, event: Event, record: ReleaseRecord, outcome: Outcome, now: Callable[[], datetime]) -> None:
        settings = self._config.outlets
        for webhook in settings.webhooks:
            if event.kind in webhook.events:
                self._try(event, webhook.name, lambda hook=webhook: self._tell(event, hook), outcome, now)  # type: ignore[misc]
        for place in settings.deliver_to:
            receiver = f"copy-{hashlib.sha256(place.encode()).hexdigest()[:12]}"
            self._try(event, receiver, lambda at=place: deliver_copy(self._root, record, at), outcome, now)  # type: ignore[misc]

    def _try(
        self, event: Event, receiver: str, send: Callable[[], None], outcome: Outcome, now: Callable[[], datetime]
    ) -> None:
        if event.at < self._since(receiver, now):
            return
        before = self.ledger.find(event.id, receiver)
        moment, tries = now(), before.tries + 1 if before else 1
        if before is not None and before.state in ("sent", "given_up"):
            return
        if before is not None and before.next_at is not None and moment < before.next_at:
            outcome.open += 1
            outcome.next.append(before.next_at)
            return
        self._keep(event, receiver, "sending", tries, moment)
        state: State = "failed"
        pause = pause_after(tries)
        try:
            send()
        except UncertainError as error:
            # It may have been read. It is told again: a receiver that has taken the id passes over it.
            state, problem = "uncertain", f"{error}; it may have arrived"
        except RefusedError as error:
            problem, pause = str(error), max(pause, timedelta(seconds=error.not_before))
        except VideogenError as error:
            problem = error.problem
        else:
            self._keep(event, receiver, "sent", tries, moment)
            outcome.sent += 1
            return
        if tries >= self._config.outlets.max_tries:
            self._keep(event, receiver, "given_up", tries, moment, problem)
        else:
            self._keep(event, receiver, state, tries, moment, problem, moment + pause)
            outcome.open += 1
            outcome.next.append(moment + pause)
        outcome.problems.append(f"{receiver}: {event.kind} {event.release}: {problem}")
        _log.warning("%s was not told that %s is %s: %s", receiver, event.release, event.kind, problem)

    def _since(self, receiver: str, now: Callable[[], datetime]) -> datetime:
        if receiver not in self._begin:
            self._begin[receiver] = self.ledger.since(receiver, now())
        return self._begin[receiver]

    def _keep(
        self,
        event: Event,
        receiver: str,
        state: State,
        tries: int,
        at: datetime,
        problem: str = "",
        next_at: datetime | None = None,
    ) -> None:
        self.ledger.keep(
            Delivery(
                event=event.id,
                receiver=receiver,
                release=event.release,
                kind=event.kind,
                state=state,
                tries=tries,
                at=at,
                next_at=next_at,
                problem=problem,
            )
        )

    def _tell(self, event: Event, webhook: WebhookSettings) -> None:
        settings = self._config.outlets
        secrets = Secrets(self._config.path(settings.secrets) if settings.secrets else None)
        body = json.dumps(event.model_dump(mode="json"), ensure_ascii=False).encode()
        post(
            secrets.get(webhook.url),
            body,
            message_id=event.id,
            key=secrets.get(webhook.key),
            networks=settings.private_networks,
        )
