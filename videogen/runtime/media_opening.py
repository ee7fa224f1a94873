"""Opens video files from untrusted sources; every other module opens media through this one.

FFmpeg guesses what a file is by its content, whatever its name says, and some of the formats that it knows (playlists,
``ffconcat``, session descriptions, picture sequences) are lists of other files and addresses, which it opens as well.
So this module opens the file itself, decides by the first bytes which of a closed list of formats it is, and gives
FFmpeg an open file, the name of that one format, and no way to open anything else.
"""

from __future__ import annotations

import os
import re
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from videogen.errors import MediaError

if TYPE_CHECKING:
    from av import Packet
    from av.container import InputContainer
    from av.stream import Stream
    from av.video.stream import VideoStream

FORMATS = "mp4, MOV, Matroska, WebM, AVI, MPEG-TS, MPEG-PS, FLV, Ogg, ASF (WMV), MXF or Y4M"
_HEAD = 2048
# The first bytes of each format (name of FFmpeg's demuxer → pattern). No two of them fit the same file.
_SIGNATURES = {
    "mov": re.compile(rb"....(ftyp|styp|moov|moof|mdat|free|skip|wide|pnot|sidx)", re.DOTALL),
    "matroska": re.compile(rb"\x1a\x45\xdf\xa3"),
    "avi": re.compile(rb"RIFF....AVI ", re.DOTALL),
    "mpeg": re.compile(rb"\x00\x00\x01\xba"),
    "flv": re.compile(rb"FLV\x01"),
    "ogg": re.compile(rb"OggS\x00"),
    "asf": re.compile(rb"\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9\x00\xaa\x00\x62\xce\x6c"),
    "mxf": re.compile(rb"\x06\x0e\x2b\x34\x02\x05\x01\x01\x0d\x01\x02\x01\x01"),
    "yuv4mpegpipe": re.compile(rb"YUV4MPEG2 "),
}
# Packets of a transport stream have 188 bytes, with a time stamp before them 192, with error correction 204.
_TRANSPORT = re.compile(
    b"|".join(rb"[\s\S]{0,%d}?(\x47[\s\S]{%d}){3}\x47" % (length, length - 1) for length in (188, 192, 204))
)
# Boxes of an mp4 may refer to other files ("dref"); FFmpeg must not follow them, which is also its default.
_OPTIONS = {"mov": {"enable_drefs": "0", "use_absolute_path": "0"}}


@dataclass(frozen=True)
class Limits:
    """Limits that are checked before any work is done, and how long FFmpeg may read without output.

    bytes: of the file; pixels: of one frame (8192×4320); frames, seconds: of the video; streams: of all kinds.
    reading: seconds for one packet, at least this many; opening takes a second more for every 5 MB.
    """

    bytes: int = 64 * 2**30
    pixels: int = 8192 * 4320
    frames: int = 2_000_000
    seconds: float = 12 * 3600.0
    streams: int = 128
    reading: float = 60.0
    bytes_per_second: int = 5_000_000


LIMITS = Limits()


class _Watched:
    """An open file as FFmpeg reads it. Once the time for one step is over, the next read ends the step."""

    # FFmpeg must not see a name: some of its formats look for other files beside it.
    name = "media"

    def __init__(self, file: BinaryIO, path: Path) -> None:
        self._file, self._path = file, path
        self._until = float("inf")

    def read(self, size: int) -> bytes:
        if time.monotonic() > self._until:
            raise MediaError(
                f"{self._path} takes too long to read: the decoder gave nothing for more than {LIMITS.reading:g} s",
                remedy="the file is damaged or built to waste time; convert it on the machine that it comes from",
            )
        return self._file.read(size)

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    @contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        self._until = time.monotonic() + seconds
        try:
            yield
        finally:
            self._until = float("inf")


@dataclass(frozen=True)
class OpenMedia:
    """An opened file: its container, and its packets with a time limit on reading."""

    path: Path
    container: InputContainer
    bytes: int
    _file: _Watched

    @property
    def video(self) -> VideoStream:
        """The first video stream that is not a cover picture.

        Raises:
            MediaError: there is none, or its frames are larger than any camera makes.
        """
        from av.stream import Disposition

        streams = [
            stream for stream in self.container.streams.video if not stream.disposition & Disposition.attached_pic
        ]
        if not streams:
            raise MediaError(f"{self.path} holds no video stream", remedy="give a video, not a sound or picture file")
        stream = streams[0]
        # Without a decoder there is no context, whatever the stubs say.
        if getattr(stream, "codec_context", None) is None:
            raise unreadable(self.path, "no decoder is installed for its codec")
        require_size(self.path, stream.codec_context.width, stream.codec_context.height)
        # A frame may also turn out larger than the container says.
        stream.codec_context.options = {"max_pixels": str(LIMITS.pixels)}
        stream.thread_type = "AUTO"
        return stream

    def packets(self, *streams: Stream) -> Iterator[Packet[Any]]:
        """The packets of these streams in the order of the file, at the end an empty one for each.

        Raises:
            MediaError: reading fails, or takes too long.
        """
        source = self.container.demux(streams)
        while True:
            with self._file.within(LIMITS.reading), media_errors(self.path):
                packet = next(source, None)
            if packet is None:
                return
            yield packet


