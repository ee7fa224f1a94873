"""One variant of a briefing, language × format: its video, and everything that lies beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from videogen.audio.loudness import Loudness
from videogen.briefing.assembly.compositor import Compositor
from videogen.briefing.assembly.edit_list import as_otio, can_write_edit_lists
from videogen.briefing.assembly.kept_pieces import KeptPieces
from videogen.briefing.assembly.texts import (
    as_srt,
    as_ttml,
    chapters_of,
    chapters_text,
    chart_data,
    transcript_html,
    transcript_text,
)
from videogen.briefing.narration.track import soundtrack
from videogen.briefing.pictures.drawing import Pictures
from videogen.briefing.storyboard.model import Storyboard
from videogen.briefing.timing.captions import FORMS, captions_of, captions_on
from videogen.briefing.timing.timeline import Timeline
from videogen.domain.frozen_model import FrozenModel
from videogen.errors import ArtifactError, MediaError
from videogen.media.captions import as_webvtt
from videogen.media.encoding import CaptionTrack, Encoding, Sound, write_mp4
from videogen.media.pieces import write_joined, write_sound
from videogen.storage.atomic_folder import Folder, sha256

if TYPE_CHECKING:
    from videogen.domain.requests import Caption
    from videogen.media.watermark.embedding import Watermark

_SOUND_BIT_RATE, _SMALL_SOUND_BIT_RATE = 128_000, 64_000
"""Of the AAC track, one channel, bits per second: in the video, and in the rendition for messengers."""
MESSENGER_BYTES = 16_000_000
"""What messengers take (WhatsApp), credentials included; a larger video gets a smaller rendition."""
_CREDENTIALS, _CREDENTIALS_OF_A_SHOT = 100_000, 80_000
"""Bytes: a picture of each shot is an ingredient of the credentials. Four shots were found to take 276,000 in all."""
_RESERVE = 0.86
_TRIES, _LEAST_RATE = 4, 64_000
_POSTER_QUALITY = 88


class VariantFacts(FrozenModel):
    """What a variant is and was measured to be. files: what lies in its folder → SHA-256."""

    language: str
    format: str
    video: str
    size: tuple[int, int]
    fps: float
    frames: int
    seconds: float
    shots: tuple[tuple[str, int, int], ...] = Field(description="id, first frame and number of frames of each shot")
    loudness: float | None = Field(description="LUFS; None: it is silent")
    true_peak: float | None = Field(description="dBTP; None: it is silent")
    captions: int
    label: str
    watermark: str | None = Field(None, description="payload of the imperceptible watermark; None: there is none")
    bytes: int
    files: dict[str, str]

    @property
    def videos(self) -> tuple[str, ...]:
        """The video, and its smaller rendition where there is one: all files that carry credentials."""
        return (self.video, *(name for name in self.files if name.endswith(".mp4") and name != self.video))


@dataclass(frozen=True)
class Mixed:
    """The sound track of one language, the same in all its formats, and how loud it was measured to be.

    file: the track by itself, encoded once (AAC in an m4a file).
    """

    samples: NDArray[np.float32]
    loudness: Loudness
    file: bytes = b""


@dataclass(frozen=True)
class Variant:
    """What a variant is made from.

    sound: None where it is silent; others: timelines of the other languages, for their caption tracks.
    """

    storyboard: Storyboard
    timeline: Timeline
    pictures: Pictures
    encoding: Encoding
    title: str
    metadata: Mapping[str, str]
    sound: Mixed | None = None
    others: tuple[Timeline, ...] = ()
    messenger_bytes: int = MESSENGER_BYTES
    watermark: Watermark | None = None

    @property
    def name(self) -> str:
        return f"{self.timeline.language}_{self.pictures.setting.format.name}"


def write_variant(
    variant: Variant, folder: Path, pieces: KeptPieces, report: Callable[[int, int], None] | None = None
) -> VariantFacts:
    """Write the mp4 and all that belongs to it into `folder`; each file is complete or absent.

    Args:
        pieces: the shots of this briefing that have been encoded already; those that are encoded now join them.
        report: told how many frames of how many are encoded.

    Raises:
        MediaError: something cannot be drawn, spoken or encoded.
        StorageError: the disk refused.
    """
    place = Folder(folder)
    form = variant.pictures.setting.format
    cues = captions_of(variant.timeline, FORMS[form.name])
    video = f"{variant.name}.mp4"
    chapters = chapters_of(variant.timeline)
    beside: dict[str, Any] = {
        "tracks": _tracks(variant, cues),
        "chapters": chapters,
        "metadata": variant.metadata,
    }

    def compositor() -> Compositor:
        return Compositor(variant.timeline, variant.pictures, cues if form.burns_captions else ())

    heard: Path | None = None
    if variant.sound is not None:
        place.write(f"{variant.name}.m4a", variant.sound.file)
        heard = place.local(f"{variant.name}.m4a")
    parts = pieces.of(compositor, variant.encoding, variant.watermark, report)
    with place.writing(video) as temporary:
        written = write_joined(temporary, parts, variant.encoding, sound=heard, **beside)
    if written != variant.timeline.frames:
        raise ArtifactError(
            f"{video} has {written} frames instead of {variant.timeline.frames}: a kept shot is damaged",
            remedy=f"delete {parts[0].parent} and make it again",
        )
    if place.local(video).stat().st_size > _room(variant):
        with place.writing(f"{variant.name}.messenger.mp4") as temporary:
            _write_for_messengers(variant, temporary, compositor, beside)
    _write_texts(variant, place, cues, chapters_text(chapters))
    _write_poster(variant, place)
    path = place.local(video)
    return VariantFacts(
        language=variant.timeline.language,
        format=form.name,
        video=video,
        size=form.size,
        fps=float(variant.encoding.fps),
        frames=variant.timeline.frames,
        seconds=variant.timeline.seconds,
        shots=tuple((timed.shot.id, timed.start, timed.count) for timed in variant.timeline.shots),
        loudness=variant.sound.loudness.integrated if variant.sound else None,
        true_peak=variant.sound.loudness.true_peak if variant.sound else None,
        captions=len(cues),
        label=variant.pictures.setting.label.text,
        watermark=variant.watermark.embedded_in(form.size) if variant.watermark is not None else None,
        bytes=path.stat().st_size,
        files={name: sha256(place.local(name)) for name in place.names() if name.startswith(f"{variant.name}.")},
    )


def _write_for_messengers(
    variant: Variant, path: Path, compositor: Callable[[], Compositor], beside: dict[str, Any]
) -> None:
    """The whole once more, as small as messengers take it; again with fewer bits where the encoder used too many.

    Raises:
        MediaError: it stays too large.
    """
    room = _room(variant)
    rate = int(_RESERVE * 8 * room / variant.timeline.seconds) - _SMALL_SOUND_BIT_RATE
    sound = Sound(variant.sound.samples, _SMALL_SOUND_BIT_RATE) if variant.sound is not None else None
    for _ in range(_TRIES):
        small = replace(variant.encoding, bit_rate=max(rate, _LEAST_RATE))
        frames = compositor().frames(0, variant.timeline.frames)
        write_mp4(path, frames, small, watermark=variant.watermark, sound=sound, **beside)
        size = path.stat().st_size
        if size <= room:
            return
        rate = int(0.95 * small.bit_rate * room / size)
    raise MediaError(
        f"{variant.name}.messenger.mp4 has {size:,} bytes, and with its credentials may have {room:,}",
        remedy="make the briefing shorter, or its pictures calmer",
    )


def _room(variant: Variant) -> int:
    """Bytes that a rendition for messengers may have before it is signed."""
    return variant.messenger_bytes - _CREDENTIALS - _CREDENTIALS_OF_A_SHOT * len(variant.timeline.shots)


def _tracks(variant: Variant, cues: tuple[Caption, ...]) -> list[CaptionTrack]:
    """Captions in the language of the variant, and in the others on its clock."""
    form = FORMS[variant.pictures.setting.format.name]
    tracks = [CaptionTrack(_three_letters(variant.timeline.language), cues)] if cues else []
    return tracks + [
        CaptionTrack(_three_letters(other.language), captions_on(variant.timeline, other, form))
        for other in variant.others
    ]


def mixed(
    board: Storyboard, timeline: Timeline, music: NDArray[np.float32] | None, metadata: Mapping[str, str] | None = None
) -> Mixed | None:
    """The sound of one language; None: it is silent.

    Args:
        metadata: of its file.

    Raises:
        MediaError: its loudness cannot be reached.
    """
    speech = [(timeline.sample(cue.start), cue.spoken.sound) for timed in timeline.shots for cue in timed.cues]
    if not any(sound.any() for _, sound in speech):
        # Nobody speaks: a silent track would only pretend that there is one.
        if music is None:
            return None
        speech = []
    under = board.music.under_speech if board.music else 24.0
    samples, loudness = soundtrack(speech, timeline.samples, board.loudness, music, under)
    with TemporaryDirectory(prefix="videogen-sound-") as folder:
        path = Path(folder) / "sound.m4a"
        write_sound(path, Sound(samples, _SOUND_BIT_RATE), metadata)
        return Mixed(samples, loudness, path.read_bytes())


def _write_texts(variant: Variant, place: Folder, cues: tuple[Caption, ...], chapters: str) -> None:
    board, timeline, name = variant.storyboard, variant.timeline, variant.name
    texts = {
        "vtt": as_webvtt(cues),
        "srt": as_srt(cues),
        "ttml": as_ttml(cues, timeline.language),
        "transcript.txt": transcript_text(board, timeline),
        "transcript.html": transcript_html(board, timeline),
    }
    if chapters:
        texts["chapters.txt"] = chapters
    if any(shot.chart is not None for shot in board.shots_in(timeline.language)):
        texts["data.csv"] = chart_data(board, timeline.language)
    if can_write_edit_lists():
        texts["otio"] = as_otio(timeline, variant.title, f"{name}.mp4")
    for suffix, text in texts.items():
        place.write(f"{name}.{suffix}", text.encode("utf-8"))


def _write_poster(variant: Variant, place: Folder) -> None:
    """The title as a still picture."""
    from PIL import Image

    first = variant.timeline.shots[0]
    picture = variant.pictures.picture_of(first)
    pixels = picture.segments[-1].draw(first.count - 1)
    with place.writing(f"{variant.name}.poster.jpg") as path:
        Image.fromarray(pixels).save(path, "JPEG", quality=_POSTER_QUALITY)


def _three_letters(language: str) -> str:
    """ISO 639-2 code of a language."""
    import pycountry

    found = pycountry.languages.get(alpha_2=language) if len(language) == 2 else None
    return str(found.alpha_3) if found is not None else language


def encoding_of(size: tuple[int, int], fps: Fraction, *, crf: int, preset: str) -> Encoding:
    """How variants are encoded: no edit list and the index in front, as all networks take it."""
    return Encoding(size, fps, crf, preset, edit_list=False)
