"""Setting text: fonts run by run, lines that break where the script allows it, drawing in either direction."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from videogen.media.fonts import bundled_fonts, candidates, characters, repertoire

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import FreeTypeFont

Colour = tuple[int, int, int]
# Marks that must not begin a line (JIS X 4051), and brackets that must not end one.
_NOT_FIRST = frozenset("、。，．・：；？！）」』】〕〉》”’…ー々〜,.:;?!)]}%°")
_NOT_LAST = frozenset("（「『【〔〈《“‘([{")
_LEADING = 1.28
# A number and its unit stay together: "11.2 m", "5 km", "17 °C".
_MEASURE = re.compile(r"(\d) (?=([^\W\d_]{1,2}|°[CF]|%|km/h|mph)(?!\w))")


@dataclass(frozen=True)
class Face:
    """How text is set. size: pixels; rtl: the paragraph runs from right to left."""

    size: int
    bold: bool = False
    rtl: bool = False


@dataclass(frozen=True)
class Run:
    """Letters of one font."""

    text: str
    font: Path


@dataclass(frozen=True)
class Line:
    """One line, its runs as seen from left to right, and its width in pixels."""

    text: str
    runs: tuple[Run, ...]
    width: float


def without_font(text: str) -> str:
    """The characters that no font here has, each once."""
    return "".join(sorted({chr(code) for code in characters(text) if _font_of(code, True) is None}))


def fonts_of(text: str, *, bold: bool = False) -> tuple[Path, ...]:
    """The font files that a text is set with."""
    return tuple(dict.fromkeys(run.font for run in _logical_runs(text, bold)))


def line_height(text: str, face: Face) -> int:
    """Pixels from one baseline to the next: enough for what the fonts draw above and below it."""
    extents = [sum(_loaded(font, face.size).getmetrics()) for font in fonts_of(text, bold=face.bold)]
    return max(round(face.size * _LEADING), *extents, 1) if extents else round(face.size * _LEADING)


def ascent(text: str, face: Face) -> int:
    """Pixels from the top of a line to its baseline."""
    above = [_loaded(font, face.size).getmetrics()[0] for font in fonts_of(text, bold=face.bold)]
    spare = line_height(text, face) - sum(max(_metrics(text, face), default=(0, 0)))
    return max(above, default=face.size) + max(0, spare) // 2


def _metrics(text: str, face: Face) -> list[tuple[int, int]]:
    return [_loaded(font, face.size).getmetrics() for font in fonts_of(text, bold=face.bold)]


def wrapped(text: str, face: Face, width: float, *, balanced: bool = False) -> list[Line]:
    """`text` in lines no wider than `width` pixels; balanced: of about the same length.

    Lines break at spaces, between ideographs, and inside of words that are wider than a line.
    """
    lines = _greedy(text, face, width)
    if balanced and len(lines) > 1:
        low, high = width / 2, width
        while high - low > 4:
            middle = (low + high) / 2
            low, high = (low, middle) if len(_greedy(text, face, middle)) <= len(lines) else (middle, high)
        lines = _greedy(text, face, high)
    return [set_line(line, face) for line in lines]


def breaks_words(text: str, face: Face, width: float) -> bool:
    """Whether a word is wider than `width` pixels, so that it must be broken."""
    return any(_text_width(unit, face) > width for unit, _ in _units(text))


def set_line(text: str, face: Face) -> Line:
    """One line of text as it will be drawn."""
    runs = _visual(_logical_runs(text, face.bold), face.rtl)
    return Line(text, runs, sum(_width(run.text, run.font, face.size, face.rtl) for run in runs))


def draw_line(draw: ImageDraw, line: Line, face: Face, at: tuple[float, float], ink: Colour) -> None:
    """Draw a line with its left end and baseline at (x, y)."""
    x, y = at
    for run in line.runs:
        font = _loaded(run.font, face.size)
        draw.text((x, y), run.text, font=font, fill=ink, anchor="ls", **_direction(run.text, face.rtl))
        x += _width(run.text, run.font, face.size, face.rtl)


def _greedy(text: str, face: Face, width: float) -> list[str]:
    lines, line = [], ""
    for unit, spaced in _units(text):
        longer = f"{line}{' ' if spaced and line else ''}{unit}"
        if not line or _text_width(longer, face) <= width:
            line = longer
        else:
            lines.append(line)
            line = unit
        while _text_width(line, face) > width:
            head = _fitting(line, face, width)
            if head == line:
                break
            lines.append(head)
            line = line[len(head) :].lstrip()
    return [*lines, line] if line else lines


def _units(text: str) -> Iterator[tuple[str, bool]]:
    """Pieces that must not be broken, and whether a space stands before each."""
    for word in _MEASURE.sub("\\1\u00a0", " ".join(text.split())).split(" "):
        start, spaced = 0, True
        for end in range(1, len(word)):
            before, after = word[end - 1], word[end]
            if (_ideograph(before) or _ideograph(after)) and after not in _NOT_FIRST and before not in _NOT_LAST:
                yield word[start:end], spaced
                start, spaced = end, False
        yield word[start:], spaced


def _ideograph(letter: str) -> bool:
    return unicodedata.east_asian_width(letter) in "WF" and not ("가" <= letter <= "힣")


def _fitting(word: str, face: Face, width: float) -> str:
    """The longest beginning of a word that fits, of whole clusters; at least one cluster."""
    ends = [end for end in range(1, len(word) + 1) if end == len(word) or not _joined(word, end)]
    kept = ends[0]
    for end in ends:
        if _text_width(word[:end], face) > width:
            break
        kept = end
    return word[:kept]


def _joined(word: str, end: int) -> bool:
    """Whether the letters before and after `end` belong to one cluster."""
    before, after = word[end - 1], word[end]
    marks = unicodedata.category(after).startswith("M") or after in "\u200c\u200d"
    return marks or unicodedata.combining(before) == 9 or before == "\u200d"


def _text_width(text: str, face: Face) -> float:
    return sum(_width(run.text, run.font, face.size, face.rtl) for run in _logical_runs(text, face.bold))


@lru_cache(maxsize=4096)
def _logical_runs(text: str, bold: bool) -> tuple[Run, ...]:
    """Runs in reading order: one, where one font has all of it, else changing between words as rarely as possible."""
    needed = characters(text)
    for path in bundled_fonts():
        if needed <= repertoire(path):
            return (Run(text, _weight(path, bold)),)
    runs: list[Run] = []
    for piece in _pieces(text):
        missing = characters(piece)
        kept = runs[-1].font if runs and missing <= repertoire(runs[-1].font) else None
        fonts = [font for code in sorted(missing) if (font := _font_of(code, bold))]
        best = kept or next((font for font in fonts if missing <= repertoire(font)), fonts[0] if fonts else None)
        font = best or (runs[-1].font if runs else _weight(bundled_fonts()[0], bold))
        if runs and runs[-1].font == font:
            runs[-1] = Run(runs[-1].text + piece, font)
        else:
            runs.append(Run(piece, font))
    return tuple(runs)


def _pieces(text: str) -> Iterator[str]:
    """Clusters of letters, each with the marks that belong to it."""
    start = 0
    for end in range(1, len(text)):
        if not _joined(text, end) and _font_of(ord(text[end]), True) != _font_of(ord(text[end - 1]), True):
            yield text[start:end]
            start = end
    if text:
        yield text[start:]


def _visual(runs: tuple[Run, ...], rtl: bool) -> tuple[Run, ...]:
    """Runs from left to right. In a right-to-left line those of a left-to-right script keep their order."""
    if not rtl or len(runs) == 1:
        return runs
    ordered: list[list[Run]] = []
    for run in runs:
        if ordered and not _strong_rtl(run.text) and not _strong_rtl(ordered[-1][-1].text):
            ordered[-1].append(run)
        else:
            ordered.append([run])
    return tuple(run for group in reversed(ordered) for run in group)


def _strong_rtl(text: str) -> bool:
    return any(unicodedata.bidirectional(letter) in ("R", "AL") for letter in text)


@lru_cache(maxsize=4096)
def _font_of(code: int, bold: bool) -> Path | None:
    """The first font with this character."""
    if not characters(chr(code)):
        return None
    found = next((path for path in candidates(frozenset((code,))) if code in repertoire(path)), None)
    return found and _weight(found, bold)


def _weight(path: Path, bold: bool) -> Path:
    """The same face in the wanted weight, where it is installed."""
    if bold:
        return path
    for ending in ("-Regular", ""):
        plain = path.with_name(path.name.replace("-Bold", ending))
        if plain.is_file():
            return plain
    return path


@lru_cache(maxsize=16384)
def _width(text: str, font: Path, size: int, rtl: bool) -> float:
    return float(_loaded(font, size).getlength(text, **_direction(text, rtl)))


def _direction(text: str, rtl: bool) -> dict[str, Any]:
    from PIL import features

    if not features.check("raqm"):
        return {}
    return {"direction": "rtl" if rtl and _strong_rtl(text) else "ltr"}


@lru_cache(maxsize=256)
def _loaded(font: Path, size: int) -> FreeTypeFont:
    from PIL import ImageFont

    return ImageFont.truetype(str(font), size)
