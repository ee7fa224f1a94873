"""One mp4 of finished parts and the source's sound and captions; every picture at its own time."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from videogen.errors import MediaError
from videogen.media.reading import opened

if TYPE_CHECKING:
    from av import Packet
    from av.container import InputContainer, OutputContainer
    from av.stream import Stream

    from videogen.super_resolution.segments import Segment
    from videogen.super_resolution.source import Source

# What players take in an mp4; all else becomes AAC.
_COPIED = ("aac", "mp3", "ac3", "eac3", "alac", "opus", "flac")
_CAPTIONS = "mov_text"
_AAC_RATES = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000, 64000, 88200, 96000)
_LAYOUTS = {1: "mono", 3: "3.0", 4: "4.0", 5: "5.0", 6: "5.1", 8: "7.1"}
# Clocks of broadcast streams start anywhere; files of other formats mean the times that they give.
_ANY_START = ("mpegts", "mpeg")
_OF_THE_CONTAINER = ("major_brand", "minor_version", "compatible_brands", "encoder")

Timed = tuple[Fraction, int, "Packet[Any]"]


@dataclass
class Kept:
    """What became of the source's other streams, in words."""

    copied: list[str] = field(default_factory=list)
    encoded: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


def join(path: Path, source: Source, segments: Sequence[Segment]) -> Kept:
    """Write the mp4. No picture is decoded; memory does not grow with the length but for 8 bytes a frame.

    Raises:
        MediaError: the parts do not fit together, or the source's sound cannot be read.
        OSError: the disk refused.
    """
    import av

    ticks = source.time_base.denominator
    # Delays at the start are written in ticks of the whole file: those of the video make them exact.
    options = {
        "movflags": "+faststart",
        "video_track_timescale": str(ticks),
        "movie_timescale": str(ticks),
    }
    try:
        with (
            opened(source.path) as (container, shown),
            av.open(str(path), "w", format="mp4", options=options) as target,
            av.open(str(segments[0].video)) as first,
        ):
            origin = _origin(container)
            facts = {key: value for key, value in container.metadata.items() if key not in _OF_THE_CONTAINER}
            target.metadata.update(facts)
            video = target.add_stream_from_template(first.streams.video[0], opaque=True)
            video.time_base = source.time_base
            kept, tracks = _tracks(container, target, shown.index)
            target.set_chapters(container.chapters())
            pictures = _pictures(segments, video, source, origin)
            for _, _, packet in heapq.merge(pictures, _others(container, tracks, origin), key=lambda timed: timed[:2]):
                target.mux(packet)
            return kept
    except av.FFmpegError as error:
        if isinstance(error, OSError) and error.errno:
            raise OSError(error.errno, error.strerror) from error
        raise MediaError(
            f"the parts of {source.path} cannot be joined: {error}",
            remedy=f"remove the folder {segments[0].video.parent} and start again",
        ) from error


def _origin(container: InputContainer) -> Fraction:
    start = container.start_time
    shifts = container.format.name in _ANY_START and start is not None
    return Fraction(start, 1_000_000) if shifts else Fraction(0)


def _pictures(segments: Sequence[Segment], stream: Stream, source: Source, origin: Fraction) -> Iterator[Timed]:
    """The pictures of all parts in the order in which they are decoded, each with the time of its own frame."""
    shift = round(origin / source.time_base)
    times = np.concatenate([segment.times for segment in segments]) - shift
    usual = int(np.median(np.diff(times))) if len(times) > 1 else 1
    end = times[-1] + (segments[-1].last_duration or usual)
    durations = np.diff(times, append=end)
    ranks = [_ranks(segment) for segment in segments]
    # A picture is decoded at most this many pictures before it is shown.
    delay = max(int((np.arange(len(part)) - part).max()) for part in ranks)
    decoding = np.concatenate([times[0] - usual * np.arange(delay, 0, -1), times])
    start = 0
    for segment, part in zip(segments, ranks, strict=True):
        for place, packet in enumerate(_packets(segment.video)):
            shown = start + int(part[place])
            packet.stream, packet.time_base = stream, source.time_base
            packet.pts, packet.dts = int(times[shown]), int(decoding[start + place])
            packet.duration = int(durations[shown])
            yield packet.dts * source.time_base, 0, packet
        start += len(part)


