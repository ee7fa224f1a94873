"""The interface of a frame screen, and the run of all that are configured over a finished video.

An own screen is one class with one method. It is named in `quality.frame_screens` as ``package.module:Class``, or by
the name of an entry point of the group ``videogen.frame_screens``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import Protocol

from pydantic import Field

from videogen.domain.frozen_model import FrozenModel
from videogen.errors import ConfigError
from videogen.quality.metrics.technical import Check
from videogen.quality.metrics.window import Pixels
from videogen.runtime.plugins import FRAME_SCREENS, resolve

POLICY, SCREEN = "policy_", "screen_"
"""What the names of the checks begin with: of verdicts that no operator may override, and of the others."""


class ScreenVerdict(FrozenModel):
    """The verdict on a video. reason: what was found, for people, also where the video is allowed."""

    allowed: bool
    reason: str
    frame: int | None = Field(None, ge=0, description="number of the frame that decided")
    value: float | None = Field(None, description="what was measured")
    limit: float | None = Field(None, description="the most, or least, that is allowed")
    absolute: bool = Field(False, description="where it is not allowed, no operator may publish it all the same")


class FrameScreen(Protocol):
    """A detector."""

    def screen(self, frames: Iterator[Pixels], fps: float) -> ScreenVerdict:
        """Look at the frames of a finished video, label and captions included, uint8 H×W×3, sRGB, one by one.

        It may stop early; a frame must be copied if it is to be kept. An exception counts as a refusal.
        """
        ...


def screened(video: Path, fps: float, names: Sequence[str], windows: int = 8) -> list[Check]:
    """One check for each configured screen. Each decodes the video of its own, `windows` frames at a time.

    Raises:
        ConfigError: a screen is not known, or cannot be made.
        MediaError: the video cannot be read to its end.
    """
    return [_check(name, _verdict(_made(name), name, _frames(video, windows), fps)) for name in names]


def _frames(video: Path, windows: int) -> Iterator[Pixels]:
    from videogen.media.reading import iterate_frames

    for window in iterate_frames(video, windows):
        yield from window


def _made(name: str) -> FrameScreen:
    module, colon, attribute = name.partition(":")
    try:
        kind = getattr(import_module(module), attribute) if colon else resolve(FRAME_SCREENS, name)
        made: FrameScreen = kind()
    except (ImportError, AttributeError, TypeError) as error:
        raise ConfigError(
            f"quality.frame_screens names {name!r}, which cannot be made: {error}",
            remedy="write package.module:Class of a class without arguments, or install the package that offers it",
        ) from error
    if not callable(getattr(made, "screen", None)):
        raise ConfigError(
            f"quality.frame_screens names {name!r}, which has no method screen(frames, fps)",
            remedy="see docs/extending.md",
        )
    return made


def _verdict(screen: FrameScreen, name: str, frames: Iterator[Pixels], fps: float) -> ScreenVerdict:
    from videogen.errors import VideogenError

    try:
        return screen.screen(frames, fps)
    except VideogenError:
        raise
    except Exception as error:
        # What was not looked at is not allowed; the report says that it was the detector that failed.
        return ScreenVerdict(allowed=False, reason=f"the screen {name} failed: {type(error).__name__}: {error}")


def _check(name: str, verdict: ScreenVerdict) -> Check:
    short = re.sub(r"\W+", "_", name.rpartition(":")[2]).lower()
    return Check(
        f"{POLICY if verdict.absolute and not verdict.allowed else SCREEN}{short}",
        f"Frame screening, {short.replace('_', ' ')}",
        verdict.allowed,
        verdict.reason,
        verdict.value,
        verdict.limit,
        verdict.frame,
    )
