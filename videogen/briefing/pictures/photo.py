"""A picture of the bureau: moved slowly around its focus, never stretched, its credit drawn into it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from videogen.briefing.pictures import wording
from videogen.briefing.pictures.canvas import Pixels
from videogen.briefing.pictures.lower_third import lower_third_of, put
from videogen.briefing.pictures.plates import draw_plate
from videogen.briefing.pictures.shot_picture import Segment, Setting, ShotPicture
from videogen.briefing.timing.timeline import TimedShot
from videogen.errors import MediaError
from videogen.storage.inputs.picture_file import read_picture

if TYPE_CHECKING:
    from videogen.config.groups.all import ProcessingSettings

ZOOM_A_SECOND = 0.02
"""How fast a picture is zoomed, as a share of its size; 4 % a second would be felt."""
MOST_ZOOM = 0.18
MOST_ENLARGED = 1.5
_SHRUNK = 24
_WIDEST_CROP = 0.62
"""At least this share of the picture stays visible; else it stands whole before a blurred copy of itself."""


def photo_card(
    setting: Setting, timed: TimedShot, file: Callable[[str], Path], limits: ProcessingSettings
) -> ShotPicture:
    """The picture of a shot, frame by frame.

    Args:
        file: name → path of a picture of the briefing.

    Raises:
        MediaError: it would have to be enlarged more than 1.5-fold.
        InputError: it is not a picture that can be used.
    """
    picture = timed.shot.picture
    if picture is None:
        raise MediaError(f"shot {timed.shot.id} has no picture")
    source = np.asarray(read_picture(file(picture.file), limits).convert("RGB"), dtype=np.uint8)
    base, focus = laid_out(source, setting, timed.shot.id, picture.file, picture.focus)
    seconds = timed.count / float(setting.fps)
    most = min(MOST_ZOOM, ZOOM_A_SECOND * seconds)

    lower = lower_third_of(setting, timed.shot.id, timed.shot.lower_third)

    def draw(frame: int) -> Pixels:
        share = frame / max(1, timed.count - 1)
        zoom = {"zoom-in": most * share, "zoom-out": most * (1 - share), "still": 0.0}[picture.move]
        pixels = window(base, focus, setting.format.size, 1.0 + zoom)
        credit = f"{wording.word('picture', setting.language)}: {picture.credit}"
        draw_plate(setting, pixels, credit)
        put(pixels, lower)
        if setting.logo is not None:
            setting.logo.draw(pixels)
        setting.label.draw(pixels)
        return pixels

    draw(0)
    return ShotPicture((Segment(0, timed.count, draw, still=picture.move == "still"),))


def laid_out(
    source: Pixels, setting: Setting, shot: str, name: str, focus: tuple[float, float]
) -> tuple[Pixels, tuple[float, float]]:
    """A picture at a size that covers the frame, and its focus in it (0 … 1).

    Where covering would cut away too much or enlarge it too far, it stands whole before a blurred copy of itself.

    Raises:
        MediaError: even so it would have to be enlarged more than 1.5-fold.
    """
    import cv2

    high, wide = source.shape[:2]
    width, height = setting.format.size
    cover, contain = max(width / wide, height / high), min(width / wide, height / high)
    seen = (width / cover / wide) * (height / cover / high)
    whole = seen < _WIDEST_CROP or cover > MOST_ENLARGED
    scale = contain if whole else cover
    size = (max(1, round(wide * scale)), max(1, round(high * scale)))
    if scale > MOST_ENLARGED:
        raise MediaError(
            f"shot {shot}: the picture {name} is {wide}×{high} pixels, too small for "
            f"{width}×{height}: it would be enlarged {scale:.1f}-fold",
            remedy=f"use one of at least {round(size[0] / MOST_ENLARGED)}×{round(size[1] / MOST_ENLARGED)} pixels",
        )
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LANCZOS4
    fitted = cv2.resize(source, size, interpolation=way)
    if not whole:
        return np.ascontiguousarray(fitted), focus
    # Blurred while it is small, which looks the same and takes a hundredth of the time.
    small = cv2.resize(source, (max(2, width // _SHRUNK), max(2, height // _SHRUNK)), interpolation=cv2.INTER_AREA)
    small = (cv2.GaussianBlur(small, (0, 0), 2.5).astype(np.float32) * 0.45).astype(np.uint8)
    ground = cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC)
    left, top = (width - size[0]) // 2, (height - size[1]) // 2
    ground[top : top + size[1], left : left + size[0]] = fitted
    return np.ascontiguousarray(ground), (0.5, 0.5)


def window(base: Pixels, focus: tuple[float, float], size: tuple[int, int], zoom: float) -> Pixels:
    """What is seen at a zoom of at least 1, the focus kept as near to the middle as the edges allow."""
    import cv2

    high, wide = base.shape[:2]
    width, height = size
    seen_w, seen_h = width / zoom, height / zoom
    left = min(max(focus[0] * wide - seen_w / 2, 0.0), wide - seen_w)
    top = min(max(focus[1] * high - seen_h / 2, 0.0), high - seen_h)
    # Maps pixels of the frame to the picture; pixel centres on pixel centres.
    move = np.array([[1 / zoom, 0, left + 0.5 / zoom - 0.5], [0, 1 / zoom, top + 0.5 / zoom - 0.5]], np.float64)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(
        cv2.warpAffine(base, move, (width, height), flags=flags, borderMode=cv2.BORDER_REPLICATE), np.uint8
    )
