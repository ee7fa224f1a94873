"""Releases as PDF: its text layer, where it has one that means what it shows."""

from __future__ import annotations

import io
import re
from typing import Any

from videogen.briefing.source.pieces import BULLET, Pieces, cleaned, from_lines
from videogen.errors import InputError

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
        InputError: it is encrypted, scanned, set in fonts from before Unicode, too long, or damaged.
    """
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    try:
        reader = PdfReader(io.BytesIO(content), strict=False)
        if reader.is_encrypted:
            raise InputError(f"the release {name} is encrypted", remedy="save it without a password")
        pages = len(reader.pages)
        if pages > MOST_PAGES:
            raise InputError(
                f"the release {name} has {pages} pages, more than the {MOST_PAGES} that are read",
                remedy="cut out the pages of the release itself",
            )
        fonts = {font for page in reader.pages for font in _fonts(page)}
        texts = [page.extract_text() or "" for page in reader.pages]
    except InputError:
        raise
    # Damaged files make pypdf raise almost anything, from its own errors to RecursionError.
    except (
        PyPdfError,
        OSError,
        LookupError,
        ValueError,
        TypeError,
        AttributeError,
        RuntimeError,
        ArithmeticError,
    ) as error:
        raise InputError(
            f"the release {name} is not a readable PDF: {type(error).__name__}: {error}", remedy="save it as text"
        ) from error
    legacy = sorted(font for font in fonts if _LEGACY.search(font))
    if legacy:
        raise InputError(
            f"the release {name} is set in {legacy[0]}, a font from before Unicode, so its text cannot be read",
            remedy="convert the text to Unicode and save it as a text file",
        )
    if not any(cleaned(text) for text in texts):
        raise InputError(
            f"the release {name} holds no text: its pages are scanned pictures",
            remedy="run text recognition (OCR) over it, or give the text of the release",
        )
    lines = [line for text in texts for line in text[:_LETTERS_A_PAGE].splitlines()]
    return Pieces.of(name, from_lines(name, _with_gaps(lines)))


def _fonts(page: Any) -> set[str]:
    resources = page.get("/Resources")
    fonts = resources.get_object().get("/Font") if resources is not None else None
    return {
        str(font.get_object().get("/BaseFont", "")).lstrip("/")
        for font in (fonts.get_object() if fonts else {}).values()
    }


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
