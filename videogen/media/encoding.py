"""Pictures to a file by PyAV: yuv420p, BT.709, constant frame rate; mp4 with H.264, or another container."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from videogen.domain.requests import Caption
from videogen.errors import MediaError
from videogen.media.containers import MP4, Container
from videogen.media.watermark.embedding import Embedder, Watermark

if TYPE_CHECKING:
    from av import VideoFrame
    from av.audio.stream import AudioStream
    from av.container import OutputContainer
    from av.subtitles.stream import SubtitleStream
    from av.video.stream import VideoStream

    from videogen.runtime.media_opening import OpenMedia

CODEC = "h264"
SOUND_RATE = 48_000
_AAC_PRIMING = 1024
"""Samples that FFmpeg's AAC encoder puts before the sound."""
_BT709 = 1
_MILLISECOND = Fraction(1, 1000)
# FFmpeg's caption encoders read its style from an ASS header; this is the plainest complete one.
_STYLE = b"""[Script Info]
ScriptType: v4.00+
PlayResX: 384
PlayResY: 288

[V4+ Styles]
Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, Bold, Italic, \
Underline, StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, Alignment, MarginL, \
MarginR, MarginV, Encoding
Style: Default,Arial,16,&Hffffff,&Hffffff,&H0,&H0,0,0,0,0,100,100,0,0,1,1,0,2,10,10,10,0

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
"""


@dataclass(frozen=True)
class Sound:
    """One channel at 48 kHz. samples: float32, −1 … 1; bit_rate: of the AAC track, bits per second."""

    samples: NDArray[np.float32]
    bit_rate: int = 96_000


@dataclass(frozen=True)
class CaptionTrack:
    """Captions in one language. language: ISO 639-2, three letters, e.g. ``"eng"``."""

    language: str
    cues: Sequence[Caption]


@dataclass(frozen=True)
class Chapter:
    """A part that players can jump to. start, end: seconds."""

    title: str
    start: float
    end: float


@dataclass(frozen=True)
class Encoding:
    """How a video is encoded. size: (width, height), even; threads 0: as many as the machine has.

    edit_list: whether the file may carry one, which some networks refuse (Instagram). Without it there are no
    B-frames, and the sound is moved forward by what the AAC coder puts before it. bit_rate: bits per second at most;
    0: what `crf` needs. container: the kind of file; `crf` and `preset` are those of x264, and mean about the same
    elsewhere. fine: fewer visible blocks for more time (`Container.picture_options`). piece: it is a part of a longer
    video (`videogen.media.pieces`), whose header must suit all parts.
    """

    size: tuple[int, int]
    fps: Fraction
    crf: int = 18
    preset: str = "veryfast"
    threads: int = 0
    edit_list: bool = True
    bit_rate: int = 0
    container: Container = MP4
    fine: bool = False
    piece: bool = False


def write_mp4(
    path: Path,
    pictures: Iterable[NDArray[np.uint8] | VideoFrame],
    encoding: Encoding,
    *,
    captions: Sequence[Caption] = (),
    tracks: Sequence[CaptionTrack] = (),
    sound: Sound | None = None,
    chapters: Sequence[Chapter] = (),
    watermark: Watermark | None = None,
    metadata: Mapping[str, str] | None = None,
) -> int:
    """Encode `pictures` (uint8, H×W×3, sRGB) one by one; returns how many there were.

    A picture may also be a yuv420p frame; the same one may come again with other content, for x264 copies it.
    captions: a track without language; tracks: one for each language; sound: an AAC track; watermark: embedded into
    every frame before it is encoded.

    Raises:
        OSError: the disk refused (full, read-only); what was written so far is of no use.
        MediaError: a picture has another size, there is none, or the encoder refused.
    """
    written = 0
    marks = watermark is not None and watermark.embedded_in(encoding.size) is not None
    embedder = Embedder(watermark, encoding.size) if watermark is not None and marks else None
    begun = begun_file(
        path,
        encoding,
        lambda container: _video_stream(container, encoding),
        captions=captions,
        tracks=tracks,
        sound=sound,
        chapters=chapters,
        metadata=metadata,
    )
    with refusals(lambda: f"frame {written}"), begun as (container, video):
        for picture in pictures:
            container.mux(video.encode(_frame(picture, written, encoding, embedder)))
            written += 1
        container.mux(video.encode(None))
    if not written:
        raise MediaError("there are no frames to encode", remedy="check the stage that made the frames")
    return written


