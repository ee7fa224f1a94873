from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from tests.videogen.quality.reporting.test_report import metric
from tests.videogen.quality.scenes import moving_scene, write
from videogen.config.config import VideoGenConfig
from videogen.quality.assessor import QualityAssessor
from videogen.quality.reporting.chart import HEIGHT, WIDTH, chart
from videogen.quality.reporting.html import render_page
from videogen.quality.reporting.report import QualityReport


class Page(HTMLParser):
    """Tags that open and close, in order, and the text between them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "img", "br"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words += data


@pytest.fixture(scope="module")
def assessed(tmp_path_factory: pytest.TempPathFactory) -> tuple[QualityReport, Path]:
    clip = moving_scene(24, (256, 160))
    clip[10:20] = 0
    path = write(tmp_path_factory.mktemp("page") / "clip<b>.mp4", clip)
    prompt = '<script>alert("x")</script> & "more"'
    return QualityAssessor(VideoGenConfig(), None).assess_video(path, prompt), path


def test_the_page_is_well_formed_and_needs_nothing_from_outside(assessed: tuple[QualityReport, Path]) -> None:
    text = render_page(*assessed)
    page = Page(text)
    assert page.open == []
    assert not re.search(r"(?:src|href)=.(?!data:)", text)


def test_whatever_people_wrote_is_escaped(assessed: tuple[QualityReport, Path]) -> None:
    page = Page(render_page(*assessed))
    assert '<script>alert("x")</script> & "more"' in page.words
    assert "clip<b>.mp4" in page.words
    assert not {"script", "b"} & {tag for tag, _ in page.tags}


def test_every_metric_check_reason_and_suggestion_is_shown(assessed: tuple[QualityReport, Path]) -> None:
    report = assessed[0]
    words = " ".join(Page(render_page(*assessed)).words.split())
    shown = [result.title for result in report.metrics] + [check.title for check in report.checks]
    shown += [*report.reasons, *report.not_measured, *(s.problem for s in report.suggestions)]
    shown += [f"{key} = {value}" for s in report.suggestions for key, value in s.changes.items()]
    assert [text for text in shown if " ".join(text.split()) not in words] == []


def test_the_worst_frames_are_pictures_only_if_the_video_is_given(assessed: tuple[QualityReport, Path]) -> None:
    with_pictures = [tag for tag, _ in Page(render_page(*assessed)).tags if tag == "img"]
    assert len(with_pictures) == len(assessed[0].worst_frames) > 0
    assert not [tag for tag, _ in Page(render_page(assessed[0])).tags if tag == "img"]


def test_every_measured_series_is_drawn(assessed: tuple[QualityReport, Path]) -> None:
    drawn = [tag for tag, _ in Page(render_page(assessed[0])).tags if tag == "svg"]
    assert len(drawn) == sum(any(v is not None for v in result.series) for result in assessed[0].metrics)


def test_a_chart_stays_inside_of_its_frame_and_puts_the_limit_in_place() -> None:
    values = tuple(np.linspace(0.1, 0.9, 20).tolist())
    drawn = chart(metric("sharpness", 0.5, True, series=values), 0.1)
    assert drawn is not None
    points = np.array([[float(part) for part in point.split(",")] for point in drawn.lines[0].split()])
    assert (points >= 0).all()
    assert (points <= [WIDTH, HEIGHT]).all()
    assert (np.diff(points[:, 1]) < 0).all()
    assert drawn.limit_y == pytest.approx(HEIGHT / 2, abs=0.1)
    assert drawn.failing == (drawn.limit_y, HEIGHT - (drawn.limit_y or 0))
    assert drawn.seconds == pytest.approx(2.0)


def test_gaps_break_the_line_and_single_values_are_dots() -> None:
    drawn = chart(metric("sharpness", 0.5, True, series=(0.1, 0.2, None, 0.3, None, 0.4, 0.5)), 0.1)
    assert drawn is not None
    assert [len(line.split()) for line in drawn.lines] == [2, 2]
    assert len(drawn.dots) == 1


def test_nothing_measured_draws_nothing() -> None:
    assert chart(metric("sharpness", None, None, series=(None, None)), 0.1) is None
