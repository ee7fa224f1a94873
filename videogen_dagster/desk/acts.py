"""What the desk does about published things, over the same functions as the command line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from videogen.release.people.person import Person
    from videogen_dagster.desk.desk import Desk


class Acts:
    """Withdrawing and correcting."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def withdraw(self, person: Person, item_id: str, why: str) -> None:
        """Take a published item back; the record stays and says why."""
        raise NotImplementedError

    def correct(self, person: Person, item_id: str, wrong: Mapping[str, str]) -> None:
        """Open a correction of a published item."""
        raise NotImplementedError
