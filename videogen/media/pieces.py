"""A video whose pictures were encoded in pieces, each once: one stream on one clock, every frame by its number.

Pieces hold pictures only, from one setting of one encoder, without frames that refer to another piece; sound, captions
and chapters are written once for the whole. So nothing that keeps a time of its own is ever joined.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from videogen.errors import MediaError
from videogen.media.encoding import CaptionTrack, Chapter, Encoding, Sound, add_sound, begun_file, refusals, write_mp4
from videogen.runtime.media_opening import OpenMedia, open_media

if TYPE_CHECKING:
    from av import VideoFrame

_SOUND_OPTIONS = {"movflags": "+faststart", "use_editlist": "0"}


def write_piece(path: Path, frames: Iterable[VideoFrame], encoding: Encoding) -> int:
    """Encode some frames (yuv420p) of a longer video; returns how many there were.

    One thread encodes them, so that the same frames give the same bytes on every machine.

    Raises:
        OSError: the disk refused. MediaError: the encoder refused, or none was given.
    """
    return write_mp4(path, frames, replace(encoding, edit_list=False, threads=1, piece=True))


def write_sound(path: Path, sound: Sound, metadata: Mapping[str, str] | None = None) -> None:
    """Write an m4a file that holds nothing but the sound, as `write_joined` takes it over.

    Raises:
        OSError: the disk refused. MediaError: the encoder refused.
    """
    import av

    with refusals(lambda: "the sound"), av.open(str(path), "w", format="mp4", options=_SOUND_OPTIONS) as container:
        container.metadata.update(metadata or {})
        add_sound(container, sound)


def write_joined(
    path: Path,
    pieces: Sequence[Path],
    encoding: Encoding,
    *,
    tracks: Sequence[CaptionTrack] = (),
    sound: Path | None = None,
    chapters: Sequence[Chapter] = (),
    metadata: Mapping[str, str] | None = None,
) -> int:
    """Write the video whose pictures are in `pieces`, one after another; returns the number of its frames.

    sound: a file of `write_sound`, encoded once for all videos that it is heard in.

    Raises:
        OSError: the disk refused.
        MediaError: a piece cannot be read, or was encoded in another way than the first.
    """
    with open_media(pieces[0]) as source, _opened(sound) as heard:
        header, template = source.video.codec_context.extradata, source.video
        begun = begun_file(
            path,
            encoding,
            lambda container: container.add_stream_from_template(template, opaque=True),
            tracks=tracks,
            sound=heard,
            chapters=chapters,
            metadata=metadata,
        )
        number = 0
        with refusals(lambda: f"frame {number}"), begun as (container, video):
            for piece in pieces:
                with open_media(piece) as part:
                    if part.video.codec_context.extradata != header:
                        raise MediaError(
                            f"{piece.name} was encoded in another way than the pieces before it",
                            remedy=f"delete {piece.parent} and make the video again",
                        )
                    for packet in part.packets(part.video):
                        if not packet.size:
                            continue
                        _put_at(packet, number, encoding, video)
                        container.mux(packet)
                        number += 1
    return number


@contextmanager
def _opened(path: Path | None) -> Iterator[OpenMedia | None]:
    if path is None:
        yield None
        return
    with open_media(path) as media:
        yield media


def _put_at(packet: Any, number: int, encoding: Encoding, stream: Any) -> None:
    """Give a packet its frame's number on the clock of the whole. There are no B-frames: what is decoded is shown."""
    packet.time_base = 1 / encoding.fps
    packet.pts = packet.dts = number
    packet.duration = 1
    packet.stream = stream
