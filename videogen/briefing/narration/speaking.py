"""The storyboard's sentences as measured speech, each synthesised once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from videogen.audio.loudness import RATE
from videogen.audio.voices import Voice
from videogen.briefing.spoken_text.spoken import spoken
from videogen.briefing.storyboard.model import Sentence, Storyboard

Samples = NDArray[np.float32]


@dataclass(frozen=True)
class Spoken:
    """A sentence as it is heard. text: as it is written; said: what the voice got; sound: float32, 48 kHz."""

    text: str
    said: str
    sound: Samples

    @property
    def seconds(self) -> float:
        return len(self.sound) / RATE


@dataclass(frozen=True)
class Narration:
    """What is heard in one language: shot id → its sentences."""

    language: str
    shots: Mapping[str, tuple[Spoken, ...]]

    @property
    def sentences(self) -> int:
        return sum(map(len, self.shots.values()))


def narrated(
    storyboard: Storyboard, language: str, voice: Voice, report: Callable[[int, int], None] | None = None
) -> Narration:
    """Speak every sentence of one language.

    Args:
        report: told how many sentences of how many are spoken.

    Raises:
        MediaError: the voice failed, or gave no sound.
    """
    shots = storyboard.shots_in(language)
    count = sum(len(shot.narration) for shot in shots)
    known: dict[str, Samples] = {}
    spoken_shots: dict[str, tuple[Spoken, ...]] = {}
    done = 0
    for shot in shots:
        sentences = []
        for sentence in shot.narration:
            said = said_as(sentence, language)
            if said not in known:
                known[said] = voice.speak(said)
            sentences.append(Spoken(sentence.text[language], said, known[said]))
            done += 1
            if report is not None:
                report(done, count)
        spoken_shots[shot.id] = tuple(sentences)
    return Narration(language, spoken_shots)


def said_as(sentence: Sentence, language: str) -> str:
    """What the voice gets: a person's own wording for it, else numbers and dates in words."""
    return sentence.say.get(language) or spoken(sentence.text[language], language)
