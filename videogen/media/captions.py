"""Captions: cues from a request, as a WebVTT file and as packets of a track in the video."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Sequence

from videogen.domain.requests import Caption, VideoRequest

# Limits of a readable cue (Netflix timed text style guide: 42 characters a line, two lines, 20 characters
# a second at most, 5/6 s at least).
LINE = 42
LINES = 2
PACE = 20.0
SHORTEST = 5 / 6
# NUL and the other controls of ISO 6429, which WebVTT forbids or readers take for the end, and overrides of direction.
_OUTLAWED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202d\u202e\ufeff\uffff\ufffe]")


def cues_for(request: VideoRequest, duration: float) -> tuple[Caption, ...]:
    """The cues of a video of `duration` seconds: the request's own, or its heading (`VideoRequest.heading`).

    Own cues are kept as they are, cut at the end of the video; a cue that would only begin after the end
    has no picture to belong to and is left out.
    """
    if request.captions:
        return tuple(
            cue if cue.end <= duration else cue.model_copy(update={"end": duration})
            for cue in request.captions
            if cue.start < duration
        )
    return spread(request.heading, duration)


def spread(text: str, duration: float) -> tuple[Caption, ...]:
    """Split `text` into cues that fill `duration` seconds at a readable pace; too long a text ends with "…"."""
    text = " ".join(text.split())
    blocks = _blocks(textwrap.wrap(text, LINE))
    readable, room = max(duration * PACE, LINE * LINES), max(1, int(duration // SHORTEST))
    kept = 0
    while kept < min(len(blocks), room) and (not kept or sum(map(len, blocks[: kept + 1])) <= readable):
        kept += 1
    shown = textwrap.wrap(text, LINE, max_lines=kept * LINES, placeholder=" …") if kept else []
    return tuple(_timed(_blocks(shown), duration))


def _blocks(lines: Sequence[str]) -> list[str]:
    return ["\n".join(lines[start : start + LINES]) for start in range(0, len(lines), LINES)]


def _timed(blocks: Sequence[str], duration: float) -> Iterator[Caption]:
    """Each block is shown in proportion to its length, on whole milliseconds."""
    total, passed = sum(map(len, blocks)), 0
    for block in blocks:
        start = round(duration * passed / total, 3)
        passed += len(block)
        yield Caption(start=start, end=round(duration * passed / total, 3), text=block)


def as_webvtt(cues: Sequence[Caption]) -> str:
    """The cues as a WebVTT file (W3C WebVTT, section 4)."""
    parts = ["WEBVTT\n"]
    for number, cue in enumerate(cues, start=1):
        shown = webvtt_sample(cue.text).decode()
        parts.append(f"{number}\n{_clock(cue.start)} --> {_clock(cue.end)}\n{shown}\n")
    return "\n".join(parts)


def cleaned(text: str) -> str:
    """Remove what a caption file cannot hold: control characters, direction overrides, empty lines (they end a cue).

    Marks of direction that Arabic and Hebrew need stay.
    """
    lines = (_OUTLAWED.sub("", line) for line in text.splitlines())
    return "\n".join(line.rstrip() for line in lines if line.strip())


def webvtt_sample(text: str) -> bytes:
    """The text of one cue as WebVTT writes it, in a file or as a block of a WebM track."""
    return cleaned(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").encode("utf-8")


def mov_text_sample(text: str) -> bytes:
    """One sample of a 3GPP timed text track (TS 26.245): two bytes of length, then UTF-8."""
    data = cleaned(text).encode("utf-8")
    return len(data).to_bytes(2, "big") + data


def _clock(seconds: float) -> str:
    milliseconds = round(seconds * 1000)
    minutes, rest = divmod(milliseconds, 60_000)
    return f"{minutes // 60:02d}:{minutes % 60:02d}:{rest // 1000:02d}.{rest % 1000:03d}"
