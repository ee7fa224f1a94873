"""Frame screens of the operator's own: named by module or plug-in, in the report, and before the gate."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from videogen.config.config import VideoGenConfig
from videogen.errors import ConfigError
from videogen.media.encoding import Encoding, write_mp4
from videogen.quality.assessor import QualityAssessor
from videogen.quality.screening.screen import ScreenVerdict, screened
from videogen.release.gate import frames_gate, quality_gate

HERE = "tests.videogen.quality.screening.test_screen"


class GreenFlags:
    """Refuses frames that are mostly green; nobody may override it."""

    def screen(self, frames: Iterator[np.ndarray], fps: float) -> ScreenVerdict:
        for number, frame in enumerate(frames):
            if (frame[..., 1] > frame[..., 0].astype(int) + 60).mean() > 0.5:
                return ScreenVerdict(allowed=False, reason="a green flag", frame=number, absolute=True)
        return ScreenVerdict(allowed=True, reason=f"no flag at {fps:g} frames a second")


class Broken:
    def screen(self, frames: Iterator[np.ndarray], fps: float) -> ScreenVerdict:
        raise ZeroDivisionError("weights missing")


class NoScreen:
    pass


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Grey, then green from frame 20 on; two seconds."""
    path = tmp_path_factory.mktemp("screened") / "flag.mp4"
    frames = (np.full((80, 96, 3), (120, 120, 120) if n < 20 else (20, 190, 30), np.uint8) for n in range(32))
    write_mp4(path, frames, Encoding((96, 80), Fraction(16)))
    return path


def test_a_class_of_ones_own_says_what_it_found_in_the_report_and_closes_the_gate(video: Path) -> None:
    config = VideoGenConfig(frame_screens=("photosensitivity", f"{HERE}:GreenFlags"))
    report = QualityAssessor(config, encoder=None).assess_video(video, "a field")
    found = {check.name: check for check in report.checks}
    assert found["screen_photosensitivity"].passed
    assert (found["policy_greenflags"].passed, found["policy_greenflags"].frame) == (False, 20)
    assert "Frame screening, greenflags: a green flag" in report.reasons
    assert report.suggest_improvements()[-1].why.startswith("what the frames show is refused")
    gate = frames_gate(report)
    assert (gate.name, gate.state) == ("policy", "failed")
    assert "a green flag" in gate.found
    assert quality_gate(report).state == "failed"


def test_a_screen_that_fails_refuses_and_one_that_allows_leaves_the_policy_alone(video: Path) -> None:
    broken = screened(video, 16.0, [f"{HERE}:Broken"])[0]
    assert (broken.name, broken.passed) == ("screen_broken", False)
    assert "ZeroDivisionError: weights missing" in broken.found
    report = QualityAssessor(VideoGenConfig(), encoder=None).assess_video(video, "a field")
    assert frames_gate(report) is None
    assert frames_gate(None) is None


@pytest.mark.parametrize("name", [f"{HERE}:Nobody", "no.such.module:Screen", "unheard_of", f"{HERE}:NoScreen"])
def test_a_screen_that_cannot_be_made_is_named(video: Path, name: str) -> None:
    with pytest.raises(ConfigError, match=name.rpartition(":")[2]):
        screened(video, 16.0, [name])
