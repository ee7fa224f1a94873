"""Claims in names, asides, questions and other languages are checked; what asserts nothing stays publishable."""

from __future__ import annotations

import time

import pytest

from benchmarks.fact_check.hidden_claims import SETS, is_publishable, texts
from videogen.domain.requests import Caption, VideoRequest
from videogen.fact_check import FactChecker
from videogen.fact_check.reading.claims import extract
from videogen.fact_check.reading.names import NameIndex
from videogen.fact_check.viewer_check import check_viewer_text, place_of
from videogen.storage.inputs.source_files import SourceText


@pytest.mark.parametrize(
    "text",
    [
        "Welcome to Berlin, capital of France",
        "Berlin (the capital of France) at dawn",
        "France's capital Berlin",
        "Egypt and its capital, Nairobi",
        "Isn't Berlin the capital of France?",
        "Did you know that Berlin is the capital of France?",
        "Capital of France? Berlin!",
        "What is the capital of France? It's Berlin.",
        "I think Berlin is the capital of France",
        "Visit Berlin, the capital of France",
        "BERLIN, CAPITAL OF FRANCE",
        "berlin, capital of france",
        "मुंबई, भारत की राजधानी",
        "मुंबई भारत की राजधानी क्यों है?",
    ],
)
def test_a_false_name_or_question_is_refuted(checker: FactChecker, text: str) -> None:
    assert checker.check_content(text).verdict == "refuted"


@pytest.mark.parametrize("text", ["Welcome to Paris, capital of France", "Isn't Paris the capital of France?"])
def test_a_true_aside_is_supported(checker: FactChecker, text: str) -> None:
    assert checker.check_content(text).verdict == "supported"


@pytest.mark.parametrize(
    "text",
    [
        "Vaccines: the cause of autism",
        "Why does the MMR vaccine cause autism?",
        "Why is the ministry hiding the deaths?",
        "How many children did the vaccine kill?",
        "The ferry sank, didn't it?",
        "Stop the vaccine because it causes autism",
        "The truth about the stolen election",
        "Minister Aldis Brekke, accused of fraud",
        "Explosion at the power plant in Sorvik",
        "Seven dead after the storm",
        "No vaccine, no autism",
        "Vaccine = autism",
        "Don't let them tell you vaccines are safe",
        "Thank the vaccine for your child's autism",
        "Thief Minister Brekke",
        "Minister Brekke (1960–2026)",
        "Vaccines: not safe",
    ],
)
def test_an_unproven_aside_is_not_enough_evidence(checker: FactChecker, text: str) -> None:
    assert checker.check_content(text).verdict == "not_enough_evidence"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("France ki rajdhani Berlin hai", "hi-Latn"),
        ("FRANCE KI RAJDHANI BERLIN HAI", "hi-Latn"),
        ("Nairobi è la capitale d'Egitto", "it"),
        ("Warschau liegt in Russland", "de"),
        ("Mumbai Bharat ki rajdhani", "hi-Latn"),
        ("Impfung tötet", "mis"),
    ],
)
def test_a_few_words_of_another_language_are_unread(checker: FactChecker, text: str, language: str) -> None:
    report = checker.check_content(text)
    assert report.verdict == "unchecked_language"
    assert not report.publishable
    assert report.unchecked[0].language == language


@pytest.mark.parametrize(
    "text",
    [
        "What can you do when it floods?",
        "How is bread made?",
        "How do I register to vote?",
        "Question of the day: what do you read?",
        "Vaccination drive in Sorvik",
        "Earthquake drill at the school",
        "See how glass is blown",
        "fire in an apartment building downtown",
        "boats moored in the harbour",
        "a portrait of a potter, the window behind her",
        "Hackathon on stolen phones",
        "Line 4: Sorvik → Elvheim",
        "Season tickets (2024–2025)",
        "La Paz at night",
        "Rio De Janeiro And La Paz",
        "Jai Hind",
        "भारत की राजधानी क्या है?",
        "मेला: बच्चे और किताबें",
    ],
)
def test_what_asserts_nothing_stays_publishable(checker: FactChecker, text: str) -> None:
    assert checker.check_content(text).verdict == "nothing_to_check"


def test_a_headline_does_not_become_a_picture_by_its_participle(checker: FactChecker) -> None:
    assert checker.check_content("Nuclear power plant built in record time").verdict == "not_enough_evidence"


def test_an_aside_over_two_captions_is_found(checker: FactChecker) -> None:
    cues = [Caption(start=n, end=n + 1, text=text) for n, text in enumerate(("Welcome to Berlin", "Capital of France"))]
    request = VideoRequest(prompt="a city at night", captions=cues)
    report = check_viewer_text(checker, request.viewer_text)
    assert report.verdict == "refuted"
    assert place_of(request.viewer_text, report.claims[0].claim) == "caption 1, caption 2"


def test_the_issuers_text_attests_an_aside(checker: FactChecker) -> None:
    source = SourceText(name="release.txt", sha256="0" * 64, text="Sorvik is the seat of the new harbour office.")
    title = "Greetings from Sorvik, the seat of the new harbour office"
    assert checker.check_content(title).verdict == "not_enough_evidence"
    assert checker.check_content(title, [source]).verdict == "attested"


def test_the_offsets_of_an_aside_lead_to_its_sentence() -> None:
    text = "It rains. Capital of France? Berlin! Stay inside."
    found = [claim for claim in extract(text, NameIndex([])) if claim.check_worthy and "Berlin" in claim.text]
    assert [text[claim.start : claim.end] for claim in found] == ["Capital of France? Berlin!"]
    assert found[0].source_text == "Capital of France? Berlin!"


@pytest.mark.parametrize("name", SETS)
def test_nearly_all_hidden_claims_are_held_back_and_nearly_no_ordinary_text(checker: FactChecker, name: str) -> None:
    listed = texts(name)
    assert sum(not is_publishable(checker, text) for text in listed["hidden"]) >= 0.95 * len(listed["hidden"])
    assert sum(not is_publishable(checker, text) for text in listed["ordinary"]) <= 0.06 * len(listed["ordinary"])


@pytest.mark.parametrize("word", ["A ", "Berlin ", "France's ", "A.", "Why is the ", "A capital ", "that "])
def test_a_hostile_sentence_takes_no_time(word: str) -> None:
    started = time.process_time()
    extract(word * (20_000 // len(word)), NameIndex([]))
    assert time.process_time() - started < 20
