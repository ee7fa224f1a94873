"""How frames follow each other: flicker, warp error, smoothness, consistency and amount of motion.

All functions are pure and work on single frames, pairs or triples, so that a stream needs to hold no more than
that.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from videogen.media.optical_flow import squared_length, warp
from videogen.quality.metrics.window import Pixels, Values

Flow = NDArray[np.float32]


def frame_difference(first: Pixels, second: Pixels) -> float:
    """Mean absolute difference of two uint8 pictures of one shape, 0 … 255."""
    import cv2

    return float(cv2.norm(first, second, cv2.NORM_L1)) / first.size


def temporal_flickering(frames: Pixels) -> float:
    """1 − mean absolute difference of consecutive frames / 255, 0 … 1; higher is calmer.

    VBench (Huang et al. 2024, arXiv 2311.17982), "temporal flickering". A frozen video scores 1: pair it with
    `motion_amount`. frames: uint8, T×H×W×3 or T×H×W, T ≥ 2.
    """
    differences = [frame_difference(first, second) for first, second in pairwise(frames)]
    return 1.0 - float(np.mean(differences)) / 255.0


def occluded(forward: Flow, backward: Flow) -> NDArray[np.bool_]:
    """Pixels of the first frame that are hidden in the second, h×w.

    Forward-backward check of Ruder, Dosovitskiy & Brox 2016 (arXiv 1604.08610, equation 5):
    |w + ŵ|² > 0.01·(|w|² + |ŵ|²) + 0.5, where ŵ is the backward flow at the end of w.
    """
    returned = warp(backward, forward)
    mismatch = squared_length(forward + returned)
    lengths = squared_length(forward) + squared_length(returned)
    return np.asarray(mismatch > 0.01 * lengths + 0.5)


def warp_error(first: Pixels, second: Pixels, forward: Flow, backward: Flow) -> float:
    """Mean squared difference between a frame and the next one warped onto it, 0 … 1.

    Only pixels that are visible in both count.

    Lai et al. 2018 (arXiv 1808.00449), equation 10, with the pictures in 0 … 1. first, second: uint8, h×w×3;
    forward: flow from first to second; backward: the reverse. 0 where everything is hidden.
    """
    seen = ~occluded(forward, backward)
    if not seen.any():
        return 0.0
    difference = (first.astype(np.float32) - warp(second, forward)) / 255.0
    return float((difference[seen] ** 2).mean())


def midpoint(before: Pixels, after: Pixels, forward: Flow, backward: Flow) -> Pixels:
    """The frame half-way between two, by flow.

    The flows from the middle are those of Jiang et al. 2018 (Super SloMo, arXiv 1712.00080, equation 4) at t = ½.
    """
    bend = (backward - forward) / 4.0
    from_before, from_after = warp(before, bend), warp(after, -bend)
    return np.asarray((from_before.astype(np.uint16) + from_after + 1) // 2, np.uint8)


def interpolation_error(before: Pixels, middle: Pixels, after: Pixels, forward: Flow, backward: Flow) -> float:
    """Mean absolute difference of a frame from the one its neighbours predict, 0 … 255.

    VBench (arXiv 2311.17982), "motion smoothness": dropped frames are interpolated and compared. VBench
    interpolates with a network (AMT); here with dense optical flow. Its score is 1 − error / 255.
    """
    return frame_difference(midpoint(before, after, forward, backward), middle)


def motion_amount(flow: Flow) -> float:
    """Mean length of the largest 5 % of the flow vectors, in pixels.

    That is VBench's "dynamic degree" before its threshold.
    """
    lengths = np.hypot(flow[..., 0], flow[..., 1]).ravel()
    count = max(1, round(0.05 * lengths.size))
    return float(np.partition(lengths, lengths.size - count)[-count:].mean())


def cosine(first: Values, second: Values) -> float:
    """Cosine of the angle between two vectors, −1 … 1; 0 where one of them is zero."""
    lengths = float(np.linalg.norm(first) * np.linalg.norm(second))
    return float(np.clip(np.dot(first, second) / lengths, -1.0, 1.0)) if lengths > 0 else 0.0


def consistency(features: Values) -> float:
    """Mean over frames 2 … T of ½·[cos(f_t, f_t−1) + cos(f_t, f_1)], −1 … 1.

    VBench (arXiv 2311.17982), "subject consistency" and "background consistency". features: T×D, T ≥ 2.
    """
    return float(np.mean([(cosine(now, before) + cosine(now, features[0])) / 2 for before, now in pairwise(features)]))