@contextmanager
def begun_file(
    path: Path,
    encoding: Encoding,
    add_pictures: Callable[[OutputContainer], VideoStream],
    *,
    captions: Sequence[Caption] = (),
    tracks: Sequence[CaptionTrack] = (),
    sound: Sound | OpenMedia | None = None,
    chapters: Sequence[Chapter] = (),
    metadata: Mapping[str, str] | None = None,
) -> Iterator[tuple[OutputContainer, VideoStream]]:
    """A file with all but its pictures in it, see `write_mp4`; the block adds them to the stream of `add_pictures`.

    sound: to be encoded, or an open file whose sound is taken as it is.
    """
    import av

    kind = encoding.container
    edits = {} if encoding.edit_list else {"use_editlist": "0"}
    with av.open(str(path), "w", format=kind.format, options={**kind.options, **edits}) as container:
        container.metadata.update(metadata or {})
        if chapters:
            container.set_chapters([_chapter(number, chapter) for number, chapter in enumerate(chapters)])
        video = add_pictures(container)
        voice = _sound_stream(container, sound, kind) if isinstance(sound, Sound) else None
        heard = None if sound is None or isinstance(sound, Sound) else sound
        taken = container.add_stream_from_template(heard.container.streams.audio[0], opaque=True) if heard else None
        texts = [(_text_stream(container, kind), captions)] if captions else []
        texts += [(_text_stream(container, kind, track.language), track.cues) for track in tracks]
        container.start_encoding()
        for text, cues in texts:
            _write_captions(container, text, cues, kind)
        if voice is not None and isinstance(sound, Sound):
            _write_sound(container, voice, sound, kind, 0 if encoding.edit_list else _AAC_PRIMING)
        if heard is not None and taken is not None:
            for packet in heard.packets(heard.container.streams.audio[0]):
                if packet.size:
                    packet.stream = taken
                    container.mux(packet)
        yield container, video


def add_sound(container: OutputContainer, sound: Sound) -> None:
    """Put the sound alone into a file without edit list: moved forward by what the AAC coder puts before it."""
    stream = _sound_stream(container, sound, MP4)
    container.start_encoding()
    _write_sound(container, stream, sound, MP4, _AAC_PRIMING)


@contextmanager
def refusals(where: Callable[[], str]) -> Iterator[None]:
    """Say what FFmpeg refuses as this project says it. where: what was being written.

    Raises:
        OSError: the disk refused. MediaError: the encoder did.
    """
    import av

    try:
        yield
    except av.FFmpegError as error:
        # Those with an errno of the file system go on as OSError: the caller knows what a full disk means.
        if isinstance(error, OSError) and error.errno:
            raise OSError(error.errno, error.strerror) from error
        raise MediaError(
            f"the encoder refused {where()}: {error}", remedy="check delivery.preset and delivery.crf"
        ) from error


def _video_stream(container: OutputContainer, encoding: Encoding) -> VideoStream:
    if encoding.container.codec == "av1":
        # SVT-AV1 writes two dozen lines about itself to stderr, past every logger; errors it still writes.
        os.environ.setdefault("SVT_LOG", "1")
    options = encoding.container.picture_options(encoding.crf, encoding.preset, encoding.fps, encoding.fine)
    if not encoding.edit_list:
        options["bf"] = "0"
    if encoding.piece:
        options["x264-params"] = ":".join(filter(None, (options.get("x264-params"), "stitchable=1")))
    if encoding.bit_rate:
        options |= {"maxrate": str(encoding.bit_rate), "bufsize": str(2 * encoding.bit_rate)}
    stream: VideoStream = _added(container, encoding.container.encoder, rate=encoding.fps, options=options)
    context = stream.codec_context
    context.width, context.height = encoding.size
    context.pix_fmt = "yuv420p"
    context.time_base = 1 / encoding.fps
    context.thread_count = encoding.threads
    context.colorspace = context.color_primaries = context.color_trc = context.color_range = _BT709
    return stream


