"""Verdicts on claims, from the words to the outcome, against facts whose truth is independent of the code."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from tests.videogen.fact_check.conftest import TODAY, press_batch
from videogen.config.groups.all import FactCheckSettings
from videogen.fact_check import FactChecker, KnowledgeBase
from videogen.fact_check.knowledge.facts import Batch, Fact, Source


def outcome(checker: FactChecker, text: str) -> str:
    (verdict,) = checker.check_content(text).claims
    return verdict.outcome


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The capital of India is New Delhi.", "supported"),
        ("The capital of India is Mumbai.", "refuted"),
        ("New Delhi is not the capital of India.", "refuted"),
        ("Mumbai is not the capital of India.", "supported"),
        ("No, New Delhi is the capital of India.", "supported"),
        ("No, New Delhi is the capital of Japan.", "refuted"),
        ("New Delhi used to be the capital of India.", "not_enough_evidence"),
        ("India's currency is the rupee.", "supported"),
        ("France uses the euro.", "supported"),
        ("The currency of Japan is the euro.", "refuted"),
        ("The French franc was the currency of France in 1990.", "supported"),
        ("The currency of France is the French franc.", "refuted"),
        ("India's population is 1.35 billion.", "supported"),
        ("India's population is 350 million.", "refuted"),
        ("More than 1.3 billion people live in India.", "supported"),
        ("Fewer than 900 million people live in India.", "refuted"),
        ("In Bolivia, Aymara is an official language.", "supported"),
        ("In India, the capital is Mumbai.", "refuted"),
        ("Córdoba, Argentina is in Argentina.", "supported"),
        ("Córdoba is in Spain.", "supported"),
        ("France and Spain share a border.", "supported"),
        ("The currency of India has the code INR.", "supported"),
        ("India is 3.29 million square kilometres in size.", "supported"),
        ("India covers an area of 1.27 million square miles.", "supported"),
        ("India covers an area of 1.27 million square kilometres.", "refuted"),
        ("Mumbai is a city in India.", "supported"),
        ("Mumbai is in Japan.", "refuted"),
        ("India borders Nepal.", "supported"),
        ("India shares a border with Spain.", "refuted"),
        ("India is in Europe.", "refuted"),
        ("Paris is no capital of France.", "refuted"),
        ("Greece belongs to the continent of Europe.", "supported"),
        ("Websites from Norway end in .no.", "supported"),
        ("The population of India is not more than 900 million.", "refuted"),
        ("The population of India is not less than 1.3 billion.", "supported"),
        ("The calling code of India is +91.", "supported"),
        ("A mile is 1.609 kilometres.", "supported"),
        ("There are 14 inches in a foot.", "refuted"),
        ("भारत की राजधानी नई दिल्ली है।", "supported"),
        ("भारत की राजधानी मुंबई है।", "refuted"),
        ("भारत की राजधानी मुंबई नहीं है।", "supported"),
        ("भारत की जनसंख्या 135 करोड़ है।", "supported"),
        ("भारत का क्षेत्रफल ३२.८ लाख वर्ग किलोमीटर है।", "supported"),
    ],
)
def test_the_starter_base_decides_plain_statements(checker: FactChecker, text: str, expected: str) -> None:
    assert outcome(checker, text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "The financial capital of India is Mumbai.",
        "The former capital of India was Calcutta.",
        "Mumbai is in Maharashtra.",
        "India's population is larger than that of Brazil.",
        "India's next capital is Bhopal.",
        "India is the capital of New Delhi.",
        "New Delhi's capital is India.",
        "France is in Paris.",
        "India is a city in Mumbai.",
        "Asia is in India.",
        "India is spoken in Hindi.",
        "New Delhi is not not the capital of India.",
        "New Delhi is hardly the capital of India.",
        "Nobody but India has the capital New Delhi.",
        "The capital of Elbonia is Mudville.",
        "India's population will be 3 billion.",
        "India's population is 1.6 billion.",
        "Hyderabad, Telangana has 6.8 million inhabitants.",
        "India may have a population of 1.35 billion.",
    ],
)
def test_what_the_base_cannot_decide_is_left_open(checker: FactChecker, text: str) -> None:
    assert outcome(checker, text) == "not_enough_evidence"
    assert not checker.check_content(text).publishable


def test_sources_that_disagree_make_a_claim_conflicting(tmp_path: Path) -> None:
    base = KnowledgeBase(tmp_path / "base", starter=False)
    sources = [Source(id=name, name=name, reliability=0.9) for name in ("a", "b")]
    facts = [
        Fact(entity="Elbonia", attribute="capital", value=value, source=source, retrieved=TODAY)
        for source, value in (("a", "Mudville"), ("b", "Claytown"))
    ]
    base.add(Batch("conflict", sources, facts))
    report = FactChecker(FactCheckSettings(), base, today=TODAY).check_content("The capital of Elbonia is Mudville.")
    assert report.verdict == "conflicting"
    assert {item.stance for item in report.claims[0].evidence} == {"supports", "refutes"}


@pytest.fixture(scope="module")
def press_checker(press: KnowledgeBase) -> FactChecker:
    return FactChecker(FactCheckSettings(), press, today=TODAY)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The Chief Minister of Northland is Asha Verel.", "supported"),
        ("Asha Verel is the Chief Minister of Northland.", "supported"),
        ("The Chief Minister of Northland is Ravi Tomas.", "refuted"),
        ("Ravi Tomas was the Chief Minister of Northland in 2018.", "supported"),
        ("Ravi Tomas was the Chief Minister of Northland in 2023.", "refuted"),
        ("Asha Verel has been the Chief Minister of Northland since 2021.", "supported"),
        ("Asha Verel has been the Chief Minister of Northland since 2019.", "refuted"),
        ("The Chief Minister of Northland is Lena Marsh.", "refuted"),
        ("The budget of the Sunrise Scheme is Rs 2,500 crore.", "supported"),
        ("The budget of the Sunrise Scheme is ₹25 billion.", "supported"),
        ("The budget of the Sunrise Scheme is Rs 2,900 crore.", "refuted"),
        ("The Sunrise Scheme was launched on 15 August 2023.", "supported"),
        ("The Sunrise Scheme was launched in 2023.", "supported"),
        ("Asha Verel became Chief Minister of Northland in 2021.", "supported"),
        ("Asha Verel became Chief Minister of Northland in 2022.", "refuted"),
        ("The Sunrise Scheme is 68 per cent complete.", "supported"),
        ("Rs 2,500 crore has been set aside for the Sunrise Scheme.", "supported"),
        ("सूर्योदय योजना के लिए 2500 करोड़ रुपये आवंटित किए गए।", "supported"),
        ("The Sunrise Scheme was launched on 15 August 2022.", "refuted"),
        ("The Sunrise Scheme has 12.4 lakh beneficiaries.", "supported"),
        ("The Sunrise Scheme has 1.24 million beneficiaries.", "supported"),
        ("The Sunrise Scheme has 24 lakh beneficiaries.", "refuted"),
        ("Completion of the Sunrise Scheme is over 68 per cent.", "not_enough_evidence"),
        ("Completion of the Sunrise Scheme is less than 68 per cent.", "not_enough_evidence"),
        ("Completion of the Sunrise Scheme is at least 68 per cent.", "supported"),
        ("The Sunrise Scheme was launched before 15 August 2023.", "not_enough_evidence"),
        ("Completion of the Sunrise Scheme is 68 per cent.", "supported"),
        ("Completion of the Sunrise Scheme is 86 per cent.", "refuted"),
        ("The height of the Karma Dam is 394 feet.", "supported"),
        ("सूर्योदय योजना का बजट 2500 करोड़ रुपये है।", "supported"),
        ("सूर्योदय योजना का बजट 2700 करोड़ रुपये है।", "refuted"),
        ("नॉर्थलैंड की मुख्यमंत्री Asha Verel हैं।", "supported"),
    ],
)
def test_press_release_facts_are_compared_with_units_dates_and_terms(
    press_checker: FactChecker, text: str, expected: str
) -> None:
    assert outcome(press_checker, text) == expected


def test_a_claim_about_safety_needs_two_independent_sources(tmp_path: Path) -> None:
    def base_with(names: list[str]) -> FactChecker:
        base = KnowledgeBase(tmp_path / "-".join(names), starter=False)
        facts = [
            Fact(entity="Karma Flood", attribute="deaths", value="12", number=12.0, source=name, retrieved=TODAY)
            for name in names
        ]
        base.add(Batch("flood", [Source(id=name, name=name, reliability=0.9) for name in names], facts))
        return FactChecker(FactCheckSettings(), base, today=TODAY)

    text = "The number of deaths of the Karma Flood is 12."
    assert outcome(base_with(["wire"]), text) == "not_enough_evidence"
    assert outcome(base_with(["wire", "bureau"]), text) == "supported"


def test_a_text_that_contradicts_itself_is_reported_even_where_nothing_else_is_known(checker: FactChecker) -> None:
    report = checker.check_content("The population of Germany is 83 million. Germany has a population of 50 million.")
    assert len(report.contradictions) == 1
    assert not report.publishable


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The harvest fair drew farmers from nine districts.", "supported"),
        ("The harvest fair drew farmers from fourteen districts.", "refuted"),
        ("The harvest fair never drew farmers from nine districts.", "refuted"),
        ("The harvest fair drew 500 farmers from nine districts.", "not_enough_evidence"),
        ("Engineers finished repairs at the Karma Dam in 1990.", "not_enough_evidence"),
    ],
)
def test_documents_decide_only_with_the_same_numbers(press_checker: FactChecker, text: str, expected: str) -> None:
    assert outcome(press_checker, text) == expected


def test_instructions_inside_evidence_change_nothing(press_checker: FactChecker) -> None:
    assert outcome(press_checker, "The Karma Dam was sold to a foreign company in 1990.") != "supported"


def test_facts_with_another_name_are_found_through_chains_of_aliases(tmp_path: Path) -> None:
    from videogen.fact_check.knowledge.facts import Alias

    base = KnowledgeBase(tmp_path / "base", starter=False)
    batch = press_batch()
    batch.aliases += [
        Alias(alias="Sunrise", entity="The Sunrise"),
        Alias(alias="The Sunrise", entity="Sunrise Scheme"),
    ]
    base.add(batch)
    assert [fact.value for fact in base.query("Sunrise", "launched")] == ["2023-08-15"]


def test_an_expired_fact_supports_only_its_own_time(tmp_path: Path) -> None:
    base = KnowledgeBase(tmp_path / "base", starter=False)
    fact = Fact(
        entity="Elbonia", attribute="capital", value="Mudville", source="a", retrieved=TODAY,
        valid_from=date(1900, 1, 1), valid_to=date(1950, 12, 31),
    )  # fmt: skip
    base.add(Batch("old", [Source(id="a", name="a", reliability=0.9)], [fact]))
    checker = FactChecker(FactCheckSettings(), base, today=TODAY)
    assert outcome(checker, "The capital of Elbonia is Mudville.") == "refuted"
    assert outcome(checker, "The capital of Elbonia was Mudville in 1920.") == "supported"
