"""Takes clips of strangers into the store: the file that a video is made from, a video or a picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from videogen.config.groups.all import ProcessingSettings
from videogen.errors import InputError, MediaError
from videogen.runtime.media_opening import FORMATS, format_of, open_media
from videogen.runtime.plain_files import allowed_path, read_plain
from videogen.storage.inputs.picture_file import EXTENSIONS, check_picture, sniff

CLIP_SUFFIXES = frozenset(
    {".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".ts", ".mpg", ".mpeg", ".flv", ".ogv", ".wmv", ".mxf", ".y4m"}
)
_HEAD = 2048


def clip_content(path: Path, limits: ProcessingSettings, allowed: Sequence[Path] = ()) -> bytes:
    """Read a clip or picture once, check it, and return its bytes, safe to keep.

    Args:
        path: the file.
        limits: largest number of bytes, and for a picture of pixels.
        allowed: the folders that it may lie in, links resolved; empty: any.

    Raises:
        InputError: it is not a plain file, is too large, lies elsewhere, or is neither a video nor a picture that can
            be used.
    """
    source = allowed_path(path, allowed, "clip")
    try:
        content = read_plain(source, limits.max_clip_bytes, links=False)
    except InputError as error:
        raise InputError(
            f"the clip cannot be used: {error.problem}",
            remedy="check the path; cut it shorter if it is too large, or raise processing.max_clip_bytes",
        ) from error
    if sniff(content[:16]) in EXTENSIONS:
        check_picture(content, path.name, limits)
    elif format_of(content[:_HEAD]) is None:
        raise InputError(
            f"{path.name} is neither a video nor a picture",
            remedy=f"give {FORMATS}, or a picture: JPEG, PNG, WebP, TIFF or BMP",
        )
    else:
        _check_video(content, path.name)
    return content


def is_picture(path: Path) -> bool:
    """Whether the stored file is a picture, by its first bytes."""
    with path.open("rb") as file:
        return sniff(file.read(16)) in EXTENSIONS


def _check_video(content: bytes, name: str) -> None:
    """Open the very bytes that will be kept, as an untrusted video.

    Raises:
        InputError: they hold no video stream that can be decoded.
    """
    with TemporaryDirectory(prefix="videogen-clip-") as folder:
        copy = Path(folder) / "clip"
        copy.write_bytes(content)
        try:
            with open_media(copy) as media:
                media.video  # noqa: B018 - finding the stream is the check
        except MediaError as error:
            raise InputError(
                f"{name} cannot be used as a clip: {error.problem.replace(str(copy), name)}", remedy=error.remedy
            ) from error
