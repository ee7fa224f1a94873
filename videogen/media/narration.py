"""Narration: the request's text read aloud, and captions that go with the voice."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from videogen.audio.loudness import RATE
from videogen.audio.soundtrack import mixed
from videogen.audio.speech import read_aloud
from videogen.config.setting_names import flat
from videogen.domain.requests import LONGEST, Caption, VideoRequest
from videogen.errors import InputError
from videogen.media.captions import spread

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from videogen.config.config import VideoGenConfig

BEGIN = 0.2
PAUSE = 0.35
"""Seconds before the first sentence and the last, and between sentences."""
UNDER_THE_VOICE = 0.1
"""Factor, −20 dB, for the model's own sound while somebody speaks."""


@dataclass(frozen=True)
class Narration:
    """sentences: text, moment in seconds at which it begins, and its voice (float32, 48 kHz)."""

    sentences: tuple[tuple[str, float, NDArray[np.float32]], ...]

    @property
    def seconds(self) -> float:
        """How long a video must last to hold it."""
        _, start, voice = self.sentences[-1]
        return start + len(voice) / RATE + BEGIN

    def cues(self, duration: float) -> tuple[Caption, ...]:
        """Return captions, each shown while it is spoken."""
        ends = [*(after[1] for _, after in pairwise(self.sentences)), duration]
        shown = []
        for (text, start, _), end in zip(self.sentences, ends, strict=True):
            for cue in spread(text, end - start):
                shown.append(Caption(start=round(start + cue.start, 3), end=round(start + cue.end, 3), text=cue.text))
        return tuple(shown)

    def track(self, duration: float, under: NDArray[np.float32] | None = None) -> NDArray[np.float32]:
        """The voice at −23 LUFS, as long as the video; float32, 48 kHz.

        under: sound that is heard quietly below it.
        """
        below = [] if under is None else [(0.0, under * np.float32(UNDER_THE_VOICE))]
        return mixed([*below, *((start, voice) for _, start, voice in self.sentences)], duration)[0]


def narrate(text: str, stage: str, video_id: str | None = None) -> Narration:
    """Read `text` aloud, sentence by sentence, in its own language.

    Raises:
        InputError: no program or voice is there for it, or there is nothing to say.
    """
    from videogen.text.language import UNDETERMINED, detect
    from videogen.text.sentences import split_sentences

    sentences = [" ".join(sentence.text.split()) for sentence in split_sentences(text)]
    language, _ = detect(text)
    speech = read_aloud([[sentence] for sentence in sentences], "en" if language == UNDETERMINED else language, None)
    voices = [(said, voice) for said, voice in zip(sentences, speech.pages, strict=True) if len(voice)]
    if not voices:
        raise InputError(
            f"the narration cannot be spoken: {speech.why_silent or 'it contains no words'}",
            remedy="install espeak-ng, or remove the narration",
            stage=stage,
            video_id=video_id,
        )
    placed, moment = [], BEGIN
    for said, voice in voices:
        placed.append((said, moment, voice))
        moment += len(voice) / RATE + PAUSE
    return Narration(tuple(placed))


def shortest_duration(config: VideoGenConfig, native_fps: float, native_frames: int) -> float:
    """Return the shortest possible duration of the video in seconds, in whole frames of `processing.fps`.

    Args:
        config: the settings of the video.
        native_fps: frame rate of the model profile.
        native_frames: frames of one clip of the model profile.
    """
    wanted = config.processing.duration or (config.model.num_frames or native_frames) / native_fps
    return round(wanted * config.processing.fps) / config.processing.fps


def lengthened(request: VideoRequest, config: VideoGenConfig, native_fps: float, native_frames: int) -> VideoRequest:
    """The request with a duration that holds its narration: a narration lengthens its video.

    Args:
        request: the request.
        config: the settings of this request.
        native_fps: frame rate of the model profile.
        native_frames: frames of one clip of the model profile.

    Raises:
        InputError: the narration cannot be spoken, or takes longer than any video may.
    """
    if not request.narration:
        return request
    spoken = narrate(request.narration, "request", request.id).seconds
    if spoken <= shortest_duration(config, native_fps, native_frames) + 1e-6:
        return request
    seconds = math.ceil(spoken * 10.0 + 0.5) / 10.0
    if seconds > LONGEST:
        raise InputError(
            f"reading the narration takes {spoken:.0f} s, and a video lasts at most {LONGEST:.0f} s",
            remedy="shorten the narration",
            stage="request",
            video_id=request.id,
        )
    overrides = {name: value for name, value in flat(request.overrides).items() if name != "processing.duration"}
    return request.model_copy(update={"duration": seconds, "overrides": overrides})


def require_room(narration: Narration, duration: float, stage: str, video_id: str | None = None) -> None:
    """Reject a narration that lasts longer than its video: it is never cut.

    Raises:
        InputError: it does.
    """
    if narration.seconds > duration + 1e-6:
        raise InputError(
            f"reading the narration takes {narration.seconds:.1f} s, but the video lasts {duration:.1f} s",
            remedy=f"ask for a duration of at least {narration.seconds + 0.05:.1f} s, or shorten the narration",
            stage=stage,
            video_id=video_id,
        )