@contextmanager
def open_media(path: Path) -> Iterator[OpenMedia]:
    """Open a video or sound file of one of `FORMATS`; other files that it refers to are never opened.

    Raises:
        MediaError: it is missing, no regular file, too large, of another format, damaged, or has too many streams.
    """
    with regular_file(path) as (file, size):
        name = format_of(file.read(_HEAD))
        if name is None:
            raise unreadable(path, f"it is not one of the formats {FORMATS}")
        file.seek(0)
        watched = _Watched(file, path)
        media = OpenMedia(path, _container(watched, name, size, path), size, watched)
        with media.container:
            if len(media.container.streams) > LIMITS.streams:
                raise MediaError(
                    f"{path} has {len(media.container.streams)} streams; at most {LIMITS.streams} are read",
                    remedy="keep only the streams that are needed",
                )
            yield media


def format_of(head: bytes) -> str | None:
    """FFmpeg's name of the format that a file with these first bytes (up to 2,048) has, None: none of `FORMATS`."""
    known = next((name for name, pattern in _SIGNATURES.items() if pattern.match(head)), None)
    return known or ("mpegts" if _TRANSPORT.match(head) else None)


def require_size(path: Path, width: int, height: int) -> None:
    """Reject frames that are too large to be processed.

    Raises:
        MediaError: more pixels than `Limits` allows.
    """
    if width * height > LIMITS.pixels:
        raise MediaError(
            f"the frames of {path} are {width}×{height}; at most {LIMITS.pixels:,} pixels are read",
            remedy="make the frames smaller first",
        )


def require_length(path: Path, frames: int, seconds: float) -> None:
    """Reject videos that are too long to be processed.

    Raises:
        MediaError: more frames or seconds than `Limits` allows.
    """
    if frames > LIMITS.frames or not seconds <= LIMITS.seconds:
        raise MediaError(
            f"{path} has {frames} frames or more, claims to last {seconds:.0f} s; at most {LIMITS.frames} frames and "
            f"{LIMITS.seconds:.0f} s are read",
            remedy="cut the video into parts; if it is shorter than that, its times are damaged: encode it again",
        )


@contextmanager
def media_errors(path: Path, where: str = "") -> Iterator[None]:
    """Turn every error of one FFmpeg call into a MediaError. where: put before the reason.

    PyAV answers damaged files with FFmpeg's errors, and with Python's own where a number or name makes no sense.
    """
    import av

    try:
        yield
    except av.FFmpegError as error:
        raise unreadable(path, f"{where}{error.strerror or error}") from error
    except (ArithmeticError, LookupError, MemoryError, NotImplementedError, TypeError, ValueError) as error:
        raise unreadable(path, f"{where}{error or type(error).__name__}") from error


def unreadable(path: Path, reason: str) -> MediaError:
    """Return the error for a file that FFmpeg cannot read."""
    return MediaError(
        f"{path} cannot be read as a video: {reason}",
        remedy="the file is damaged, truncated or not a video; copy or download it again",
    )


def _container(file: _Watched, name: str, size: int, path: Path) -> InputContainer:
    import av

    options = {
        # For what FFmpeg would open beside the file itself; the file is open already.
        "protocol_whitelist": "none",
        "max_streams": str(LIMITS.streams + 1),
        "max_pixels": str(LIMITS.pixels),
        **_OPTIONS.get(name, {}),
    }
    with file.within(LIMITS.reading + size / LIMITS.bytes_per_second), media_errors(path):
        # Titles in files are bytes of anybody's: what is no UTF-8 must not stop the reading.
        container: InputContainer = av.open(
            file, "r", format=name, options=options, metadata_errors="replace", io_open=_nothing_else
        )
        return container


def _nothing_else(url: str, flags: int, options: dict[str, str]) -> BinaryIO:
    raise MediaError(f"the video refers to another file, {url!r}", remedy="only videos in one file are read")


@contextmanager
def regular_file(path: Path) -> Iterator[tuple[BinaryIO, int]]:
    """The open file and its size; what is a device, pipe or folder is not opened, nor waited for."""
    try:
        # Looked at first, since opening a device can do something; looked at again, since it may be another by then.
        _require_regular(path, os.stat(path))
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise MediaError(f"no file found at {path}", remedy="check the path") from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise MediaError(f"{path} cannot be opened: {reason}", remedy="check the path and its permissions") from error
    with open(descriptor, "rb") as file:
        found = os.fstat(descriptor)
        _require_regular(path, found)
        if found.st_size > LIMITS.bytes:
            raise MediaError(
                f"{path} has {found.st_size:,} bytes; at most {LIMITS.bytes:,} are read",
                remedy="cut the video into parts",
            )
        # Files of the system, such as those in /proc, claim to be empty; reading one may wait for ever.
        if not found.st_size:
            raise unreadable(path, "it is empty")
        yield file, found.st_size


def _require_regular(path: Path, found: os.stat_result) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise MediaError(f"{path} is not a file (but a folder, pipe or device)", remedy="name a video file")
