"""A poster: one frame so small that Dagster's pages show it in the table itself, not behind a link.

They show Markdown at once only where it is shorter than 1000 characters, data URIs included. So the frame is a WebP of
some 500 bytes, and an SVG around it says how large it is shown.
"""

from __future__ import annotations

import base64
import io
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import PIL.Image

SHOWN_AT_ONCE = 999
"""Characters: dagster-webserver 1.13, ui-core/src/metadata/MetadataEntry.tsx, `mdStr.length < 1000`."""
_SHOWN_LONGEST = 288
_LONGEST = (80, 64, 48, 32)
_CAPTION = 80


def poster(frame: NDArray[np.uint8], caption: str) -> str:
    """Markdown of at most `SHOWN_AT_ONCE` characters with a picture of one frame, some 288 pixels long when shown.

    Args:
        frame: uint8, H×W×3, sRGB.
        caption: what it shows, safe inside of Markdown; it is cut where it is long.
    """
    import PIL.Image

    alt = caption if len(caption) <= _CAPTION else f"{caption[: _CAPTION - 1].rstrip(chr(92))}…"
    picture = PIL.Image.fromarray(np.ascontiguousarray(frame))
    for longest in _LONGEST:
        small = _resized(picture, longest)
        for quality in range(60, -1, -10):
            found = f"![{alt}](data:image/svg+xml,{_svg(picture, _webp(small, quality))})"
            if len(found) <= SHOWN_AT_ONCE:
                return found
    raise AssertionError("32 pixels of WebP at the lowest quality are shorter than this")


def _resized(picture: PIL.Image.Image, longest: int) -> PIL.Image.Image:
    import PIL.Image

    scale = longest / max(picture.size)
    size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    return picture.resize(size, PIL.Image.Resampling.LANCZOS, reducing_gap=2.0)


def _webp(picture: PIL.Image.Image, quality: int) -> str:
    stream = io.BytesIO()
    picture.save(stream, "WEBP", quality=quality, method=6)
    return base64.b64encode(stream.getvalue()).decode("ascii")


def _svg(picture: PIL.Image.Image, webp: str) -> str:
    scale = _SHOWN_LONGEST / max(picture.size)
    size = f"width='{round(picture.width * scale)}'%20height='{round(picture.height * scale)}'"
    image = f"%3Cimage%20{size}%20preserveAspectRatio='none'%20href='data:image/webp;base64,{webp}'/%3E"
    return f"%3Csvg%20xmlns='http://www.w3.org/2000/svg'%20{size}%3E{image}%3C/svg%3E"
