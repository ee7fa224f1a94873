"""Releases as DOCX (ECMA-376): paragraphs, lists and tables; tracked deletions, comments and macros are left out."""

from __future__ import annotations

import io
import zipfile
from typing import Any

from videogen.briefing.source.pieces import BULLET, Piece, Pieces, cleaned
from videogen.errors import InputError

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_OLD_WORD = b"\xd0\xcf\x11\xe0"
MOST_BYTES = 40_000_000
_MOST_FILES = 2_000
_HIGHEST_RATIO = 200
MOST_ROWS = 400


def read_docx(name: str, content: bytes) -> Pieces:
    """The pieces of a DOCX file.

    Raises:
        InputError: it is not a DOCX file, is encrypted or a zip bomb, or declares entities.
    """
    document = _part(name, content)
    body = document.find(f"{_W}body")
    pieces = Pieces(name)
    if body is None:
        raise InputError(f"the release {name} has no text body", remedy="save it again as DOCX, or as text")
    for element in body.iterchildren():
        if element.tag == f"{_W}p":
            _paragraph(element, pieces)
        elif element.tag == f"{_W}tbl":
            _table(name, element, pieces)
    deleted = sum(1 for _ in document.iter(f"{_W}del"))
    if deleted:
        pieces.notes.append(f"{deleted} tracked deletions were left out; tracked insertions are part of the text")
    if any(True for _ in document.iter(f"{_W}commentReference")):
        pieces.notes.append("the comments of the document were left out")
    return pieces


def _part(name: str, content: bytes) -> Any:
    from lxml import etree

    if content.startswith(_OLD_WORD):
        raise InputError(
            f"the release {name} is an old or encrypted Word file (OLE), not DOCX",
            remedy="open it in a word processor and save it as DOCX, without a password",
        )
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _check_sizes(name, archive)
            with archive.open("word/document.xml") as file:
                data = file.read(MOST_BYTES + 1)
    except (zipfile.BadZipFile, KeyError, RuntimeError, NotImplementedError, EOFError, OSError) as error:
        raise InputError(
            f"the release {name} is not a readable DOCX file: {error}", remedy="save it again as DOCX, or as text"
        ) from error
    if len(data) > MOST_BYTES:
        raise _bomb(name)
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        raise InputError(
            f"the release {name} declares a document type or entities, which no DOCX file does", remedy="save it again"
        )
    try:
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
        return etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise InputError(f"the release {name} is damaged: {error}", remedy="save it again as DOCX") from error


def _check_sizes(name: str, archive: zipfile.ZipFile) -> None:
    parts = archive.infolist()
    packed = sum(part.compress_size for part in parts)
    unpacked = sum(part.file_size for part in parts)
    swollen = unpacked > MOST_BYTES // 2 and unpacked > _HIGHEST_RATIO * max(packed, 1)
    if len(parts) > _MOST_FILES or unpacked > 5 * MOST_BYTES or swollen:
        raise _bomb(name)


def _bomb(name: str) -> InputError:
    return InputError(
        f"the release {name} unpacks to far more than a text can need", remedy="save the text of the release by itself"
    )


def _paragraph(element: Any, pieces: Pieces) -> None:
    text = cleaned(pieces.bounded(_words(element)))
    if not text:
        return
    style = element.find(f"{_W}pPr/{_W}pStyle")
    named = (style.get(f"{_W}val") or "").lower() if style is not None else ""
    listed = element.find(f"{_W}pPr/{_W}numPr") is not None or named.startswith("list")
    if named.startswith(("heading", "title", "subtitle")):
        digits = "".join(filter(str.isdigit, named))
        pieces.add(Piece("heading", text, level=int(digits[:1] or 1) if "sub" not in named else 2))
    elif listed or BULLET.match(text):
        bullet = BULLET.match(text)
        pieces.add(Piece("item", text[bullet.end() :] if bullet else text))
    elif named.startswith(("quote", "intensequote")):
        pieces.add(Piece("quote", text))
    else:
        pieces.add(Piece("paragraph", text))


def _words(element: Any) -> str:
    """The text of a paragraph: insertions are part of it, deletions are not (w:delText)."""
    parts = []
    for node in element.iter(f"{_W}t", f"{_W}tab", f"{_W}br", f"{_W}noBreakHyphen"):
        if node.tag == f"{_W}t":
            hidden = node.getparent().find(f"{_W}rPr/{_W}vanish") is not None
            parts.append("" if hidden else node.text or "")
        else:
            parts.append("-" if node.tag.endswith("noBreakHyphen") else " ")
    return "".join(parts)


def _table(name: str, element: Any, pieces: Pieces) -> None:
    rows = [
        [cleaned(" ".join(_words(p) for p in cell.iter(f"{_W}p"))) for cell in row.iterchildren(f"{_W}tc")]
        for row in element.iterchildren(f"{_W}tr")
    ]
    if len(rows) > MOST_ROWS:
        pieces.notes.append(f"a table with {len(rows):,} rows was left out: more than {MOST_ROWS}")
    elif len(rows) >= 2 and max(map(len, rows)) >= 2:
        pieces.add(Piece("table", rows=rows))
    else:
        for cell in (cell for row in rows for cell in row if cell):
            pieces.add(Piece("paragraph", cell))
