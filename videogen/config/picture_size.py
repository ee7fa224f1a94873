"""The size of a picture as people write it: ``1080x1920``, ``tall``, or a list of two numbers."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import BeforeValidator

NAMED_SIZES = {"wide": (1280, 720), "square": (720, 720), "tall": (720, 1280)}
FORM = f"width x height, such as 1280x720 or [1280, 720], or one of {', '.join(NAMED_SIZES)}"
_WRITTEN = re.compile(r"\s*(?:(\d{1,5})\s*[xX×]\s*(\d{1,5})|\[\s*(\d{1,5})\s*,\s*(\d{1,5})\s*\])\s*")


def picture_size(given: Any) -> Any:
    """(width, height) in pixels of what somebody wrote; a value that is not text is left to the field's own check.

    Raises:
        ValueError: it names no size.
    """
    if isinstance(given, list | tuple):
        return given
    text = given if isinstance(given, str) else ""
    if (named := NAMED_SIZES.get(text.strip().lower())) is not None:
        return named
    written = _WRITTEN.fullmatch(text)
    if written is None:
        raise ValueError(f"a size is {FORM}")
    return int(written[1] or written[3]), int(written[2] or written[4])


PictureSize = Annotated[tuple[int, int], BeforeValidator(picture_size)]
"""Width and height in pixels. Fields of this type take the text of an environment variable or a CSV cell as it is."""


def reads_text(metadata: list[Any]) -> bool:
    """Whether a field with this metadata is a `PictureSize`, whose text must not be taken for JSON."""
    return any(isinstance(part, BeforeValidator) and part.func is picture_size for part in metadata)
