"""Fact checking as the architecture writes it: texts in, verdicts out, and each method takes what its sisters give."""

from __future__ import annotations

import math
from datetime import date, timedelta

import pytest

from tests.architecture.spying import calls
from videogen import ConfidenceCalculator, FactChecker, KnowledgeBase
from videogen.errors import InputError
from videogen.fact_check.knowledge.facts import Fact, Source
from videogen.fact_check.knowledge.verdict import Evidence

TODAY = date(2026, 3, 1)


@pytest.fixture(scope="module")
def knowledge(home: None) -> KnowledgeBase:
    return KnowledgeBase()


@pytest.fixture(scope="module")
def checker(knowledge: KnowledgeBase) -> FactChecker:
    return FactChecker(None, knowledge, today=TODAY)


@calls("FactChecker.check_content", "FactChecker.extract_claims", "FactChecker.generate_report")
def test_a_true_and_a_false_sentence_get_their_verdicts(checker: FactChecker) -> None:
    assert checker.check_content(text="India borders Nepal.").verdict == "supported"
    assert checker.check_content("The capital of France is Rome.").verdict == "refuted"
    (claim,) = checker.extract_claims(text="India borders Nepal.")
    report = checker.generate_report(results=[checker.verify_claim(claim)])
    assert (report.verdict, report.counts) == ("supported", {"supported": 1})


@calls("FactChecker.verify_claim")
def test_a_claim_may_be_a_sentence(checker: FactChecker) -> None:
    assert checker.verify_claim(claim="The capital of France is Paris.").outcome == "supported"
    with pytest.raises(InputError, match="holds 2 claims, not one"):
        checker.verify_claim("India borders Nepal. The capital of France is Paris.")


@calls("KnowledgeBase.query", "KnowledgeBase.get_sources")
def test_facts_are_found_by_any_name_and_name_their_sources(knowledge: KnowledgeBase) -> None:
    facts = knowledge.query(entity="France", attribute="capital")
    assert {fact.value for fact in facts} == {"Paris"}
    sources = knowledge.get_sources(fact=facts[0])
    assert facts[0].source == sources[0].id
    assert {source.id for source in sources} == {fact.source for fact in facts}


@calls("KnowledgeBase.check_consistency")
def test_two_values_of_one_thing_contradict_each_other(knowledge: KnowledgeBase) -> None:
    def fact(value: str) -> Fact:
        return Fact(entity="Atlantis", attribute="capital", value=value, source="a", retrieved=TODAY)

    assert knowledge.check_consistency(facts=[fact("Poseidonis"), fact("Poseidonis")]) == []
    (found,) = knowledge.check_consistency([fact("Poseidonis"), fact("Cleito")])
    assert {one.value for one in found.facts} == {"Poseidonis", "Cleito"}


@calls("KnowledgeBase.update_cache")
def test_a_verification_is_found_again(checker: FactChecker, knowledge: KnowledgeBase) -> None:
    (claim,) = checker.extract_claims("Germany borders Poland.")
    verdict = checker.verify_claim(claim)
    knowledge.update_cache(fact=claim, verification=verdict)
    cached = knowledge.cached(claim, checker.backend.name, TODAY)
    assert cached is not None
    assert (cached.outcome, cached.cached) == (verdict.outcome, True)


def evidence(stance: str, probability: float, source: str) -> Evidence:
    return Evidence(
        stance=stance,  # type: ignore[arg-type]
        strength=0.9,
        probability=probability,
        text=f"{stance} by {source}",
        kind="fact",
        source=Source(id=source, name=source),
    )


@calls("ConfidenceCalculator.calculate_confidence")
def test_independent_evidence_adds_up_as_odds_do(checker: FactChecker) -> None:
    calculator = ConfidenceCalculator()
    both = calculator.calculate_confidence(
        verification_results=[evidence("supports", 0.8, "a"), evidence("supports", 0.7, "b")]
    )
    odds = (0.8 / 0.2) * (0.7 / 0.3)
    assert both.probability == pytest.approx(odds / (1 + odds))
    verdict = checker.verify_claim("The capital of France is Paris.")
    assert calculator.calculate_confidence([verdict]).probability == pytest.approx(verdict.support_probability)
    with pytest.raises(InputError, match="a str is not a result of a check"):
        calculator.calculate_confidence(["Paris"])  # type: ignore[list-item]


@calls("ConfidenceCalculator.weight_by_source", "ConfidenceCalculator.adjust_for_recency")
def test_unreliable_and_old_evidence_moves_towards_one_half() -> None:
    calculator = ConfidenceCalculator()
    assert calculator.weight_by_source(result=0.9, source=Source(id="a", name="a", reliability=0.5)) == pytest.approx(
        0.7
    )
    aged = calculator.adjust_for_recency(confidence=0.9, fact_age=3650)
    assert aged == pytest.approx(0.5 + 0.4 * math.exp2(-1))
    assert calculator.adjust_for_recency(0.9, timedelta(days=3650)) == aged
    assert calculator.adjust_for_recency(0.9, 3650, None) == 0.9


@calls("ConfidenceCalculator.resolve_conflicts")
def test_the_clearly_stronger_side_wins_and_a_contradiction_is_named(checker: FactChecker) -> None:
    calculator = ConfidenceCalculator()
    strong, weak = evidence("supports", 0.99, "a"), evidence("refutes", 0.65, "b")
    assert calculator.resolve_conflicts(contradictions=[strong, weak]).outcome == "supported"
    even = calculator.resolve_conflicts([evidence("supports", 0.8, "a"), evidence("refutes", 0.8, "b")])
    assert even.outcome == "conflicting"
    report = checker.check_content("The capital of France is Paris. The capital of France is Rome.")
    resolved = calculator.resolve_conflicts(report.contradictions)
    assert resolved.outcome == "conflicting"
    assert "Rome" in resolved.reason
