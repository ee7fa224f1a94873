"""Opening a picture file that nobody has vouched for."""

from __future__ import annotations

import stat
import struct
from pathlib import Path
from typing import TYPE_CHECKING

from videogen.config.groups import ProcessingSettings
from videogen.errors import InputError

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
_REMEDY = "give a JPEG, PNG, WebP, TIFF, BMP or single-picture GIF"


def sniff(head: bytes) -> str:
    """What a file is by its first 16 bytes: a key of `EXTENSIONS`, or words for what else it seems to be."""
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


def read_picture(path: Path, limits: ProcessingSettings) -> Image.Image:
    """The decoded picture, every pixel read.

    Raises:
        InputError: not a readable file; more bytes or pixels than `limits` allow; not a picture, or not what its
            extension says; damaged or truncated; animated or of several pages.
    """
    _check_bytes(path, limits)
    kind = _check_kind(path)
    from PIL import Image, UnidentifiedImageError

    try:
        image = Image.open(path, formats=tuple(EXTENSIONS))
        with image:
            _check_pixels(path, image, limits)
            _check_single(path, image, kind)
            image.load()
    except InputError:
        raise
    except Image.DecompressionBombError as error:
        raise InputError(
            f"{path.name} unfolds to far more pixels than the limit of {limits.max_image_pixels:,}",
            remedy="scale it down before it is sent",
        ) from error
    except UnidentifiedImageError as error:
        raise InputError(
            f"{path.name} starts like a {kind} picture but cannot be read as one", remedy=_REMEDY
        ) from error
    # What Pillow's decoders raise on damaged data, found by feeding them cut and flipped files.
    except (
        OSError,
        ValueError,
        SyntaxError,
        EOFError,
        IndexError,
        KeyError,
        TypeError,
        OverflowError,
        struct.error,
    ) as error:
        raise InputError(
            f"{path.name} is damaged or truncated: {error}",
            remedy="save it again from the program it came from",
        ) from error
    return image


def _check_bytes(path: Path, limits: ProcessingSettings) -> None:
    try:
        facts = path.stat()
    except OSError as error:
        raise InputError(f"the picture {path} cannot be found: {error.strerror}", remedy="check the path") from error
    if not stat.S_ISREG(facts.st_mode):
        raise InputError(f"{path} is not a regular file", remedy="name a picture file, not a folder or device")
    size = facts.st_size
    if size == 0:
        raise InputError(f"{path.name} is empty", remedy=_REMEDY)
    if size > limits.max_image_bytes:
        raise InputError(
            f"{path.name} has {size:,} bytes, more than the limit of {limits.max_image_bytes:,}",
            remedy="compress it or raise processing.max_image_bytes",
        )


def _check_kind(path: Path) -> str:
    try:
        with path.open("rb") as file:
            kind = sniff(file.read(16))
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}", remedy="check its permissions") from error
    if kind not in EXTENSIONS:
        raise InputError(f"{path.name} is not a picture but {kind}", remedy=_REMEDY)
    extension = path.suffix.lower()
    if extension not in EXTENSIONS[kind]:
        named = f"is named {extension!r}" if extension else "has no extension"
        raise InputError(
            f"{path.name} {named} but holds a {kind} picture",
            remedy=f"rename it to *{min(EXTENSIONS[kind], key=_oddness)}, and hand it in again",
        )
    return kind


def _oddness(extension: str) -> tuple[bool, int, str]:
    """Least for the extension that people know best."""
    return extension in (".jpe", ".dib"), len(extension), extension


def _check_pixels(path: Path, image: Image.Image, limits: ProcessingSettings) -> None:
    width, height = image.size
    if width * height > limits.max_image_pixels:
        raise InputError(
            f"{path.name} is {width}×{height}, more pixels than the limit of {limits.max_image_pixels:,}",
            remedy="scale it down or raise processing.max_image_pixels",
        )


def _check_single(path: Path, image: Image.Image, kind: str) -> None:
    # MPO is what phones write: one photograph and its depth map or preview behind it.
    count = 1 if image.format == "MPO" else getattr(image, "n_frames", 1)
    if count > 1:
        what = f"has {count} pages" if kind == "TIFF" else f"is an animation of {count} pictures"
        raise InputError(
            f"{path.name} {what}; a reference is one still picture", remedy="export the picture that you mean"
        )
