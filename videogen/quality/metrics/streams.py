"""The metrics of one video as streams: each takes window after window and gives one number per frame.

NaN stands for frames that have no number (the first one has no predecessor). A stream's `summary` turns the
numbers of all frames into the value of the video.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np

from videogen.quality.metrics import temporal, visual
from videogen.quality.metrics.features import FRAME_DESCRIPTOR, hog_colour
from videogen.quality.metrics.stretches import is_black
from videogen.quality.metrics.window import FLOW_WIDTH, SHARPNESS_WIDTH, FrameWindow, Pixels, Values, reduced

STILLS_PER_SECOND = 8.0


class MetricStream(Protocol):
    """What the assessor needs of a metric.

    An own metric is a class like this and a line in the catalogue or an entry point.
    """

    method: str

    def update(self, window: FrameWindow) -> Values:
        """One number per frame of the window, NaN where there is none. Windows come in order, without gaps."""
        ...

    def summary(self, values: Values) -> float:
        """The value of the video from the numbers of all its frames; NaN if it cannot be told."""
        ...


def mean(values: Values) -> float:
    """Mean of the numbers that are there; NaN if none are."""
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else float("nan")


class _Mean:
    method = ""

    def summary(self, values: Values) -> float:
        return mean(values)


class TemporalFlickering(_Mean):
    """`temporal.temporal_flickering` per pair, at full size."""

    method = "mean absolute difference of consecutive frames at full size"

    def update(self, window: FrameWindow) -> Values:
        def score(index: int) -> float:
            before = window.frame_before(index)
            if before is None:
                return float("nan")
            return 1.0 - temporal.frame_difference(before, window.frames[index]) / 255.0

        return np.array([score(index) for index in range(len(window))])


class WarpError(_Mean):
    """`temporal.warp_error` per pair, at flow size."""

    method = f"DIS optical flow at {FLOW_WIDTH} px, occlusion mask"

    def update(self, window: FrameWindow) -> Values:
        def error(index: int) -> float:
            now = window.history + index
            if now < 1:
                return float("nan")
            return temporal.warp_error(
                window.small_with_history[now - 1],
                window.small_with_history[now],
                window.flow(now - 1, now),
                window.flow(now, now - 1),
            )

        return np.array([error(index) for index in range(len(window))])


class MotionSmoothness(_Mean):
    """1 − `temporal.interpolation_error` / 255, for every second frame, written at the frame that was dropped."""

    method = f"every second frame predicted from its neighbours by DIS flow at {FLOW_WIDTH} px"

    def update(self, window: FrameWindow) -> Values:
        values = np.full(len(window), np.nan)
        for index in range(len(window)):
            last = window.history + index
            if last >= 2 and (window.start + index) % 2 == 0:
                # The dropped frame may lie in the window before: its error is then noted one frame late.
                values[max(0, index - 1)] = 1.0 - self._error(window, last) / 255.0
        return values

    @staticmethod
    def _error(window: FrameWindow, last: int) -> float:
        before, middle, after = window.small_with_history[last - 2 : last + 1]
        return temporal.interpolation_error(
            before, middle, after, window.flow(last - 2, last), window.flow(last, last - 2)
        )


class DynamicDegree:
    """Median over the frames of `temporal.motion_amount`, in per cent of the frame's width per second.

    A frozen video has 0: the median leaves out the few frames in which coding alone moves something.
    """

    method = f"mean of the largest 5 % of DIS flow vectors at {FLOW_WIDTH} px"

    def update(self, window: FrameWindow) -> Values:
        def amount(index: int) -> float:
            now = window.history + index
            if now < 1:
                return float("nan")
            flow = window.flow(now - 1, now)
            width: int = flow.shape[1]
            return 100.0 * window.fps * temporal.motion_amount(flow) / width

        return np.array([amount(index) for index in range(len(window))])

    def summary(self, values: Values) -> float:
        known = values[np.isfinite(values)]
        return float(np.median(known)) if len(known) else float("nan")


class SubjectConsistency(_Mean):
    """Step of `temporal.consistency` on the descriptors of whole frames."""

    method = FRAME_DESCRIPTOR

    def __init__(self) -> None:
        self._first: Values | None = None
        self._before: Values | None = None

    def update(self, window: FrameWindow) -> Values:
        return np.array([self._step(now) for now in _descriptors(window)])

    def _step(self, now: Values) -> float:
        first, before = self._first, self._before
        self._before = now
        if first is None or before is None:
            self._first = now
            return float("nan")
        return (temporal.cosine(now, before) + temporal.cosine(now, first)) / 2.0


class Continuity:
    """The lowest cosine of a frame's descriptor and that of the frame before.

    It is low at a cut within what should be one shot.
    """

    method = FRAME_DESCRIPTOR

    def __init__(self) -> None:
        self._before: Values | None = None

    def update(self, window: FrameWindow) -> Values:
        values = []
        for now in _descriptors(window):
            values.append(float("nan") if self._before is None else temporal.cosine(now, self._before))
            self._before = now
        return np.array(values)

    def summary(self, values: Values) -> float:
        known = values[np.isfinite(values)]
        return float(known.min()) if len(known) else float("nan")


def _descriptors(window: FrameWindow) -> list[Values]:
    return window.once(FRAME_DESCRIPTOR, lambda: [hog_colour(frame) for frame in window.small])


class BackgroundConsistency(_Mean):
    """How still the colours of those parts of the frame stay that never move: ½·[s(f_t, f_t−1) + s(f_t, f_1)].

    The form is VBench's; the features are mean Lab colours on a 16-column grid and s is 1 − mean colour
    difference (ΔE₇₆) / 100, since a cosine of colours hides changes of brightness. Cells that optical flow has
    seen moving drop out.
    """

    method = "Lab colours of the unmoving cells of a 16×9 grid"
    _grid = (16, 9)
    _moving = 0.5

    def __init__(self) -> None:
        self._first: Values | None = None
        self._before: Values | None = None
        self._still = np.ones(self._grid[::-1], bool)

    def update(self, window: FrameWindow) -> Values:
        return np.array([self._step(window, index) for index in range(len(window))])

    def _step(self, window: FrameWindow, index: int) -> float:
        import cv2

        now = window.history + index
        picture = window.small_with_history[now].astype(np.float32) / 255.0
        grid = cv2.resize(cv2.cvtColor(picture, cv2.COLOR_RGB2Lab), self._grid, interpolation=cv2.INTER_AREA)
        colours = np.asarray(grid, np.float64)
        first, before = self._first, self._before
        self._before = colours
        if first is None or before is None:
            self._first = colours
            return float("nan")
        flow = window.flow(now - 1, now)
        speed = np.hypot(flow[..., 0], flow[..., 1])
        peaks = cv2.resize(cv2.dilate(speed, np.ones((9, 9), np.uint8)), self._grid, interpolation=cv2.INTER_AREA)
        self._still &= peaks < self._moving
        if self._still.mean() < 0.1:
            return float("nan")
        return (self._same(colours, before) + self._same(colours, first)) / 2.0

    def _same(self, one: Values, other: Values) -> float:
        return 1.0 - float(np.linalg.norm(one - other, axis=2)[self._still].mean()) / 100.0


class Stills(_Mean):
    """A measure of single frames (luma, H×W), taken about eight times a second; black frames are left out."""

    def __init__(self, measure: Callable[[Pixels], float], method: str) -> None:
        self.method = method
        self._measure = measure

    def update(self, window: FrameWindow) -> Values:
        stride = max(1, round(window.fps / STILLS_PER_SECOND))
        values = np.full(len(window), np.nan)
        for index in range(-window.start % stride, len(window), stride):
            if not is_black(window.gray[index]):
                values[index] = self._measure(window.gray[index])
        return values


def sharpness() -> Stills:
    """1 − `visual.blur`, at a fixed width, so that it means the same at every resolution."""
    return Stills(
        lambda gray: 1.0 - visual.blur(reduced(gray, SHARPNESS_WIDTH)),
        f"Crété blur effect at {SHARPNESS_WIDTH} px",
    )


def noise_level() -> Stills:
    """`visual.noise_sigma`, at full size."""
    return Stills(visual.noise_sigma, "median of Immerkær's kernel at full size")


def blockiness() -> Stills:
    """The larger of `visual.blockiness` with blocks of 8 and of 16 pixels, at full size."""
    return Stills(
        lambda gray: max(visual.blockiness(gray, 8), visual.blockiness(gray, 16)),
        "excess of luma steps at 8 and 16 px borders",
    )


def exposure() -> Stills:
    """`visual.exposure`, at full size."""
    return Stills(visual.exposure, "share of pixels with luma 5 to 250")


def completeness() -> Stills:
    """1 − `visual.blank_share`, at flow size: how much of the frame is not a blank band."""
    return Stills(
        lambda gray: 1.0 - visual.blank_share(reduced(gray, FLOW_WIDTH)),
        "rows and columns of one colour along the borders",
    )
