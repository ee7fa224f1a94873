"""The values of CAP elements: how each kind is read from text, and what real senders write instead.

A reader takes the text and a `Note`, to which it reports every departure, and returns the value, or None where it
cannot be known. Nothing is guessed: a time without a zone is refused.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, get_args

from videogen.cards.geography import Circle, Point
from videogen.emergency.cap.markup import Note, plain_text
from videogen.emergency.cap.model import (
    Category,
    Certainty,
    MsgType,
    Reference,
    Scope,
    Severity,
    Status,
    Urgency,
    Value,
)
from videogen.emergency.cap.schema import MOST_REFERENCES

RESPONSE_TYPES = (
    "Shelter", "Evacuate", "Prepare", "Execute", "Avoid", "Monitor", "Assess", "AllClear", "None",
)  # fmt: skip
CHOICES: dict[str, tuple[str, ...]] = {
    "status": get_args(Status),
    "msgType": get_args(MsgType),
    "scope": get_args(Scope),
    "category": get_args(Category),
    "urgency": get_args(Urgency),
    "severity": get_args(Severity),
    "certainty": get_args(Certainty),
    "responseType": RESPONSE_TYPES,
}
# CAP 1.1, section 3.2.2: the value of CAP 1.0 is to be read like that.
_OLD_VALUES = {("certainty", "very likely"): "Likely"}
_TIME = re.compile(r"(\d{4}-\d\d-\d\d)([T ])(\d\d:\d\d:\d\d)(\.\d+)?\s*(Z|[+-]\d\d:?\d\d)?", re.IGNORECASE | re.ASCII)
_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)", re.ASCII)
_LONGEST_NUMBER = 2000
_SHOWN = 60
_DEGREES = 360.0
_LANGUAGE = re.compile(r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*")
_NOT_IN_IDENTIFIERS = re.compile(r"[\s,<&]")
_LIST_ITEM = re.compile(r'"([^"]*)"|(\S+)')


def read_text(text: str, note: Note) -> str:
    """Any text, as it is."""
    return text


def read_identifier(text: str, note: Note) -> str:
    """Identifier or sender: without spaces, commas, < and &, for references could not name it otherwise."""
    if found := _NOT_IN_IDENTIFIERS.search(text):
        note(
            "identifier-characters",
            f"{short(text)!r} contains {found.group()!r}; spaces, commas, < and & are not allowed",
        )
    return text


def read_time(text: str, note: Note) -> datetime | None:
    """A moment with its zone. The standard writes 2026-11-22T09:30:00-00:00; others write Z and fractions."""
    match = _TIME.fullmatch(text)
    if match is None:
        note("time-unreadable", f"{short(text)!r} is not a time such as 2026-11-22T09:30:00-00:00")
        return None
    day, separator, clock, fraction, zone = match.groups()
    if zone is None:
        note("time-zone-missing", f"{short(text)!r} does not say in which time zone")
        return None
    offset = "+00:00" if zone in "Zz" else f"{zone[:3]}:{zone[-2:]}"
    try:
        moment = datetime.fromisoformat(f"{day}T{clock}{(fraction or '')[:7]}{offset}")
        moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        note("time-unreadable", f"{short(text)!r} is not a time: {error}")
        return None
    if separator != "T" or fraction or text != f"{day}T{clock}{offset}" or zone in "Zz":
        note("time-form", f"{short(text)!r} is understood, but the standard writes {day}T{clock}{_standard(offset)}")
    return moment


def _standard(offset: str) -> str:
    return "-00:00" if offset == "+00:00" else offset


def read_choice(name: str) -> Callable[[str, Note], str | None]:
    """A reader for one of the values that the standard lists for that element."""

    def read(text: str, note: Note) -> str | None:
        if text in CHOICES[name]:
            return text
        spelled = {value.lower(): value for value in CHOICES[name]}
        value = spelled.get(text.lower()) or _OLD_VALUES.get((name, text.lower()))
        if value is None:
            note("value-not-listed", f"{short(text)!r} is none of {', '.join(CHOICES[name])}")
        else:
            note("value-spelling", f"{short(text)!r} is read as {value}")
        return value

    return read


def read_language(text: str, note: Note) -> str | None:
    """A language tag (RFC 3066), e.g. en-GB."""
    tag = text.replace("_", "-")
    if not _LANGUAGE.fullmatch(tag):
        note("language-form", f"{short(text)!r} is not a language such as en-GB")
        return None
    if tag != text:
        note("language-spelling", f"{short(text)!r} is read as {tag}")
    return tag


def read_number(text: str, note: Note) -> float | None:
    """A decimal number."""
    number = _number(text)
    if number is None:
        note("number-form", f"{text[:40]!r} is not a number")
    return number


def read_size(text: str, note: Note) -> int | None:
    """Bytes of a resource."""
    if not re.fullmatch(r"\d{1,18}", text, re.ASCII):
        note("number-form", f"{short(text)!r} is not a number of bytes")
        return None
    return int(text)


def read_uri(text: str, note: Note) -> str:
    """An address, kept as it is also where it is not a full one."""
    if not re.match(r"[A-Za-z][A-Za-z0-9+.-]*:\S+$", text):
        note("uri-form", f"{short(text)!r} is not a full address such as https://river.example/alert")
    return text


def read_polygon(text: str, note: Note) -> tuple[Point, ...] | None:
    """Pairs ``latitude,longitude`` in degrees, with white space between them."""
    points = []
    for pair in text.split():
        point = _point(pair)
        if point is None:
            note("polygon-form", f"{short(pair)!r} is not a pair latitude,longitude such as 50.1,6.2")
            return None
        points.append(point)
    turned = [_turned(point) for point in points]
    if turned != points:
        first = next(point for point, new in zip(points, turned, strict=True) if point != new)
        note("coordinate-turned", f"longitude {first.longitude:g} is read as {_turned(first).longitude:g}")
    return tuple(turned)


def read_circle(text: str, note: Note) -> Circle | None:
    """``latitude,longitude radius``, in degrees and kilometres."""
    parts = text.split(maxsplit=2)
    centre, radius = (_point(parts[0]), _number(parts[1])) if len(parts) == 2 else (None, None)
    if centre is None or radius is None:
        note("circle-form", f"{short(text)!r} is not a centre and a radius in km such as 50.1,6.2 15")
        return None
    turned = _turned(centre)
    if turned != centre:
        note("coordinate-turned", f"longitude {centre.longitude:g} is read as {turned.longitude:g}")
    return Circle(turned, radius)


def _turned(point: Point) -> Point:
    """The same place with a longitude of -180 … 180: senders near the 180th meridian count on to 360."""
    if 180.0 < abs(point.longitude) <= _DEGREES:
        return point._replace(longitude=point.longitude - math.copysign(_DEGREES, point.longitude))
    return point


def _point(pair: str) -> Point | None:
    numbers = [_number(text) for text in pair.split(",", 2)]
    if len(numbers) != 2 or numbers[0] is None or numbers[1] is None:
        return None
    return Point(numbers[0], numbers[1])


def _number(text: str) -> float | None:
    """A finite decimal number."""
    if len(text) > _LONGEST_NUMBER or not _NUMBER.fullmatch(text):
        return None
    number = float(text)
    return number if math.isfinite(number) else None


def read_list(text: str, note: Note) -> tuple[str, ...]:
    """Items between spaces; one that contains spaces stands in double quotes."""
    return tuple(quoted or plain for quoted, plain in _LIST_ITEM.findall(text) if quoted or plain)


def read_references(text: str, note: Note) -> tuple[Reference, ...]:
    """``sender,identifier,sent`` for each alert, with white space between them."""
    tight = ",".join(part.strip() for part in text.split(","))
    if tight != text:
        note("references-spelling", "there are spaces beside its commas")
    listed = tight.split()
    if len(listed) > MOST_REFERENCES:
        note("too-many-references", f"it refers to {len(listed):,} alerts, more than {MOST_REFERENCES}")
        return ()
    found = (_reference(one, note) for one in listed)
    return tuple(reference for reference in found if reference is not None)


def _reference(text: str, note: Note) -> Reference | None:
    parts = text.split(",")
    if len(parts) != 3 or not all(parts):
        note("references-form", f"{short(text)!r} is not of the form sender,identifier,sent")
        return None
    problems: list[str] = []
    sent = read_time(parts[2], lambda rule, message: problems.append(message))
    if sent is None:
        note("references-form", f"{short(text)!r}: {problems[0]}")
        return None
    return Reference(parts[0], parts[1], sent)


def read_old_pair(text: str, note: Note) -> tuple[Value, ...]:
    """``name=value``, as CAP 1.0 writes codes and parameters."""
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        note("pair-form", f"{short(text)!r} has neither valueName and value nor the form name=value")
        return ()
    return (Value(name.strip(), value.strip()),)


def short(text: str) -> str:
    """A value as it may stand in a message: its beginning."""
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


READERS: dict[str, Callable[[str, Note], Any]] = {
    "text": read_text,
    "words": plain_text,
    "identifier": read_identifier,
    "time": read_time,
    "language": read_language,
    "number": read_number,
    "size": read_size,
    "uri": read_uri,
    "polygon": read_polygon,
    "circle": read_circle,
    "list": read_list,
    "references": read_references,
} | {name: read_choice(name) for name in CHOICES}
