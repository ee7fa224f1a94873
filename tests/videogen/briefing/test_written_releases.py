"""The rules over all written releases: nothing invented, nothing cut, what matters told."""

from __future__ import annotations

import pytest

from benchmarks.briefing.selection import Chosen, cut_figures, dangling, every, not_verbatim, wrong_charts


@pytest.fixture(scope="module")
def releases() -> list[Chosen]:
    return list(every())


def test_there_are_enough_of_them(releases):
    assert len(releases) >= 50
    assert sum(one.document.language == "hi" for one in releases) >= 10
    assert sum(one.name.startswith("x-") for one in releases) >= 10


@pytest.mark.parametrize("fault", [not_verbatim, cut_figures, wrong_charts, dangling])
def test_no_storyboard_has_a_fault(releases, fault):
    assert [problem for one in releases for problem in fault(one)] == []


def test_most_key_figures_are_told(releases):
    marked = sum(len(one.key) for one in releases)
    missed = [(one.name, figure) for one in releases for figure in one.missed]
    assert len(missed) <= 0.1 * marked, missed


def test_nothing_lasts_longer_than_it_was_asked_to(releases):
    assert max(one.seconds for one in releases) <= 66


def test_what_a_hostile_release_hides_or_orders_is_not_told(releases):
    by_name = {one.name: one for one in releases}
    assert "9,999" not in by_name["en-34-library.html"].spoken
    told = by_name["x-03-phones.txt"]
    shown = [figure.text["en"] for shot in told.storyboard.shots for figure in shot.figures]
    assert not any(number in text for text in shown for number in ("9876543210", "110001", "204", "120", "10:45"))
    assert "\u202e" not in by_name["x-02-bidi.txt"].document.text
