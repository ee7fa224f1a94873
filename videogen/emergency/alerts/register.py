"""AlertRegister: which alerts have been taken, and what became of each. Persistent, crash-safe, taken exactly once.

The contract with those who make and publish the videos:

- **Where**: `StorageResource.alerts` (folder ``alerts`` in the video store). Any number of processes may use it.
- **Key**: ``YYYYMMDD-HHMMSS-<20 hex digits>``: when the alert was sent (UTC) and a hash of sender, identifier and sent.
  It sorts by time, is the same whoever computes it (`alert_key`), and is the partition key in the dynamic partition
  set ``"alerts"`` (`assets.partitions.ALERTS`).
- **Runs**: the sensor `alerts` asks for runs of the job ``"emergency_video"`` (see `alert_queue`): partition key and
  run key are the alert's key; tags ``dagster/priority`` = 100 + rank (see `alert_state.rank`) and ``videogen/alert`` =
  key. A run also makes the other alerts that wait, so that a hundred alerts do not start a hundred processes.
- **In the run**: ``register.get(key)`` gives the `RegisteredAlert`. Call ``mark(key, "planned", reason)`` first and
  ``mark(key, "published", reason)`` once the video is up, or ``mark(key, "refused", reason)``. `AlertStateError`
  means that the alert was cancelled, superseded or expired in the meantime: publish nothing, and take down what was
  put up.
  Marking the same state twice is harmless, so a run may be repeated.
- **Watermark**: `RegisteredAlert.watermark` ("EXERCISE", "TEST") must be on every frame where it is not None.
- **Updates and cancels**: they are alerts with a run of their own, which says so. What they end changes its state at
  once, also when they arrive first. ``replaced_by(key)`` names what a message ended, through the whole chain.
- **Withdrawing**: ``to_withdraw()`` lists alerts that ended (superseded, cancelled, expired) while their video is
  still on air. Take it down, then ``mark(key, "withdrawn", reason)``. The sensor calls ``expire(now)`` at every tick.
- **Exercise, Test**: ``release(key, by)`` puts one that was kept off air into state ``taken``, watermarked.

Layout: ``<root>/<key>/taken.json`` (written once), ``original-<hash>.xml``, ``events/<n>.json`` (each written once, so
that of two processes that move an alert at the same moment, the second looks again); ``<root>/references/<key>/<key
of the alert that refers to it>``, written before ``taken.json``; ``<root>/open/<key>`` for alerts that have not ended.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import NamedTuple, TypeVar

from pydantic import AwareDatetime, ValidationError

from videogen.emergency.alerts.state import (
    ENDED,
    REHEARSALS,
    Event,
    State,
    check_step,
    effect,
    end_of,
    first_step,
    is_on_air,
    rank,
    state_after,
)
from videogen.emergency.cap.model import Alert, Part, Reference
from videogen.emergency.cap.problem import Problem
from videogen.emergency.cap.signature import UNSIGNED, SignatureResult
from videogen.errors import AlertStateError, ArtifactError, InputError
from videogen.storage.atomic_folder import Folder

Model = TypeVar("Model", bound=Part)
KEY = re.compile(r"[0-9]{8}-[0-9]{6}-[0-9a-f]{20}")
DEFAULT_LIFETIME = timedelta(hours=24)
_KEY_LENGTH = 20


class Record(Part):
    """What was written down when an alert was taken; it never changes."""

    key: str
    alert: Alert
    origin: str
    original: str
    signature: SignatureResult
    remarks: tuple[Problem, ...]
    ends: AwareDatetime
    first: Event


class RegisteredAlert(NamedTuple):
    """An alert and what became of it. original: path or URL of the message as it was received."""

    record: Record
    history: tuple[Event, ...]
    original: str

    @property
    def key(self) -> str:
        return self.record.key

    @property
    def alert(self) -> Alert:
        return self.record.alert

    @property
    def state(self) -> State:
        return state_after(self.history)

    @property
    def on_air(self) -> bool:
        """Whether a video of it has been published and not withdrawn."""
        return is_on_air(self.history)

    @property
    def signature(self) -> SignatureResult:
        return self.record.signature

    @property
    def ends(self) -> datetime:
        """When it stops being in effect."""
        return self.record.ends

    @property
    def rank(self) -> int:
        """-1 … 125, higher first."""
        return rank(self.alert)

    @property
    def watermark(self) -> str | None:
        """What must stand on every frame of an alert that is not real."""
        return self.alert.status.upper() if self.alert.status in REHEARSALS else None


class Taken(NamedTuple):
    """An alert in the register. new: this call put it there."""

    registered: RegisteredAlert
    new: bool


def alert_key(identity: Reference) -> str:
    """The key of the alert with that sender, identifier and moment sent."""
    sent = identity.sent.astimezone(UTC)
    text = "\0".join((identity.sender, identity.identifier, sent.isoformat()))
    digest = sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{sent.year:04d}{sent:%m%d-%H%M%S}-{digest[:_KEY_LENGTH]}"


class AlertRegister:
    """All alerts below one root, a local folder or any fsspec URL. See the top of this file."""

    def __init__(self, root: str) -> None:
        self.root = root
        self._folder = Folder(root)

    def take(
        self,
        alert: Alert,
        *,
        original: bytes,
        origin: str,
        signature: SignatureResult = UNSIGNED,
        remarks: Sequence[Problem] = (),
        rehearsal: bool = False,
        lifetime: timedelta = DEFAULT_LIFETIME,
        now: datetime | None = None,
    ) -> Taken:
        """Put an alert into the register, and let it act on those that it refers to.

        Taking it again changes nothing, but finishes what a killed process left undone.

        Args:
            original: the message as it was received.
            origin: where it came from, for people: a file name or an address.
            remarks: warnings of the validator, kept with it.
            rehearsal: an Exercise or Test that is wanted on air.
            lifetime: see `alert_state.end_of`.

        Raises:
            InputError: another content was taken under this identity, or the alert and one that it refers to
                refer to each other.
            StorageError: the disk or remote store refused.
        """
        now = now or datetime.now(UTC)
        key = alert_key(alert.identity)
        before = self.find(alert.identity)
        if before is None:
            self._check_not_circular(alert)
            ends = end_of(alert, lifetime)
            state, reason = first_step(alert, now, ends, rehearsal=rehearsal)
            name = f"original-{sha256(original).hexdigest()[:16]}.xml"
            record = Record(
                key=key,
                alert=alert,
                origin=origin,
                original=name,
                signature=signature,
                remarks=tuple(remarks),
                ends=ends,
                first=Event(at=now, state=state, reason=reason),
            )
            new = self._write_record(record, original)
        else:
            new = False
        registered = self.get(key)
        if registered.alert != alert:
            raise InputError(
                f"an alert with this sender, identifier and time was taken on {registered.history[0].at.isoformat()}, "
                "with other content",
                remedy="a changed alert must be an Update with an identifier of its own",
            )
        self._act(registered, now)
        if rehearsal and self.get(key).state == "not_for_air":
            self.release(key, origin, now)
        return Taken(self.get(key), new)

    def get(self, key: str) -> RegisteredAlert:
        """The alert with that key.

        Raises:
            InputError: there is none.
            ArtifactError: its files cannot be read.
        """
        try:
            record = self._read(f"{key}/taken.json", Record)
        except FileNotFoundError as error:
            raise InputError(f"alert {key} does not exist", remedy="see `videogen alerts` for the keys") from error
        events = [self._read(f"{key}/events/{name}", Event) for name in self._folder.names(f"{key}/events")]
        return RegisteredAlert(record, (record.first, *events), self._folder.url(f"{key}/{record.original}"))

    def find(self, identity: Reference) -> RegisteredAlert | None:
        """The alert with that sender, identifier and moment sent, if it has been taken."""
        key = alert_key(identity)
        return self.get(key) if self._folder.exists(f"{key}/taken.json") else None

    def original(self, key: str) -> bytes:
        """The message as it was received."""
        return self._folder.read(f"{key}/{self.get(key).record.original}")

    def keys(self) -> list[str]:
        """Keys of all alerts, in the order in which they were sent."""
        names = (name for name in self._folder.names() if KEY.fullmatch(name))
        return [name for name in names if self._folder.exists(f"{name}/taken.json")]

    def waiting(self) -> list[RegisteredAlert]:
        """Alerts in state ``taken``, most urgent first; of equals, the one sent first."""
        return [alert for alert in self.unfinished() if alert.state == "taken"]

    def unfinished(self) -> list[RegisteredAlert]:
        """Alerts in state ``taken`` or ``planned``, in the order of `waiting`."""
        found = [alert for alert in self._open() if alert.state in ("taken", "planned")]
        return sorted(found, key=lambda waiting: (-waiting.rank, waiting.alert.sent, waiting.key))

    def to_withdraw(self) -> list[RegisteredAlert]:
        """Alerts that have ended while their video is still on air, oldest first."""
        return [alert for alert in self._open() if alert.on_air and alert.state in ENDED]

    def mark(
        self, key: str, state: State, reason: str, *, by: str | None = None, now: datetime | None = None
    ) -> RegisteredAlert:
        """Move an alert on. Being in that state already is fine, and written down only once.

        Raises:
            AlertStateError: it must not get there from where it is.
        """
        while True:
            current = self.get(key)
            if _is_there(current, state):
                return current
            check_step(key, current.history, state)
            event = Event(at=now or datetime.now(UTC), state=state, reason=reason, by=by)
            try:
                self._append(current, event)
            except FileExistsError:  # another process was faster: look again
                continue
            moved = self.get(key)
            self._note_open(moved)
            return moved

    def release(self, key: str, by: str, now: datetime | None = None) -> RegisteredAlert:
        """Let an Exercise or Test on air after all, watermarked.

        Raises:
            AlertStateError: it is real, not public, a draft, an answer between systems, or over.
        """
        now = now or datetime.now(UTC)
        registered = self.get(key)
        state, reason = first_step(registered.alert, now, registered.ends, rehearsal=True)
        if registered.watermark is None or state != "taken":
            raise AlertStateError(f"alert {key} cannot be published as a rehearsal: {reason}")
        return self.mark(key, "taken", f"{by} asked for it", by=by, now=now)

    def expire(self, now: datetime) -> list[RegisteredAlert]:
        """End the alerts that are no longer in effect; returns those that this call ended."""
        expired = []
        for registered in self._open():
            over = registered.ends <= now and registered.alert.msg_type != "Cancel"
            if registered.state in ENDED:
                self._note_open(registered)  # left open by a process that was killed in between
            elif over:
                reason = f"it was in effect until {registered.ends.isoformat()}"
                if self._end(registered.key, "expired", reason, None, now):
                    expired.append(self.get(registered.key))
        return expired

    def replaced_by(self, key: str) -> list[RegisteredAlert]:
        """What an Update or Cancel ended, and what that had replaced before, and so on; newest first."""
        found: dict[str, RegisteredAlert] = {}
        queue = [self.get(key)]
        while queue:
            later = queue.pop()
            for earlier in self._referenced(later.alert):
                if earlier.key not in found and earlier.key != key and effect(later.alert, earlier.alert):
                    found[earlier.key] = earlier
                    queue.append(earlier)
        return [found[name] for name in sorted(found, reverse=True)]

    def _write_record(self, record: Record, original: bytes) -> bool:
        self._folder.write(f"{record.key}/{record.original}", original)
        for reference in record.alert.references:
            self._folder.write(f"references/{alert_key(reference)}/{record.key}", b"")
        self._folder.write(f"open/{record.key}", b"")
        try:
            self._folder.write(f"{record.key}/taken.json", _json(record), exclusive=True)
        except FileExistsError:
            return False
        return True

    def _act(self, registered: RegisteredAlert, now: datetime) -> None:
        """Apply what this alert does to others and others to this one; can be done again after a crash."""
        for earlier in self._referenced(registered.alert):
            self._apply(registered, earlier, now)
        for name in self._folder.names(f"references/{registered.key}"):
            if self._folder.exists(f"{name}/taken.json"):
                self._apply(self.get(name), registered, now)
        self._note_open(self.get(registered.key))

    def _apply(self, later: RegisteredAlert, earlier: RegisteredAlert, now: datetime) -> None:
        state = effect(later.alert, earlier.alert)
        if state is not None:
            who = later.alert.infos[0].sender_name if later.alert.infos else None
            reason = f"{later.alert.msg_type} {later.alert.identifier} of {who or later.alert.sender}"
            self._end(earlier.key, state, reason, later.key, now)

    def _end(self, key: str, state: State, reason: str, by: str | None, now: datetime) -> bool:
        try:
            self.mark(key, state, reason, by=by, now=now)
        except AlertStateError:  # it has ended otherwise already
            return False
        return True

    def _referenced(self, alert: Alert) -> list[RegisteredAlert]:
        found = (self.find(reference) for reference in alert.references)
        return [registered for registered in found if registered is not None]

    def _check_not_circular(self, alert: Alert) -> None:
        seen: set[Reference] = set()
        queue = self._referenced(alert)
        while queue:
            earlier = queue.pop().alert
            if alert.identity in earlier.references:
                raise InputError(
                    f"it refers to {earlier.identifier}, which refers to it in turn",
                    remedy="an alert can only refer to earlier ones (CAP 1.2 §3.2.1, references)",
                )
            if earlier.identity not in seen:
                seen.add(earlier.identity)
                queue += self._referenced(earlier)

    def _append(self, current: RegisteredAlert, event: Event) -> None:
        name = f"{current.key}/events/{len(current.history):05d}.json"
        self._folder.write(name, _json(event), exclusive=True)

    def _open(self) -> Iterable[RegisteredAlert]:
        """Alerts that have not ended or are still on air; a name without an alert is just being taken."""
        for name in self._folder.names("open"):
            if not self._folder.exists(f"{name}/taken.json"):
                continue
            try:
                yield self.get(name)
            except ArtifactError as error:  # one damaged file must not keep all other alerts off air
                logging.getLogger(__name__).error("alert %s is left out: %s", name, error)

    def _note_open(self, registered: RegisteredAlert) -> None:
        if registered.state in ENDED and not registered.on_air:
            self._folder.remove(f"open/{registered.key}")
        elif not self._folder.exists(f"open/{registered.key}"):
            self._folder.write(f"open/{registered.key}", b"")

    def _read(self, name: str, kind: type[Model]) -> Model:
        try:
            return kind.model_validate_json(self._folder.read(name))
        except ValidationError as error:
            raise ArtifactError(
                f"{self._folder.url(name)} cannot be read: {error}", remedy="restore that file"
            ) from error


def _is_there(current: RegisteredAlert, state: State) -> bool:
    if state == "withdrawn":
        return not current.on_air and any(event.state == "withdrawn" for event in current.history)
    return current.state == state


def _json(model: Part) -> bytes:
    return model.model_dump_json(indent=1).encode()
