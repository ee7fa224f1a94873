"""Which decisions open the gate for which state."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.videogen.release.people.bureau import subject
from videogen.domain.rights import Rights
from videogen.errors import InputError
from videogen.release.approval.approving import approval_gate, approval_state, approvals_needed
from videogen.release.approval.embargo import embargo_gate, lateness, parse_moment
from videogen.release.approval.rights import UsedFile, rights_gate
from videogen.release.decision import REQUIRED, Gate, decide
from videogen.release.override import Override
from videogen.release.people.decision import SignedDecision

NOW = datetime(2026, 12, 1, 12, 0, tzinfo=UTC)


def decided(action: str, by: str, state: str = "a", **fields) -> SignedDecision:
    about = subject(state)
    given = {"roles": ("checker",), "authentication": "key", "comment": ""} | fields
    return SignedDecision(
        sequence=1, kind="video", id=about.id, revision=1, sha256=about.sha256, action=action, by=by, at=NOW, **given
    )


def gate(*decisions: SignedDecision, needed: int = 1, state: str = "a", authors: tuple[str, ...] = ("asha",)) -> Gate:
    return approval_gate(approval_state(subject(state, authors=authors), decisions, needed))


def test_without_an_approval_the_gate_is_closed_where_one_is_needed() -> None:
    assert gate().state == "missing"
    assert gate(needed=0).holds


def test_an_approval_of_exactly_this_state_opens_it() -> None:
    assert gate(decided("approve", "ben")).holds
    assert "approved by ben" in gate(decided("approve", "ben")).found


def test_an_edit_makes_the_approval_void() -> None:
    found = gate(decided("approve", "ben", "a"), state="b")
    assert found.state == "failed"
    assert "another state" in found.found


@pytest.mark.parametrize(
    "change", [{"authentication": "none"}, {"roles": ("publisher",)}, {"by": "asha"}, {"by": "ASHA "}]
)
def test_what_is_no_approval_of_a_second_person_does_not_count(change: dict[str, object]) -> None:
    fields = {"by": "ben", **change}
    assert not gate(decided("approve", **fields)).holds  # type: ignore[arg-type]


def test_two_approvals_take_two_people() -> None:
    assert not gate(decided("approve", "ben"), decided("approve", "Ben"), needed=2).holds
    assert gate(decided("approve", "ben"), decided("approve", "chen"), needed=2).holds


def test_a_hold_stands_whatever_is_edited_until_it_is_lifted() -> None:
    held = [decided("approve", "ben", "b"), decided("hold", "dara", "a", comment="a call came in")]
    assert gate(*held, state="b").found == "held by dara: a call came in"
    assert not gate(*held, state="b", needed=0).holds
    assert gate(*held, decided("lift_hold", "dara", "b"), state="b").holds


def test_a_request_for_changes_stands_until_the_state_changes_or_its_author_approves() -> None:
    asked = [decided("approve", "ben"), decided("request_changes", "chen", comment="wrong minister")]
    assert "chen asks for changes: wrong minister" in gate(*asked).found
    assert not gate(*asked, decided("approve", "ben")).holds
    assert gate(*asked, decided("approve", "chen")).holds
    assert gate(*asked, decided("approve", "ben", "b"), state="b").holds


def test_who_asks_for_changes_takes_back_their_approval() -> None:
    assert not gate(decided("approve", "ben"), decided("request_changes", "ben")).holds


def test_critical_claims_can_need_more_people() -> None:
    assert approvals_needed(1, 2, has_critical_claims=True, author_is_unknown=False) == 2
    assert approvals_needed(1, 2, has_critical_claims=False, author_is_unknown=False) == 1
    assert approvals_needed(3, 2, has_critical_claims=True, author_is_unknown=False) == 3


def test_one_more_has_to_approve_where_nobody_vouches_for_the_author() -> None:
    assert approvals_needed(1, 2, has_critical_claims=False, author_is_unknown=True) == 2
    assert approvals_needed(0, 0, has_critical_claims=False, author_is_unknown=True) == 0


@pytest.mark.parametrize("name", ["approval", "embargo", "rights"])
def test_no_override_opens_the_gates_of_people_and_time(name: str) -> None:
    gates = [Gate(name=one, state="holds", found="") for one in REQUIRED if one != name]
    override = Override(operator="Ada Desk", why="it is urgent")
    for found in ([], [Gate(name=name, state="failed", found="x")]):
        assert decide([*gates, *found], override).closed == (name,)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-12-01T18:00+05:30", datetime(2026, 12, 1, 12, 30, tzinfo=UTC)),
        ("2026-12-01T18:00:00Z", datetime(2026, 12, 1, 18, 0, tzinfo=UTC)),
        # In the hour that the clocks of Europe go through twice, the offset says which one is meant.
        ("2026-10-25T02:30+02:00", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        ("2026-10-25T02:30+01:00", datetime(2026, 10, 25, 1, 30, tzinfo=UTC)),
    ],
)
def test_an_embargo_is_read_with_its_zone(text: str, moment: datetime) -> None:
    assert parse_moment(text) == moment


@pytest.mark.parametrize("text", ["", "tomorrow", "2026-12-01", "2026-12-01T18:00", "2026-13-01T18:00Z", "18:00+05:30"])
def test_a_moment_without_day_or_zone_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        parse_moment(text)


@given(st.integers(min_value=-(10**7), max_value=10**7))
def test_nothing_leaves_a_second_before_the_embargo(seconds: int) -> None:
    found = embargo_gate(NOW, NOW + timedelta(seconds=seconds))
    assert found.holds == (seconds >= 0)


def test_a_clock_that_was_set_back_lets_nothing_out() -> None:
    before = embargo_gate(NOW - timedelta(days=2), NOW - timedelta(days=1), last_known=NOW)
    assert before.state == "failed"
    assert "set it right" in before.found
    assert embargo_gate(None, NOW - timedelta(days=1), last_known=NOW).holds


def test_what_comes_late_says_by_how_much() -> None:
    assert lateness(NOW, NOW + timedelta(hours=2, minutes=5)) == "2 h 5 min after the embargo"
    assert lateness(NOW, NOW + timedelta(seconds=50)) == ""
    assert lateness(None, NOW) == ""


def test_rights_name_the_file_and_the_shot_that_lack_them() -> None:
    own = Rights(credit="Bureau", licence="own")
    rented = Rights(credit="Agency", licence="editorial", expires=date(2026, 11, 30))
    assert rights_gate([UsedFile(name="a.jpg", where="shot port", rights=own)], date(2026, 12, 1)).holds
    found = rights_gate(
        [UsedFile(name="a.jpg", where="shot port"), UsedFile(name="b.mp3", where="music", rights=rented)],
        date(2026, 12, 1),
    )
    assert not found.holds
    assert "shot port: a.jpg has no credit and licence" in found.found
    assert "music: b.mp3 could be used until 2026-11-30" in found.found
    assert rights_gate([UsedFile(name="b.mp3", where="music", rights=rented)], date(2026, 11, 30)).holds
