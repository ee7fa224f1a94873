"""What every kind of shot gives the compositor: stretches of frames that stand still or move."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from videogen.briefing.pictures.brand import BrandKit, rgb
from videogen.briefing.pictures.canvas import Canvas, Pixels
from videogen.briefing.pictures.formats import Format
from videogen.briefing.spoken_text.spoken import spoken
from videogen.briefing.storyboard.model import Storyboard
from videogen.briefing.timing.timeline import TimedShot
from videogen.cards.page import Box
from videogen.media.label import Label
from videogen.media.logo import Logo

APPEAR = 0.24
"""Seconds in which a new part of a card appears."""


@dataclass(frozen=True)
class Segment:
    """Frames `start` to `end` of a shot. draw: the picture of a frame (uint8, H×W×3); still: it is always the same.

    fade: frames in which it appears over the segment before it.
    """

    start: int
    end: int
    draw: Callable[[int], Pixels]
    still: bool = True
    fade: int = 0


@dataclass(frozen=True)
class Setting:
    """What all shots of a variant share. label: burnt into every frame; logo: of the brand."""

    storyboard: Storyboard
    language: str
    format: Format
    kit: BrandKit
    fps: Fraction
    label: Label
    logo: Logo | None = None

    def canvas(self, shot_id: str) -> Canvas:
        """An empty card with the issuer in its strip, or the brand's logo."""
        canvas = Canvas(self.format, self.kit, self.language, shot_id)
        issuer = self.storyboard.issuer.get(self.language, "")
        if self.logo is None and issuer:
            strip = self.format.strip
            box = (strip[0], strip[1], self.label.box[0] - round(self.format.unit * 0.03), strip[3])
            text = canvas.fitted(issuer, (box[2] - box[0], box[3] - box[1]), 0.034, 0.02, bold=True, most=2)
            canvas.write(text, box, rgb(self.kit.colours.muted), role="issuer")
        return canvas

    def finished(self, canvas: Canvas) -> Pixels:
        """The card with logo and label."""
        pixels = canvas.pixels()
        if self.logo is not None:
            self.logo.draw(pixels)
        self.label.draw(pixels)
        return pixels


@dataclass(frozen=True)
class ShotPicture:
    """The picture of one shot. shows: numbers of the sentences that stand on it whole, so that no caption repeats them.

    texts: role and place of each text, for the check that nothing overlaps.
    """

    segments: tuple[Segment, ...]
    shows: frozenset[int] = frozenset()
    texts: tuple[tuple[str, Box], ...] = ()


def still(setting: Setting, timed: TimedShot, canvas: Canvas, shows: frozenset[int] = frozenset()) -> ShotPicture:
    """A picture that does not change."""
    pixels = setting.finished(canvas)
    return ShotPicture((Segment(0, timed.count, lambda _: pixels),), shows, tuple(canvas.texts))


def building(
    setting: Setting, timed: TimedShot, canvases: list[tuple[int, Canvas]], shows: frozenset[int] = frozenset()
) -> ShotPicture:
    """A picture that builds up: each canvas from its frame on."""
    fade = round(APPEAR * float(setting.fps))
    segments: list[Segment] = []
    for number, (start, canvas) in enumerate(canvases):
        end = canvases[number + 1][0] if number + 1 < len(canvases) else timed.count
        if end <= start:
            continue
        pixels = setting.finished(canvas)
        segments.append(Segment(start, end, _always(pixels), fade=min(fade, end - start) if segments else 0))
    return ShotPicture(tuple(segments), shows, tuple(canvases[-1][1].texts))


def _always(pixels: Pixels) -> Callable[[int], Pixels]:
    return lambda _: pixels


def moment_of(setting: Setting, timed: TimedShot, sentence: int, offset: int) -> int:
    """The frame of the shot at which the letters at `offset` of a sentence are spoken, by their share of its voice."""
    cue = timed.cues[sentence]
    text = cue.spoken.text
    whole = max(1, len(spoken(text, setting.language)))
    share = min(1.0, len(spoken(text[:offset], setting.language)) / whole) if offset else 0.0
    return cue.start - timed.start + int(share * cue.spoken.seconds * float(setting.fps))
