"""Whether laid-out and drawn pages can be read by everybody: every rule, every page, every reason."""

from __future__ import annotations

import itertools
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field

from videogen.cards.legibility import LegibilityReport, Problem, Rule
from videogen.cards.page import Box, Page
from videogen.cards.text_setting import fonts_of, without_font
from videogen.cards.timing import Turn, pace
from videogen.emergency.layout.drawing import Drawing
from videogen.emergency.layout.frame import SAFE, Frame
from videogen.emergency.layout.message import Message
from videogen.emergency.layout.template import Quality
from videogen.errors import MediaError
from videogen.media.fonts import require_shaping

# Line boxes are taller than their letters; so much of them may overlap, as a share of the type size.
_TOLERANCE = 0.3
_EAST_ASIAN = ("CJK", "HIRAGANA", "KATAKANA", "HANGUL", "BOPOMOFO", "IDEOGRAPHIC", "FULLWIDTH")


@dataclass
class PageCheck:
    """Collects what is measured on pages, and every problem. Floors are those of a template's `Quality`."""

    floors: Quality
    frame: Frame
    contrast: float = 21.0
    safe_margin: float = 0.5
    letters: float = 1.0
    pace: float = 0.0
    texts: int = 0
    fonts: set[str] = field(default_factory=set)
    problems: list[Problem] = field(default_factory=list)

    def message(self, message: Message) -> None:
        """Fonts and shaping for everything that one language says."""
        from PIL import features

        said = " ".join(message.everything())
        if missing := without_font(said):
            remedy = f"install {_package(missing)} (on Debian and Ubuntu: apt install {_package(missing)})"
            if any(unicodedata.category(letter) == "So" for letter in missing):
                remedy = "leave out emoji and pictures"
            self._add("glyphs", message.language, f"no font has {missing[:24]!r}", remedy)
        try:
            require_shaping(said, available=bool(features.check("raqm")))
        except MediaError as error:
            self._add("shaping", message.language, error.problem, error.remedy)

    def layout(self, page: Page) -> None:
        """Safe area, size of letters and overlapping, before anything is drawn."""
        where = _where(page)
        width, height = self.frame.size
        boxes = _boxes(page)
        for text, size, box in boxes:
            self.texts += 1
            left, top, right, bottom = box
            margin = min(left / width, top / height, 1.0 - right / width, 1.0 - bottom / height)
            self.safe_margin = min(self.safe_margin, margin)
            if margin < SAFE - 0.0005:
                self._add("safe area", where, f"{text[:40]!r} is {margin:.1%} from the edge", "shorten the text")
            share = size / min(width, height)
            self.letters = min(self.letters, share)
            if share < self.floors.letters:
                self._add("letter size", where, f"{text[:40]!r} is set {size} px high", "shorten the text")
        fixed = [("symbol", 0, page.symbol)] if page.hazard_ground else []
        fixed += [("progress bar", 0, page.progress)] if page.progress else []
        fixed += [("label", 0, self.frame.label)] if self.frame.label else []
        for (one, size, box), (other, _, second) in itertools.combinations([*boxes, *fixed], 2):
            if _overlap(box, second, _TOLERANCE * size):
                self._add("overlap", where, f"{one[:30]!r} lies over {other[:30]!r}", "shorten the text")
        for placed in page.texts:
            self.fonts.update(path.name for path in fonts_of(placed.line.text, placed.face))

    def timing(self, turn: Turn, fps: float) -> None:
        """Reading time of a page."""
        found = pace(turn, fps)
        self.pace = max(self.pace, found)
        if found > self.floors.pace:
            self._add("reading time", _where(turn.page), f"{found:.1f} letters a second", "show the page longer")

    def drawing(self, page: Page, drawing: Drawing) -> None:
        """Contrast of what was drawn."""
        for (text, _, _), ratio in zip(_boxes(page), drawing.contrasts, strict=True):
            self.contrast = min(self.contrast, ratio)
            if ratio < self.floors.contrast:
                what = f"{text[:40]!r} has a contrast of {ratio:.1f} : 1"
                self._add("contrast", _where(page), what, f"use colours with at least {self.floors.contrast:g} : 1")

    def flashes(self, most: float) -> None:
        """Flashes in the worst second."""
        if most > self.floors.flashes:
            what = f"{most:g} flashes in a second"
            self._add("flashes", "video", what, "use a calmer background or accent")

    def report(self, flashes: float = 0.0) -> LegibilityReport:
        """Everything that was measured so far."""
        return LegibilityReport(
            contrast=round(self.contrast, 2),
            safe_margin=round(self.safe_margin, 4),
            letters=round(self.letters, 4),
            pace=round(self.pace, 2),
            flashes=flashes,
            texts=self.texts,
            fonts=tuple(sorted(self.fonts)),
            problems=tuple(self.problems),
        )

    def _add(self, rule: Rule, where: str, what: str, remedy: str) -> None:
        self.problems.append(Problem(rule=rule, where=where, what=what, remedy=remedy))


def _boxes(page: Page) -> list[tuple[str, int, Box]]:
    """(text, type size, box) of everything written on a page, the map's words after the others."""
    found = [(text.line.text, text.face.size, text.box) for text in page.texts]
    if page.map is not None:
        for word in page.map.texts:
            box = (round(word.x), word.top, round(word.x + word.line.width), word.bottom)
            found.append((word.line.text, word.face.size, box))
    return found


def _overlap(one: Box, other: Box, tolerance: float) -> bool:
    across = min(one[2], other[2]) - max(one[0], other[0])
    down = min(one[3], other[3]) - max(one[1], other[1])
    return across > tolerance and down > tolerance


def _where(page: Page) -> str:
    return f"{page.language} page {page.number}"


def _package(missing: Sequence[str]) -> str:
    """The Debian package with fonts for these characters."""
    names = [unicodedata.name(letter, "") for letter in missing]
    return "fonts-noto-cjk" if any(name.startswith(_EAST_ASIAN) for name in names) else "fonts-noto-core"
