"""Setting text: fonts run by run, lines that break where the script allows it, drawing in either direction."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from videogen.cards.line_breaks import breaks_in_word, joined, units
from videogen.media.fonts import bundled_fonts, candidates, characters, repertoire, scripts_of

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import FreeTypeFont

Colour = tuple[int, int, int]
_LEADING = 1.28
_NEUTRAL = frozenset(("WS", "ON", "CS", "ES", "ET", "BN"))


@dataclass(frozen=True)
class Face:
    """How text is set. size: pixels; rtl: the paragraph runs from right to left; language: tag, for hyphenation.

    alphabet: code points that stand beside this text, so that each script gets one font for all of them.
    fonts: font files that are taken before all others where they have every letter.
    """

    size: int
    bold: bool = False
    rtl: bool = False
    language: str = ""
    alphabet: frozenset[int] = frozenset()
    fonts: tuple[Path, ...] = ()


@dataclass(frozen=True)
class Run:
    """Letters of one font."""

    text: str
    font: Path


@dataclass(frozen=True)
class Line:
    """One line as it is drawn, its runs as seen from left to right, and its width in pixels.

    told: the part of the text that it shows: without a hyphen that was added, with the space that follows it.
    """

    text: str
    runs: tuple[Run, ...]
    width: float
    told: str


def without_font(text: str) -> str:
    """The characters that no font here has, each once."""
    return "".join(sorted({chr(code) for code in characters(text) if _font_of(code, True) is None}))


def alphabet_of(text: str) -> frozenset[int]:
    """The code points that decide about the fonts of a message: none where a font that comes with us has them all."""
    needed = characters(text)
    return frozenset() if any(needed <= repertoire(path) for path in bundled_fonts()) else needed


def fonts_of(text: str, face: Face) -> tuple[Path, ...]:
    """The font files that a text is set with."""
    return tuple(dict.fromkeys(run.font for run in _logical_runs(text, face.bold, face.alphabet, face.fonts)))


def line_height(text: str, face: Face) -> int:
    """Pixels from one baseline to the next: enough for what the fonts draw above and below it."""
    extents = [sum(metrics) for metrics in _metrics(text, face)]
    return max(round(face.size * _LEADING), *extents, 1) if extents else round(face.size * _LEADING)


def ascent(text: str, face: Face) -> int:
    """Pixels from the top of a line to its baseline."""
    metrics = _metrics(text, face)
    spare = line_height(text, face) - sum(max(metrics, default=(0, 0)))
    return max((above for above, _ in metrics), default=face.size) + max(0, spare) // 2


def _metrics(text: str, face: Face) -> list[tuple[int, int]]:
    return [_loaded(font, face.size).getmetrics() for font in fonts_of(text, face)]


def wrapped(text: str, face: Face, width: float, *, balanced: bool = False) -> list[Line]:
    """`text` in lines no wider than `width` pixels; balanced: of about the same length, Japanese between phrases.

    Lines break at spaces and where else the script allows it (`line_breaks.units`). Inside of words only those break
    that are wider than a line: with a hyphen where the language has a dictionary, else between whole clusters.
    """
    lines = _greedy(text, face, width, phrases=balanced)
    if balanced and len(lines) > 1:
        # No line so narrow that it breaks a word which fits.
        widest = max(_text_width(unit, face) for unit, _ in units(text, phrases=True))
        low, high = min(width, max(width / 2, widest)), width
        while high - low > 4:
            middle = (low + high) / 2
            fits = len(_greedy(text, face, middle, phrases=True)) <= len(lines)
            low, high = (low, middle) if fits else (middle, high)
        lines = _greedy(text, face, high, phrases=True)
    return [replace(set_line(shown, face), told=told) for shown, told in lines]


def breaks_words(text: str, face: Face, width: float) -> bool:
    """Whether a word is wider than `width` pixels, so that it must be broken."""
    return any(_text_width(unit, face) > width for unit, _ in units(text))


def told_by(lines: Sequence[Line]) -> str:
    """The text that lines show, as it was before it was broken."""
    return "".join(line.told for line in lines).strip()


def set_line(text: str, face: Face) -> Line:
    """One line of text as it will be drawn."""
    return Line(text, _runs(text, face), _text_width(text, face), text)


def draw_line(draw: ImageDraw, line: Line, face: Face, at: tuple[float, float], ink: Colour) -> None:
    """Draw a line with its left end and baseline at (x, y)."""
    x, y = at
    for run in line.runs:
        font = _loaded(run.font, face.size)
        draw.text((x, y), run.text, font=font, fill=ink, anchor="ls", **_direction(run.text, face.rtl))
        x += _width(run.text, run.font, face.size, face.rtl)


def _greedy(text: str, face: Face, width: float, *, phrases: bool = False) -> list[tuple[str, str]]:
    """Each line as it is shown, and as it is told."""
    lines, line = [], ""
    for unit, spaced in units(text, phrases=phrases):
        between = " " if spaced and line else ""
        longer = f"{line}{between}{unit}"
        if not line or _text_width(longer, face) <= width:
            line = longer
        else:
            lines.append((line, line + between))
            line = unit
        while _text_width(line, face) > width:
            head, hyphen = _fitting(line, face, width)
            if head == line:
                break
            rest = line[len(head) :].lstrip()
            lines.append((head.rstrip("\u00ad") + hyphen, line.removesuffix(rest)))
            line = rest
    return [*lines, (line, line)] if line else lines


def _fitting(word: str, face: Face, width: float) -> tuple[str, str]:
    """The longest beginning of a word that fits, and the hyphen after it; at least one cluster.

    A proper place to break is taken before a later one between two clusters, unless less than a third of the line
    would be filled.
    """
    proper = sorted(breaks_in_word(word, face.language), reverse=True)
    for end, hyphen in proper:
        wide = _text_width(word[:end] + hyphen, face)
        if wide <= width:
            if wide < width / 3:
                break
            return word[:end], hyphen
    ends = [end for end in range(1, len(word) + 1) if end == len(word) or not joined(word, end)]
    kept = ends[0]
    for end in ends:
        if _text_width(word[:end], face) > width:
            break
        kept = end
    return word[:kept], ""


def _text_width(text: str, face: Face) -> float:
    return sum(_width(run.text, run.font, face.size, face.rtl) for run in _runs(text, face))


def _runs(text: str, face: Face) -> tuple[Run, ...]:
    """The runs of a line from left to right."""
    return _visual(_logical_runs(text, face.bold, face.alphabet, face.fonts), face.rtl)


@lru_cache(maxsize=4096)
def _logical_runs(text: str, bold: bool, alphabet: frozenset[int], preferred: tuple[Path, ...] = ()) -> tuple[Run, ...]:
    """Runs in reading order: one, where one font has all of it, else changing between words as rarely as possible.

    All letters of one script come from one font where there is such a font, also for the rest of the `alphabet`:
    letters of Arabic script join only within a font, and a page looks torn where words alternate between two.
    """
    scripts = scripts_of(text)
    needed = characters(text).union(*(letters for name, letters in _by_script(alphabet).items() if name in scripts))
    for path in (*preferred, *bundled_fonts()):
        if needed <= repertoire(path):
            return (Run(text, _weight(path, bold)),)
    own = {code: font for name in sorted(scripts) for code, font in _shared_font(name, text, alphabet, bold).items()}

    def font_of(code: int) -> Path | None:
        return own.get(code) or _font_of(code, bold)

    runs: list[Run] = []
    for piece in _pieces(text, own):
        missing = characters(piece)
        bound = next((own[code] for code in sorted(missing) if code in own), None)
        kept = runs[-1].font if runs and missing <= repertoire(runs[-1].font) and not bound else None
        fonts = [font for code in sorted(missing) if (font := font_of(code))]
        best = (
            bound or kept or next((font for font in fonts if missing <= repertoire(font)), fonts[0] if fonts else None)
        )
        font = best or (runs[-1].font if runs else _weight(bundled_fonts()[0], bold))
        if runs and runs[-1].font == font:
            runs[-1] = Run(runs[-1].text + piece, font)
        else:
            runs.append(Run(piece, font))
    return tuple(_begun_alike(runs))


def _begun_alike(runs: list[Run]) -> list[Run]:
    """The runs, with figures and marks at the beginning in the font of the letters that follow, if that has them.

    Elsewhere they take the font before them; so "3.4 लाख" looks the same at the beginning of a line as within it.
    """
    if len(runs) < 2 or any(letter.isalpha() for letter in runs[0].text):
        return runs
    first, second, *others = runs
    if not characters(first.text) <= repertoire(second.font):
        return runs
    return [Run(first.text + second.text, second.font), *others]


def _shared_font(script: str, text: str, alphabet: frozenset[int], bold: bool) -> dict[int, Path]:
    """Letter → the one font for all letters of a script; empty where the usual choice is one font, or none has all."""
    needed = characters(text)
    letters = _by_script(alphabet if needed <= alphabet else needed | alphabet)[script]
    if len({_font_of(code, bold) for code in letters}) <= 1:
        return {}
    found = _font_with(letters, bold)
    return dict.fromkeys(letters, found) if found else {}


@lru_cache(maxsize=256)
def _font_with(letters: frozenset[int], bold: bool) -> Path | None:
    found = next((path for path in candidates(letters) if letters <= repertoire(path)), None)
    return found and _weight(found, bold)


@lru_cache(maxsize=1024)
def _by_script(codes: frozenset[int]) -> dict[str, frozenset[int]]:
    """The letters among code points, by their script."""
    sorted_in: dict[str, set[int]] = {}
    for code in codes:
        for script in scripts_of(chr(code)):
            sorted_in.setdefault(script, set()).add(code)
    return {script: frozenset(letters) for script, letters in sorted_in.items()}


def _pieces(text: str, own: dict[int, Path]) -> Iterator[str]:
    """Clusters of letters, each with the marks that belong to it."""
    fonts = [own.get(ord(letter)) or _font_of(ord(letter), True) for letter in text]
    start = 0
    for end in range(1, len(text)):
        if not joined(text, end) and fonts[end] != fonts[end - 1]:
            yield text[start:end]
            start = end
    if text:
        yield text[start:]


@lru_cache(maxsize=4096)
def _visual(runs: tuple[Run, ...], rtl: bool) -> tuple[Run, ...]:
    """Runs from left to right. In a right-to-left line those of a left-to-right script keep their order."""
    if not rtl or len(runs) == 1:
        return runs
    ordered: list[list[Run]] = []
    last_leftward = True
    for run, leftward in _with_directions(runs):
        if not leftward and not last_leftward:
            ordered[-1].append(run)
        else:
            ordered.append([run])
        last_leftward = leftward
    return tuple(run for group in reversed(ordered) for run in group)


def _with_directions(runs: Sequence[Run]) -> list[tuple[Run, bool]]:
    """The runs of a right-to-left line, and whether each goes to the left.

    Spaces and marks between two directions go to the left too (UAX #9, rule N2): they join the run beside them that
    does, or stand alone where its font lacks them.
    """
    directed: list[tuple[Run, bool]] = []
    for index, run in enumerate(runs):
        if _strong_rtl(run.text):
            directed.append((run, True))
            continue
        text, before, after = run.text, "", ""
        if index + 1 < len(runs) and _strong_rtl(runs[index + 1].text):
            text = _without_neutrals(text)
            after = run.text[len(text) :]
        if index and _strong_rtl(runs[index - 1].text):
            kept = _without_neutrals(text[::-1])[::-1]
            before, text = text[: len(text) - len(kept)], kept
        directed += [(Run(before, run.font), True), (Run(text, run.font), False), (Run(after, run.font), True)]
    joined_up: list[tuple[Run, bool]] = []
    for run, leftward in directed:
        if not run.text:
            continue
        last = joined_up[-1] if joined_up else None
        if last and leftward and last[1]:
            both = last[0].text + run.text
            font = run.font if _strong_rtl(run.text) else last[0].font
            if characters(both) <= repertoire(font):
                joined_up[-1] = (Run(both, font), True)
                continue
        joined_up.append((run, leftward))
    return joined_up


def _without_neutrals(text: str) -> str:
    end = len(text)
    while end and unicodedata.bidirectional(text[end - 1]) in _NEUTRAL:
        end -= 1
    return text[:end]


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
