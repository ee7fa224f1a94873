"""The fact check of captions that cut sentences, against facts whose truth is independent of the code."""

from __future__ import annotations

import pytest

from videogen.domain.requests import Caption, VideoRequest
from videogen.fact_check import FactChecker
from videogen.fact_check.report import FactCheckReport
from videogen.fact_check.viewer_check import check_viewer_text, place_of


def made(*captions: str, **fields: object) -> VideoRequest:
    cues = [Caption(start=n, end=n + 1, text=text) for n, text in enumerate(captions)]
    return VideoRequest.model_validate({"prompt": "a city at night", "captions": cues, **fields})


def check(checker: FactChecker, *captions: str) -> FactCheckReport:
    return check_viewer_text(checker, made(*captions).viewer_text)


@pytest.mark.parametrize(
    "cues",
    [
        ("The capital of France", "is Berlin."),
        ("The capital of France", "Is Berlin."),
        ("The capital of France.", "is Berlin."),
        ("The capital of France\nis Berlin.",),
        ("Snow", "The capital", "Of France", "Is Berlin", "Rain"),
        ("Paris is a city", "In Germany"),
        ("भारत की राजधानी", "मुंबई है।"),
    ],
)
def test_a_false_sentence_cut_over_captions_is_refuted(checker: FactChecker, cues: tuple[str, ...]) -> None:
    report = check(checker, *cues)
    assert report.verdict == "refuted"
    assert not report.publishable


@pytest.mark.parametrize(
    "cues",
    [
        ("The capital of France", "is Paris."),
        ("The capital of France", "Is Paris."),
        ("The capital of", "India is", "New Delhi."),
    ],
)
def test_a_true_sentence_cut_over_captions_is_supported(checker: FactChecker, cues: tuple[str, ...]) -> None:
    assert check(checker, *cues).verdict == "supported"


def test_a_headline_above_a_true_sentence_does_not_make_it_unproven(checker: FactChecker) -> None:
    assert check(checker, "India and its capital", "New Delhi is the capital of India.").verdict == "supported"


@pytest.mark.parametrize(
    "cues", [("Rain over the city", "Stay inside"), ("New line in the city", "Trains run every day")]
)
def test_captions_that_show_a_scene_assert_nothing_when_they_are_joined(
    checker: FactChecker, cues: tuple[str, ...]
) -> None:
    assert check(checker, *cues).verdict == "nothing_to_check"


def test_a_claim_leads_back_to_its_captions(checker: FactChecker) -> None:
    request = made("It rains.", "The capital of France", "is Berlin.")
    report = check_viewer_text(checker, request.viewer_text)
    wrong = next(verdict.claim for verdict in report.claims if verdict.outcome == "refuted")
    assert report.text[wrong.start : wrong.end] == "The capital of France is Berlin."
    assert place_of(request.viewer_text, wrong) == "caption 2, caption 3"


def test_a_joined_reading_stands_once_in_the_report(checker: FactChecker) -> None:
    report = check(checker, "Snow", "The capital of France", "Is Berlin", "Rain")
    assert sum(verdict.outcome == "refuted" for verdict in report.claims) == 1
