"""Facts as rows: CSV with a header, or one JSON object a line.

Columns: entity, attribute, value (required); number, unit, valid_from, valid_to, source, source_url,
reliability, retrieved, origin, aliases (separated by "|" in CSV, a list in JSON).
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from videogen.errors import InputError
from videogen.fact_check.knowledge.facts import Alias, Batch, Fact, Source
from videogen.fact_check.knowledge.storage import slug
from videogen.fact_check.reading.dates import parse_date
from videogen.fact_check.reading.quantities import find_quantities
from videogen.fact_check.reading.units import known_unit
from videogen.runtime.plain_files import read_plain
from videogen.runtime.structured_text import MalformedTextError, as_text, parse_json

COLUMNS = frozenset(
    [
        "entity",
        "attribute",
        "value",
        "number",
        "unit",
        "valid_from",
        "valid_to",
        "source",
        "source_url",
        "reliability",
        "retrieved",
        "origin",
        "aliases",
    ]
)
_SHOWN = 20
MAX_IMPORT_BYTES = 500_000_000
MAX_IMPORT_VALUES = 20_000_000


class RowError(ValueError):
    """What is wrong with one row."""


def read_csv(path: Path, *, source: str | None, reliability: float) -> Batch:
    """Facts of a CSV file in UTF-8; line numbers in messages are those of the file."""
    try:
        with io.StringIO(as_text(read_plain(path, MAX_IMPORT_BYTES)), newline="") as stream:
            reader = csv.DictReader(stream, strict=True)
            unknown = set(reader.fieldnames or ()) - COLUMNS
            missing = {"entity", "attribute", "value"} - set(reader.fieldnames or ())
            if unknown or missing:
                wrong = [f"unknown column {name!r}" for name in sorted(map(str, unknown))]
                wrong += [f"column {name!r} is missing" for name in sorted(missing)]
                raise InputError(f"{path.name}: {'; '.join(wrong)}", remedy=f"columns are {', '.join(sorted(COLUMNS))}")
            rows = [(reader.line_num, row) for row in reader]
    except (MalformedTextError, csv.Error) as error:
        raise InputError(f"{path.name} cannot be read: {error}", remedy="give a CSV file in UTF-8") from error
    return batch_of_rows(path, iter(rows), source, reliability)


def read_jsonl(path: Path, *, source: str | None, reliability: float) -> Batch:
    """Facts of a file with one JSON object a line."""
    try:
        lines = as_text(read_plain(path, MAX_IMPORT_BYTES)).splitlines()
    except MalformedTextError as error:
        raise InputError(f"{path.name} cannot be read: {error}", remedy="give JSON lines in UTF-8") from error
    return batch_of_rows(path, _json_rows(lines), source, reliability)


def _json_rows(lines: list[str]) -> Iterator[tuple[int, Any]]:
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                yield number, parse_json(line)
            except MalformedTextError as error:
                yield number, RowError(f"is not JSON ({error})")


def batch_of_rows(path: Path, rows: Iterator[tuple[int, Any]], source: str | None, reliability: float) -> Batch:
    """All rows as one batch, or one `InputError` that lists every bad row."""
    batch = Batch(path.name)
    sources: dict[str, Source] = {}
    problems: list[str] = []
    for number, row in rows:
        try:
            _take(row, batch, sources, source or path.stem, reliability)
        except ValidationError as error:
            listed = "; ".join(f"{'.'.join(map(str, item['loc'])) or 'row'}: {item['msg']}" for item in error.errors())
            problems.append(f"row {number}: {listed.replace('Value error, ', '')}")
        except RowError as error:
            problems.append(f"row {number}: {error}")
    if problems:
        rest = f"; and {len(problems) - _SHOWN} more" if len(problems) > _SHOWN else ""
        raise InputError(
            f"{path.name} was not imported: {'; '.join(problems[:_SHOWN])}{rest}",
            remedy="correct these rows; the base is unchanged",
        )
    batch.sources = list(sources.values())
    return batch


def _take(row: Any, batch: Batch, sources: dict[str, Source], default: str, reliability: float) -> None:
    if isinstance(row, RowError):
        raise row
    if not isinstance(row, Mapping):
        raise RowError("is not an object with named fields")
    unknown = {str(key) for key in row if key is not None} - COLUMNS
    if unknown or None in row:
        raise RowError(f"has more fields than the header, or unknown ones: {', '.join(sorted(unknown)) or 'unnamed'}")
    fields = {key: value for key, value in row.items() if value not in (None, "")}
    for name in ("entity", "attribute", "value"):
        if name not in fields:
            raise RowError(f"{name} is empty")
    said_by = _source(fields, default, reliability)
    known = sources.setdefault(said_by.id, said_by)
    if known != said_by:
        raise RowError(f"describes the source {said_by.name!r} differently from an earlier row")
    number, unit = _number(fields)
    batch.facts.append(
        Fact(
            entity=str(fields["entity"]).strip(),
            attribute=slug(str(fields["attribute"])).replace("-", "_"),
            value=str(fields["value"]).strip(),
            number=number,
            unit=unit,
            valid_from=_day(fields, "valid_from"),
            valid_to=_day(fields, "valid_to", end=True),
            source=said_by.id,
            retrieved=_day(fields, "retrieved") or date.today(),
        )
    )
    listed = fields.get("aliases", [])
    if not isinstance(listed, str | list):
        raise RowError(f"aliases {str(listed)[:40]!r} is neither text nor a list")
    for alias in listed.split("|") if isinstance(listed, str) else listed:
        batch.aliases.append(Alias(alias=str(alias).strip(), entity=str(fields["entity"]).strip(), prominence=1.0))


def _source(fields: Mapping[str, Any], default: str, reliability: float) -> Source:
    name = str(fields.get("source", default)).strip()
    trust = _finite(fields.get("reliability", reliability), "reliability")
    return Source(
        id=slug(name),
        name=name,
        url=str(fields.get("source_url", "")),
        reliability=trust,
        origin=str(fields.get("origin", "")),
    )


def _finite(given: Any, name: str) -> float:
    """The number that a field gives.

    Raises:
        RowError: it is not a number, or beyond the range of numbers.
    """
    try:
        number = float(str(given).replace(",", ""))
    except ValueError:
        raise RowError(f"{name} {str(given)[:40]!r} is not a number") from None
    if not math.isfinite(number):
        raise RowError(f"{name} {str(given)[:40]!r} is too large or too small for a number")
    return number


def _day(fields: Mapping[str, Any], name: str, *, end: bool = False) -> date | None:
    if name not in fields:
        return None
    day = parse_date(str(fields[name]), end=end)
    if day is None:
        raise RowError(f"{name} {fields[name]!r} is not a date; write 2024, 2024-05 or 2024-05-31")
    return day


def _number(fields: Mapping[str, Any]) -> tuple[float | None, str | None]:
    """The value as a magnitude: the columns number and unit if given, else what the value itself says."""
    unit = None
    if "unit" in fields:
        unit = known_unit(str(fields["unit"]))
        if unit is None:
            raise RowError(f"unit {fields['unit']!r} is not known")
    if "number" in fields:
        return _finite(fields["number"], "number"), unit
    value = str(fields["value"]).strip()
    if parse_date(value) is not None and unit is None:
        return None, None
    found = find_quantities(value)
    if len(found) == 1 and found[0].start == 0 and found[0].end == len(value):
        return found[0].value, unit or found[0].unit
    if unit is not None:
        raise RowError(f"value {value!r} has the unit {unit} but is not a number")
    return None, None
