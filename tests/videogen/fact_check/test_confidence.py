"""Properties of the Bayesian weighing: order-free, monotone, bounded, blind to copies."""

from __future__ import annotations

import math
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from videogen.fact_check.judging.confidence import ConfidenceCalculator, clusters
from videogen.fact_check.knowledge.facts import Source
from videogen.fact_check.knowledge.verdict import Evidence

TODAY = date(2026, 11, 22)
CALCULATOR = ConfidenceCalculator()


def evidence(
    stance: str, strength: float, reliability: float, origin: str, text: str = "", kind: str = "fact"
) -> Evidence:
    source = Source(id=origin, name=origin, reliability=reliability)
    raw = Evidence.model_validate(
        {
            "stance": stance,
            "strength": strength,
            "text": text or origin,
            "kind": kind,
            "source": source,
            "dated": TODAY,
        }
    )
    return CALCULATOR.weigh(raw, TODAY)


pieces = st.builds(
    evidence,
    st.sampled_from(["supports", "refutes"]),
    st.floats(0.5, 1.0),
    st.floats(0.0, 1.0),
    st.sampled_from([f"origin {index}" for index in range(6)]),
)
several = st.lists(pieces, max_size=8)


@given(several, st.randoms(use_true_random=False))
def test_order_does_not_matter(items: list[Evidence], random: object) -> None:
    shuffled = items.copy()
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    first, second = CALCULATOR.calculate_confidence(items), CALCULATOR.calculate_confidence(shuffled)
    assert first.probability == pytest.approx(second.probability)
    assert first.origins == second.origins


@given(several)
def test_probability_is_bounded_away_from_certainty(items: list[Evidence]) -> None:
    assert 0.0 < CALCULATOR.calculate_confidence(items).probability < 1.0


@given(several, st.floats(0.5, 1.0), st.floats(0.0, 1.0))
def test_new_support_never_makes_a_claim_less_probable_and_new_refutation_never_more(
    items: list[Evidence], strength: float, reliability: float
) -> None:
    before = CALCULATOR.calculate_confidence(items).probability
    after = CALCULATOR.calculate_confidence([*items, evidence("supports", strength, reliability, "new")]).probability
    against = CALCULATOR.calculate_confidence([*items, evidence("refutes", strength, reliability, "new")]).probability
    assert against <= before + 1e-12
    assert before <= after + 1e-12


@given(several, pieces, st.integers(1, 10))
def test_ten_copies_of_one_story_count_once(items: list[Evidence], story: Evidence, copies: int) -> None:
    once = CALCULATOR.calculate_confidence([*items, story])
    often = CALCULATOR.calculate_confidence([*items, *[story] * copies])
    assert once == often


def test_reprints_under_other_names_are_recognised_by_their_text() -> None:
    wire = "The reservoir above the town reached its highest level in forty years on Tuesday, officials said."
    reprints = [evidence("supports", 0.9, 0.7, f"paper {n}", f"{wire} Staff report.", "passage") for n in range(10)]
    alone = CALCULATOR.calculate_confidence(reprints[:1])
    assert CALCULATOR.calculate_confidence(reprints).probability == pytest.approx(alone.probability)
    assert len(clusters(reprints)) == 1
    other = evidence("supports", 0.9, 0.7, "bureau", "Levels at the gauge were 4.2 m, the most since 1986.", "passage")
    assert CALCULATOR.calculate_confidence([*reprints, other]).probability > alone.probability


@given(st.floats(0.0, 0.3), st.floats(0.0, 1.0))
def test_one_weak_source_never_reaches_certainty(reliability: float, strength: float) -> None:
    weak = CALCULATOR.calculate_confidence([evidence("supports", strength, reliability, "weak")])
    assert weak.probability <= 0.5 + reliability / 2 + 1e-9


@given(st.floats(0.0, 1.0), st.floats(0.0, 1.0), st.floats(0.0, 1.0))
def test_a_more_reliable_source_moves_the_probability_further(strength: float, one: float, other: float) -> None:
    low, high = sorted((one, other))
    near = CALCULATOR.weight_by_source(strength, Source(id="a", name="a", reliability=low))
    far = CALCULATOR.weight_by_source(strength, Source(id="a", name="a", reliability=high))
    assert abs(far - 0.5) >= abs(near - 0.5) - 1e-12
    assert math.isclose(
        CALCULATOR.weight_by_source(strength, Source(id="a", name="a", reliability=1.0)), strength, abs_tol=1e-12
    )


@given(st.floats(0.0, 1.0), st.floats(1.0, 1e5), st.floats(0.0, 1e5), st.floats(0.0, 1e5))
def test_confidence_fades_with_age_and_never_crosses_one_half(
    confidence: float, half_life: float, one: float, other: float
) -> None:
    young, old = sorted((one, other))
    newer = CALCULATOR.adjust_for_recency(confidence, young, half_life)
    older = CALCULATOR.adjust_for_recency(confidence, old, half_life)
    assert abs(older - 0.5) <= abs(newer - 0.5) + 1e-12
    assert (newer - 0.5) * (confidence - 0.5) >= 0
    halved = CALCULATOR.adjust_for_recency(confidence, half_life, half_life)
    assert halved - 0.5 == pytest.approx((confidence - 0.5) / 2)
    assert CALCULATOR.adjust_for_recency(confidence, old, None) == confidence


def test_age_counts_from_the_day_the_evidence_is_dated() -> None:
    source = Source(id="s", name="s", reliability=1.0)
    item = Evidence(
        stance="supports",
        strength=0.9,
        text="x",
        kind="fact",
        source=source,
        dated=TODAY - timedelta(days=365),
        half_life=365.0,
    )
    assert CALCULATOR.weigh(item, TODAY).probability == pytest.approx(0.7)


def test_equal_sources_that_disagree_are_conflicting_and_a_much_stronger_side_wins() -> None:
    split = [evidence("supports", 0.95, 0.9, "a"), evidence("refutes", 0.95, 0.9, "b")]
    assert CALCULATOR.resolve_conflicts(split).outcome == "conflicting"
    tilted = [*split, evidence("refutes", 0.95, 0.9, "c"), evidence("refutes", 0.95, 0.9, "d")]
    assert CALCULATOR.resolve_conflicts(tilted).outcome == "refuted"


def test_weak_evidence_alone_is_not_enough() -> None:
    assert CALCULATOR.resolve_conflicts([evidence("supports", 0.8, 0.2, "rumour")]).outcome == "not_enough_evidence"
    assert CALCULATOR.resolve_conflicts([]).outcome == "not_enough_evidence"


def test_the_threshold_is_the_configured_one() -> None:
    item = [evidence("supports", 0.9, 0.9, "a")]
    assert ConfidenceCalculator(0.6).resolve_conflicts(item).outcome == "supported"
    assert ConfidenceCalculator(0.95).resolve_conflicts(item).outcome == "not_enough_evidence"
