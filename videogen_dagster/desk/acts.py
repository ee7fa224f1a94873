"""Withdrawing and correcting what is published, over the same functions as the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from videogen.briefing.production.copying import copied
from videogen.errors import InputError
from videogen_dagster.desk.ids import is_briefing

if TYPE_CHECKING:
    from videogen.release.people.person import Person
    from videogen_dagster.desk.desk import Desk


def withdraw(desk: Desk, person: Person, item_id: str, why: str) -> None:
    """Take a published item back; the record stays and says why.

    Raises:
        ReleaseError: it is not published any more. StorageError: the disk refused; it is still published.
    """
    from videogen_dagster.runs.release import note_withdrawal

    record = desk.review.withdraw(person, item_id, why)
    note_withdrawal(record, desk.config, desk.live.instance)


def correct(desk: Desk, person: Person, item_id: str, reason: str) -> str:
    """Begin a briefing that corrects a published one; returns its id. What is out stays until the new one is.

    Raises:
        InputError: it is a single clip. ReleaseError: it is not published any more.
    """
    if not is_briefing(item_id):
        raise InputError(
            "a single clip is not edited", remedy="ask for a new clip, and say on its page that it corrects this one"
        )
    person.check_may("correct")
    order = copied(desk.briefings, item_id, requester=person.name, source="desk", why=f"corrects {item_id}")
    desk.review.note_request(person, order.id)
    desk.review.correct(person, order.id, of=item_id, reason=reason)
    return order.id
