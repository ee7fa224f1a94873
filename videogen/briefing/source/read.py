"""Reads the file of a release: checks it, keeps its checksum, and finds what a briefing needs in it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal

from videogen.briefing.source.document import ReleaseDocument
from videogen.briefing.source.docx import read_docx
from videogen.briefing.source.pdf import read_pdf
from videogen.briefing.source.pieces import Piece, Pieces, cleaned, steering
from videogen.briefing.source.plain import read_markdown, read_text
from videogen.briefing.source.saved_page import read_page
from videogen.briefing.source.structure import arranged
from videogen.errors import InputError
from videogen.runtime.plain_files import allowed_path, read_plain
from videogen.text.language import UNDETERMINED, detect
from videogen.text.language_tags import primary

Format = Literal["text", "markdown", "html", "pdf", "docx"]
MAX_BYTES = 20_000_000
_READERS: dict[str, tuple[Format, Callable[[str, bytes], Pieces]]] = {
    ".txt": ("text", read_text),
    ".md": ("markdown", read_markdown),
    ".markdown": ("markdown", read_markdown),
    ".html": ("html", read_page),
    ".htm": ("html", read_page),
    ".pdf": ("pdf", read_pdf),
    ".docx": ("docx", read_docx),
}
SUFFIXES = tuple(_READERS)


def read_release_file(path: Path, allowed: Sequence[Path] = ()) -> bytes:
    """The content of a release's file.

    Args:
        allowed: the folders it may lie in, links resolved; empty: any.

    Raises:
        InputError: it is not a plain file, too large, of an unknown kind, or lies elsewhere.
    """
    source = allowed_path(path, allowed, "release")
    if source.suffix.lower() not in _READERS:
        raise InputError(
            f"the release {path.name} is of a kind that is not read ({path.suffix or 'no extension'})",
            remedy=f"save it as {', '.join(SUFFIXES)}",
        )
    return read_plain(source, MAX_BYTES)


def release_from(name: str, content: bytes, language: str | None = None) -> ReleaseDocument:
    """Read a release.

    Args:
        name: of the file; its extension says how it is read.
        language: what it is written in; None: detected.

    Raises:
        InputError: it cannot be read, holds no text to tell, or too much.
    """
    format_, reader = _READERS[Path(name).suffix.lower()]
    pieces = reader(name, content)
    found = [piece for piece in map(_cleaned, pieces.found) if piece.text or piece.rows]
    structure = arranged(found)
    if not found or structure.title is None:
        raise InputError(f"the release {name} holds no text", remedy="give a file with a title and at least a sentence")
    if not any(block.kind in ("paragraph", "item", "quote") for block in structure.blocks):
        raise InputError(f"the release {name} has a title and no sentence", remedy="give the text of the release too")
    notes = list(pieces.notes)
    if format_ not in ("pdf", "docx") and steering(content):
        notes.append("characters that turn the direction of writing were left out")
    return ReleaseDocument(
        name=name,
        format=format_,
        sha256=hashlib.sha256(content).hexdigest(),
        language=language or _language(name, structure.text),
        text=structure.text,
        blocks=tuple(structure.blocks),
        title=structure.title,
        subtitles=tuple(structure.subtitles),
        issuer=structure.issuer,
        town=structure.town,
        issued=structure.issued,
        release_id=structure.release_id,
        notes=tuple(dict.fromkeys(notes)),
    )


def _cleaned(piece: Piece) -> Piece:
    return Piece(piece.kind, cleaned(piece.text), piece.level, [list(map(cleaned, row)) for row in piece.rows])


def _language(name: str, text: str) -> str:
    found, _ = detect(text[:20_000])
    if found == UNDETERMINED:
        raise InputError(
            f"the language of {name} cannot be told", remedy="name it: `videogen briefing FILE --languages en`"
        )
    return primary(found)
