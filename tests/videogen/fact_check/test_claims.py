from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.fuzzing import examples
from videogen.fact_check import FactChecker
from videogen.fact_check.reading.claims import IN_PASSING, extract
from videogen.fact_check.reading.names import NameIndex

NO_NAMES = NameIndex([])

SCENES = [
    "a wind farm at sunset",
    "A red bus drives left through the city at night.",
    "The Taj Mahal at sunrise",
    "Children play cricket in Mumbai",
    "The sun sets over Paris.",
    "A policy briefing on renewable energy initiatives",
    "A journey through sustainable cities",
    "Emergency evacuation notice for coastal areas",
    "Wind turbines turn slowly at sunset",
    "A man is riding a horse on the beach",
    "The camera pans over a city at dusk",
    "the sky is orange at sunset",
    "a cinematic shot of the Eiffel Tower, 4k",
    "Fireworks light up the sky over New Delhi during Diwali",
    "3 red buses at night",
    "a hot-air balloon floating left over green hills, high quality",
    "Show a bar chart of India's GDP",
    "What is the capital of India?",
    "सूर्यास्त के समय पवन चक्की",
    "एक लाल बस चल रही है",
    "शहर में रात का दृश्य दिखाएं",
]  # fmt: skip


@pytest.mark.parametrize("text", SCENES)
def test_a_prompt_that_describes_a_scene_has_nothing_to_check(checker: FactChecker, text: str) -> None:
    report = checker.check_content(text)
    assert (report.verdict, report.publishable, report.claims) == ("nothing_to_check", True, ())
    assert all(claim.reason for claim in report.skipped)


@pytest.mark.parametrize(
    "text",
    [
        "India's population is 1.4 billion.",
        "Vaccines cause autism.",
        "Population of India: 1.4 billion",
        "Water boils at 100 degrees Celsius.",
        "Copper reacts with ferrous sulfate.",
        "The scheme was launched on 15 August 2023.",
        "भारत की राजधानी नई दिल्ली है।",
        "योजना पर 500 करोड़ रुपये खर्च हुए।",
    ],
)
def test_assertions_are_worth_checking(checker: FactChecker, text: str) -> None:
    (claim,) = checker.extract_claims(text)
    assert claim.check_worthy, claim.reason


@pytest.mark.parametrize(
    ("text", "worthy"),
    [
        ("The reform makes it easy for farmers to borrow.", False),
        ("The reform makes it easy for 40,000 farmers to borrow.", True),
        ("The vaccine may seem safe and causes an outbreak.", True),
        ("rescuers help families out of a flooded house", False),
        ("Efficient pumps help to keep towns dry.", True),
    ],
)
def test_judgements_of_value_and_scenes_are_no_facts_but_safety_and_numbers_are(
    checker: FactChecker, text: str, worthy: bool
) -> None:
    assert any(claim.check_worthy for claim in checker.extract_claims(text)) == worthy


def test_training_captions_have_nothing_to_check() -> None:
    captions = pytest.importorskip("training.world.captions")
    scenes = pytest.importorskip("training.world.scenes")
    import numpy as np

    rng = np.random.default_rng(0)
    texts = {captions.caption(scenes.sample_scene(rng), rng) for _ in range(400)}
    wrong = [text for text in texts if any(claim.check_worthy for claim in extract(text, NO_NAMES))]
    assert len(wrong) <= 0.01 * len(texts), wrong


def test_a_sentence_is_cut_into_claims_with_their_own_subject(checker: FactChecker) -> None:
    text = "India is a country in Asia, and its capital is New Delhi. It borders Nepal and has a population of 1.4 billion."
    claims = checker.extract_claims(text)
    assert [claim.text for claim in claims] == [
        "India is a country in Asia.",
        "India's capital is New Delhi.",
        "India borders Nepal.",
        "India has a population of 1.4 billion.",
    ]


def test_a_relative_clause_becomes_a_claim_of_its_own(checker: FactChecker) -> None:
    claims = checker.extract_claims("Paris, which is the capital of France, has 2.1 million inhabitants.")
    assert [claim.text for claim in claims] == [
        "Paris is the capital of France.",
        "Paris has 2.1 million inhabitants.",
    ]


@pytest.mark.parametrize(
    "lead",
    ["Please note that", "However,", "It is important to remember that", "You should know that", "Of course,", "Note:"],
)
def test_a_lead_in_does_not_keep_a_claim_from_being_checked(checker: FactChecker, lead: str) -> None:
    report = checker.check_content(f"{lead} the capital of India is Mumbai.")
    assert report.verdict == "refuted"
    assert report.claims[0].claim.source_text.startswith(lead)


def test_a_pair_is_not_cut(checker: FactChecker) -> None:
    (claim,) = checker.extract_claims("The road was built between 1990 and 1995.")
    assert claim.check_worthy


def test_claims_say_what_can_be_compared_in_them(checker: FactChecker) -> None:
    (claim,) = checker.extract_claims("India did not have 1.2 billion people in 2011.")
    assert [mention.entities[0] for mention in claim.mentions] == ["India"]
    assert [quantity.value for quantity in claim.quantities] == [1.2e9]
    assert [span.first.year for span in claim.dates] == [2011]
    assert claim.negated


def test_other_languages_are_unchecked_and_not_publishable(checker: FactChecker) -> None:
    report = checker.check_content(
        "La capitale de la France est Marseille depuis toujours. The capital of France is Paris."
    )
    assert report.verdict == "unchecked_language"
    assert not report.publishable
    assert [claim.language for claim in report.unchecked] == ["fr"]
    assert [verdict.outcome for verdict in report.claims] == ["supported"]


def test_control_and_direction_characters_do_not_hide_a_claim(checker: FactChecker) -> None:
    text = "The capital\u202e of\x00 France is\u200b Berlin."
    report = checker.check_content(text)
    assert report.verdict == "refuted"
    assert report.text == text


@pytest.mark.fuzz("texts")
@settings(max_examples=examples(60), deadline=None)
@example("0? A")
@example("Where is Oslo? In Norway.")
@given(st.text(max_size=200))
def test_offsets_of_claims_lie_in_the_text_and_in_order(text: str) -> None:
    end = 0
    for claim in extract(text, NO_NAMES):
        assert 0 <= claim.start <= claim.end <= len(text)
        if claim.reason == IN_PASSING.reason:
            # A question and its answer make a third claim, over both of them.
            assert claim.start <= end
        else:
            assert claim.start >= end
        end = max(end, claim.end)
