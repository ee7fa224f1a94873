"""Releases as saved HTML pages. Nothing is fetched; what a reader of the page would not see is left out."""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING

from videogen.briefing.source.pieces import Piece, Pieces, cleaned
from videogen.errors import InputError
from videogen.text.word_lists import word_list

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_DROPPED = frozenset(word_list("hidden_elements"))
_BLOCKS = frozenset(word_list("block_elements"))
_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?![.\d])|opacity\s*:\s*0(?![.\d])"
    r"|(?<![-\w])color\s*:\s*(?:#fff(?:fff)?\b|white\b|transparent\b|rgba?\(\s*255\s*,\s*255\s*,\s*255)"
    r"|text-indent\s*:\s*-\d{3,}|left\s*:\s*-\d{3,}",
    re.IGNORECASE,
)
_GROUND = re.compile(r"background", re.IGNORECASE)
_CHARSET = re.compile(rb"""<meta[^>]{0,200}charset\s*=\s*["']?([A-Za-z0-9_-]{2,40})""", re.IGNORECASE)
# Codecs of Python that no page is written in; some of them need long for little.
_NOT_OF_PAGES = frozenset(
    {"idna", "punycode", "raw_unicode_escape", "unicode_escape", "undefined", "unicode-escape", "raw-unicode-escape"}
)
_DEEPEST = 400


def read_page(name: str, content: bytes) -> Pieces:
    """The pieces of a saved page: headings, paragraphs, items and tables, without what is hidden in it.

    Raises:
        InputError: its encoding is unknown or wrong, or its elements are nested too deep.
    """
    from lxml import etree, html

    text = _decoded(name, content)
    parser = html.HTMLParser(no_network=True, remove_comments=True, remove_pis=True, huge_tree=False, encoding="utf-8")
    try:
        root = html.document_fromstring(text.encode("utf-8"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError) as error:
        raise InputError(
            f"the release {name} is not a readable HTML page: {error}", remedy="save its text as a text file"
        ) from error
    return _Walk(name).pieces(root)


def _decoded(name: str, content: bytes) -> str:
    """The page as text, by byte order mark, by its own declaration, or as UTF-8."""
    declared = _CHARSET.search(content[:4096])
    encoding = declared[1].decode("ascii") if declared else "utf-8"
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding = "utf-16"
    elif content.startswith(b"\xef\xbb\xbf"):
        encoding = "utf-8-sig"
    try:
        if codecs.lookup(encoding).name in _NOT_OF_PAGES:
            raise LookupError(encoding)
        return content.decode(encoding)
    except LookupError as error:
        raise InputError(
            f"the release {name} names an unknown encoding, {encoding[:40]!r}", remedy="save it as UTF-8"
        ) from error
    except UnicodeError as error:
        where = f": byte {error.start:,} does not fit" if isinstance(error, UnicodeDecodeError) else ""
        raise InputError(
            f"the release {name} is not {encoding.upper()} text{where}",
            remedy="save it as UTF-8, and declare charset=utf-8 in it",
        ) from error


class _Walk:
    """Goes through the elements in reading order, without recursion."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._pieces = Pieces(name)
        self._words: list[str] = []
        self._hidden = 0

    def pieces(self, root: HtmlElement) -> Pieces:
        # An entry is an element to enter (True) or to leave (False).
        waiting: list[tuple[HtmlElement, bool, tuple[str, int]]] = [(root, True, ("paragraph", 0))]
        depth = 0
        while waiting:
            element, entering, kind = waiting.pop()
            if not entering:
                depth -= 1
                if element.tag in _BLOCKS:
                    self._close(kind)
                self._words.append(element.tail or "")
                continue
            if not isinstance(element.tag, str):
                self._words.append(element.tail or "")
                continue
            if element.tag in _DROPPED or self._is_hidden(element):
                self._words.append(element.tail or "")
                continue
            depth += 1
            if depth > _DEEPEST:
                raise InputError(
                    f"the elements of {self._name} are nested more than {_DEEPEST} deep",
                    remedy="save the text of the release as a plain text file",
                )
            if element.tag == "table" and (rows := self._rows(element)):
                self._close(kind)
                self._pieces.add(Piece("table", rows=rows))
                self._words.append(element.tail or "")
                depth -= 1
                continue
            own = self._kind(element, kind)
            if element.tag in _BLOCKS:
                self._close(kind)
            self._words.append(element.text or "")
            waiting.append((element, False, own))
            waiting.extend((child, True, own) for child in reversed(element))
        self._close(("paragraph", 0))
        if self._hidden:
            self._pieces.notes.append(f"{self._hidden} hidden parts of the page were left out")
        return self._pieces

    def _close(self, kind: tuple[str, int]) -> None:
        text = cleaned(self._pieces.bounded("".join(self._words)))
        self._words = []
        if text:
            self._pieces.add(Piece(kind[0], text, level=kind[1]))  # type: ignore[arg-type]

    def _kind(self, element: HtmlElement, outer: tuple[str, int]) -> tuple[str, int]:
        if re.fullmatch("h[1-6]", element.tag):
            return "heading", int(element.tag[1])
        return {"li": ("item", 0), "blockquote": ("quote", 0)}.get(element.tag, outer)

    def _is_hidden(self, element: HtmlElement) -> bool:
        style = element.get("style") or ""
        found = _HIDDEN.search(style)
        on_colour = found is not None and "color" in found[0].lower() and _GROUND.search(style) is not None
        hidden = element.get("hidden") is not None or (found is not None and not on_colour)
        self._hidden += hidden and bool(cleaned(element.text_content()))
        return hidden

    def _rows(self, table: HtmlElement) -> list[list[str]]:
        """The cells of a table that holds data; empty where it only arranges the page."""
        if table.find(".//table") is not None:
            return []
        rows = []
        for row in table.iter("tr"):
            cells = [cleaned(self._pieces.bounded(cell.text_content())) for cell in row.iterchildren("th", "td")]
            if any(cells):
                rows.append(cells)
        return rows if len(rows) >= 2 and max(map(len, rows)) >= 2 else []
