"""AlertVideo: the finished video of an alert and everything that is to be known about it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from videogen.cards.legibility import LegibilityReport
from videogen.domain.frozen_model import FrozenModel
from videogen.emergency.rendering.scenes import Style


class AlertVideoFacts(FrozenModel):
    """What a video of an alert is; goes into metadata and tables as it is.

    spoken: languages that a voice reads; silent: language → why not. seconds: time that each part took.
    payload: of the imperceptible watermark. loudness: LUFS, true_peak: dBTP, None without sound.
    notes: what the operator should know.
    """

    template: str
    template_version: int
    style: Style
    background: str | None
    label: str | None
    watermark: str | None
    payload: str | None = None
    languages: tuple[str, ...]
    spoken: tuple[str, ...]
    silent: dict[str, str]
    width: int
    height: int
    fps: float
    num_frames: int
    duration: float
    pages: int
    loudness: float | None
    true_peak: float | None
    seconds: dict[str, float]
    legibility: LegibilityReport
    notes: tuple[str, ...] = ()
    sha256: str
    bytes: int


@dataclass(frozen=True)
class AlertVideo:
    """path: the mp4. captions: language tag → WebVTT file beside it."""

    path: Path
    captions: dict[str, Path]
    facts: AlertVideoFacts
