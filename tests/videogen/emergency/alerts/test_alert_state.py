"""The decisions about an alert: does it go on air, when does it end, what ends it, which goes first."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.videogen.emergency.sample_alerts import NOW, SENT, alert, info, referring
from videogen.emergency.alerts.state import (
    CANCEL_RANK,
    Event,
    check_step,
    effect,
    end_of,
    first_step,
    is_on_air,
    rank,
    state_after,
)
from videogen.errors import AlertStateError

LATER = NOW + timedelta(hours=1)
DAY = timedelta(hours=24)


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"status": "Draft"}, "Draft"),
        ({"status": "System"}, "System"),
        ({"status": "Test"}, "Test"),
        ({"status": "Exercise"}, "Exercise"),
        ({"scope": "Restricted"}, "Restricted"),
        ({"scope": "Private"}, "Private"),
        ({"msg_type": "Ack"}, "Ack"),
        ({"msg_type": "Error"}, "Error"),
    ],
)
def test_only_actual_public_alerts_go_on_air(changes: dict[str, str], word: str) -> None:
    state, reason = first_step(alert(**changes), NOW, LATER, rehearsal=False)
    assert state == "not_for_air"
    assert word in reason


@pytest.mark.parametrize("status", ["Exercise", "Test"])
def test_a_rehearsal_is_taken_on_request(status: str) -> None:
    assert first_step(alert(status=status), NOW, LATER, rehearsal=True)[0] == "taken"


@pytest.mark.parametrize("changes", [{"status": "Draft"}, {"status": "System"}, {"scope": "Private", "status": "Test"}])
def test_a_draft_or_a_private_test_is_not_taken_even_on_request(changes: dict[str, str]) -> None:
    assert first_step(alert(**changes), NOW, LATER, rehearsal=True)[0] == "not_for_air"


def test_what_is_over_is_expired_but_a_cancel_still_cancels() -> None:
    assert first_step(alert(), NOW, NOW, rehearsal=False)[0] == "expired"
    assert first_step(alert(msg_type="Cancel"), NOW, NOW, rehearsal=False)[0] == "taken"


def test_an_alert_lasts_as_long_as_its_longest_info_block() -> None:
    long = info(expires=SENT + timedelta(days=3))
    assert end_of(alert(infos=(info(), long)), DAY) == SENT + timedelta(days=3)


def test_without_expires_the_lifetime_counts_from_the_latest_start() -> None:
    onset = SENT + timedelta(hours=30)
    assert end_of(alert(infos=(info(expires=None, onset=onset),)), DAY) == onset + DAY
    assert end_of(alert(infos=()), DAY) == SENT + DAY


def test_severity_counts_before_urgency_and_urgency_before_certainty() -> None:
    ordered = [
        {"severity": "Extreme", "urgency": "Past", "certainty": "Unlikely"},
        {"severity": "Severe", "urgency": "Immediate", "certainty": "Unlikely"},
        {"severity": "Severe", "urgency": "Expected", "certainty": "Observed"},
        {"severity": "Severe", "urgency": "Expected", "certainty": "Likely"},
        {"severity": "Unknown", "urgency": "Immediate", "certainty": "Observed"},
        {"severity": "Minor", "urgency": "Immediate", "certainty": "Observed"},
    ]
    ranks = [rank(alert(infos=(info(**fields),))) for fields in ordered]
    assert ranks == sorted(ranks, reverse=True)
    assert len(set(ranks)) == len(ranks)


def test_cancels_come_first_and_rehearsals_last() -> None:
    worst = alert(infos=(info(severity="Extreme", urgency="Immediate", certainty="Observed"),))
    mildest = alert(infos=(info(severity="Minor", urgency="Past", certainty="Unlikely"),))
    assert CANCEL_RANK == rank(alert(msg_type="Cancel")) > rank(worst)
    assert rank(worst.model_copy(update={"status": "Test"})) < rank(mildest)


def test_an_update_supersedes_and_a_cancel_cancels() -> None:
    assert effect(referring("Update", "elm-2", alert()), alert()) == "superseded"
    assert effect(referring("Cancel", "elm-2", alert()), alert()) == "cancelled"
    assert effect(referring("Ack", "elm-2", alert()), alert()) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"sender": "somebody@else.example"},
        {"status": "Test"},
        {"status": "Exercise"},
        {"scope": "Private"},
        {"sent": SENT - timedelta(minutes=1)},
    ],
)
def test_no_other_sender_test_private_or_earlier_message_ends_a_real_alert(changes: dict[str, object]) -> None:
    assert effect(referring("Cancel", "elm-2", alert(), **changes), alert()) is None


def test_a_draft_ends_nothing_not_even_a_draft() -> None:
    draft = alert(status="Draft")
    assert effect(referring("Cancel", "elm-2", draft, status="Draft"), draft) is None


def events(*states: str) -> list[Event]:
    return [Event(at=NOW, state=state, reason="because") for state in states]


@pytest.mark.parametrize(
    ("states", "new"),
    [
        (["taken", "cancelled"], "published"),
        (["taken", "superseded"], "planned"),
        (["expired"], "published"),
        (["not_for_air"], "published"),
        (["taken"], "not_for_air"),
        (["taken"], "withdrawn"),
        (["taken", "published"], "planned"),
        (["taken", "published"], "refused"),
        (["taken", "refused"], "published"),
    ],
)
def test_what_ended_is_never_published(states: list[str], new: str) -> None:
    with pytest.raises(AlertStateError, match="because"):
        check_step("key", events(*states), new)


def test_a_withdrawn_video_leaves_the_alerts_state_as_it_was() -> None:
    history = events("taken", "planned", "published", "cancelled")
    assert is_on_air(history)
    check_step("key", history, "withdrawn")
    history += events("withdrawn")
    assert not is_on_air(history)
    assert state_after(history) == "cancelled"
