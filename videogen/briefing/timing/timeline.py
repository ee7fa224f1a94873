"""One clock: every shot is a whole number of frames, every sentence begins at one; seconds are never summed."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from videogen.audio.loudness import RATE
from videogen.briefing.narration.speaking import Narration, Spoken
from videogen.briefing.storyboard.model import LONGEST, Shot
from videogen.briefing.storyboard.selection import GAP, LEAD, TAIL
from videogen.cards.timing import letters
from videogen.errors import InputError

READING_PACE, READING_LEAD = 15.0, 0.5
"""Letters a second of text that is only shown, and the seconds before reading begins."""
SHORTEST = 2.5
TITLE_SHORTEST, END_SHORTEST = 3.0, 4.0
FADE = 0.4
"""Seconds of a cross-fade, centred on the cut; sound has none."""


@dataclass(frozen=True)
class Cue:
    """A sentence in time. start: its first frame in the whole video; seconds: its measured length."""

    spoken: Spoken
    start: int

    def end(self, fps: Fraction) -> Fraction:
        """The moment when its voice ends, in seconds."""
        return self.start / fps + Fraction(len(self.spoken.sound), RATE)


@dataclass(frozen=True)
class TimedShot:
    """A shot in time: frames `start` to `start` + `count`. fade: frames of the cross-fade into it, 0 for a cut."""

    shot: Shot
    start: int
    count: int
    cues: tuple[Cue, ...]
    fade: int = 0


@dataclass(frozen=True)
class Timeline:
    """The shots of one language on the clock of `fps` frames a second."""

    language: str
    fps: Fraction
    shots: tuple[TimedShot, ...]

    @property
    def frames(self) -> int:
        last = self.shots[-1]
        return last.start + last.count

    @property
    def seconds(self) -> float:
        return float(self.frames / self.fps)

    @property
    def samples(self) -> int:
        """Length of the sound track at 48 kHz."""
        return self.sample(self.frames)

    def sample(self, frame: int) -> int:
        """The first sound sample of a frame: rounded once from the frame's number, never summed."""
        return round(Fraction(frame * RATE) / self.fps)


def scheduled(
    shots: Sequence[Shot], narration: Narration, fps: Fraction, shown: Mapping[str, str] | None = None
) -> Timeline:
    """Place the shots one after another.

    Args:
        shown: shot id → the text that must be read on its picture and is not spoken.

    Raises:
        InputError: together they last longer than a briefing may.
    """
    placed, start = [], 0
    for number, shot in enumerate(shots):
        cues, speech_end = _cues(narration.shots.get(shot.id, ()), start, fps)
        spoken = speech_end + math.ceil(TAIL * fps) - start if cues else 0
        text = (shown or {}).get(shot.id, "")
        read = math.ceil((READING_LEAD + letters([text]) / READING_PACE) * float(fps)) if text else 0
        least = {"title": TITLE_SHORTEST, "end": END_SHORTEST}.get(shot.kind, SHORTEST)
        count = max(spoken, read, math.ceil(least * fps))
        wanted = shot.transition or ("fade" if number else "cut")
        fade = round(FADE * float(fps)) // 2 * 2 if wanted == "fade" and number else 0
        placed.append(TimedShot(shot, start, count, cues, fade))
        start += count
    timeline = Timeline(narration.language, fps, tuple(placed))
    if timeline.seconds > LONGEST:
        longest = sorted(placed, key=lambda timed: -timed.count)[:3]
        named = ", ".join(f"{timed.shot.id} ({float(timed.count / fps):.0f} s)" for timed in longest)
        raise InputError(
            f"the briefing lasts {timeline.seconds:.0f} s in {narration.language}, "
            f"{timeline.seconds - LONGEST:.0f} s more than the {LONGEST:.0f} s that it may",
            remedy=f"shorten or remove shots; the longest are {named}",
        )
    return timeline


def _cues(sentences: Sequence[Spoken], start: int, fps: Fraction) -> tuple[tuple[Cue, ...], int]:
    """The sentences of a shot in time, and the frame after which the last is silent."""
    cues: list[Cue] = []
    at = start + math.ceil(LEAD * fps)
    end = at
    for sentence in sentences:
        cues.append(Cue(sentence, at))
        end = at + math.ceil(Fraction(len(sentence.sound), RATE) * fps)
        at = end + math.ceil(GAP * fps)
    return tuple(cues), end
