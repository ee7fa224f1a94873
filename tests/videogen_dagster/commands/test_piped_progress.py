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
    assert lines[0] == "upscaled_frames: 2/12, 3 s", "one unit, with the loading before it, tells nothing of the pace"
    assert lines[1] == "upscaled_frames: 6/12, 15 s, about 18 s left"
    assert lines[-1] == "upscaled_frames: 12/12, 33 s"
    assert len(lines) == 4


def test_what_is_done_at_once_is_one_line(capfd: pytest.CaptureFixture[str]) -> None:
    with output.progress_bars():
        for done in range(1, 100):
            progress.report("rendered_video", done, 99)
        progress.report("rendered_video", 99, 99)
    assert capfd.readouterr().err.splitlines() == ["rendered_video: 99/99, 0 s"]
