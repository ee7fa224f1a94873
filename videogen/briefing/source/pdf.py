"""Releases as PDF: its text layer, where it has one that means what it shows."""

from __future__ import annotations

import re

from videogen.briefing.source.pieces import BULLET, Pieces, cleaned, from_lines
from videogen.errors import InputError
from videogen.runtime.pdf_reading import read_pdf_text

MOST_PAGES = 40
_LETTERS_A_PAGE = 20_000
# Fonts that show Devanagari for Latin letters, from before Unicode: their text layer is gibberish.
_LEGACY = re.compile(
    r"kruti|krutidev|devlys|chanakya|walkman|shusha|aps-?dv|shivaji|agra|4cgandhi|dv-?tt|bhaskar|susha|amrit", re.I
)
_STOP = re.compile(r"[.!?।:]['\"”’)]*$")


def read_pdf(name: str, content: bytes) -> Pieces:
    """The pieces of a PDF file.

    Raises:
        InputError: it is encrypted, scanned, set in fonts from before Unicode, too long, too costly to read, or damaged.
    """
    found = read_pdf_text(f"the release {name}", content, most_pages=MOST_PAGES)
    legacy = sorted(font for font in found.fonts if _LEGACY.search(font))
    if legacy:
        raise InputError(
            f"the release {name} is set in {legacy[0]}, a font from before Unicode, so its text cannot be read",
            remedy="convert the text to Unicode and save it as a text file",
        )
    if not any(cleaned(text) for text in found.texts):
        raise InputError(
            f"the release {name} holds no text: its pages are scanned pictures",
            remedy="run text recognition (OCR) over it, or give the text of the release",
        )
    lines = [line for text in found.texts for line in text[:_LETTERS_A_PAGE].splitlines()]
    return Pieces.of(name, from_lines(name, _with_gaps(lines)))


def _with_gaps(lines: list[str]) -> list[str]:
    """The lines with a blank one after each that ends a paragraph: clearly shorter than a full line, with a stop."""
    widths = sorted(len(line.strip()) for line in lines if line.strip())
    full = widths[int(0.8 * (len(widths) - 1))] if widths else 0
    spaced: list[str] = []
    for line in lines:
        short = len(line.strip()) < 0.75 * full
        if BULLET.match(line) and spaced and spaced[-1]:
            spaced.append("")
        spaced.append(line.strip())
        if short and (_STOP.search(line.strip()) or len(line.strip()) < 0.5 * full):
            spaced.append("")
    return spaced
