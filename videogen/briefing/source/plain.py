"""Releases as plain text and as Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from videogen.briefing.source.pieces import Piece, Pieces, cleaned, from_lines
from videogen.errors import InputError

if TYPE_CHECKING:
    from markdown_it.token import Token

_BOMS = ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


def decoded(name: str, content: bytes) -> str:
    """The text of a file in UTF-8, or in UTF-16 with a byte order mark.

    Raises:
        InputError: it is in another encoding; the message names the first byte that does not fit.
    """
    encoding = next((encoding for mark, encoding in _BOMS if content.startswith(mark)), "utf-8-sig")
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise InputError(
            f"the release {name} is not {encoding.removesuffix('-sig').upper()} text: byte {error.start:,} does not fit",
            remedy="save it as UTF-8",
        ) from error


def read_text(name: str, content: bytes) -> Pieces:
    """The pieces of a plain text.

    Raises:
        InputError: it is not UTF-8 or UTF-16 text.
    """
    return Pieces.of(name, from_lines(name, decoded(name, content).splitlines()))


def read_markdown(name: str, content: bytes) -> Pieces:
    """The pieces of a Markdown file (CommonMark and tables); HTML in it is left out.

    Raises:
        InputError: it is not UTF-8 or UTF-16 text.
    """
    from markdown_it import MarkdownIt

    pieces = Pieces(name)
    text = pieces.bounded(decoded(name, content))
    tokens = MarkdownIt("commonmark", {"html": True, "maxNesting": 50}).enable("table").parse(text)
    depth = {"list_item": 0, "blockquote": 0}
    rows: list[list[str]] = []
    tag = ""
    for token in tokens:
        kind, _, edge = token.type.rpartition("_")
        if kind in depth:
            depth[kind] += 1 if edge == "open" else -1
        elif token.type == "heading_open":
            tag = token.tag
        elif token.type == "table_open":
            rows = []
        elif token.type == "tr_open":
            rows.append([])
        elif token.type in ("th_open", "td_open"):
            tag = "cell"
        elif token.type == "table_close":
            pieces.add(Piece("table", rows=rows))
        elif token.type == "inline":
            _inline(pieces, _words(token), tag, rows, depth)
            tag = ""
        elif token.type == "html_block":
            pieces.notes.append("HTML inside of the Markdown was left out")
    return pieces


def _inline(pieces: Pieces, text: str, tag: str, rows: list[list[str]], depth: dict[str, int]) -> None:
    if tag == "cell":
        rows[-1].append(cleaned(text))
    elif tag:
        pieces.add(Piece("heading", cleaned(text), level=int(tag[1:])))
    elif depth["list_item"]:
        pieces.add(Piece("item", cleaned(text)))
    elif depth["blockquote"]:
        pieces.add(Piece("quote", cleaned(text)))
    else:
        pieces.add(Piece("paragraph", cleaned(text)))


def _words(token: Token) -> str:
    """What is read of an inline token: text and code; the target of a link and pictures are left out."""
    parts = []
    for child in token.children or ():
        if child.type in ("text", "code_inline"):
            parts.append(child.content)
        elif child.type in ("softbreak", "hardbreak"):
            parts.append(" ")
    return "".join(parts)
