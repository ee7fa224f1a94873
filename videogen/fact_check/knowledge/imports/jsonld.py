"""Facts from JSON-LD: schema.org objects, and entities as Wikidata exports them.

Only what stands in the file is used: no context is fetched.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from videogen.errors import InputError
from videogen.fact_check.knowledge.facts import Batch
from videogen.fact_check.knowledge.imports.rows import MAX_IMPORT_BYTES, MAX_IMPORT_VALUES, batch_of_rows
from videogen.fact_check.reading.dates import parse_date
from videogen.runtime.plain_files import read_plain
from videogen.runtime.structured_text import MalformedTextError, parse_json

# Wikidata properties → attributes of the catalogue. Others keep their label or number.
_PROPERTIES = {
    "P36": "capital", "P1082": "population", "P2046": "area", "P38": "currency", "P37": "official_language",
    "P30": "continent", "P17": "country", "P47": "neighbour", "P6": "head_of_government", "P35": "head_of_state",
    "P571": "founded", "P569": "born", "P570": "died", "P2048": "height", "P2043": "length",
}  # fmt: skip
_STARTS, _ENDS, _AS_OF = "P580", "P582", "P585"
_SKIPPED = frozenset(
    {"name", "alternateName", "label", "labels", "aliases", "description", "descriptions", "url", "sameAs"}
)


def read_jsonld(path: Path, *, source: str | None, reliability: float) -> Batch:
    """Facts of a JSON-LD file: one object, a list, or a "@graph"; or Wikidata's {"entities": …}."""
    try:
        content = parse_json(read_plain(path, MAX_IMPORT_BYTES), max_values=MAX_IMPORT_VALUES)
    except MalformedTextError as error:
        raise InputError(f"{path.name} cannot be read: {error}", remedy="give JSON-LD in UTF-8") from error
    try:
        rows = list(_rows(content))
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise InputError(
            f"{path.name} does not contain schema.org objects or Wikidata entities: {error}",
            remedy='give objects with "name" (or Wikidata "labels") and properties, as docs/fact_check.md shows',
        ) from error
    if not rows:
        raise InputError(
            f"{path.name} contains no fact that can be read",
            remedy='give objects with "name" (or Wikidata "labels") and properties',
        )
    return batch_of_rows(path, iter(enumerate(rows, 1)), source, reliability)


def _rows(content: Any) -> Iterator[Any]:
    if isinstance(content, Mapping) and isinstance(content.get("entities"), Mapping):
        labels = {
            key: _label(item.get("labels")) for key, item in content["entities"].items() if isinstance(item, Mapping)
        }
        for item in content["entities"].values():
            yield from _wikidata(item, labels)
        return
    if isinstance(content, Mapping) and isinstance(content.get("claims"), Mapping):
        yield from _wikidata(content, {})
        return
    objects = content.get("@graph", [content]) if isinstance(content, Mapping) else content
    for item in objects if isinstance(objects, list) else [objects]:
        yield from _schema_org(item)


def _schema_org(item: Any) -> Iterator[Any]:
    name = _text(item.get("name") or item.get("label")) if isinstance(item, Mapping) else None
    if name is None:
        yield {"entity": "", "attribute": "", "value": ""}
        return
    others = item.get("alternateName", [])
    aliases = [text for other in (others if isinstance(others, list) else [others]) if (text := _text(other))]
    for key, values in item.items():
        if key.startswith("@") or key in _SKIPPED:
            continue
        for value in values if isinstance(values, list) else [values]:
            row = _property(name, key.rpartition("/")[2].rpartition(":")[2], value)
            if row is not None:
                yield {**row, "aliases": aliases}


def _property(entity: str, key: str, value: Any) -> dict[str, Any] | None:
    attribute = _PROPERTIES.get(key, _snake(key))
    if isinstance(value, Mapping) and "value" in value:
        row = {"entity": entity, "attribute": attribute, "value": str(value["value"])}
        unit = value.get("unitText") or value.get("unitCode") or value.get("currency")
        return {**row, **({"unit": unit} if unit else {}), **_term(value)}
    text = _text(value)
    return None if text is None else {"entity": entity, "attribute": attribute, "value": text, **_term(value)}


def _term(value: Any) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        return {}
    names = {"valid_from": ("startDate", "validFrom"), "valid_to": ("endDate", "validThrough", "validUntil")}
    return {field: str(value[key]) for field, keys in names.items() for key in keys if key in value}


def _wikidata(item: Any, labels: Mapping[str, str | None]) -> Iterator[Any]:
    name = _label(item.get("labels")) if isinstance(item, Mapping) else None
    if name is None:
        yield {"entity": "", "attribute": "", "value": ""}
        return
    aliases = [_text(entry) for group in (item.get("aliases") or {}).values() for entry in group]
    aliases += [_text(entry) for entry in item["labels"].values() if _text(entry) != name]
    for key, statements in (item.get("claims") or {}).items():
        for statement in statements:
            if statement.get("rank") == "deprecated":
                continue
            row = _statement(name, key, statement, labels)
            if row is not None:
                yield {**row, "aliases": [alias for alias in aliases if alias]}


def _statement(name: str, key: str, statement: Any, labels: Mapping[str, str | None]) -> dict[str, Any] | None:
    value, unit = _snak(statement.get("mainsnak", {}), labels)
    if value is None:
        return None
    row: dict[str, Any] = {"entity": name, "attribute": _PROPERTIES.get(key, key.lower()), "value": value}
    if unit:
        row["unit"] = unit
    qualifiers = statement.get("qualifiers", {})
    for field, qualifier in (("valid_from", _STARTS), ("valid_from", _AS_OF), ("valid_to", _ENDS)):
        for snak in qualifiers.get(qualifier, ()):
            day = _snak(snak, labels)[0]
            if day and field not in row:
                row[field] = day
    return row


def _snak(snak: Mapping[str, Any], labels: Mapping[str, str | None]) -> tuple[str | None, str | None]:
    value = snak.get("datavalue", {}).get("value")
    if isinstance(value, Mapping) and "amount" in value:
        unit = labels.get(str(value.get("unit", "1")).rpartition("/")[2])
        return str(value["amount"]).lstrip("+"), unit
    if isinstance(value, Mapping) and "time" in value:
        return _wikidata_day(str(value["time"]), int(value.get("precision", 11))), None
    if isinstance(value, Mapping) and "id" in value:
        return labels.get(str(value["id"])) or str(value["id"]), None
    return _text(value), None


def _wikidata_day(time: str, precision: int) -> str | None:
    """Wikidata writes unknown months and days as 00; precision 9 is a year, 10 a month, 11 a day."""
    plain = time.lstrip("+").split("T")[0]
    short = "-".join(plain.split("-")[: {9: 1, 10: 2}.get(precision, 3)])
    day: date | None = parse_date(short)
    return None if day is None else short


def _label(labels: Any) -> str | None:
    if not isinstance(labels, Mapping) or not labels:
        return None
    return _text(labels.get("en") or labels.get("hi") or next(iter(labels.values())))


def _text(value: Any) -> str | None:
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, str | int | float):
        return str(value)
    if isinstance(value, Mapping):
        return _text(value.get("@value", value.get("value", value.get("name"))))
    return None


def _snake(key: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in key).strip("_")
