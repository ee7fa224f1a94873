from __future__ import annotations

import re
import time
from html.parser import HTMLParser

import pytest

from videogen.fact_check import FactChecker, FactCheckReport
from videogen.fact_check.html import to_html, to_markdown
from videogen.fact_check.reading.claim import Claim

TEXT = "India at dusk. The capital of India is Mumbai. France uses the euro. <script>alert(1)</script> The capital of Elbonia is Mudville."


class _Marks(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.marked: list[str] = []
        self.tags: list[str] = []
        self.text = ""
        self._open = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self._open = self._open or tag == "mark"
        if tag == "mark":
            self.marked.append("")

    def handle_endtag(self, tag: str) -> None:
        self._open = self._open and tag != "mark"

    def handle_data(self, data: str) -> None:
        self.text += data
        if self._open:
            self.marked[-1] += data


def test_the_report_counts_outcomes_and_takes_the_gravest(checker: FactChecker) -> None:
    report = checker.check_content(TEXT)
    assert report.verdict == "refuted"
    assert report.counts["refuted"] == report.counts["supported"] == 1
    assert report.skipped[0].source_text == "India at dusk."
    for verdict in report.claims:
        claim = verdict.claim
        assert report.text[claim.start : claim.end] == claim.source_text
        assert verdict.backend == "embedded"


def test_the_report_survives_json(checker: FactChecker) -> None:
    report = checker.check_content(TEXT)
    assert FactCheckReport.model_validate_json(report.model_dump_json()) == report


def test_the_page_marks_every_claim_where_it_stands_and_quotes_its_sources(checker: FactChecker) -> None:
    report = checker.check_content(TEXT)
    page = to_html(report)
    marks = _Marks()
    marks.feed(page)
    assert marks.marked == [verdict.claim.source_text for verdict in report.claims]
    assert "script" not in marks.tags
    assert "GeoNames" in marks.text
    assert "must not be published" in marks.text
    assert "capital of India: New Delhi" in marks.text


def test_markup_in_the_text_stays_text_in_markdown(checker: FactChecker) -> None:
    text = to_markdown(checker.check_content("[x](http://evil) **bold** |\nThe capital of India is Mumbai.\n<b>"))
    assert "[x](" not in text.replace("\\[x\\](", "")
    assert "<b>" not in text
    assert re.search(r"\| 1 \| .* \| ✗ refuted \|", text)


def test_nothing_checkable_gives_a_publishable_report(checker: FactChecker) -> None:
    for text in ("", "   \n", "\x00\x01", "…", "a wind farm at sunset"):
        report = checker.check_content(text)
        assert (report.verdict, report.publishable, report.confidence) == ("nothing_to_check", True, 1.0)
        assert "nothing to check" in to_html(report)
        assert to_markdown(report)


def test_a_megabyte_of_text_is_checked(checker: FactChecker) -> None:
    text = ("a wind farm at sunset over the hills and the quiet river " * 17_500) + ".\nThe capital of India is Mumbai."
    assert len(text) > 990_000
    assert checker.check_content(text).verdict == "refuted"


@pytest.mark.parametrize("piece", ["a and b ", "1,234 ", "in 2020 ", "India, which ", "भारत और ", "(( ", "2% of "])
def test_endless_lists_take_no_more_than_their_share_of_time(checker: FactChecker, piece: str) -> None:
    started = time.process_time()
    checker.check_content(piece * (40_000 // len(piece)))
    assert time.process_time() - started < 5.0


def test_one_endless_word_or_sentence_is_no_trouble(checker: FactChecker) -> None:
    assert checker.check_content("x" * 300_000).publishable
    assert checker.check_content("1" * 20_000).publishable
    assert checker.check_content("(" * 50_000).publishable


@pytest.mark.parametrize("negated", [True, False])
def test_a_claim_that_version_0_1_stored_is_read(negated: bool) -> None:
    stored = {
        "text": "The tram is not red.",
        "start": 0,
        "end": 20,
        "source_text": "The tram is not red.",
        "language": "en",
        "check_worthy": True,
        "reason": "makes a general assertion",
        "negated": negated,
    }
    assert Claim.model_validate(stored).negated is negated
