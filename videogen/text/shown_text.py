"""Escapes untrusted text before it is shown in a terminal, in JSON, CSV or Markdown."""

from __future__ import annotations

import re
import unicodedata
from html import escape

# Joiners that Indic scripts, Persian and emoji need. Every other invisible format character can turn or hide text.
_NEEDED = "\u200c\u200d"
_STEERING = frozenset(("Cc", "Cf", "Cs", "Zl", "Zp"))
_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+!|~<>-])")
# Web addresses become links by themselves, so they get an invisible WORD JOINER inside.
_AUTOLINK = re.compile(r"(https?|ftp|mailto|www)(?=[:.])|(?<=\w)(?=@\w)", re.IGNORECASE)
# A spreadsheet takes a cell that begins so for a formula (OWASP, CSV injection).
_FORMULA = re.compile(r"\s*[=+\-@\t\r]")
_NUMBER = re.compile(r"[+-]?[\d.,]+(?:e[+-]?\d+)?", re.IGNORECASE)


def _steers(character: str) -> bool:
    return unicodedata.category(character) in _STEERING and character not in _NEEDED


def visible(text: str) -> str:
    r"""The text with control, direction and invisible characters as ``\x1b``, ``\u202e``; line ends and tabs stay."""
    return "".join(ascii(c)[1:-1] if _steers(c) and c not in "\n\t" else c for c in text)


def unsteered(text: str) -> str:
    """The text without control, direction and invisible characters; line ends and tabs stay."""
    return "".join(c for c in text if not _steers(c) or c in "\n\t")


def json_escaped(document: str) -> str:
    r"""A JSON document with every such character inside of its strings as ``\uXXXX``: the same data, nothing lost."""
    return "".join(_utf16(c) if _steers(c) and c not in "\n\t\r" else c for c in document)


def csv_cell(value: str) -> str:
    """A cell that spreadsheets show and do not run: a formula gets an apostrophe before it; numbers stay."""
    is_formula = _FORMULA.match(value) and not _NUMBER.fullmatch(value.strip())
    return visible(f"'{value}" if is_formula else value)


def without_links(text: str) -> str:
    """The text in which no page that turns web addresses into links finds one; it looks the same.

    Addresses get an invisible WORD JOINER inside, so they have to be typed to be opened.
    """
    return _AUTOLINK.sub("\\g<0>\u2060", text)


def markdown_escaped(text: str, *, keep_lines: bool = False) -> str:
    """The text as Markdown that shows it and nothing else: no links, pictures, tables, headings, or HTML."""
    marked = _MARKDOWN.sub(r"\\\1", visible(text).replace("\t", " "))
    harmless = escape(without_links(marked.replace("\\<", "<").replace("\\>", ">")), quote=False)
    return harmless if keep_lines else " ".join(harmless.split())


def _utf16(character: str) -> str:
    data = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{data[place : place + 2].hex()}" for place in range(0, len(data), 2))
