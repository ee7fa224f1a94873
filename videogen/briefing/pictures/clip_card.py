"""A generated clip: an illustration, said to be one; slowed a little where it is short, never looped or stretched."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from videogen.briefing.pictures import wording
from videogen.briefing.pictures.canvas import Pixels
from videogen.briefing.pictures.lower_third import lower_third_of, put
from videogen.briefing.pictures.photo import laid_out, window
from videogen.briefing.pictures.plates import draw_plate
from videogen.briefing.pictures.shot_picture import Segment, Setting, ShotPicture
from videogen.briefing.timing.timeline import TimedShot
from videogen.errors import MediaError

SLOWED, HELD = 1.15, 1.5
"""How much a clip may be slowed, and how many seconds its last picture may stand."""


def clip_card(setting: Setting, timed: TimedShot, frames: NDArray[np.uint8], fps: float) -> ShotPicture:
    """The clip of a shot, frame by frame.

    Args:
        frames: uint8, T×H×W×3; fps: their rate.

    Raises:
        MediaError: it is too short for its shot.
    """
    seconds = timed.count / float(setting.fps)
    factor = max(1.0, min(SLOWED, seconds * fps / len(frames)))
    held = seconds - len(frames) / fps * factor
    if held > HELD + 0.5:
        raise MediaError(
            f"shot {timed.shot.id}: the clip lasts {len(frames) / fps:.1f} s, too short for {seconds:.1f} s",
            remedy="make the clip again: `videogen briefing redo ID --shot`",
        )
    note = wording.word("by_ai", setting.language)

    lower = lower_third_of(setting, timed.shot.id, timed.shot.lower_third)

    def draw(frame: int) -> Pixels:
        place = min(frame / float(setting.fps) * fps / factor, len(frames) - 1.0)
        first = int(place)
        picture = _between(frames[first], frames[min(first + 1, len(frames) - 1)], place - first)
        base, focus = laid_out(picture, setting, timed.shot.id, "the clip", (0.5, 0.5))
        pixels = window(base, focus, setting.format.size, 1.0)
        draw_plate(setting, pixels, note)
        put(pixels, lower)
        if setting.logo is not None:
            setting.logo.draw(pixels)
        setting.label.draw(pixels)
        return pixels

    draw(0)
    return ShotPicture((Segment(0, timed.count, draw, still=False),))


def _between(first: NDArray[np.uint8], second: NDArray[np.uint8], share: float) -> NDArray[np.uint8]:
    if share < 0.02:
        return first
    mixed = first.astype(np.float32) * (1.0 - share) + second.astype(np.float32) * share
    return np.asarray(np.rint(mixed), np.uint8)
