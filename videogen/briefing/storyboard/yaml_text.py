"""The storyboard as YAML: written for people, read strictly, every fault with its line and column."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import yaml
from pydantic import ValidationError

from videogen.briefing.storyboard.model import Storyboard
from videogen.errors import InputError, listed
from videogen.runtime.structured_text import MalformedTextError, parse_yaml

_WIDTH = 110


def as_yaml(storyboard: Storyboard) -> str:
    """The storyboard as its file says it: keys in the order of the form, nothing that is left at its default."""
    told = storyboard.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    # What people are to see and change stands there even at its default.
    shown = {name: getattr(storyboard, name) for name in ("briefing", "revision", "target", "brand", "loudness")}
    told = {name: {**told, **shown}[name] for name in type(storyboard).model_fields if name in {**told, **shown}}
    text: str = yaml.dump(
        told, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=_WIDTH, default_flow_style=False
    )
    return text


def from_yaml(text: str | bytes, name: str = "the storyboard") -> Storyboard:
    """Read a storyboard.

    Args:
        name: of its file, for messages.

    Raises:
        InputError: it is not YAML, or says something that a storyboard cannot; each fault with line and column.
    """
    try:
        value = parse_yaml(text)
    except MalformedTextError as error:
        raise InputError(f"{name}: {error}", remedy="correct the file and hand it in again") from error
    if not isinstance(value, dict):
        raise InputError(f"{name} is not a storyboard", remedy="`videogen briefing FILE --plan-only` writes one")
    try:
        return Storyboard.model_validate(value)
    except ValidationError as error:
        root = yaml.compose(text if isinstance(text, str) else text.decode("utf-8-sig"), Loader=yaml.SafeLoader)
        found = [_located(root, problem) for problem in error.errors(include_url=False)]
        raise InputError(f"{name}: {listed(found)}", remedy="correct the file and hand it in again") from error


def _located(root: Any, problem: Any) -> str:
    place = [part for part in problem["loc"] if not (isinstance(part, str) and part.startswith(("function-", "[")))]
    mark, reached = _mark(root, place)
    field = ".".join(map(str, reached))
    what = {
        "extra_forbidden": "is not a key of a storyboard",
        "missing": "is missing",
        "timezone_aware": "needs a time and a zone, such as 2026-04-01T16:30:00+05:30",
    }.get(problem["type"], problem["msg"].removeprefix("Value error, "))
    where = f"line {mark.line + 1}, column {mark.column + 1}: " if mark is not None else ""
    return f"{where}{field + ': ' if field else ''}{what}"


def _mark(node: Any, place: Sequence[Any]) -> tuple[Any, list[Any]]:
    """Where the value at `place` begins; of an unknown or missing key, the key or the table around it."""
    reached = []
    mark = node.start_mark
    for part in place:
        if isinstance(node, yaml.MappingNode):
            entry = next(((key, value) for key, value in node.value if key.value == str(part)), None)
            reached.append(part)
            if entry is None:
                break
            mark, node = entry[0].start_mark, entry[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            reached.append(part)
            node = node.value[part]
            mark = node.start_mark
    return mark, reached


class _Dumper(yaml.SafeDumper):
    """Stretches of text and lists of short words on one line."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


def _sequence(dumper: _Dumper, value: list[Any]) -> yaml.Node:
    flat = all(isinstance(item, int | float | str) for item in value) and sum(len(str(item)) for item in value) < 60
    return dumper.represent_sequence("tag:yaml.org,2002:seq", value, flow_style=flat)


def _mapping(dumper: _Dumper, value: dict[str, Any]) -> yaml.Node:
    return dumper.represent_mapping("tag:yaml.org,2002:map", value, flow_style=_is_small(value))


def _is_small(value: dict[str, Any]) -> bool:
    """A text with its place, or one text, that fits on a line."""
    small = set(value) <= {"text", "from"} or all(
        len(key) <= 3 and isinstance(x, str | list) for key, x in value.items()
    )
    return small and len(str(value)) < _WIDTH - 20


_Dumper.add_representer(list, _sequence)
_Dumper.add_representer(dict, _mapping)
