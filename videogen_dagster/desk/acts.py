"""Withdrawing and correcting what is published, over the same functions as the command line."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from videogen.briefing.storyboard.yaml_text import as_yaml
from videogen.errors import InputError
from videogen.release.approval.correction import Correction
from videogen.release.folder import LOCKS, take_back
from videogen.release.record import Withdrawal
from videogen.storage.locks import one_at_a_time
from videogen_dagster.desk.ids import is_briefing

if TYPE_CHECKING:
    from videogen.release.people.person import Person
    from videogen_dagster.desk.desk import Desk


def withdraw(desk: Desk, person: Person, item_id: str, why: str) -> None:
    """Take a published item back; the record stays and says why.

    Raises:
        ReleaseError: it is not published any more. StorageError: the disk refused; it is still published.
    """
    from videogen_dagster.runs.release import withdraw as withdraw_video

    if is_briefing(item_id):
        root = desk.published
        with one_at_a_time(root / LOCKS / f"{item_id}.lock", f"publishing or withdrawing {item_id}"):
            take_back(root, item_id, Withdrawal(operator=person.name, why=why, at=datetime.now(UTC)))
    else:
        withdraw_video(item_id, desk.config, person.name, why, instance=desk.live.instance)
    # After the fact: what is withdrawn stays so, even where the log's disk is full.
    desk.people.record(person, "withdraw", desk.publishers.of(item_id).subject(item_id), comment=why)


def correct(desk: Desk, person: Person, item_id: str, wrong: Mapping[str, str]) -> None:
    """Open a new revision that says what was wrong, in every language, on its end card.

    Raises:
        InputError: it is a single clip, or somebody has saved another revision meanwhile.
    """
    if not is_briefing(item_id):
        raise InputError(
            "a single clip is not edited", remedy="ask for a new clip, and withdraw this one with the number of the new"
        )
    storyboard = desk.briefings.storyboard(item_id)
    corrected = storyboard.model_copy(update={"corrects": dict(wrong)})
    reason = wrong[storyboard.languages[0]]
    desk.maker.edit(
        item_id, as_yaml(corrected).encode("utf-8"), name="the correction", by=person.name, why=f"corrects: {reason}"
    )
    correction = Correction(of=item_id, reason=reason)
    desk.people.record(
        person,
        "correct",
        desk.publishers.of(item_id).subject(item_id),
        comment=reason,
        data={"correction": correction.model_dump(mode="json")},
    )
