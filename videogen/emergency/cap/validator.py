"""The strict validator: everything that is wrong with a message, each with its rule and where that is written.

`reader` names departures from the schema; here stands what the standard's text says beyond it. The rules look at
what could be understood, so that a message with one fault is searched for the others too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from videogen.cards.geography import Circle, Point
from videogen.emergency.cap.block import Block
from videogen.emergency.cap.model import Reference
from videogen.emergency.cap.outline import MOST_POINTS, outline_problem
from videogen.emergency.cap.placeholder import placeholders
from videogen.emergency.cap.problem import Findings, Problem
from videogen.emergency.cap.profiles import PROFILES
from videogen.emergency.cap.reader import ReadAlert, closed
from videogen.emergency.cap.rules import breach
from videogen.emergency.cap.schema import MOST_CHARACTERS_IN_ALL
from videogen.errors import ConfigError

CLOCK_TOLERANCE = timedelta(hours=1)
"""Clocks of senders may be ahead by this much."""
FARTHEST = 20_040.0
"""Kilometres: no place on Earth is farther from another one."""


def validate(read: ReadAlert, *, profiles: Sequence[str] = (), now: datetime | None = None) -> list[Problem]:
    """All departures of a message: from the schema, the standard's text, our policy, and the profiles given.

    Args:
        profiles: names in `videogen.emergency.cap.profiles.PROFILES`.
        now: if given, a message sent more than an hour later is a mistake.

    Raises:
        ConfigError: a profile is unknown.
    """
    unknown = [name for name in profiles if name not in PROFILES]
    if unknown:
        raise ConfigError(f"the alert profile {unknown[0]!r} is unknown", remedy=f"use {', '.join(sorted(PROFILES))}")
    problems = Findings(read.problems)
    problems.extend(_alert(read.block, now))
    infos = read.block.values.get("infos", ())
    areas = [area for info in infos for area in info.values.get("areas", ())]
    for info in infos:
        problems.extend(_info(info, read.block.values.get("sent")))
    if read.block.values.get("status") == "Actual":
        problems.extend(placeholders(infos))
    problems.extend(_lengths(infos))
    for area in areas:
        problems.extend(_area(area))
    problems.extend(_outlines(areas))
    for name in profiles:
        problems.extend(PROFILES[name](read.block))
    return list(closed(problems))


def _lengths(infos: Sequence[Block]) -> Iterator[Problem]:
    texts = [text for info in infos for text in info.values.values() if isinstance(text, str)]
    texts += [area.values.get("description", "") for info in infos for area in info.values.get("areas", ())]
    total = sum(map(len, texts))
    if total > MOST_CHARACTERS_IN_ALL:
        message = f"its texts have {total:,} characters together, more than {MOST_CHARACTERS_IN_ALL:,}"
        yield breach("text-too-long", "", message)


def _alert(block: Block, now: datetime | None) -> Iterator[Problem]:
    values = block.values
    scope, kind, sent = values.get("scope"), values.get("msg_type"), values.get("sent")
    if "restriction" in values and scope not in (None, "Restricted"):
        yield breach("restriction-without-scope", "restriction", f"it is restricted, but its scope is {scope}")
    if scope == "Restricted" and "restriction" not in values:
        yield breach("restriction-missing", "scope", "its scope is Restricted, but there is no <restriction>")
    if scope == "Private" and not values.get("addresses"):
        yield breach("addresses-missing", "scope", "its scope is Private, but there are no <addresses>")
    if kind in ("Update", "Cancel", "Ack", "Error") and not values.get("references"):
        yield breach("references-missing", "msgType", f"it is an {kind}, but names no alert in <references>")
    if (kind == "Error" or values.get("status") == "Exercise") and "note" not in values:
        yield breach("note-missing", "", "an Error explains itself, and an Exercise names itself, in <note>")
    if kind in ("Alert", "Update") and not values.get("infos"):
        yield breach("info-missing", "", f"an {kind} without <info> says nothing")
    if now is not None and sent is not None and sent > now + CLOCK_TOLERANCE:
        yield breach("sent-in-future", "sent", f"it was sent at {sent.isoformat()}, which is still to come")
    for reference in values.get("references", ()):
        yield from _reference(reference, values)


def _reference(reference: Reference, values: dict[str, Any]) -> Iterator[Problem]:
    sent, name = values.get("sent"), f"{reference.sender},{reference.identifier}"
    if reference == (values.get("sender"), values.get("identifier"), sent):
        yield breach("reference-to-itself", "references", "it refers to itself")
    elif sent is not None and reference.sent > sent:
        message = f"it refers to {name}, which was sent later ({reference.sent.isoformat()}) than itself"
        yield breach("reference-later", "references", message)
    if reference.sender != values.get("sender", reference.sender):
        message = f"it refers to {name}; an alert of another sender is neither superseded nor cancelled by it"
        yield breach("reference-other-sender", "references", message)


def _info(block: Block, sent: datetime | None) -> Iterator[Problem]:
    values, place = block.values, f"{block.place}/expires"
    expires = values.get("expires")
    if expires is not None:
        for name, start in (("sent", sent), ("effective", values.get("effective"))):
            if start is not None and expires < start:
                message = f"it expires at {expires.isoformat()}, before it is {name} ({start.isoformat()})"
                yield breach("expires-too-early", place, message)
        onset = values.get("onset")
        if onset is not None and expires < onset:
            message = f"it expires at {expires.isoformat()}, before its onset ({onset.isoformat()})"
            yield breach("expires-before-onset", place, message)
    if not values.get("areas"):
        yield breach("area-missing", block.place, "there is no <area>: nobody can tell where it applies")
    if not values.get("instruction") and "AllClear" not in values.get("response_types", ()):
        yield breach("instruction-missing", block.place, "there is no <instruction>: it does not say what to do")


def _area(block: Block) -> Iterator[Problem]:
    values = block.values
    for number, polygon in enumerate(values.get("polygons", ()), start=1):
        yield from _polygon(polygon, f"{block.place}/polygon[{number}]")
    for number, circle in enumerate(values.get("circles", ()), start=1):
        yield from _circle(circle, f"{block.place}/circle[{number}]")
    altitude, ceiling = values.get("altitude"), values.get("ceiling")
    if ceiling is not None and altitude is None:
        yield breach("ceiling-without-altitude", f"{block.place}/ceiling", "there is a <ceiling>, but no <altitude>")
    if ceiling is not None and altitude is not None and ceiling < altitude:
        message = f"the ceiling ({ceiling:g} ft) is below the altitude ({altitude:g} ft)"
        yield breach("ceiling-below-altitude", f"{block.place}/ceiling", message)


def _polygon(points: tuple[Point, ...], place: str) -> Iterator[Problem]:
    yield from _range(points, place)
    if len(points) < 4:
        yield breach("polygon-too-few-points", place, f"it has {len(points)} points, but a polygon has at least 4")
    if points and points[0] != points[-1]:
        yield breach("polygon-open", place, "its last point is not its first one")


def _outlines(areas: Sequence[Block]) -> Iterator[Problem]:
    """Polygons that cross themselves. Only closed ones are looked at: others are no polygons."""
    outlines = [
        (f"{area.place}/polygon[{number}]", points)
        for area in areas
        for number, points in enumerate(area.values.get("polygons", ()), start=1)
        if len(points) >= 4 and points[0] == points[-1] and not _misplaced(points)
    ]
    total = sum(len(points) for _, points in outlines)
    if total > MOST_POINTS:
        yield breach("polygon-too-complex", "", f"its polygons have {total:,} points, more than {MOST_POINTS:,}")
        return
    for place, points in outlines:
        found = outline_problem(points)
        if found:
            yield breach(found[0], place, found[1])


def _circle(circle: Circle, place: str) -> Iterator[Problem]:
    yield from _range((circle.centre,), place)
    if circle.radius < 0:
        yield breach("radius-negative", place, f"its radius is {circle.radius:g} km")
    if circle.radius > FARTHEST:
        message = f"its radius is {circle.radius:g} km, which is more than half the way around the Earth"
        yield breach("radius-too-large", place, message)


def _range(points: Sequence[Point], place: str) -> Iterator[Problem]:
    wrong = _misplaced(points)
    if wrong:
        text = f"{wrong[0].latitude:g},{wrong[0].longitude:g}"
        yield breach("coordinate-range", place, f"{text} is not a place: latitude ±90 comes first, then longitude ±180")


def _misplaced(points: Sequence[Point]) -> list[Point]:
    return [point for point in points if abs(point.latitude) > 90 or abs(point.longitude) > 180]
