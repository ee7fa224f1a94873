"""What past renderings took, and the estimates learned from it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from videogen.emergency.history import CAUTION, KEPT, RenderHistory, Rendering, estimate, quantile
from videogen.emergency.ladder import LADDER, Rung

START = datetime(2026, 1, 1, tzinfo=UTC)
HD = {"width": 1280, "height": 720, "frames": 480}


def rendering(
    seconds: float, *, number: int = 0, rung: Rung = Rung.TEMPLATE_BACKGROUND, template: str = "flood"
) -> Rendering:
    return Rendering(
        made_at=START + timedelta(seconds=number), template=template, version="1", rung=rung, seconds=seconds, **HD
    )


def test_what_is_recorded_comes_back_in_order(tmp_path: Path) -> None:
    history = RenderHistory(str(tmp_path))
    made = [rendering(float(number), number=number) for number in range(5)]
    for one in reversed(made):
        history.record(one)
    assert history.latest() == made
    assert history.latest(2) == made[-2:]


def test_only_the_latest_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("videogen.emergency.history.KEPT", 3)
    history = RenderHistory(str(tmp_path))
    for number in range(6):
        history.record(rendering(1.0, number=number))
    assert [one.made_at.second for one in history.latest()] == [3, 4, 5]
    assert KEPT > 50


def test_a_record_of_another_version_does_not_stop_an_alert(tmp_path: Path) -> None:
    history = RenderHistory(str(tmp_path))
    history.record(rendering(1.0))
    (tmp_path / "emergency" / "history" / "20260102-000000-000000-abcdef.json").write_text('{"old": 1}')
    assert len(history.latest()) == 1


def test_without_a_past_the_estimates_are_careful_and_fall_down_the_ladder() -> None:
    found = [estimate([], rung, **HD) for rung in LADDER]
    assert found == sorted(found, reverse=True)
    assert 1.0 < found[-1] < 10.0


def test_an_estimate_is_the_cautious_quantile_of_the_past() -> None:
    past = [rendering(float(number)) for number in range(1, 11)]
    assert estimate(past, Rung.TEMPLATE_BACKGROUND, **HD) == pytest.approx(9.0)


def test_it_scales_with_pixels_and_frames() -> None:
    past = [rendering(4.0)]
    assert estimate(past, Rung.TEMPLATE_BACKGROUND, width=640, height=360, frames=960) == pytest.approx(2.0)


def test_a_template_with_a_past_of_its_own_is_judged_by_it() -> None:
    past = [rendering(2.0) for _ in range(5)] + [rendering(9.0, template="storm") for _ in range(20)]
    assert estimate(past, Rung.TEMPLATE_BACKGROUND, template="flood", **HD) == pytest.approx(2.0)
    assert estimate(past, Rung.TEMPLATE_BACKGROUND, template="fire", **HD) == pytest.approx(9.0)


def test_other_rungs_say_nothing_about_this_one() -> None:
    past = [rendering(50.0, rung=Rung.MODEL_BACKGROUND)]
    assert estimate(past, Rung.TEXT_CARD, **HD) == estimate([], Rung.TEXT_CARD, **HD)


@given(st.lists(st.floats(0.0, 1e6), min_size=1, max_size=50), st.floats(0.01, 1.0))
def test_the_quantile_covers_its_share(values: list[float], share: float) -> None:
    found = quantile(values, share)
    assert found in values
    assert sum(value <= found for value in values) >= share * len(values) - 1e-9
    assert sum(value < found for value in values) < share * len(values) + 1e-9


def test_the_caution_is_less_than_certainty() -> None:
    assert 0.5 < CAUTION < 1.0
