"""Opens untrusted image files."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from videogen.config.groups.all import ProcessingSettings
from videogen.errors import InputError
from videogen.runtime.plain_files import allowed_path, read_plain

if TYPE_CHECKING:
    from PIL import Image

# Pillow's names of the formats that are read; anything else (EPS would start Ghostscript) is refused unopened.
EXTENSIONS = {
    "JPEG": frozenset({".jpg", ".jpeg", ".jpe", ".jfif"}),
    "PNG": frozenset({".png", ".apng"}),
    "WEBP": frozenset({".webp"}),
    "TIFF": frozenset({".tif", ".tiff"}),
    "BMP": frozenset({".bmp", ".dib"}),
    "GIF": frozenset({".gif"}),
}
MAX_SCANS = 30
"""Progressive encoders write about ten."""
_REMEDY = "give a JPEG, PNG, WebP, TIFF, BMP or single-picture GIF"


def sniff(head: bytes) -> str:
    """Detect a file's type by its first 16 bytes: a key of `EXTENSIONS`, or a description of another type."""
    signatures = (
        (b"\xff\xd8\xff", "JPEG"),
        (b"\x89PNG\r\n\x1a\n", "PNG"),
        (b"GIF87a", "GIF"),
        (b"GIF89a", "GIF"),
        (b"II*\0", "TIFF"),
        (b"MM\0*", "TIFF"),
        (b"BM", "BMP"),
        (b"%PDF", "a PDF document"),
        (b"PK\x03\x04", "a ZIP or office document"),
        (b"%!PS", "a PostScript file"),
        (b"\x1aE\xdf\xa3", "a Matroska or WebM video"),
    )
    for signature, name in signatures:
        if head.startswith(signature):
            return name
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WEBP"
    if head[4:8] == b"ftyp":
        return (
            "a HEIC or AVIF picture"
            if head[8:12] in (b"heic", b"heix", b"mif1", b"avif")
            else "an MP4 or QuickTime video"
        )
    if head.lstrip()[:5].lower() in (b"<?xml", b"<svg ", b"<html"):
        return "an SVG, XML or HTML text"
    try:
        head.decode("utf-8", "strict" if len(head) < 16 else "ignore")
    except UnicodeDecodeError:
        return "an unknown kind of file"
    return "a text file" if head.isascii() and b"\0" not in head else "an unknown kind of file"


def picture_content(path: Path, limits: ProcessingSettings, allowed: Sequence[Path] = ()) -> bytes:
    """Read an image file once, check it with `check_picture`, and return its bytes, safe to keep.

    Args:
        path: the picture file.
        limits: largest number of pixels and bytes.
        allowed: the folders that it may lie in, links resolved; empty: any.

    Raises:
        InputError: it is not a plain file, is too large, lies elsewhere, or is not a picture that can be used.
    """
    source = allowed_path(path, allowed, "picture")
    content = _read(source, limits)
    check_picture(content, path.name, limits)
    return content


def check_picture(content: bytes, name: str, limits: ProcessingSettings) -> None:
    """Reject what is not a single image within `limits`; reads the header and decodes no pixels.

    Raises:
        InputError: not a picture, or not what the extension of `name` says; more pixels than `limits` allow; damaged;
            animated, of several pages, or of more scans than any program writes.
    """
    with _opened(content, name, limits):
        return


def read_picture(path: Path, limits: ProcessingSettings) -> Image.Image:
    """Return the decoded image, every pixel read.

    Raises:
        InputError: not a readable plain file; more bytes than `limits` allow; whatever `check_picture` refuses;
            truncated.
    """
    content = _read(Path(os.path.realpath(path)), limits)
    with _opened(content, path.name, limits) as image:
        image.load()
    return image


def _read(path: Path, limits: ProcessingSettings) -> bytes:
    try:
        content = read_plain(path, limits.max_image_bytes, links=False)
    except InputError as error:
        raise InputError(
            f"the picture cannot be used: {error.problem}",
            remedy="check the path; make it smaller if it is too large, or raise processing.max_image_bytes",
        ) from error
    if not content:
        raise InputError(f"{path.name} is empty", remedy=_REMEDY)
    return content


@contextmanager
def _opened(content: bytes, name: str, limits: ProcessingSettings) -> Iterator[Image.Image]:
    """The picture with its header read; what goes wrong until the block ends is an InputError."""
    kind = _check_kind(content, name)
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(BytesIO(content), formats=tuple(EXTENSIONS)) as image:
            _check_pixels(name, image, limits)
            _check_single(name, image, kind, content)
            if kind == "JPEG":
                _check_scans(name, content)
            yield image
    except InputError:
        raise
    except Image.DecompressionBombError as error:
        raise InputError(
            f"{name} decompresses to far more pixels than the limit of {limits.max_image_pixels:,}",
            remedy="scale it down before you send it",
        ) from error
    except UnidentifiedImageError as error:
        raise InputError(f"{name} starts like a {kind} picture but cannot be read as one", remedy=_REMEDY) from error
    # Pillow's decoders raise a dozen kinds of errors on damaged data, and others with each version.
    except Exception as error:
        raise InputError(
            f"{name} is damaged or truncated: {error}", remedy="save it again from the program it came from"
        ) from error


def _check_kind(content: bytes, name: str) -> str:
    kind = sniff(content[:16])
    if kind not in EXTENSIONS:
        raise InputError(f"{name} is not a picture but {kind}", remedy=_REMEDY)
    extension = Path(name).suffix.lower()
    if extension not in EXTENSIONS[kind]:
        named = f"is named {extension!r}" if extension else "has no extension"
        raise InputError(
            f"{name} {named} but holds a {kind} picture",
            remedy=f"rename it to *{min(EXTENSIONS[kind], key=_oddness)}, and hand it in again",
        )
    return kind


def _oddness(extension: str) -> tuple[bool, int, str]:
    """Least for the extension that people know best."""
    return extension in (".jpe", ".dib"), len(extension), extension


def _check_pixels(name: str, image: Image.Image, limits: ProcessingSettings) -> None:
    width, height = image.size
    if width * height > limits.max_image_pixels:
        raise InputError(
            f"{name} is {width}×{height}, more pixels than the limit of {limits.max_image_pixels:,}",
            remedy="scale it down or raise processing.max_image_pixels",
        )


def _check_single(name: str, image: Image.Image, kind: str, content: bytes) -> None:
    if kind == "TIFF":
        # To count the pages, Pillow would read all of them, and a file can have hundreds of thousands.
        what = "has more than one page" if _has_second_page(content) else ""
    else:
        # MPO is what phones write: one photograph and its depth map or preview behind it.
        count = 1 if image.format == "MPO" else getattr(image, "n_frames", 1)
        what = f"is an animation of {count} pictures" if count > 1 else ""
    if what:
        raise InputError(
            f"{name} {what}; a reference is one still picture", remedy="export the one picture that you want to use"
        )


def _has_second_page(content: bytes) -> bool:
    from PIL import Image

    with Image.open(BytesIO(content), formats=("TIFF",)) as pages:
        try:
            pages.seek(1)
        except EOFError:
            return False
        return True


def _check_scans(name: str, content: bytes) -> None:
    # The marker cannot stand in compressed data, where every 0xFF is followed by zero or a restart marker.
    scans = content.count(b"\xff\xda")
    if scans > MAX_SCANS:
        raise InputError(
            f"{name} has {scans:,} scans, and each is decoded over the whole picture; at most {MAX_SCANS} are allowed",
            remedy="save it as a baseline JPEG",
        )
