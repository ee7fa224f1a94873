"""The fallback ladder: whatever happens, something correct is published in time, and the richest that fits."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from videogen.emergency.ladder import LADDER, Rung, choose

MODEL, TEMPLATE, CARD = LADDER
seconds = st.floats(0.01, 300.0, allow_nan=False)
estimates = st.fixed_dictionaries(dict.fromkeys(LADDER, seconds))
excluded = st.dictionaries(st.sampled_from([MODEL, TEMPLATE]), st.just("switched off"))


def test_with_much_time_the_model_makes_the_background() -> None:
    choice = choose(60.0, {MODEL: 30.0, TEMPLATE: 5.0, CARD: 2.0})
    assert (choice.rung, choice.limit, choice.skipped) == (MODEL, 53.0, ())


def test_with_less_time_the_template_has_its_own() -> None:
    choice = choose(20.0, {MODEL: 30.0, TEMPLATE: 5.0, CARD: 2.0})
    assert (choice.rung, choice.limit) == (TEMPLATE, 18.0)
    assert choice.skipped[0].why == "needs 32.0 s with its fallback, 20.0 s are left"


def test_late_alerts_get_a_card_at_once() -> None:
    for left in (6.9, 0.0, -30.0):
        choice = choose(left, {MODEL: 30.0, TEMPLATE: 5.0, CARD: 2.0})
        assert (choice.rung, choice.limit) == (CARD, None)
        assert [one.rung for one in choice.skipped] == [MODEL, TEMPLATE]


def test_a_rung_that_failed_is_named_with_its_reason() -> None:
    choice = choose(60.0, {MODEL: 30.0, TEMPLATE: 5.0, CARD: 2.0}, {MODEL: "failed: no weights"})
    assert choice.rung is TEMPLATE
    assert choice.skipped[0].why == "failed: no weights"


@given(st.floats(-100.0, 1000.0), estimates, excluded)
def test_there_is_always_a_choice_and_it_is_the_richest_that_fits(
    left: float, needed: dict[Rung, float], refused: dict[Rung, str]
) -> None:
    choice = choose(left, needed, refused)
    richer = LADDER[: LADDER.index(choice.rung)]
    assert [one.rung for one in choice.skipped] == list(richer)
    assert choice.rung not in refused
    for rung in richer:
        assert rung in refused or needed[rung] + needed[CARD] > left


@given(st.floats(0.0, 1000.0), estimates, excluded, st.data())
def test_rungs_that_fail_at_their_limit_leave_time_for_the_card(
    left: float, needed: dict[Rung, float], refused: dict[Rung, str], data: st.DataObject
) -> None:
    """The worst case: every rung fails, at any moment up to its limit; the card takes what it is expected to."""
    spent, failed = 0.0, dict(refused)
    while True:
        choice = choose(left - spent, needed, failed)
        if choice.rung is CARD:
            break
        assert choice.limit is not None
        assert choice.limit >= needed[choice.rung] - 1e-9
        spent += data.draw(st.floats(0.0, choice.limit))
        failed[choice.rung] = "failed"
    assert spent + needed[CARD] <= max(left, needed[CARD]) + 1e-6


@given(st.floats(0.0, 1000.0), estimates)
def test_a_model_that_runs_to_its_limit_still_leaves_the_template_where_there_was_time_for_all(
    left: float, needed: dict[Rung, float]
) -> None:
    choice = choose(left, needed)
    if choice.rung is MODEL and left >= sum(needed.values()):
        assert choice.limit is not None
        after = choose(left - choice.limit + 1e-6, needed, {MODEL: "its time ran out"})
        assert after.rung is TEMPLATE
