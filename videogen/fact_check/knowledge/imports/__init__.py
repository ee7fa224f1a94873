"""Reads facts and documents from files into a `Batch`. Nothing is imported unless every row is valid."""

from __future__ import annotations

from pathlib import Path

from videogen.errors import InputError
from videogen.fact_check.knowledge.facts import Batch
from videogen.fact_check.knowledge.imports.documents import read_documents
from videogen.fact_check.knowledge.imports.jsonld import read_jsonld
from videogen.fact_check.knowledge.imports.rows import read_csv, read_jsonl

READERS = {
    ".csv": read_csv,
    ".jsonl": read_jsonl,
    ".ndjson": read_jsonl,
    ".jsonld": read_jsonld,
    ".json": read_jsonld,
}


def read_import(path: Path, *, source: str | None = None, reliability: float = 0.7) -> Batch:
    """What the file, or the folder of documents, at `path` brings.

    Args:
        source: name of the source for rows and documents that name none; the file's name by default.
        reliability: of that source, 0 to 1.

    Raises:
        InputError: the file cannot be read, or rows are wrong; each is listed with its number and the reason.
    """
    if not path.exists():
        raise InputError(f"no file or folder found at {path}", remedy="check the path")
    if path.is_dir() or path.suffix.lower() in (".txt", ".md", ".html", ".htm", ".pdf"):
        return read_documents(path, source=source, reliability=reliability)
    if not path.is_file():
        raise InputError(f"{path} is not a regular file", remedy="give a file, or a folder of documents")
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise InputError(
            f"{path.name} has an unsupported file type",
            remedy=f"give a folder of documents, or one of {', '.join(sorted(READERS))}",
        )
    return reader(path, source=source, reliability=reliability)
