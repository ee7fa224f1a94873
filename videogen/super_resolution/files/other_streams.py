"""Carries the source's sound and captions into the mp4: copied if players support them, else encoded as AAC."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from videogen.runtime.media_opening import OpenMedia, media_errors, open_media, unreadable

if TYPE_CHECKING:
    from av import AudioFrame, AudioResampler, Packet
    from av.container import InputContainer, OutputContainer
    from av.stream import Stream

# What players take in an mp4; all else becomes AAC.
_COPIED = ("aac", "mp3", "ac3", "eac3", "alac", "opus", "flac")
_CAPTIONS = "mov_text"
_AAC_RATES = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000, 64000, 88200, 96000)
_LAYOUTS = {1: "mono", 3: "3.0", 4: "4.0", 5: "5.0", 6: "5.1", 8: "7.1"}
# Clocks of broadcast streams start anywhere; files of other formats mean the times that they give.
_ANY_START = ("mpegts", "mpeg")

Timed = tuple[Fraction, int, "Packet[Any]"]
Taker = Callable[["Packet[Any]"], Iterator["Packet[Any]"]]


@dataclass
class Kept:
    """What became of the source's other streams, in words.

    damaged: packets of sound that were left out, since they could not be decoded or lie before others in time.
    """

    copied: list[str] = field(default_factory=list)
    encoded: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    damaged: int = 0


def require_streams_that_fit(path: Path) -> None:
    """Try to write all sound and captions into a temporary mp4 first: frames cost hours, sound seconds.

    Raises:
        MediaError: a stream cannot be put into an mp4; the message names it.
    """
    import av

    try:
        with open_media(path) as media, av.open(_Nowhere(), "w", format="mp4") as target:
            _, tracks = tracks_of(media, target, media.video.index)
            for _, _, packet in other_packets(media, tracks, start_of(media.container)):
                with media_errors(path, f"stream {packet.stream.index}: "):
                    target.mux(packet)
    except av.FFmpegError as error:
        # Closing the mp4 writes its index; what that needs of the streams is looked at only then.
        raise unreadable(path, f"its sound and captions do not fit into an mp4: {error.strerror or error}") from error


class _Nowhere:
    """A file that keeps nothing."""

    def __init__(self) -> None:
        self._place = self._end = 0

    def write(self, data: bytes) -> int:
        self._place += len(data)
        self._end = max(self._end, self._place)
        return len(data)

    def seek(self, offset: int, whence: int = 0) -> int:
        self._place = offset + (0, self._place, self._end)[whence]
        return self._place

    def tell(self) -> int:
        return self._place


def start_of(container: InputContainer) -> Fraction:
    """The time, in seconds, that becomes zero in the mp4."""
    start = container.start_time
    shifts = container.format.name in _ANY_START and start is not None
    return Fraction(start, 1_000_000) if shifts else Fraction(0)


def tracks_of(media: OpenMedia, target: OutputContainer, shown: int) -> tuple[Kept, dict[int, Taker]]:
    """Return how each sound and caption stream of the source is handled, by its index.

    shown: index of the video stream that is enlarged.
    """
    kept, tracks = Kept(), dict[int, Taker]()
    for stream in media.container.streams:
        context: Any = getattr(stream, "codec_context", None)
        name = context.codec.canonical_name if context is not None else ""
        sound = stream.type == "audio"
        if name in (_COPIED if sound else (_CAPTIONS,)):
            with media_errors(media.path, f"stream {stream.index} ({name}): "):
                made = target.add_stream_from_template(stream, opaque=True)
            tracks[stream.index] = _copying(made, kept)
            kept.copied.append(name)
        elif sound and name and context.sample_rate and context.layout.nb_channels:
            encoder = _Encoder(stream, target, kept)
            made, tracks[stream.index] = encoder.made, encoder.take
            kept.encoded.append(f"{name} to aac")
        else:
            if stream.index != shown:
                kept.left_out.append(" ".join((stream.type, name)).strip())
            continue
        made.metadata.update({key: stream.metadata[key] for key in ("language", "title") if key in stream.metadata})
    return kept, tracks


def other_packets(media: OpenMedia, tracks: dict[int, Taker], start: Fraction) -> Iterator[Timed]:
    """Yield the packets of all streams besides the frames, in the order of the file.

    Raises:
        MediaError: the source cannot be read, or its sound not be encoded; the message names the stream.
    """
    if not tracks:
        return
    for packet in media.packets(*(media.container.streams[index] for index in tracks)):
        with media_errors(media.path, f"stream {packet.stream.index}: "):
            taken = list(tracks[packet.stream.index](packet))
        for made in taken:
            shift = round(start / made.time_base)
            if made.pts is not None:
                made.pts -= shift
            made.dts = (made.dts or 0) - shift
            yield made.dts * made.time_base, 1, made


def _copying(made: Stream, kept: Kept) -> Taker:
    last: int | None = None

    def take(packet: Packet[Any]) -> Iterator[Packet[Any]]:
        nonlocal last
        # An empty caption fills the time between two; the muxer makes these itself.
        filler = made.type == "subtitle" and bytes(packet) == b"\0\0"
        if not packet.size or packet.dts is None or filler:
            return
        if last is not None and packet.dts <= last and made.type == "audio":
            kept.damaged += 1
            return
        last = packet.dts
        packet.stream = made
        yield packet

    return take


class _Encoder:
    """Decodes one stream of sound and encodes it as AAC. Gaps become silence, so that it stays with the pictures."""

    def __init__(self, stream: Any, target: OutputContainer, kept: Kept) -> None:
        context = stream.codec_context
        self._kept = kept
        self._rate = min(_AAC_RATES, key=lambda known: abs(known - context.sample_rate))
        self._layout = _LAYOUTS.get(context.layout.nb_channels, "stereo")
        self.made = target.add_stream("aac", rate=self._rate, layout=self._layout)
        self.made.codec_context.bit_rate = 96_000 * self.made.codec_context.layout.nb_channels
        self._graph = self._silence_in_gaps()
        self._given: tuple[str, str, int] | None = None
        self._resampler: AudioResampler | None = None

    def take(self, packet: Packet[Any]) -> Iterator[Packet[Any]]:
        import av

        try:
            frames = packet.decode()
        except av.FFmpegError:
            self._kept.damaged += 1
            frames = []
        for frame in frames:
            self._push(self._converted(frame))
        if not packet.size:
            self._push([] if self._resampler is None else self._resampler.resample(None))
            self._graph.push(None)
        while True:
            try:
                ready = self._graph.pull()
            except (BlockingIOError, EOFError):
                break
            yield from self.made.encode(ready)
        if not packet.size:
            yield from self.made.encode(None)

    def _converted(self, frame: AudioFrame) -> list[AudioFrame]:
        """In one format throughout: decoders give another than the file lists, and streams change on the way."""
        from av import AudioResampler

        left: list[AudioFrame] = []
        form = (frame.format.name, frame.layout.name, frame.sample_rate)
        if self._resampler is None or form != self._given:
            left = [] if self._resampler is None else self._resampler.resample(None)
            self._resampler = AudioResampler(format="fltp", layout=self._layout, rate=self._rate)
            self._given = form
        return [*left, *self._resampler.resample(frame)]

    def _push(self, frames: list[AudioFrame]) -> None:
        for frame in frames:
            if frame.pts is not None:
                frame.pts = round(frame.pts * frame.time_base * self._rate)
            frame.time_base = Fraction(1, self._rate)
            self._graph.push(frame)

    def _silence_in_gaps(self) -> Any:
        from av.filter import Graph

        graph: Any = Graph()
        source = graph.add_abuffer(
            sample_rate=self._rate, format="fltp", layout=self._layout, time_base=Fraction(1, self._rate)
        )
        shape = f"sample_fmts=fltp:sample_rates={self._rate}:channel_layouts={self._layout}"
        graph.link_nodes(
            source, graph.add("aresample", "async=1"), graph.add("aformat", shape), graph.add("abuffersink")
        ).configure()
        return graph
