"""Texts as people read them: markup, emoji and elements that senders put into them become plain text, with a note.

What the note says is a warning of the alert; the message as it was received is kept beside it.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from videogen.emergency.cap.xml import local_name

Note = Callable[[str, str], None]
"""Takes the name of a rule and a message."""

_BLOCKS = "br|p|div|li|ul|ol|dl|dt|dd|tr|table|thead|tbody|h[1-6]|hr|section|article|header|footer|blockquote|pre"
_INLINE = "a|b|i|u|s|em|strong|span|font|small|big|sup|sub|td|th|code|tt|abbr|img|center|mark|strike|del|ins|label"
# Only names that are markup: "PM10 < 50" and "<50 m>" are text.
_BREAK = re.compile(rf"[ \t]{{0,4}}</?(?:{_BLOCKS})(?:\s[^<>]*)?/?>[ \t]*", re.IGNORECASE)
_TAG = re.compile(rf"</?(?:{_INLINE})(?:\s[^<>]*)?/?>", re.IGNORECASE)
_HIDDEN = re.compile(r"<!--.{0,2000}?-->|<(script|style)\b[^<>]*>.{0,2000}?</\1\s*>", re.IGNORECASE | re.DOTALL)
_ENTITY = re.compile(r"&(?:[a-z]{2,8}|#\d{1,7}|#x[0-9a-f]{1,6});", re.IGNORECASE)
_ITEM = re.compile(r"<li(?:\s[^<>]*)?>\s*", re.IGNORECASE)
_KEYCAP = re.compile("([#*0-9])\ufe0f?\u20e3")
_SHOWN = 40


@cache
def _emoji() -> Any:
    """Pictures in colour, with skin tones, joiners and flags; not the signs that fonts of text have (©, ☎)."""
    # Inside, since every process of Dagster loads this module and few of them read alerts.
    import regex

    return regex.compile(
        r"(?:\p{Emoji_Presentation}|\p{Extended_Pictographic}\uFE0F)"
        r"(?:\uFE0F|\p{Emoji_Modifier}|\u200D\p{Extended_Pictographic}\uFE0F?|[\U000E0020-\U000E007F])*"
    )


def plain_text(text: str, note: Note) -> str:
    """A text without markup and emoji, each departure noted; breaks and list items become paragraphs.

    Linear in the length of the text.
    """
    return _without_emoji(_without_markup(text, note), note)


def _without_markup(text: str, note: Note) -> str:
    if "<" not in text and "&" not in text:
        return text
    plain = _HIDDEN.sub(" ", text)
    # A break in markup is meant; a bare end of line may only wrap the text. An empty line tells them apart.
    plain = _BREAK.sub("\n\n", _ITEM.sub("\n- ", plain))
    plain = _TAG.sub("", plain)
    plain = _ENTITY.sub(lambda found: html.unescape(found.group()), plain)
    if plain == text:
        return text
    note("html-in-text", f"it contains markup, which is left out: {_first(text, plain)!r}")
    return re.sub(r"\n{3,}", "\n\n", plain).strip()


def _without_emoji(text: str, note: Note) -> str:
    if text.isascii():
        return text
    bare = _KEYCAP.sub(r"\1", text)
    found = [*_KEYCAP.findall(text), *_emoji().findall(bare)]
    if not found:
        return text
    note("emoji-in-text", f"its emoji are left out: {''.join(dict.fromkeys(found))[:_SHOWN]}")
    return re.sub(r"[ \t]{2,}", " ", str(_emoji().sub("", bare))).strip()


def _first(text: str, plain: str) -> str:
    """Where the two begin to differ."""
    start = next((n for n, (a, b) in enumerate(zip(text, plain, strict=False)) if a != b), len(plain))
    return text[start : start + _SHOWN].strip()


def text_of_elements(element: Any) -> str:
    """All text below an element that should hold text only: what each element in it says as a paragraph.

    A ``title`` of such an element comes before it (so write Taiwan's typhoon warnings).
    """
    return "\n\n".join(line for line in _lines(element) if line)


def _lines(element: Any) -> Iterator[str]:
    yield (element.text or "").strip()
    for child in element:
        if local_name(child):
            title = str(child.get("title", "")).strip()
            inner = text_of_elements(child)
            yield f"{title}: {inner}" if title and "\n" not in inner else f"{title}\n\n{inner}".strip()
        yield (child.tail or "").strip()
