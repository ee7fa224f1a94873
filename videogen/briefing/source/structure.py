"""From the pieces of a file to a release: its title, issuer, date and number, and blocks in one text."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date

from videogen.briefing.source import masthead
from videogen.briefing.source.document import Block, BlockKind, Place
from videogen.briefing.source.pieces import Piece

_LONGEST_TITLE, _LABEL_WORDS = 300, 6
_QUOTED = re.compile(r"^[\"“„«'‘].{20,}[\"”“»'’][.,]?$")


@dataclass
class Structure:
    """What `arranged` finds. parts: the pieces of the text's output, in order, each with its role."""

    text: str = ""
    blocks: list[Block] = field(default_factory=list)
    title: Place | None = None
    subtitles: list[Place] = field(default_factory=list)
    issuer: Place | None = None
    issued: date | None = None
    town: Place | None = None
    release_id: str | None = None


def arranged(pieces: list[Piece]) -> Structure:
    """The structure of a release. Its text is that of all pieces in order, a line each."""
    found = Structure()
    title = _title_of(pieces)
    over = False
    for number, piece in enumerate(pieces):
        if piece.kind == "table":
            _append_table(found, piece, over=over)
            continue
        place = _append(found, piece.text)
        over = over or (number > title and masthead.ends_body(piece.text))
        before = number < title
        kind: BlockKind = piece.kind
        if number == title:
            found.title, kind = place, "heading"
        elif _frames(found, piece.text, place, before=before) or over or before:
            kind = "boilerplate"
        elif kind == "heading" and _is_subtitle(found, number, title, pieces):
            found.subtitles.append(place)
        elif kind == "paragraph" and _heads_a_list(pieces, number):
            kind = "heading"
        elif kind == "paragraph" and _QUOTED.match(piece.text):
            kind = "quote"
        found.blocks.append(Block(kind=kind, start=place.start, end=place.end, level=piece.level))
    _dateline(found)
    return found


def _heads_a_list(pieces: list[Piece], number: int) -> bool:
    """Whether a short line with a colon stands right before a list: "Key points:"."""
    text = pieces[number].text
    is_label = text.endswith((":", "：")) and len(text.split()) <= _LABEL_WORDS and not re.search(r"[.!?।]", text)
    return is_label and number + 1 < len(pieces) and pieces[number + 1].kind == "item"


def _append(found: Structure, text: str) -> Place:
    if found.text:
        found.text += "\n"
    start = len(found.text)
    found.text += text
    return Place(start=start, end=len(found.text))


def _append_table(found: Structure, piece: Piece, *, over: bool) -> None:
    rows = []
    start = len(found.text) + bool(found.text)
    for row in piece.rows:
        cells = []
        for number, cell in enumerate(row):
            if number:
                found.text += "\t"
            place = (
                _append(found, cell) if not number else Place(start=len(found.text), end=len(found.text) + len(cell))
            )
            found.text += cell if number else ""
            cells.append(place)
        rows.append(tuple(cells))
    kind: BlockKind = "boilerplate" if over else "table"
    found.blocks.append(Block(kind=kind, start=start, end=len(found.text), rows=tuple(rows)))


def _title_of(pieces: list[Piece]) -> int:
    """The number of the piece that is the title: the first heading or short line that is not of the masthead."""
    texts = [number for number, piece in enumerate(pieces) if piece.kind in ("heading", "paragraph", "quote")]
    ranked = sorted(
        (number for number in texts[:12] if pieces[number].kind == "heading"), key=lambda number: pieces[number].level
    )
    by_format = [number for number in ranked if pieces[number].level == 1]
    for number in (*by_format, *texts):
        text = pieces[number].text
        of_masthead = (
            masthead.BUREAU.match(text)
            or masthead.is_date_line(text)
            or masthead.dated_issuer(text) is not None
            or masthead.is_boilerplate(text)
        )
        of_issuer = masthead.is_issuer(text) and not _has_more_after(text)
        if not of_masthead and not of_issuer and len(text) <= _LONGEST_TITLE:
            return number
    return -1


def _has_more_after(text: str) -> bool:
    """Whether a line that begins like the name of an office goes on to say what it does."""
    return re.search(r"\b(?:\w+(?:es|ed)|to|will|has|have|is)\s+\w", text.partition(" of ")[2]) is not None


def _frames(found: Structure, text: str, place: Place, *, before: bool) -> bool:
    """Whether the text is of the frame of the release, whose facts are taken over."""
    if (number := masthead.RELEASE_ID.search(text)) and found.release_id is None:
        found.release_id = number["id"].strip("./-")
    office = masthead.dated_issuer(text)
    if office is not None and found.issuer is None:
        found.issuer = Place(start=place.start + office[0], end=place.start + office[1])
    if office is not None or masthead.is_date_line(text):
        found.issued = found.issued or masthead.date_in(text)
        return True
    issuer = masthead.is_issuer(text) and (before or not found.blocks[3:])
    if issuer and found.issuer is None and not masthead.BUREAU.match(text):
        found.issuer = place
        return True
    return bool(masthead.BUREAU.match(text)) or masthead.is_boilerplate(text)


def _is_subtitle(found: Structure, number: int, title: int, pieces: list[Piece]) -> bool:
    """A heading that follows the title with nothing between but others and the masthead."""
    between = pieces[title + 1 : number]
    return title >= 0 and all(
        piece.kind == "heading" or masthead.is_date_line(piece.text) or masthead.is_issuer(piece.text)
        for piece in between
    )


def _dateline(found: Structure) -> None:
    """The town and day before the first sentence ("New Delhi, 1 April 2024: …")."""
    first = next((block for block in found.blocks if block.kind == "paragraph"), None)
    if first is None:
        return
    line = dateline_of(found.text[first.start : first.end])
    if line is not None:
        start = first.start + line.start("town")
        found.town = Place(start=start, end=start + len(line["town"].rstrip(" ,")))
        found.issued = found.issued or masthead.date_in(line["when"] or "")


def dateline_of(text: str) -> re.Match[str] | None:
    """The dateline that a paragraph begins with; None where there is none."""
    line = masthead.DATELINE.match(text)
    if line is None:
        return None
    town = line["town"].strip()
    dated = masthead.date_in(line["when"] or "") is not None
    capitals = town.isupper() and len(town) > 2
    return line if dated or (capitals and len(town.split()) <= 3) else None