def _added(container: OutputContainer, encoder: str, **options: Any) -> Any:
    """A new stream; PyAV tells its kind from the name of the encoder, which type checkers cannot."""
    return container.add_stream(encoder, **options)


def _frame(
    picture: NDArray[np.uint8] | VideoFrame, number: int, encoding: Encoding, embedder: Embedder | None
) -> VideoFrame:
    from av import VideoFrame

    if isinstance(picture, VideoFrame):
        if (picture.width, picture.height, picture.format.name) != (*encoding.size, "yuv420p"):
            raise MediaError(f"frame {number} is {picture.width}×{picture.height} {picture.format.name}")
        frame = picture
    else:
        frame = _converted(picture, number, encoding)
    if embedder is not None:
        frame = embedder.marked(frame)
    frame.colorspace = frame.color_primaries = frame.color_trc = frame.color_range = _BT709
    frame.pts, frame.time_base, frame.duration = number, 1 / encoding.fps, 1
    return frame


def _converted(picture: NDArray[np.uint8], number: int, encoding: Encoding) -> VideoFrame:
    from av import VideoFrame
    from av.video.reformatter import ColorRange, Colorspace

    if picture.shape != (encoding.size[1], encoding.size[0], 3) or picture.dtype != np.uint8:
        raise MediaError(
            f"frame {number} is {picture.dtype} {'×'.join(map(str, picture.shape))}, but the video is "
            f"{encoding.size[0]}×{encoding.size[1]}",
            remedy="frames must be uint8, height × width × 3, all of the output size",
        )
    return VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24").reformat(
        format="yuv420p",
        dst_colorspace=Colorspace.ITU709,
        src_color_range=ColorRange.JPEG,
        dst_color_range=ColorRange.MPEG,
    )


def _chapter(number: int, chapter: Chapter) -> Any:
    start, end = round(chapter.start * 1000), round(chapter.end * 1000)
    return {"id": number, "start": start, "end": end, "time_base": _MILLISECOND, "metadata": {"title": chapter.title}}


def _sound_stream(container: OutputContainer, sound: Sound, kind: Container) -> AudioStream:
    stream: AudioStream = _added(container, kind.sound, rate=SOUND_RATE, layout="mono")
    stream.codec_context.bit_rate = sound.bit_rate
    return stream


def _write_sound(
    container: OutputContainer, stream: AudioStream, sound: Sound, kind: Container, left_out: int = 0
) -> None:
    """left_out: samples at the beginning, in whose place the coder's own priming is heard."""
    from av import AudioFrame

    for start in range(left_out, len(sound.samples), kind.sound_frame):
        samples = np.ascontiguousarray(sound.samples[None, start : start + kind.sound_frame], np.float32)
        frame = AudioFrame.from_ndarray(samples, format=kind.sound_format, layout="mono")
        # The encoder's first packet is its priming, before the moment of the first samples that it is given.
        frame.sample_rate, frame.pts, frame.time_base = SOUND_RATE, start, Fraction(1, SOUND_RATE)
        container.mux(stream.encode(frame))
    container.mux(stream.encode(None))


def _text_stream(container: OutputContainer, kind: Container, language: str | None = None) -> SubtitleStream:
    stream: SubtitleStream = _added(container, kind.captions)
    if language:
        stream.metadata["language"] = language
    stream.codec_context.subtitle_header = _STYLE
    stream.time_base = _MILLISECOND
    return stream


def _write_captions(
    container: OutputContainer, stream: SubtitleStream, captions: Sequence[Caption], kind: Container
) -> None:
    # The samples are made by hand: PyAV's encoder takes ASS lines, in which braces and commas mean something.
    from av import Packet

    for cue in captions:
        packet = Packet(kind.sample(cue.text))
        packet.stream, packet.time_base = stream, _MILLISECOND
        packet.pts = packet.dts = round(cue.start * 1000)
        packet.duration = round(cue.end * 1000) - packet.pts
        container.mux(packet)