def _ranks(segment: Segment) -> NDArray[np.int64]:
    """For each picture of a part, in the order of decoding: as which one it is shown."""
    order = np.argsort([packet.pts for packet in _packets(segment.video)], kind="stable")
    if len(order) != len(segment.times):
        raise MediaError(
            f"{segment.video} holds {len(order)} pictures, not {len(segment.times)}",
            remedy=f"remove the folder {segment.video.parent} and start again",
        )
    ranks = np.empty(len(order), np.int64)
    ranks[order] = np.arange(len(order))
    return ranks


def _packets(path: Path) -> Iterator[Packet[Any]]:
    import av

    with av.open(str(path)) as container:
        for packet in container.demux(container.streams.video[0]):
            if packet.size:
                yield packet


Taker = Callable[["Packet[Any]"], Iterator["Packet[Any]"]]


def _tracks(container: InputContainer, target: OutputContainer, shown: int) -> tuple[Kept, dict[int, Taker]]:
    """What is done with the packets of the source's streams of sound and captions, by their index."""
    kept, tracks = Kept(), dict[int, Taker]()
    for stream in container.streams:
        name = stream.codec_context.codec.canonical_name if stream.codec_context is not None else ""
        if name in (_COPIED if stream.type == "audio" else (_CAPTIONS,)):
            made = target.add_stream_from_template(stream, opaque=True)
            tracks[stream.index] = _copying(made)
            kept.copied.append(name)
        elif stream.type == "audio" and name:
            made, tracks[stream.index] = _encoding(stream, target)
            kept.encoded.append(f"{name} to aac")
        else:
            if stream.index != shown:
                kept.left_out.append(" ".join((stream.type, name)).strip())
            continue
        made.metadata.update({key: stream.metadata[key] for key in ("language", "title") if key in stream.metadata})
    return kept, tracks


def _copying(made: Stream) -> Taker:
    def take(packet: Packet[Any]) -> Iterator[Packet[Any]]:
        # An empty caption fills the time between two; the muxer makes these itself.
        filler = made.type == "subtitle" and bytes(packet) == b"\0\0"
        if packet.size and packet.dts is not None and not filler:
            packet.stream = made
            yield packet

    return take


def _encoding(stream: Any, target: OutputContainer) -> tuple[Stream, Taker]:
    """Decode and encode as AAC. Gaps in the sound become silence, so that it stays with the pictures."""
    from av.filter import Graph

    context = stream.codec_context
    rate = min(_AAC_RATES, key=lambda known: abs(known - context.sample_rate))
    layout = _LAYOUTS.get(context.layout.nb_channels, "stereo")
    made = target.add_stream("aac", rate=rate, layout=layout)
    made.codec_context.bit_rate = 96_000 * made.codec_context.layout.nb_channels
    graph: Any = Graph()
    wanted = f"sample_fmts=fltp:sample_rates={rate}:channel_layouts={layout}"
    source = graph.add_abuffer(template=stream)
    silence, shape, sink = (
        graph.add("aresample", "async=1"),
        graph.add("aformat", wanted),
        graph.add("abuffersink"),
    )
    graph.link_nodes(source, silence, shape, sink).configure()

    def take(packet: Packet[Any]) -> Iterator[Packet[Any]]:
        for frame in packet.decode():
            graph.push(frame)
        if not packet.size:
            graph.push(None)
        while True:
            try:
                frame = graph.pull()
            except (BlockingIOError, EOFError):
                break
            yield from made.encode(frame)
        if not packet.size:
            yield from made.encode(None)

    return made, take


def _others(container: InputContainer, tracks: dict[int, Taker], origin: Fraction) -> Iterator[Timed]:
    if not tracks:
        return
    for packet in container.demux([container.streams[index] for index in tracks]):
        for made in tracks[packet.stream.index](packet):
            shift = round(origin / made.time_base)
            if made.pts is not None:
                made.pts -= shift
            made.dts = (made.dts or 0) - shift
            yield made.dts * made.time_base, 1, made
