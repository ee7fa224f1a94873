"""The frames of an alert, one after another: only what changes is drawn, so it costs little and memory stays constant.

One frame buffer is handed to the encoder again and again; x264 copies what it is given.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from videogen.cards.page import Box
from videogen.cards.timing import Turn
from videogen.emergency.rendering.accents import Motion
from videogen.emergency.rendering.moving_ground import MovingGround
from videogen.media.planes import Planes, blank_frame

if TYPE_CHECKING:
    from av import VideoFrame

_FADE = 0.3
"""Seconds in which one page dissolves into the next."""

Scene = tuple[Planes | MovingGround, list[Motion]]


class FrameStream:
    """Frames of all turns. scene: what a turn looks like, asked for once, when its time comes.

    watch: is shown every frame's planes before the encoder gets them; progress_ink: Y, Cb, Cr of the bar;
    fade: pages dissolve into each other.
    """

    def __init__(
        self,
        turns: Sequence[Turn],
        size: tuple[int, int],
        fps: int,
        scene: Callable[[Turn], Scene],
        watch: Callable[[int, Planes], None],
        progress_ink: tuple[int, int, int],
        *,
        fade: bool = True,
    ) -> None:
        self._turns, self._fps, self._scene, self._watch = turns, fps, scene, watch
        self._frame = blank_frame(size)
        self._shown = Planes.of(self._frame)
        self._ink, self._fade = progress_ink, _FADE if fade else 0.0
        self._total = sum(turn.count for turn in turns)
        self.drawing_seconds = 0.0

    def __iter__(self) -> Iterator[VideoFrame]:
        for turn in self._turns:
            yield from self._turn(turn)

    def _turn(self, turn: Turn) -> Iterator[VideoFrame]:
        began = time.perf_counter()
        ground, motions = self._scene(turn)
        before = self._shown.copy() if turn.start else None
        fading = round(self._fade * self._fps) if before is not None else 0
        states: list[int | None] = [None] * len(motions)
        still = None if isinstance(ground, MovingGround) else ground
        for number in range(turn.count):
            seconds = number / self._fps
            fresh = None
            if isinstance(ground, MovingGround):
                fresh = ground.at((turn.start + number) / self._fps)
                still = fresh or still
            # What was dissolved into the page before has to be drawn again.
            if still is not None and (fresh is not None or number <= fading):
                still.copy_to(self._shown)
                states = [None] * len(motions)
            for index, motion in enumerate(motions):
                state = motion.state(seconds, turn.count / self._fps)
                if state != states[index]:
                    motion.picture(state).copy_to(self._shown, motion.box[:2])
                    states[index] = state
            if turn.page.progress is not None:
                self._draw_progress(turn.page.progress, (turn.start + number + 1) / self._total)
            if number < fading and before is not None:
                share = 0.5 - 0.5 * math.cos(math.pi * (number + 1) / (fading + 1))
                before.blended(self._shown, share).copy_to(self._shown)
            self._watch(turn.start + number, self._shown)
            self.drawing_seconds += time.perf_counter() - began
            yield self._frame
            began = time.perf_counter()

    def _draw_progress(self, track: Box, share: float) -> None:
        left, top, right, bottom = track
        end = left + round((right - left) * share) // 2 * 2
        bar = self._shown.part((left, top, max(left + 2, end), bottom))
        for plane, level in zip((bar.luma, bar.blue, bar.red), self._ink, strict=True):
            plane[...] = np.uint8(level)
