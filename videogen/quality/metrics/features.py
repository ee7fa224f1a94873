"""Descriptors of frames that need no weights: the default behind consistency metrics and Fréchet distances.

"hog-colour": histogram of oriented gradients (Dalal & Triggs 2005) beside a Lab colour histogram, each of length
1, so that the cosine of two descriptors is the mean of the two cosines.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np

from videogen.media.optical_flow import dense_flow
from videogen.quality.metrics.window import Pixels, Values, reduced

FRAME_DESCRIPTOR = "hog-colour"
CLIP_DESCRIPTOR = "hog-colour-flow"
_HOG_SIZE, _CELL, _BINS = (128, 80), 8, 9

ClipFeatures = Callable[[Pixels], Values]


def hog_colour(frame: Pixels) -> Values:
    """Descriptor of one frame (uint8, h×w×3): float64, length √2."""
    import cv2

    small = np.asarray(cv2.resize(frame, _HOG_SIZE, interpolation=cv2.INTER_AREA), np.uint8)
    lab = cv2.cvtColor(small, cv2.COLOR_RGB2Lab)
    colour = np.asarray(cv2.calcHist([lab], [0, 1, 2], None, [8, 8, 8], [0, 256] * 3), np.float64)
    # Neighbouring bins share, so that a colour on the border of two bins does not jump between frames.
    smooth = np.sqrt(_blurred(colour)).ravel()
    return np.concatenate([_unit(_gradients(small)), _unit(smooth)])


def _gradients(picture: Pixels) -> Values:
    """Histograms of unsigned orientation (9 bins) in cells of 8×8 pixels, each cell softly brought to length 1."""
    import cv2

    gray = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(np.float32) / 255.0
    right, down = cv2.Sobel(gray, cv2.CV_32F, 1, 0), cv2.Sobel(gray, cv2.CV_32F, 0, 1)
    place = np.mod(np.arctan2(down, right), np.pi) / np.pi * _BINS
    lower = place.astype(np.int64)
    share, strength = place - lower, np.hypot(right, down)
    rows, columns = np.indices(gray.shape) // _CELL
    cell = (rows * (gray.shape[1] // _CELL) + columns) * _BINS
    size = gray.size // _CELL**2 * _BINS
    histogram = np.bincount((cell + lower % _BINS).ravel(), ((1.0 - share) * strength).ravel(), size)
    histogram += np.bincount((cell + (lower + 1) % _BINS).ravel(), (share * strength).ravel(), size)
    cells = histogram.reshape(-1, _BINS)
    return np.asarray(cells / np.sqrt((cells**2).sum(axis=1, keepdims=True) + 1.0)).ravel()


def _blurred(histogram: Values) -> Values:
    from scipy.ndimage import gaussian_filter

    return np.asarray(gaussian_filter(histogram, 0.7), np.float64)


def _unit(vector: Values) -> Values:
    length = float(np.linalg.norm(vector))
    return vector / length if length > 0 else vector


def hog_colour_flow(clips: Pixels) -> Values:
    """Descriptors of N clips, N×D: appearance over time, its spread, and how much moves where.

    The clips are uint8, N×T×H×W×3, T ≥ 2.

    D is 66: per clip, mean and standard deviation over time of brightness, contrast and colour on a 4×2 grid, and
    the mean flow (right, down, length) on a 3×2 grid. Small on purpose: a Fréchet distance needs more clips than
    numbers.
    """
    return np.stack([_clip_descriptor(clip) for clip in clips])


def _clip_descriptor(clip: Pixels) -> Values:
    import cv2

    small = [reduced(frame, 128) for frame in clip]
    lab = np.stack([cv2.cvtColor(frame, cv2.COLOR_RGB2Lab) for frame in small]).astype(np.float64) / 255.0
    grid = np.stack([cv2.resize(frame, (4, 2), interpolation=cv2.INTER_AREA) for frame in lab])
    edges = np.stack([_edge_grid(frame) for frame in small])
    gray = [np.asarray(cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY), np.uint8) for frame in small]
    flows = np.mean([_flow_grid(first, second) for first, second in pairwise(gray)], axis=0)
    still = [grid.mean(0).ravel(), grid[..., 0].std(0).ravel(), edges.mean(0).ravel(), edges.std(0).ravel()]
    return np.concatenate([*still, flows.ravel()])


def _edge_grid(frame: Pixels) -> Values:
    import cv2

    gray = np.asarray(cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY), np.float32) / 255.0
    strength = np.hypot(cv2.Sobel(gray, cv2.CV_32F, 1, 0), cv2.Sobel(gray, cv2.CV_32F, 0, 1))
    return np.asarray(cv2.resize(strength, (4, 2), interpolation=cv2.INTER_AREA), np.float64)


def _flow_grid(first: Pixels, second: Pixels) -> Values:
    import cv2

    flow = dense_flow(first, second)
    parts = np.dstack([flow, np.hypot(flow[..., 0], flow[..., 1])]) / first.shape[1]
    return np.asarray(cv2.resize(parts, (3, 2), interpolation=cv2.INTER_AREA), np.float64)
