"""An alert as a CAP 1.2 message (OASIS CAP 1.2, section 3.2)."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from videogen.cards.geography import Point
from videogen.emergency.cap.model import Alert, Part, Reference
from videogen.emergency.cap.schema import BLOCKS, NAMESPACE, Element


def write_alert(alert: Alert) -> bytes:
    """The message in UTF-8. Reading it again gives an equal alert."""
    from lxml import etree

    root = etree.Element(f"{{{NAMESPACE}}}alert", nsmap={None: NAMESPACE})
    _fill(root, "alert", alert)
    etree.indent(root)
    return bytes(etree.tostring(root, encoding="utf-8", xml_declaration=True))


def write_time(moment: datetime) -> str:
    """``2026-11-22T09:30:00-00:00``: with a numeric offset, never ``Z`` (CAP 1.2, section 3.3.2)."""
    offset = moment.utcoffset()
    return moment.isoformat() if offset else moment.astimezone(UTC).isoformat().replace("+00:00", "-00:00")


def _fill(parent: Any, block: str, part: Part) -> None:
    for one in BLOCKS[block]:
        value: Any = getattr(part, one.field) if one.field else None
        for single in (value or ()) if one.many else (value,):
            if single not in (None, ()):
                _add(parent, one, single)


def _add(parent: Any, one: Element, value: Any) -> None:
    from lxml import etree

    child = etree.SubElement(parent, f"{{{NAMESPACE}}}{one.name}")
    if one.kind in BLOCKS:
        _fill(child, one.kind, value)
    elif one.kind == "pair":
        for name, text in zip(("valueName", "value"), value, strict=True):
            etree.SubElement(child, f"{{{NAMESPACE}}}{name}").text = text
    else:
        child.text = _text(one.kind, value)


def _text(kind: str, value: Any) -> str:
    if kind == "time":
        return write_time(value)
    if kind == "number":
        return _number(value)
    if kind == "polygon":
        return " ".join(map(_point, value))
    if kind == "circle":
        return f"{_point(value.centre)} {_number(value.radius)}"
    if kind == "references":
        return " ".join(map(write_reference, value))
    if kind == "list":
        return " ".join(f'"{item}"' if " " in item else item for item in value)
    return str(value)


def write_reference(reference: Reference) -> str:
    """``sender,identifier,sent``."""
    return f"{reference.sender},{reference.identifier},{write_time(reference.sent)}"


def _point(point: Point) -> str:
    return f"{_number(point.latitude)},{_number(point.longitude)}"


def _number(value: float) -> str:
    """Decimal digits without an exponent, all that the number has."""
    text = format(Decimal(repr(value)), "f")
    return text.removesuffix(".0")
