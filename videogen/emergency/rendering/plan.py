"""Everything that is decided before the first frame is drawn: messages, pages, speech, timing."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from videogen.audio.loudness import RATE, Loudness
from videogen.audio.soundtrack import mixed
from videogen.audio.speech import Speech, read_aloud
from videogen.cards.page import Page
from videogen.cards.timing import Turn, schedule
from videogen.emergency.cap.model import Alert
from videogen.emergency.layout.check import PageCheck
from videogen.emergency.layout.frame import Frame
from videogen.emergency.layout.layout import lay_out
from videogen.emergency.layout.message import Message, chosen_infos, message_of, missing_parts
from videogen.emergency.layout.template import EmergencyTemplate
from videogen.emergency.rendering.attention_tone import attention_tone
from videogen.errors import LegibilityError

Samples = NDArray[np.float32]


@dataclass
class Clock:
    """Wall seconds of one part after the other."""

    seconds: dict[str, float] = field(default_factory=dict)
    last: float = field(default_factory=time.perf_counter)

    def lap(self, part: str) -> None:
        """What passed since the last call belongs to `part`."""
        now = time.perf_counter()
        self.seconds[part] = now - self.last
        self.last = now


@dataclass(frozen=True)
class RenderPlan:
    """messages: one for each language; turns: all pages in time; speeches: one for each language; sound: 48 kHz."""

    messages: tuple[Message, ...]
    turns: tuple[Turn, ...]
    speeches: tuple[Speech, ...]
    sound: Samples | None
    loudness: Loudness | None

    @property
    def num_frames(self) -> int:
        return sum(turn.count for turn in self.turns)

    @property
    def spoken(self) -> tuple[str, ...]:
        """Languages that are read aloud."""
        return tuple(message.language for message, speech in self._voices() if not speech.why_silent)

    @property
    def silent(self) -> dict[str, str]:
        """Language → why it is not read aloud."""
        return {message.language: speech.why_silent for message, speech in self._voices() if speech.why_silent}

    def _voices(self) -> list[tuple[Message, Speech]]:
        return list(zip(self.messages, self.speeches, strict=True))


def plan(
    alert: Alert,
    template: EmergencyTemplate,
    frame: Frame,
    check: PageCheck,
    clock: Clock,
    *,
    fps: int,
    zone: ZoneInfo | None,
    languages: Sequence[str] | None,
    audio: bool,
    with_map: bool,
    cache: Path | None,
) -> RenderPlan:
    """Lay out, read aloud and time an alert; see `renderer.render_alert`.

    Raises:
        LegibilityError: a part is missing, or a page breaks a rule that needs no drawing.
        InputError: no info block in the wanted languages.
    """
    infos = chosen_infos(alert, languages)
    messages = tuple(message_of(alert, info, template, zone) for info in infos)
    for info, message in zip(infos, messages, strict=True):
        check.problems.extend(missing_parts(message, info))
        check.message(message)
    refuse(check)
    sections = [lay_out(message, template, frame, with_map=with_map, cache=cache) for message in messages]
    pages = [page for section in sections for page in section]
    for page in pages:
        check.layout(page)
    clock.lap("layout")
    speeches = tuple(_speech(section, cache, audio=audio) for section in sections)
    clock.lap("speech")
    tone = attention_tone(template.tone) if audio else np.zeros(0, np.float32)
    said = [piece for speech in speeches for piece in speech.pages]
    turns = schedule(pages, [len(piece) / RATE for piece in said], fps, len(tone) / RATE)
    for turn in turns:
        check.timing(turn, fps)
    refuse(check)
    sound, loudness = None, None
    if audio:
        starts = [turn.start / fps + turn.speech_at for turn in turns]
        seconds = sum(turn.count for turn in turns) / fps
        sound, loudness = mixed([(0.0, tone), *zip(starts, said, strict=True)], seconds)
    clock.lap("sound")
    return RenderPlan(messages, tuple(turns), speeches, sound, loudness)


def refuse(check: PageCheck) -> None:
    """Raise LegibilityError with every problem found so far, if there is any."""
    if check.problems:
        raise LegibilityError(check.problems)


def _speech(section: Sequence[Page], cache: Path | None, *, audio: bool) -> Speech:
    if not audio:
        return Speech((np.zeros(0, np.float32),) * len(section), "made without sound")
    return read_aloud([page.told for page in section], section[0].language, cache)
