"""Feedback in files: JSON, JSONL and CSV. All rows of a file are good, or none is taken."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from videogen.config.suggestions import did_you_mean
from videogen.errors import InputError, listed, shortened
from videogen.feedback.events import Submission, submission
from videogen.runtime.plain_files import read_plain
from videogen.runtime.structured_text import MalformedTextError, as_text, parse_json

SUFFIXES = (".json", ".jsonl", ".csv")
MAX_BYTES = 32_000_000
MAX_ROWS = 100_000
_FIELDS = tuple(Submission.model_fields)
_TRUE, _FALSE = ("true", "yes", "1"), ("false", "no", "0")
_SWITCHES = ("approved", "tie", "shown_first", "skip", "download", "re_edit", "withdraw", "consent_to_training")


def read_submissions(path: Path) -> list[Submission]:
    """The submissions in a file.

    Raises:
        InputError: the file cannot be read, or rows are bad; each bad row is named with its line.
    """
    return parse_submissions(path.name, read_plain(path, MAX_BYTES))


def parse_submissions(name: str, data: bytes) -> list[Submission]:
    """The same of the content of the file `name`."""
    suffix = Path(name).suffix.lower()
    if suffix not in SUFFIXES:
        raise InputError(f"{name} has an unknown file type", remedy=f"use {', '.join(SUFFIXES)}")
    try:
        text = as_text(data)
        rows = list(_rows(suffix, text))
    except MalformedTextError as error:
        raise InputError(f"{name}: {error}", remedy="correct it, in UTF-8, and hand it in again") from error
    if len(rows) > MAX_ROWS:
        raise InputError(f"{name} has more than {MAX_ROWS:,} rows", remedy="split it into several files")
    found: list[Submission] = []
    problems: list[str] = []
    for place, row in rows:
        try:
            found.append(_checked(row))
        except InputError as error:
            problems.append(f"{place}: {error.problem.removeprefix('this feedback is refused: ')}")
    if problems:
        raise InputError(f"{name}: {listed(problems)}", remedy="nothing was taken: correct these and hand it in again")
    if not found:
        raise InputError(f"{name} contains no feedback", remedy="give at least one row with a video_id")
    return found


def _checked(row: Any) -> Submission:
    if isinstance(row, InputError):
        raise row
    if not isinstance(row, Mapping):
        raise InputError(f"a row needs fields such as 'video_id', but this is a {type(row).__name__}")
    unknown = [str(field) for field in row if field not in _FIELDS]
    if unknown:
        raise InputError(f"unknown field {shortened(unknown[0], 100)!r}{did_you_mean(unknown[0].lower(), _FIELDS)}")
    return submission(dict(row))


def _rows(suffix: str, text: str) -> Iterator[tuple[str, Any]]:
    if suffix == ".csv":
        yield from _csv_rows(text)
    elif suffix == ".jsonl":
        for number, line in enumerate(text.split("\n"), start=1):
            if line.strip():
                try:
                    yield f"line {number}", parse_json(line)
                except MalformedTextError as error:
                    yield f"line {number}", InputError(str(error))
    else:
        value = parse_json(text)
        rows = value if isinstance(value, list) else [value]
        yield from ((f"row {number}", row) for number, row in enumerate(rows, start=1))


def _csv_rows(text: str) -> Iterator[tuple[str, Any]]:
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    try:
        header = [name.strip() for name in reader.fieldnames or ()]
        unknown = [name for name in header if name not in _FIELDS]
        if "video_id" not in header or unknown or len(set(header)) != len(header):
            problem = (
                f"unknown column {shortened(unknown[0], 100)!r}{did_you_mean(unknown[0].lower(), _FIELDS)}"
                if unknown
                else "a column is given twice"
                if len(set(header)) != len(header)
                else "the column 'video_id' is missing"
            )
            yield "line 1", InputError(f"{problem}; the columns are {', '.join(_FIELDS)}")
            return
        reader.fieldnames = header
        for row in reader:
            yield f"line {reader.line_num}", _from_cells(row)
    except csv.Error as error:
        yield f"line {reader.line_num}", InputError(f"not well-formed: {error}")


def _from_cells(cells: Mapping[str | None, Any]) -> Any:
    if None in cells:
        return InputError("more cells than the header has columns")
    row: dict[str, Any] = {}
    for name, cell in cells.items():
        value = (cell or "").strip()
        if not value or name is None:
            continue
        if name in ("tags", "take_back"):
            row[name] = [part.strip() for part in value.split(";") if part.strip()]
        elif name in _SWITCHES:
            if value.lower() not in (*_TRUE, *_FALSE):
                return InputError(f"{name}: {shortened(value, 50)!r} is neither true nor false")
            row[name] = value.lower() in _TRUE
        else:
            row[name] = value
    return row
