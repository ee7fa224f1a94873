"""Checks that the burnt-in label is present and legible, on sampled frames."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from videogen.quality.metrics.flashes import linear_rgb
from videogen.quality.metrics.streams import STILLS_PER_SECOND
from videogen.quality.metrics.window import FrameWindow, Pixels

if TYPE_CHECKING:
    from videogen.media.label import Label

# Coding at crf 40 still leaves 0.9; pictures without the label stay below 0.4.
PRESENT = 0.7
# WCAG 2.2, success criterion 1.4.3.
LEGIBLE = 4.5


@dataclass(frozen=True)
class LabelReading:
    """How the label was read.

    likeness: lowest correlation with the label's drawing, −1 … 1; contrast: lowest contrast ratio of letters and
    ground, 1 … 21; at: the frame of the lowest likeness.
    """

    likeness: float
    contrast: float
    at: int

    @property
    def present(self) -> bool:
        return self.likeness >= PRESENT

    @property
    def legible(self) -> bool:
        return self.present and self.contrast >= LEGIBLE


def read_label(frame: Pixels, label: Label) -> tuple[float, float]:
    """Correlation of the label's box with the label's drawing, and contrast ratio of its letters to their ground.

    frame: uint8, H×W×3, of the size that the label was fitted to. The ratio is WCAG's (L₁ + 0.05)/(L₂ + 0.05) of
    the median relative luminances.
    """
    left, top, right, bottom = label.box
    luminance = linear_rgb(frame[top:bottom, left:right]) @ np.array([0.2126, 0.7152, 0.0722], np.float32)
    # Correlated as it looks, not as light adds up: dark differences under the plate would vanish otherwise.
    shown, drawn = np.sqrt(luminance).ravel(), label.ink.ravel()
    shown, drawn = shown - shown.mean(), drawn - drawn.mean()
    lengths = float(np.linalg.norm(shown) * np.linalg.norm(drawn))
    likeness = float(shown @ drawn) / lengths if lengths > 1e-6 else 0.0
    letters, ground = luminance[label.ink > 0.8], luminance[label.ink < 0.05]
    if not len(letters) or not len(ground):
        return likeness, 1.0
    lighter, darker = sorted((float(np.median(letters)), float(np.median(ground))), reverse=True)
    return likeness, (lighter + 0.05) / (darker + 0.05)


class LabelWatch:
    """Reads the label in about eight frames a second, and always in the first."""

    def __init__(self, label: Label) -> None:
        self._label = label
        self._readings: list[tuple[float, float, int]] = []

    def update(self, window: FrameWindow) -> None:
        """Read the label in the frames of the next window."""
        stride = max(1, round(window.fps / STILLS_PER_SECOND))
        for index in range(-window.start % stride, len(window), stride):
            self._readings.append((*read_label(window.frames[index], self._label), window.start + index))

    def result(self) -> LabelReading:
        """The worst reading of all."""
        likeness, _, at = min(self._readings)
        return LabelReading(likeness, min(contrast for _, contrast, _ in self._readings), at)
