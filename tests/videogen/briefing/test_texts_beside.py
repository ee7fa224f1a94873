"""What lies beside a video: TTML, chapters, captions of other languages, the news item."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from fractions import Fraction

from lxml import etree

from tests.videogen.briefing.releases import PORTS, read, storyboard_of
from tests.videogen.briefing.test_families import family
from videogen.briefing.assembly.news_item import as_ninjs
from videogen.briefing.assembly.texts import as_ttml, chapters_of, chapters_text, transcript_html
from videogen.briefing.narration.silence import SilentVoice
from videogen.briefing.narration.speaking import narrated
from videogen.briefing.timing.captions import FORMS, captions_of, captions_on
from videogen.briefing.timing.timeline import scheduled


def timeline_of(storyboard, language: str = "en"):
    return scheduled(storyboard.shots_in(language), narrated(storyboard, language, SilentVoice()), Fraction(25))


def test_ttml_has_every_cue_in_order_with_its_lines():
    timeline = timeline_of(storyboard_of(read(PORTS)))
    cues = captions_of(timeline, FORMS["wide"])
    root = etree.fromstring(as_ttml(cues, "en").encode("utf-8"))
    space = {"t": "http://www.w3.org/ns/ttml"}
    paragraphs = root.findall(".//t:p", space)
    assert ["\n".join(p.itertext()) for p in paragraphs] == [cue.text for cue in cues]
    assert [p.get("begin") for p in paragraphs] == sorted(p.get("begin") for p in paragraphs)
    assert root.get("{http://www.w3.org/XML/1998/namespace}lang") == "en"


def test_chapters_begin_at_zero_and_last_ten_seconds_or_more():
    timeline = timeline_of(storyboard_of(read(PORTS), 90))
    chapters = chapters_of(timeline)
    assert len(chapters) >= 3
    assert chapters[0].start == 0
    assert all(chapter.end - chapter.start >= 10 for chapter in chapters)
    assert chapters_text(chapters).startswith("0:00 ")


def test_captions_of_another_language_stand_in_the_shots_that_they_belong_to():
    storyboard = family()[2]
    mine, other = timeline_of(storyboard), timeline_of(storyboard, "hi")
    cues = captions_on(mine, other, FORMS["wide"])
    assert cues
    assert max(cue.end for cue in cues) <= mine.seconds + 1e-6
    for timed in mine.shots:
        start, end = float(timed.start / mine.fps), float((timed.start + timed.count) / mine.fps)
        for cue in cues:
            if start <= cue.start < end and timed.shot.kind != "end":
                said = " ".join(sentence.text.get("hi", "") for sentence in timed.shot.narration)
                assert " ".join(cue.text.split()) in " ".join(said.split())


def test_the_news_item_says_what_is_said_and_where_its_numbers_come_from():
    storyboard = family()[2]
    item = json.loads(as_ninjs("b-1", 2, storyboard, "hi", [], datetime(2026, 5, 3, tzinfo=UTC)))
    assert item["language"] == "hi"
    assert item["version"] == "2"
    assert "₹340 करोड़" in item["bodies"][0]["value"]
    assert item["digitalsourcetype"]["name"].endswith("/algorithmicMedia")


def test_the_page_of_a_transcript_runs_nothing():
    text = PORTS.replace("Ms. Ilara Devan", "Ms. <script>alert(1)</script> Devan")
    storyboard = storyboard_of(read(text), 120)
    page = transcript_html(storyboard, timeline_of(storyboard))
    assert "<script" not in page
