"""Joins finished parts with the source's sound and captions into one mp4; every frame keeps its time."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from videogen.errors import MediaError
from videogen.runtime.media_opening import open_media
from videogen.super_resolution.files.other_streams import Kept, Timed, other_packets, start_of, tracks_of

if TYPE_CHECKING:
    from av import Packet
    from av.stream import Stream

    from videogen.super_resolution.files.segments import Segment
    from videogen.super_resolution.files.source import Source

_OF_THE_CONTAINER = ("major_brand", "minor_version", "compatible_brands", "encoder")


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
            open_media(source.path) as media,
            av.open(str(path), "w", format="mp4", options=options) as target,
            open_media(segments[0].video) as first,
        ):
            container = media.container
            origin = start_of(container)
            facts = {key: value for key, value in container.metadata.items() if key not in _OF_THE_CONTAINER}
            target.metadata.update(facts)
            video = target.add_stream_from_template(first.video, opaque=True)
            video.time_base = source.time_base
            kept, tracks = tracks_of(media, target, media.video.index)
            target.set_chapters(container.chapters())
            pictures = _pictures(segments, video, source, origin)
            for _, _, packet in heapq.merge(
                pictures, other_packets(media, tracks, origin), key=lambda timed: timed[:2]
            ):
                target.mux(packet)
            return kept
    except av.FFmpegError as error:
        if isinstance(error, OSError) and error.errno:
            raise OSError(error.errno, error.strerror) from error
        raise MediaError(
            f"the parts of {source.path} cannot be joined: {error}",
            remedy=f"remove the folder {segments[0].video.parent} and start again",
        ) from error


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
            f"{segment.video} contains {len(order)} frames, not {len(segment.times)}",
            remedy=f"remove the folder {segment.video.parent} and start again",
        )
    ranks = np.empty(len(order), np.int64)
    ranks[order] = np.arange(len(order))
    return ranks


def _packets(path: Path) -> Iterator[Packet[Any]]:
    with open_media(path) as media:
        for packet in media.packets(media.video):
            if packet.size:
                yield packet
