"""Legible or refused: contrast, safe area, reading time, glyphs, flashes and the five parts of a warning."""

from __future__ import annotations

from typing import Literal

from videogen.domain.frozen_model import FrozenModel

Rule = Literal[
    "message part", "contrast", "safe area", "letter size", "reading time", "glyphs", "shaping", "overlap", "flashes"
]


class Problem(FrozenModel):
    """One reason why a warning cannot be shown. where: language and page, e.g. ``"hi-IN page 2"``."""

    rule: Rule
    where: str
    what: str
    remedy: str


class LegibilityReport(FrozenModel):
    """What was measured.

    contrast: lowest ratio of any text, 1 … 21; safe_margin: smallest distance of text to an edge as a share of that
    edge's length; letters: smallest letter height as a share of the shorter edge; pace: fastest page, in characters per
    second; flashes: most in any second.
    """

    contrast: float
    safe_margin: float
    letters: float
    pace: float
    flashes: float
    texts: int
    fonts: tuple[str, ...]
    problems: tuple[Problem, ...] = ()
