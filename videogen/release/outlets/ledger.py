"""Which event went to which receiver: kept before and after every try, so that what was taken is not told again."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, Literal, TypeVar

from pydantic import AwareDatetime, Field, ValidationError

from videogen.domain.frozen_model import FrozenModel
from videogen.errors import ArtifactError, reasons
from videogen.storage.atomic_folder import Folder

_NEXT: Final = "next.json"
_NAME: Final = re.compile(r"^[0-9a-f]{32}\.[a-z0-9-]{1,60}$")
_FIRST_LOOK_BACK = timedelta(minutes=10)
_FIRST_PAUSE, _LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=1)

Model = TypeVar("Model", bound=FrozenModel)
State = Literal["sending", "sent", "failed", "uncertain", "given_up"]


class Delivery(FrozenModel):
    """How an event stands with a receiver.

    state: "sending" before a try; "uncertain" where no answer came. Both may have arrived, and are told again with the
    same id, by which the receiver knows it. next_at: when it is tried again; None: at once, or never.
    """

    event: str
    receiver: str
    release: str
    kind: str
    state: State
    tries: int = Field(ge=1)
    at: AwareDatetime
    next_at: AwareDatetime | None = None
    problem: str = ""


class _Moment(FrozenModel):
    at: AwareDatetime


class Ledger:
    """Deliveries in a folder, a file each: ``<event id>.<receiver>``."""

    def __init__(self, folder: Path) -> None:
        self._folder = Folder(folder)

    def since(self, receiver: str, now: datetime) -> datetime:
        """From when on a receiver is told: ten minutes before it was first seen, not years."""
        name = f"since.{receiver}.json"
        try:
            return self._read(name, _Moment).at
        except FileNotFoundError:
            begin = now - _FIRST_LOOK_BACK
            self._folder.write(name, _Moment(at=begin).model_dump_json().encode())
            return begin

    def next_at(self) -> datetime | None:
        """When the next delivery that failed is due: long since, where the file that says so is damaged."""
        try:
            return self._read(_NEXT, _Moment).at
        except FileNotFoundError:
            return None
        except ArtifactError:
            return datetime.min.replace(tzinfo=UTC)

    def note_next(self, moment: datetime | None) -> None:
        """Keep when the next one is due; None: none is."""
        if moment is None:
            self._folder.remove(_NEXT)
        else:
            self._folder.write(_NEXT, _Moment(at=moment).model_dump_json().encode())

    def find(self, event: str, receiver: str) -> Delivery | None:
        """How an event stands with a receiver; None: nobody has tried."""
        try:
            return self._read(f"{event}.{receiver}", Delivery)
        except FileNotFoundError:
            return None

    def keep(self, delivery: Delivery) -> Delivery:
        """Write it down, and wait until it is on the disk."""
        self._folder.write(f"{delivery.event}.{delivery.receiver}", delivery.model_dump_json(indent=1).encode())
        return delivery

    def all(self) -> list[Delivery]:
        """Everything that was tried, the latest first."""
        names = [name for name in self._folder.names() if _NAME.fullmatch(name)]
        return sorted((self._read(name, Delivery) for name in names), key=lambda delivery: delivery.at, reverse=True)

    def _read(self, name: str, kind: type[Model]) -> Model:
        try:
            return kind.model_validate_json(self._folder.read(name))
        except ValidationError as error:
            raise ArtifactError(
                f"{self._folder.url(name)} cannot be read: {reasons(error)}",
                remedy="delete that file only if the event may be told again",
            ) from error


def pause_after(tries: int) -> timedelta:
    """How long a delivery that was not taken waits: 1, 2, 4 … minutes, at most an hour."""
    doubled: timedelta = _FIRST_PAUSE * (1 << min(tries - 1, 10))
    return min(doubled, _LONGEST_PAUSE)
