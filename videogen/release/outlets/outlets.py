"""Brings feeds, webhooks and copies to the state of the published folder. Whoever asks, and whenever, is the same."""

from __future__ import annotations

import hashlib
import json
import logging
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from videogen.errors import ArtifactError, ReleaseError, VideogenError
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
_TELLING, _COPYING = 10.0, 300.0
"""Seconds of a round after which a receiver, or another storage, begins no further delivery."""
_log = logging.getLogger(__name__)
Now = Callable[[], datetime]
Happened = tuple[Event, "ReleaseRecord"]


@dataclass
class Outcome:
    """What was done now. open: deliveries that are tried again later, at the moments `next`; problems: in words."""

    sent: int = 0
    open: int = 0
    next: list[datetime] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def add(self, other: Outcome) -> None:
        """Count what another receiver got, too."""
        self.sent += other.sent
        self.open += other.open
        self.next += other.next
        self.problems += other.problems


@dataclass(frozen=True)
class _Receiver:
    """Who is told. name: in the ledger; kinds: of events, None: all; seconds: of a round that it may take."""

    name: str
    send: Callable[[Event, ReleaseRecord], None]
    seconds: float
    kinds: tuple[str, ...] | None = None


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

    def bring_up_to_date(self, *, now: Now = lambda: datetime.now(UTC)) -> Outcome:
        """Write the feeds, mark what was corrected, and deliver what is due. Asked twice, it does nothing twice.

        The receivers are served at the same time: none waits for another one, or for what is wrong with it.

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
                self._mark(record, outcome)
            write_feeds(self._config)
            base = self._config.outlets.base_url
            happened = [(event, record) for record in reversed(found) for event in events_of(record, base)]
            if receivers := self._receivers():
                with ThreadPoolExecutor(len(receivers), thread_name_prefix="outlet") as pool:
                    for told in pool.map(lambda receiver: self._serve(receiver, happened, now), receivers):
                        outcome.add(told)
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

    def _mark(self, record: ReleaseRecord, outcome: Outcome) -> None:
        try:
            mark_corrected(self._root, record)
        except (ArtifactError, ReleaseError) as error:
            outcome.problems.append(error.problem)

    def _receivers(self) -> list[_Receiver]:
        settings = self._config.outlets
        found = [
            _Receiver(hook.name, lambda event, _, hook=hook: self._tell(event, hook), _TELLING, hook.events)  # type: ignore[misc]
            for hook in settings.webhooks
        ]
        for place in settings.deliver_to:
            name = f"copy-{hashlib.sha256(place.encode()).hexdigest()[:12]}"
            found.append(_Receiver(name, lambda _, record, at=place: deliver_copy(self._root, record, at), _COPYING))  # type: ignore[misc]
        return found

    def _serve(self, receiver: _Receiver, happened: Sequence[Happened], now: Now) -> Outcome:
        """Deliver to one receiver what is due; what is left when its time of this round is over waits for the next."""
        outcome, end = Outcome(), time.monotonic() + receiver.seconds
        try:
            since = self.ledger.since(receiver.name, now())
        except ArtifactError as error:
            outcome.problems.append(f"{receiver.name}: {error.problem}")
            return outcome
        for event, record in happened:
            if event.at < since or (receiver.kinds is not None and event.kind not in receiver.kinds):
                continue
            try:
                self._try(event, record, receiver, outcome, now, is_late=time.monotonic() > end)
            except ArtifactError as error:
                outcome.problems.append(f"{receiver.name}: {event.kind} {event.release}: {error.problem}")
        return outcome

    def _try(
        self, event: Event, record: ReleaseRecord, to: _Receiver, outcome: Outcome, now: Now, *, is_late: bool
    ) -> None:
        receiver = to.name
        before = self.ledger.find(event.id, receiver)
        moment, tries = now(), before.tries + 1 if before else 1
        if before is not None and before.state in ("sent", "given_up"):
            return
        later = before.next_at if before is not None and before.next_at is not None else moment
        if moment < later or is_late:
            outcome.open += 1
            outcome.next.append(later)
            return
        self._keep(event, receiver, "sending", tries, moment)
        state: State = "failed"
        pause = pause_after(tries)
        try:
            to.send(event, record)
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
