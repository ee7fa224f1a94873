"""Reads JSON and YAML from outside with limits on size, depth and number of values.

Everything that is refused is a `MalformedTextError`, whatever the parser would have raised: recursion, integers of
thousands of digits, dates that do not exist, aliases that stand for gigabytes, the same key twice.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Hashable
from pathlib import Path
from typing import Any

import yaml

from videogen.errors import shortened
from videogen.runtime.plain_files import read_plain

MAX_BYTES = 16_000_000
MAX_YAML_CHARACTERS = 1_000_000
"""YAML takes a hundred times as long as JSON to read."""
MAX_DEPTH = 50
MAX_VALUES = 1_000_000
MAX_DIGITS = 40
FEW_ALIASES = 20
"""For files of the operator, who may name a value once and use it twice. They cannot stand for much."""
_WORDS = 300
# libyaml's scanner is many times as fast; both are safe loaders.
_Safe: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class MalformedTextError(ValueError):
    """Why a text cannot be read, with the line where that is known."""


def read_structured(path: Path, *, limit: int = MAX_BYTES) -> Any:
    """Read a file as JSON if its name ends in .json, else as YAML. An empty YAML file gives None.

    Raises:
        InputError: it is not a plain file, larger than `limit` bytes, or cannot be read.
        MalformedTextError: it is not UTF-8, not well-formed, or beyond the limits of this module.
    """
    text = as_text(read_plain(path, limit))
    return parse_json(text) if path.suffix.lower() == ".json" else parse_yaml(text, max_aliases=FEW_ALIASES)


def as_text(data: bytes) -> str:
    """UTF-8, with or without a byte order mark.

    Raises:
        MalformedTextError: it is not.
    """
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise MalformedTextError(f"not UTF-8 text: {error.reason} at byte {error.start:,}") from error


def parse_json(text: str | bytes, *, max_values: int = MAX_VALUES) -> Any:
    """The value of a JSON text. Infinity and NaN are read, since Python writes them.

    Raises:
        MalformedTextError: it is not well-formed, or beyond the limits of this module.
    """
    text = as_text(text) if isinstance(text, bytes) else text
    try:
        value = json.loads(text, object_pairs_hook=_object, parse_int=_integer)
    except _TwiceError as error:
        raise MalformedTextError(f"{error.key!r} is given more than once{_lines_of_twice(text)}") from error
    except MalformedTextError:
        raise
    except (ValueError, RecursionError) as error:
        raise MalformedTextError(f"not well-formed: {_words(error)}") from error
    _check_depth(value, max_values)
    return value


def parse_yaml(text: str | bytes, *, max_aliases: int = 0) -> Any:
    """The value of a YAML text of one document, made of plain data.

    Args:
        text: the YAML document.
        max_aliases: how many aliases (``*name``) are taken. A few lines of them can stand for gigabytes.

    Raises:
        MalformedTextError: it is not well-formed, or beyond the limits of this module.
    """
    text = as_text(text) if isinstance(text, bytes) else text
    if len(text) > MAX_YAML_CHARACTERS:
        raise MalformedTextError(f"longer than {MAX_YAML_CHARACTERS:,} characters: write it as JSON, or split it")
    try:
        _check_events(text, max_aliases)
        return yaml.load(text, Loader=_Loader)  # noqa: S506  # a safe loader
    except MalformedTextError:
        raise
    # The constructors of PyYAML raise whatever Python raises on a date, number or key that does not exist.
    except Exception as error:
        raise MalformedTextError(f"not well-formed: {_words(error)}") from error


class _TwiceError(ValueError):
    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _TwiceError(shortened(Counter(key for key, _ in pairs).most_common(1)[0][0], _WORDS))
    return found


def _lines_of_twice(text: str) -> str:
    """``", in lines 3 and 7"``: JSON is YAML but for tabs, and YAML knows its lines."""
    try:
        parse_yaml(text.replace("\t", " "))
    except _TwiceInYamlError as error:
        return error.lines
    except MalformedTextError:
        return ""
    return ""


def _integer(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise MalformedTextError(f"an integer of {len(digits):,} digits, but at most {MAX_DIGITS} are allowed")
    return int(digits)


def _check_depth(value: Any, max_values: int) -> None:
    """Without recursion, since the value may be as deep as the parser went."""
    level, depth, values = [value], 0, 0
    while level:
        values += len(level)
        if values > max_values:
            raise MalformedTextError(f"more than {max_values:,} values")
        tables = [item.values() if isinstance(item, dict) else item for item in level if isinstance(item, dict | list)]
        depth += 1
        if tables and depth > MAX_DEPTH:
            raise MalformedTextError(f"nested more than {MAX_DEPTH} deep")
        level = [value for items in tables for value in items]


def _check_events(text: str, max_aliases: int) -> None:
    """Refuse what would be too deep or too much for the composer, which recurses, before it is asked."""
    values = aliases = 0
    unfinished: list[str | None] = []
    for event in yaml.parse(text, Loader=_Safe):
        line = event.start_mark.line + 1 if event.start_mark else 0
        if isinstance(event, yaml.AliasEvent):
            aliases += 1
            if aliases > max_aliases or event.anchor in unfinished:
                raise MalformedTextError(f"line {line}: aliases (*{event.anchor}) are not allowed: write the value out")
        if isinstance(event, yaml.CollectionStartEvent):
            unfinished.append(event.anchor)
        elif isinstance(event, yaml.CollectionEndEvent):
            unfinished.pop()
        values += isinstance(event, yaml.NodeEvent)
        if len(unfinished) > MAX_DEPTH:
            raise MalformedTextError(f"line {line}: nested more than {MAX_DEPTH} deep")
        if values > MAX_VALUES:
            raise MalformedTextError(f"line {line}: more than {MAX_VALUES:,} values")


class _TwiceInYamlError(MalformedTextError):
    def __init__(self, key: str, first: int, second: int) -> None:
        self.lines = f", in line {first}" if first == second else f", in lines {first} and {second}"
        super().__init__(f"{shortened(key, _WORDS)!r} is given more than once{self.lines}")


class _Loader(_Safe):  # type: ignore[misc]  # one of two classes
    """Refuses keys that are given twice and numbers that nobody can mean."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        lines: dict[tuple[str, str], int] = {}
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode):
                line, known = key.start_mark.line + 1, lines.get((key.tag, key.value))
                if known is not None:
                    raise _TwiceInYamlError(key.value, known, line)
                lines[key.tag, key.value] = line
        return dict(super().construct_mapping(node, deep=deep))

    def construct_number(self, node: yaml.ScalarNode) -> Any:
        value = self.construct_scalar(node)
        if len(value) > MAX_DIGITS:
            line = node.start_mark.line + 1
            raise MalformedTextError(
                f"line {line}: a number of {len(value):,} characters, but at most {MAX_DIGITS} are allowed"
            )
        if node.tag.endswith(":int"):
            return self.construct_yaml_int(node)
        return self.construct_yaml_float(node)


_Loader.add_constructor("tag:yaml.org,2002:int", _Loader.construct_number)
_Loader.add_constructor("tag:yaml.org,2002:float", _Loader.construct_number)


def _words(error: BaseException) -> str:
    """The error in one line."""
    if isinstance(error, RecursionError):
        return f"nested more than {MAX_DEPTH} deep"
    return shortened(" ".join(str(error).split()) or type(error).__name__, _WORDS)
