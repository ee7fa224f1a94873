"""Ids of videos: the moment of the request, what it shows, and random digits."""

from __future__ import annotations

import re
import secrets
import threading
import time
import unicodedata
from datetime import UTC, datetime
from typing import Final

VIDEO_ID_FORM: Final = (
    r"[0-9]{8}-[0-9]{6}"
    r"(?:[0-9]{3}(?:-[a-z0-9]{1,24}){1,4}-[0-9a-f]{8}"
    # Of requests made before ids said what they show.
    r"|-[0-9]{6}-[0-9a-f]{6})"
)
VIDEO_ID: Final = re.compile(f"^(?:{VIDEO_ID_FORM})$")
RANDOM_BYTES: Final = 4
"""Ids of one process differ by their millisecond. Two processes that make an id of the same title in the same
millisecond need these digits: at one request a second each, for ten years, there are some 3·10⁵ such moments for 2³²
values, a chance of one in 14 000. The request store refuses the second of two equal ids."""
_MOST_WORDS, _MOST_LETTERS = 3, 24
_WITHOUT_MEANING = frozenset(
    ("a", "an", "the", "of", "in", "on", "at", "to", "and", "or", "with", "by", "for", "is", "are")
)
_SPELLED = str.maketrans({"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ł": "l", "ı": "i", "þ": "th"})
_last_tick = 0
_one_tick_each = threading.Lock()


def new_video_id(words: str = "") -> str:
    """A fresh id, ``YYYYMMDD-HHMMSSmmm-what-it-shows-rrrrrrrr`` in UTC; ids of one process sort by the order of making.

    Args:
        words: the title or prompt that the id is to be known by.
    """
    global _last_tick
    with _one_tick_each:
        _last_tick = max(time.time_ns() // 1_000_000, _last_tick + 1)
        tick = _last_tick
    moment = datetime.fromtimestamp(tick // 1000, UTC)
    return f"{moment:%Y%m%d-%H%M%S}{tick % 1000:03d}-{slug(words)}-{secrets.token_hex(RANDOM_BYTES)}"


def slug(words: str) -> str:
    """The first words that mean something, in ASCII: at most 3 words and 24 letters; "video" where there are none."""
    plain = unicodedata.normalize("NFKD", words.casefold().translate(_SPELLED))
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    # A word in another script is left out whole, also where single letters of it are Latin.
    found = [word for word in re.findall(r"\w+", plain.replace("_", " ")) if re.fullmatch(r"[a-z0-9]+", word)]
    telling = [word for word in found if word not in _WITHOUT_MEANING]
    kept: list[str] = []
    for word in telling[:_MOST_WORDS]:
        if kept and len("-".join([*kept, word])) > _MOST_LETTERS:
            break
        kept.append(word[:_MOST_LETTERS])
    return "-".join(kept) or "video"
