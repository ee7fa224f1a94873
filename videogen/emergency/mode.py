"""The emergency mode: whether it is on, since when, how urgent, and for whom.

It is on while somebody holds it. Each holder has one small file in the store, written at once or not at all, so that
processes and machines agree without a lock, and a holder that died loses it when its time is up.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from videogen.domain.frozen_model import FrozenModel
from videogen.domain.priorities import EMERGENCY
from videogen.errors import ArtifactError, InputError
from videogen.storage.atomic_folder import SAFE_NAME, Folder

FOLDER = "emergency/mode"
OPERATOR = "operator"
POLL_SECONDS = 0.5


class Holder(FrozenModel):
    """Who needs the emergency mode, and until when; `until` None: until it is given back by hand."""

    who: str = Field(pattern=SAFE_NAME.pattern)
    level: int = Field(EMERGENCY, ge=1, le=1000)
    since: AwareDatetime
    until: AwareDatetime | None = None
    why: str = ""


class EmergencyState(BaseModel):
    """The mode as it is: the highest level, the earliest beginning, the latest end (None: open) of its holders."""

    model_config = ConfigDict(frozen=True)

    level: int
    since: AwareDatetime
    until: AwareDatetime | None
    holders: tuple[Holder, ...]


class EmergencyMode:
    """The holders below one store.

    Args:
        store: root of the artifact store, a local folder or an fsspec URL.
    """

    def __init__(self, store: str) -> None:
        self._folder = Folder(store)

    def enter(
        self,
        who: str,
        level: int = EMERGENCY,
        *,
        seconds: float | None = None,
        why: str = "",
        now: datetime | None = None,
    ) -> Holder:
        """Switch the mode on for `who`, or renew it; the beginning stays what it was.

        Args:
            who: an alert's key, a video's id, or `OPERATOR`.
            level: what has a lower priority waits; 1 … 1000.
            seconds: until it ends by itself; None: until `leave`.

        Raises:
            InputError: name or level cannot be used.
            StorageError: the store refused.
        """
        now = now or datetime.now(UTC)
        before = self._read(who) if SAFE_NAME.fullmatch(who) else None
        since = before.since if before is not None and _holds(before, now) else now
        until = None if seconds is None else now + timedelta(seconds=seconds)
        try:
            holder = Holder(who=who, level=level, since=since, until=until, why=why)
        except ValidationError as error:
            raise InputError(
                f"the emergency mode cannot be entered by {who!r} at level {level}: {error.errors()[0]['msg']}",
                remedy="give a level from 1 to 1000 and a name of letters, digits and . _ = -",
            ) from error
        self._folder.write(_name(who), holder.model_dump_json(indent=1).encode())
        return holder

    def leave(self, who: str) -> bool:
        """Give the mode back; returns whether `who` held it."""
        there = self._folder.exists(_name(who))
        self._folder.remove(_name(who))
        return there

    def end(self) -> list[str]:
        """Take the mode from everybody, by an operator's decision; returns who held it."""
        return [who for who in self._names() if self.leave(who)]

    def state(self, now: datetime | None = None) -> EmergencyState | None:
        """The mode as it is now; None: it is off.

        Raises:
            ArtifactError: a holder's file cannot be read.
        """
        moment = now or datetime.now(UTC)
        found = [holder for holder in map(self._read, self._names()) if holder is not None and _holds(holder, moment)]
        if not found:
            return None
        ends = [holder.until for holder in found if holder.until is not None]
        return EmergencyState(
            level=max(holder.level for holder in found),
            since=min(holder.since for holder in found),
            until=max(ends) if len(ends) == len(found) else None,
            holders=tuple(sorted(found, key=lambda holder: (-holder.level, holder.since))),
        )

    def outranks(self, priority: int) -> bool:
        """Whether the mode is on and work of this priority has to wait."""
        state = self.state()
        return state is not None and state.level > priority

    def watch(self, priority: int, every: float = POLL_SECONDS) -> Callable[[], bool]:
        """`outranks` for a loop that asks all the time: the store is looked at once in `every` seconds."""
        asked, answer = -every, False

        def should_yield() -> bool:
            nonlocal asked, answer
            now = time.monotonic()
            if now - asked >= every:
                asked, answer = now, self.outranks(priority)
            return answer

        return should_yield

    def _names(self) -> list[str]:
        return [name.removesuffix(".json") for name in self._folder.names(FOLDER) if name.endswith(".json")]

    def _read(self, who: str) -> Holder | None:
        try:
            return Holder.model_validate_json(self._folder.read(_name(who)))
        except FileNotFoundError:
            return None
        except ValidationError as error:
            raise ArtifactError(
                f"{self._folder.url(_name(who))} does not name a holder of the mode: {error.errors()[0]['msg']}",
                remedy="remove that file",
            ) from error


def _holds(holder: Holder, now: datetime) -> bool:
    return holder.until is None or now < holder.until


def _name(who: str) -> str:
    return f"{FOLDER}/{who}.json"
