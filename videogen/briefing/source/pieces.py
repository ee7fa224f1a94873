"""Pieces: what a reader of one file format finds, before it is one text with offsets."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from videogen.briefing.source.document import BlockKind
from videogen.errors import InputError

# Invisible characters that steer direction or hide text; the joiners that Indic scripts and Persian need stay.
_NEEDED = "\u200c\u200d"
_SPACE = re.compile(r"[\s\u00a0\u2000-\u200a\u202f\u205f\u3000]+")
BULLET = re.compile(r"^\s*(?:[-*•‣●▪◦–➢➤✓]\s+|\(?(?:\d{1,2}|[०-९]{1,2}|[ivx]{1,4}|[a-h])[.)]\s+)")

MAX_LETTERS = 120_000
MOST_PIECES = 4_000
MOST_LINES = 20_000
_MOST_RAW = 8 * MAX_LETTERS
"""Letters with white space and what is invisible."""


@dataclass
class Piece:
    """A paragraph, heading, item or table. level: of a heading; rows: texts of a table's cells."""

    kind: BlockKind
    text: str = ""
    level: int = 0
    rows: list[list[str]] = field(default_factory=list)


@dataclass
class Pieces:
    """What a reader found in the file `name`, in order. notes: what it left out."""

    name: str
    found: list[Piece] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    _letters: int = 0

    @classmethod
    def of(cls, name: str, found: Iterable[Piece]) -> Pieces:
        """Pieces that are there already."""
        pieces = cls(name)
        for piece in found:
            pieces.add(piece)
        return pieces

    def add(self, piece: Piece) -> None:
        """The next piece.

        Raises:
            InputError: no release has so many pieces or letters; the rest of the file is not read.
        """
        self._letters += len(piece.text) + sum(len(cell) + 1 for row in piece.rows for cell in row)
        if len(self.found) >= MOST_PIECES or self._letters > MAX_LETTERS:
            raise _too_much(self.name)
        self.found.append(piece)

    def bounded(self, text: str) -> str:
        """The same text, before it is cleaned.

        Raises:
            InputError: no release has so many letters.
        """
        if len(text) > _MOST_RAW:
            raise _too_much(self.name)
        return text


def _too_much(name: str) -> InputError:
    return InputError(
        f"the release {name} has more than the {MAX_LETTERS:,} letters or {MOST_PIECES:,} paragraphs that are read",
        remedy="give the release itself, without its annexes",
    )


def cleaned(text: str) -> str:
    """NFC, one space where there was white space, without control, direction and other invisible characters."""
    kept = (
        " " if letter in "\t\n\r\x0b\x0c\x85\u2028\u2029" else letter for letter in unicodedata.normalize("NFC", text)
    )
    visible = "".join(x for x in kept if x in _NEEDED or unicodedata.category(x) not in ("Cc", "Cf", "Cs", "Co", "Cn"))
    return _SPACE.sub(" ", visible).strip()


def steering(content: bytes) -> bool:
    """Whether a file in UTF-8 contains characters that turn the direction of what follows (U+202A … , U+2066 …)."""
    return re.search(b"\xe2\x80[\xaa-\xae]|\xe2\x81[\xa6-\xa9]", content) is not None


def from_lines(name: str, lines: Sequence[str]) -> list[Piece]:
    """Paragraphs, items and tables of plain lines: a blank line, a bullet, or a change to tabs begins a new piece.

    The lines of one paragraph belong together; a short first line that ends without a stop is a heading.

    Raises:
        InputError: more lines or letters than a release has.
    """
    if len(lines) > MOST_LINES or sum(map(len, lines)) > _MOST_RAW:
        raise _too_much(name)
    found: list[Piece] = []
    current: list[str] = []

    def close() -> None:
        if current:
            found.extend(_paragraph(current))
            current.clear()

    for line in lines:
        if _RULE.fullmatch(line):
            continue
        if not cleaned(line):
            close()
        elif (bullet := BULLET.match(line)) is not None:
            close()
            current.append(line[bullet.end() :])
            found.append(Piece("item", cleaned(line[bullet.end() :])))
            current.clear()
        elif _cells(line):
            close()
            row = _cells(line)
            if found and found[-1].kind == "table" and len(found[-1].rows[-1]) == len(row):
                found[-1].rows.append(row)
            else:
                found.append(Piece("table", rows=[row]))
        elif not current and found and found[-1].kind == "item" and line[:1] in " \t":
            found[-1].text = cleaned(f"{found[-1].text} {line}")
        else:
            current.append(line)
    close()
    # A single line with tabs is no table.
    return [
        Piece("paragraph", " ".join(piece.rows[0])) if piece.kind == "table" and len(piece.rows) < 2 else piece
        for piece in found
    ]


# The line below the head of a table in Markdown.
_RULE = re.compile(r"\s*\|?(?:\s*:?-{2,}:?\s*\|)+(?:\s*:?-{2,}:?\s*)?")
_STOP = re.compile(r"[.!?।॥。！？۔:;,]['\"”’)\]]*$")
_HEADING_LETTERS = 140
_WRAPPED = 50


def _paragraph(lines: list[str]) -> list[Piece]:
    """Lines without a blank line between them: one paragraph, unless short lines stand by themselves."""
    pieces: list[Piece] = []
    joined: list[str] = []
    for line in map(cleaned, lines):
        last = joined[-1] if joined else ""
        stops = _STOP.search(last) is not None
        short = len(last) < _WRAPPED
        alone = len(joined) < _WRAPPED and len("\n".join(joined)) < _WRAPPED
        goes_on = not joined or line[:1].islower() or not (alone or stops)
        if joined and not goes_on and short:
            pieces.append(_plain("\n".join(joined)))
            joined = []
        joined.append(line)
    if joined:
        pieces.append(_plain("\n".join(joined)))
    return pieces


def _plain(text: str) -> Piece:
    flat = cleaned(text)
    short = len(flat) <= _HEADING_LETTERS and "\n" not in text and not _STOP.search(flat)
    return Piece("heading", flat, level=2) if short else Piece("paragraph", flat)


def _cells(line: str) -> list[str]:
    """The cells of a line of a table: between tabs, or between bars."""
    if "|" in line and line.strip().startswith("|") and line.strip().endswith("|"):
        parts = line.strip().strip("|").split("|")
    elif "\t" in line.strip():
        parts = re.split(r"\t+", line.strip())
    else:
        return []
    cells = [cleaned(part) for part in parts]
    return cells if len(cells) >= 2 else []
