"""Progress where stderr is a pipe: lines with an estimate, few of them."""

from __future__ import annotations

import pytest

from videogen.runtime import progress
from videogen_dagster import output


def test_lines_say_how_far_it_is_and_how_long_it_takes(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter(range(0, 1000, 3))
    monkeypatch.setattr(output.time, "monotonic", lambda: float(next(clock)))
    with output.progress_bars():
        for done in range(1, 13):
            progress.report("upscaled_frames", done, 12)
    lines = capfd.readouterr().err.splitlines()
    assert lines[0] == "upscaled_frames: 2 of 12, 3 s, about 30 s left"
    assert lines[1] == "upscaled_frames: 6 of 12, 15 s, about 18 s left"
    assert len(lines) == 3


def test_what_is_done_at_once_is_not_talked_about(capfd: pytest.CaptureFixture[str]) -> None:
    with output.progress_bars():
        for done in range(1, 100):
            progress.report("rendered_video", done, 100)
    assert capfd.readouterr().err == ""
