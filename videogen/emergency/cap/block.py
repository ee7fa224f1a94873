"""Reading one block of a message (alert, info, resource, area) and noting every departure from the schema."""

from __future__ import annotations

from collections import Counter
from typing import Any, NamedTuple

from videogen.emergency.cap.markup import Note, text_of_elements
from videogen.emergency.cap.model import Value
from videogen.emergency.cap.problem import Problem
from videogen.emergency.cap.rules import breach
from videogen.emergency.cap.schema import (
    BLOCKS,
    MOST_CHARACTERS,
    MOST_OTHER_CHARACTERS,
    MOST_OTHERS,
    MOST_REPEATS,
    NOT_YET_REQUIRED,
    OLD_ELEMENTS,
    Element,
)
from videogen.emergency.cap.values import READERS, read_old_pair, short
from videogen.emergency.cap.xml import children, local_name, namespace, text_of


class Block(NamedTuple):
    """What was understood of a block, by field of the models in `alert`. Blocks inside of it are a tuple of Block."""

    place: str
    values: dict[str, Any]


def read_block(name: str, element: Any, place: str, version: str, problems: list[Problem]) -> Block:
    """Read the element, lxml, as the block of that name; every departure is added to `problems`."""
    known = {one.name: one for one in BLOCKS[name]}
    found = _sorted_out(name, element, known, place, problems)
    values: dict[str, Any] = {}
    for one in known.values():
        here = found.get(one.name, [])
        if one.required and not here and (version, one.name) not in NOT_YET_REQUIRED:
            problems.append(breach("element-missing", place or name, f"there is no <{one.name}>"))
        if len(here) > 1 and not one.many:
            message = f"<{one.name}> occurs {len(here)} times, but may occur once"
            problems.append(breach("element-repeated", place or name, message))
        most = MOST_REPEATS.get(one.name, MOST_OTHERS) if one.many else 1
        if one.many and len(here) > most:
            message = f"there are {len(here):,} <{one.name}>, more than {most:,}"
            problems.append(breach("too-many-elements", place or name, message))
        read = [
            _read(one, child, _inside(place, one, number), version, problems)
            for number, child in enumerate(here[:most], start=1)
        ]
        usable = [value for value in read if value is not None]
        if not one.field or not usable:
            continue
        values[one.field] = tuple(usable) if one.many and one.kind != "pair" else usable[0]
        if one.kind == "pair":
            values[one.field] = tuple(value for pairs in usable for value in pairs)
    return Block(place, values)


def _sorted_out(
    name: str, element: Any, known: dict[str, Element], place: str, problems: list[Problem]
) -> dict[str, list[Any]]:
    """Child elements by name: those that are empty count as missing."""
    found: dict[str, list[Any]] = {}
    unknown: Counter[str] = Counter()
    order: list[int] = []
    names = list(known)
    for child in children(element):
        tag = local_name(child)
        if tag in known:
            order.append(names.index(tag))
            if len(child) or text_of(child):
                found.setdefault(tag, []).append(child)
            else:
                problems.append(breach("element-empty", place or name, f"<{tag}> is empty"))
        elif namespace(child) == namespace(element) and tag not in OLD_ELEMENTS:
            unknown[tag] += 1
    for tag, count in unknown.most_common():
        times = f", and occurs {count:,} times" if count > 1 else ""
        problems.append(
            breach("element-unknown", place or name, f"<{short(tag)}> is not an element of <{name}>{times}")
        )
    if order != sorted(order):
        problems.append(breach("element-order", place or name, f"the elements of <{name}> are not in their order"))
    return found


def _read(one: Element, child: Any, place: str, version: str, problems: list[Problem]) -> Any:
    def note(rule: str, message: str) -> None:
        problems.append(breach(rule, place, message))

    if one.kind in BLOCKS:
        return read_block(one.kind, child, place, version, problems)
    if one.kind == "pair":
        return _pairs(child, note)
    text, inner = text_of(child), children(child)
    if inner and one.kind == "words":
        text = text_of_elements(child)
        note("elements-read-as-text", f"it contains the element <{local_name(inner[0])}>; what stands in it is read")
    elif inner:
        note("element-in-text", f"it contains the element <{local_name(inner[0])}>, where only text may stand")
    most = MOST_CHARACTERS.get(one.name, MOST_OTHER_CHARACTERS)
    if one.kind in ("words", "text", "identifier", "uri") and one.name != "description" and len(text) > most:
        note("text-too-long", f"it has {len(text):,} characters, more than {most:,}")
        text = text[:most]
    return READERS[one.kind](text, note)


def _pairs(element: Any, note: Note) -> tuple[Value, ...]:
    """valueName and value; some senders put several of these pairs into one element."""
    names = [text_of(child) for child in children(element, "valueName")]
    values = [text_of(child) for child in children(element, "value")]
    if not names and not values:
        return read_old_pair(text_of(element), note)
    if len(names) != len(values) or not all(names):
        note("pair-form", f"it has {len(names)} valueName and {len(values)} value elements")
    return tuple(Value(name, value) for name, value in zip(names, values, strict=False) if name)


def _inside(place: str, one: Element, number: int) -> str:
    last = f"{one.name}[{number}]" if one.many else one.name
    return f"{place}/{last}" if place else last
