"""DetailEnhancer: sharper edges without halos and without louder noise."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from videogen.config.groups.all import QualitySettings, SuperResolutionSettings
from videogen.config.parts import part
from videogen.errors import ConfigError
from videogen.media.frame_input import FrameLike, as_frame

if TYPE_CHECKING:
    from collections.abc import Mapping

    from videogen.config.config import VideoGenConfig

Frame = NDArray[np.uint8]

# How strongly each content type is sharpened, relative to the strength asked for: drawings and lettering
# have clean edges that gain most; camera footage has grain and texture that soon look processed.
CONTENT: Mapping[str, float] = {
    "illustration": 1.0,
    "briefing": 1.0,
    "alert": 1.0,
    "text": 1.2,
    "footage": 0.5,
}
_OTHER_CONTENT = 0.7

# At strength 1 the difference from the blurred picture is added this many times.
_LARGEST_GAIN = 3.0
# Blur and neighbourhood grow with the picture: edges of an enlarged picture are several pixels wide.
_BLUR_SHARE = 1.0 / 360.0
# Local contrast (0 … 255) below which nothing is sharpened, and from which everything is.
_FLAT, _EDGE = 8.0, 32.0
# A level below this changes hardly a pixel.
_WORTHWHILE = 0.02
# Mean gradient of an edge, relative to its height, that counts as fully sharp.
_SHARP = 0.5


class DetailEnhancer:
    """Unsharp masking that is gated by local contrast and clamped to the neighbourhood's range.

    Args:
        strength: 0 (off) to 1. A configuration: ``super_resolution.detail_strength``; None: that of the defaults.
        content_type: what the pictures show; names of `CONTENT`, others count as in between. None:
            ``quality.content_type``.
    """

    def __init__(self, strength: float | VideoGenConfig | None = None, content_type: str | None = None) -> None:
        config = None if isinstance(strength, int | float) else strength
        if isinstance(strength, int | float):
            self.strength = float(strength)
        else:
            self.strength = part(strength, SuperResolutionSettings).detail_strength
        self.content_type = content_type or part(config, QualitySettings).content_type

    def enhance_details(self, frame: FrameLike) -> Frame:
        """The H×W×3 uint8 frame, sharpened with the enhancer's own strength and content type."""
        return self.adaptive_enhancement(frame, self.content_type)

    def adaptive_enhancement(self, frame: FrameLike, content_type: str) -> Frame:
        """As `enhance_details`, as strongly as suits the content type and this frame: what is sharp stays."""
        frame = as_frame(frame)
        wanted = self.strength * CONTENT.get(content_type, _OTHER_CONTENT)
        level = min(1.0, 2.0 * wanted * (1.0 - sharpness(frame))) if wanted else 0.0
        return self.balance_sharpness(frame, level if level >= _WORTHWHILE else 0.0)

    def balance_sharpness(self, frame: FrameLike, sharpness_level: float) -> Frame:
        """The frame sharpened by exactly `sharpness_level`, 0 (unchanged) to 1.

        No pixel leaves the range that its neighbourhood had in the input, in any channel: edges become
        steeper, but nothing is lighter or darker beside them than before.

        Raises:
            ConfigError: the level is outside of 0 … 1.
        """
        import cv2

        if not 0.0 <= sharpness_level <= 1.0:
            raise ConfigError(f"sharpness_level is {sharpness_level}", remedy="give a number from 0 to 1")
        frame = as_frame(frame)
        if sharpness_level == 0.0:
            return frame
        radius = max(1, round(frame.shape[0] * _BLUR_SHARE * 2))
        kernel = np.ones((2 * radius + 1, 2 * radius + 1), np.uint8)
        low, high = cv2.erode(frame, kernel), cv2.dilate(frame, kernel)
        blurred = cv2.GaussianBlur(frame, (0, 0), max(0.8, frame.shape[0] * _BLUR_SHARE))
        gain = sharpness_level * _LARGEST_GAIN
        sharp = cv2.addWeighted(frame, 1.0 + gain, blurred, -gain, 0.0)
        sharp = cv2.min(cv2.max(sharp, low), high)
        red, green, blue = cv2.split(cv2.subtract(high, low))
        gate = np.asarray(cv2.LUT(cv2.max(cv2.max(red, green), blue), _GATE), np.float32)
        return np.asarray(cv2.blendLinear(sharp, frame, gate, 1.0 - gate), dtype=np.uint8)


def sharpness(frame: Frame) -> float:
    """How steep the edges of a frame are: 0 (all blurred) to 1 (steps from one pixel to the next).

    The steepest gradient in a neighbourhood relative to its contrast, averaged over places with contrast;
    1 for a frame without any edge.
    """
    import cv2

    gray = cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY)
    kernel = np.ones((9, 9), np.uint8)
    contrast = cv2.subtract(cv2.dilate(gray, kernel), cv2.erode(gray, kernel))[:-1, :-1]
    across = cv2.max(cv2.absdiff(gray[:-1, 1:], gray[:-1, :-1]), cv2.absdiff(gray[1:, :-1], gray[:-1, :-1]))
    steepest = cv2.dilate(across, kernel)
    edges = contrast > _EDGE
    if np.count_nonzero(edges) < edges.size * 1e-4:
        return 1.0
    relative = steepest[edges].astype(np.float32) / contrast[edges]
    return min(1.0, float(relative.mean()) / _SHARP)


def _gate_table() -> NDArray[np.float32]:
    share = np.clip((np.arange(256, dtype=np.float32) - _FLAT) / (_EDGE - _FLAT), 0.0, 1.0)
    return np.asarray(share * share * (3.0 - 2.0 * share), np.float32)


_GATE = _gate_table()
