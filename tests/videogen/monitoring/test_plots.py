"""Plots of the monitor's page and of incident reports, read as the SVG that they are."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree

from videogen.monitoring.metrics.durations import shown
from videogen.monitoring.metrics.history import History
from videogen.monitoring.metrics.query import Query
from videogen.monitoring.panels.drawing import query_svg
from videogen.monitoring.panels.plots import plot

BEGIN, END = 1_700_000_000.0, 1_700_003_600.0
CRASHES = Query(
    metric="videogen_runs_ended_total", where={"outcome": "crashed"}, value="increase", window="10m", by=("job_name",)
)


def words(svg: str) -> list[str]:
    return [text.text or "" for text in ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")]


def test_lines_that_are_zero_throughout_share_one_line_of_the_legend() -> None:
    flat = [(name, [(BEGIN, 0.0), (END, 0.0)]) for name in ("publish_video", "submit_alert", "plan_briefing")]
    crashed = ("generate_video", [(BEGIN, 0.0), (END, 2.0)])
    drawn = words(plot("Crashes", [*flat, crashed], unit="number", start=BEGIN, end=END))
    assert "generate_video: 2" in drawn
    assert "3 others: 0" in drawn
    assert not any("submit_alert" in text for text in drawn)
    assert "each of 3: 0" in words(plot("Crashes", flat, unit="number", start=BEGIN, end=END))
    assert "publish_video: 0" in words(plot("Crashes", flat[:1], unit="number", start=BEGIN, end=END))


def test_an_incidents_plot_shows_its_own_series_up_to_the_value_that_fired() -> None:
    drawn = words(
        query_svg(
            "RunCrashed",
            CRASHES,
            History(),
            BEGIN,
            END,
            limit=0.0,
            only={"job_name": "generate_video"},
            known=[(END, 1.0)],
        )
    )
    assert "generate_video: 1" in drawn
    assert "limit 0" in drawn


def test_an_age_just_below_zero_does_not_stretch_the_axis_below_zero() -> None:
    drawn = words(plot("Age", [("sensor", [(BEGIN, -0.2), (END, 120.0)])], unit="duration", start=BEGIN, end=END))
    assert not any(text.startswith("-") for text in drawn)
    below = words(plot("Change", [("a", [(BEGIN, -50.0), (END, 120.0)])], unit="number", start=BEGIN, end=END))
    assert any(text.startswith("-") for text in below)


def test_large_values_are_written_out() -> None:
    assert shown(31.07, "ratio") == "3,107 %"
    assert shown(0.266, "ratio") == "26.6 %"
    assert shown(123456.0, "number") == "123,456"
