"""Documents from a folder: text, Markdown, HTML and PDF."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Iterator
from datetime import UTC, date
from html.parser import HTMLParser
from pathlib import Path

from videogen.errors import InputError
from videogen.fact_check.knowledge.facts import Batch, Document, Source
from videogen.fact_check.knowledge.storage import slug
from videogen.fact_check.reading.dates import parse_date
from videogen.runtime.pdf_reading import read_pdf_text

MAX_BYTES = 50_000_000
_MOST_PAGES, _PDF_SECONDS = 2000, 120
_SHOWN = 20
_BLOCKS = frozenset(
    [
        "p",
        "div",
        "li",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "tr",
        "br",
        "section",
        "article",
        "header",
        "footer",
        "table",
        "ul",
        "ol",
        "blockquote",
    ]
)
_SILENT = frozenset(["script", "style", "noscript", "template", "head"])


class _Page(HTMLParser):
    """Text of an HTML page, block by block; scripts and styles are left out, nothing is fetched or run."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.title = ""
        self.published: str | None = None
        self._silent = 0
        self._in_title = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        fields = dict(attrs)
        if tag == "meta" and fields.get("property", fields.get("name")) in (
            "article:published_time",
            "date",
            "dc.date",
        ):
            self.published = fields.get("content")
        if tag == "time" and self.published is None:
            self.published = fields.get("datetime")
        self._in_title = tag == "title"
        self._silent += tag in _SILENT
        if tag in _BLOCKS:
            self.parts.append("\n\n")

    def handle_endtag(self, tag: str) -> None:
        self._in_title = False
        if tag in _SILENT and self._silent:
            self._silent -= 1
        if tag in _BLOCKS:
            self.parts.append("\n\n")

    def handle_data(self, data: str) -> None:
        if self._in_title:
            self.title += data
        elif not self._silent:
            self.parts.append(re.sub(r"\s+", " ", data))


def read_documents(path: Path, *, source: str | None, reliability: float) -> Batch:
    """Every document below a folder, or one document.

    Raises:
        InputError: a document cannot be read (each is listed), or there is none.
    """
    root = path if path.is_dir() else path.parent
    chosen = sorted(_documents_in(path)) if path.is_dir() else [path]
    name = source or path.stem
    said_by = Source(id=slug(name), name=name, reliability=reliability)
    batch = Batch(path.name, sources=[said_by])
    problems = []
    for file in chosen:
        relative = file.relative_to(root).as_posix()
        try:
            _check_place(file, root)
            batch.documents.append(_document(file, relative, said_by.id))
        except (OSError, ValueError) as error:
            problems.append(f"{relative}: {error}")
    if problems:
        rest = f"; and {len(problems) - _SHOWN} more" if len(problems) > _SHOWN else ""
        raise InputError(
            f"{path.name} was not imported: {'; '.join(problems[:_SHOWN])}{rest}",
            remedy="correct or remove these documents; the base is unchanged",
        )
    if not batch.documents:
        raise InputError(
            f"{path} contains no document", remedy=f"give files of the kinds {', '.join(sorted(_READERS))}"
        )
    return batch


def _documents_in(folder: Path) -> Iterator[Path]:
    """Every document below a folder; links to other folders are not followed."""
    for place, _, names in os.walk(folder, followlinks=False):
        yield from (Path(place, name) for name in names if Path(name).suffix.lower() in _READERS)


def _check_place(file: Path, root: Path) -> None:
    """Refuse what is not a regular file (reading a pipe may wait for ever), and links that lead out of the folder."""
    if file.is_symlink() and not file.resolve().is_relative_to(root.resolve()):
        raise ValueError("is a link to a place outside of the folder; put a copy of the document there instead")
    if not file.is_file():
        raise ValueError("is not a regular file")


def _document(file: Path, relative: str, source: str) -> Document:
    if file.stat().st_size > MAX_BYTES:
        raise ValueError(f"is larger than {MAX_BYTES // 1_000_000} MB")
    title, text, published = _READERS[file.suffix.lower()](file)
    text = re.sub(r"[\x00-\x08\x0b-\x1f\x7f]", " ", text).strip()
    if not text:
        raise ValueError("contains no text (a scanned PDF needs text recognition first)")
    digest = hashlib.sha256(text.encode()).hexdigest()[:12]
    return Document(
        id=f"{source}/{relative}#{digest}", title=title or file.stem, text=text, source=source, published=published
    )


def _read_text(file: Path) -> tuple[str, str, date | None]:
    return "", file.read_text(encoding="utf-8-sig"), None


def _read_html(file: Path) -> tuple[str, str, date | None]:
    page = _Page()
    try:
        page.feed(file.read_text(encoding="utf-8-sig", errors="strict"))
        page.close()
    except AssertionError as error:  # how html.parser reports some broken declarations
        raise ValueError(f"is not readable HTML ({error})") from error
    return page.title.strip(), "".join(page.parts), parse_date(page.published) if page.published else None


def _read_pdf(file: Path) -> tuple[str, str, date | None]:
    try:
        found = read_pdf_text(file.name, file.read_bytes(), most_pages=_MOST_PAGES, seconds=_PDF_SECONDS)
    except InputError as error:
        raise ValueError(error.problem) from error
    made = found.made
    return found.title, "\n\n".join(found.texts), None if made is None else made.astimezone(UTC).date()


_READERS: dict[str, Callable[[Path], tuple[str, str, date | None]]] = {
    ".txt": _read_text,
    ".md": _read_text,
    ".html": _read_html,
    ".htm": _read_html,
    ".pdf": _read_pdf,
}
