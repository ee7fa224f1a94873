"""Looks that the model never saw, as filters: what a clip of its world would be like in them. The truth for `looks`."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

Frame = NDArray[np.uint8]


def _clipped(values: NDArray[np.floating]) -> Frame:
    return np.asarray(values.round().clip(0, 255), np.uint8)


def sepia(frame: Frame) -> Frame:
    """Old photographs: brown tones."""
    grey = cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY).astype(np.float32) / 255.0
    return _clipped(255.0 * np.stack([grey**0.85, 0.86 * grey**0.95, 0.68 * grey], axis=-1))


def night_vision(frame: Frame) -> Frame:
    """A light amplifier: green on black."""
    grey = cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY).astype(np.float32) / 255.0
    return _clipped(255.0 * np.stack([0.10 * grey, 0.15 + 0.75 * grey, 0.12 * grey], axis=-1))


def snow(frame: Frame) -> Frame:
    """A snow-covered, pale, cold scene."""
    light = frame.astype(np.float32) / 255.0
    pale = 0.45 * light + 0.55 * np.array([0.92, 0.95, 1.0], np.float32)
    return _clipped(255.0 * pale)


def watercolour(frame: Frame) -> Frame:
    """Soft, light, less saturated."""
    soft = cv2.bilateralFilter(frame, 5, 40, 3)
    hsv = cv2.cvtColor(soft, cv2.COLOR_RGB2HSV).astype(np.float32)
    hsv[..., 1] *= 0.55
    hsv[..., 2] = 255.0 - 0.7 * (255.0 - hsv[..., 2])
    return np.asarray(cv2.cvtColor(_clipped(hsv), cv2.COLOR_HSV2RGB), np.uint8)


def dust(frame: Frame) -> Frame:
    """Haze of a dust storm: low contrast, ochre."""
    light = frame.astype(np.float32)
    return _clipped(0.55 * light + 0.45 * np.array([214.0, 176.0, 118.0], np.float32))


def blueprint(frame: Frame) -> Frame:
    """White lines on blue: a drawing, which no map of colours can give."""
    edges = cv2.Canny(cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY), 60, 140).astype(np.float32)[..., None] / 255.0
    return _clipped(edges * 235.0 + (1.0 - edges) * np.array([26.0, 58.0, 122.0], np.float32))


STYLES: dict[str, Callable[[Frame], Frame]] = {
    "sepia": sepia,
    "night_vision": night_vision,
    "snow": snow,
    "watercolour": watercolour,
    "dust": dust,
    "blueprint": blueprint,
}
