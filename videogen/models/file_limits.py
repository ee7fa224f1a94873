"""Limits on model files, checked before a library acts on them: headers of weights, configurations, schedulers.

The safetensors format (github.com/huggingface/safetensors, "Format"): eight bytes with the length of the header, the
header as JSON that begins with ``{`` and may be padded with spaces, then the data.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from videogen.errors import InputError, ModelError
from videogen.runtime.structured_text import MalformedTextError, read_structured

MAX_CONFIG_BYTES = 1_000_000
MAX_HEADER_BYTES = 25_000_000
_LENGTH = 8
_LONGEST_PADDING = 4096
_CONFIGS = ("config.json", "scheduler_config.json", "model_index.json", "preprocessor_config.json")
_REMEDY = "restore the folder (git checkout, or unpack the release again)"
_LONGEST_LIST, _LONGEST_WORD = 100_000, 200
_LARGEST = 1e6
_DEEPEST = 8
_MOST_TIMESTEPS = 100_000
_MOST_LAYERS = 1000


def check_files(folder: Path) -> None:
    """Look at every configuration and every header of weights directly in `folder`.

    Raises:
        ModelError: one of them is damaged or beyond the limits; it names the file.
    """
    for path in sorted(folder.glob("*")):
        if path.suffix == ".safetensors":
            check_header(path)
        elif path.name in _CONFIGS:
            read_config(path)


def checked_scheduler(values: Mapping[str, Any], where: str) -> dict[str, Any]:
    """Settings of a scheduler that are plain values of a possible size.

    Args:
        values: as a ``scheduler_config.json`` or a profile gives them.
        where: what gives them, for the message.

    Raises:
        ModelError: a value is nested, endless, not finite or gigantic; it is named.
    """
    for name, value in values.items():
        problem = _problem(name, value)
        if problem:
            raise ModelError(f"{where}: {name[:_LONGEST_WORD]} {problem}", remedy="compare it with another scheduler")
    return dict(values)


def numbers_that_are_possible(values: dict[str, Any]) -> dict[str, Any]:
    """`values` as they are, nested ones too, as long as a class of diffusers could do something with every number.

    Raises:
        ValueError: a number is endless, not a number or gigantic, or the values are nested too deeply; it is named.
    """
    for name, value in values.items():
        if problem := _nested_problem(value, 0):
            raise ValueError(f"{str(name)[:_LONGEST_WORD]} {problem}")
    return values


def _nested_problem(value: Any, depth: int) -> str:
    if isinstance(value, dict | list | tuple):
        if depth == _DEEPEST or len(value) > _LONGEST_LIST:
            return f"holds more than {_LONGEST_LIST:,} values, or {_DEEPEST} levels of them"
        parts = value.values() if isinstance(value, dict) else value
        return next((found for part in parts if (found := _nested_problem(part, depth + 1))), "")
    if value is None or isinstance(value, bool | str):
        return ""
    return _number_problem(value, "no pipeline")


def _problem(name: str, value: Any) -> str:
    if isinstance(value, list | tuple):
        if len(value) > _LONGEST_LIST:
            return f"is a list of {len(value):,} values, more than {_LONGEST_LIST:,}"
        return next((f"holds a value that {found}" for item in value if (found := _number_problem(item))), "")
    if isinstance(value, str):
        return "" if len(value) <= _LONGEST_WORD else f"has {len(value):,} characters, more than {_LONGEST_WORD}"
    if value is None or isinstance(value, bool):
        return ""
    if name == "num_train_timesteps" and not (isinstance(value, int) and 0 < value <= _MOST_TIMESTEPS):
        return f"is not a whole number from 1 to {_MOST_TIMESTEPS:,}"
    return _number_problem(value)


def _number_problem(value: Any, user: str = "no scheduler") -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return "is not a plain value"
    # An integer of thousands of digits does not even fit into a float.
    if isinstance(value, int):
        return "" if abs(value) <= _LARGEST else f"is beyond {_LARGEST:,.0f}"
    return "" if math.isfinite(value) and abs(value) <= _LARGEST else f"is {value:g}, which {user} can use"


def read_config(path: Path) -> dict[str, Any]:
    """The values of a configuration, a JSON object.

    Raises:
        ModelError: it is missing, damaged or beyond the limits.
    """
    try:
        values = read_structured(path, limit=MAX_CONFIG_BYTES)
    except (InputError, MalformedTextError) as error:
        reason = error.problem if isinstance(error, InputError) else error
        raise ModelError(f"{path} cannot be read: {reason}", remedy=_REMEDY) from error
    if not isinstance(values, dict):
        raise ModelError(f"{path} must hold a JSON object", remedy=_REMEDY)
    for name, value in values.items():
        if "layers" in name and isinstance(value, int) and value > _MOST_LAYERS:
            raise ModelError(f"{path}: {name[:_LONGEST_WORD]} is {value:,}, more than {_MOST_LAYERS:,}", remedy=_REMEDY)
    return values


def check_header(path: Path) -> None:
    """Look at the header of one safetensors file.

    Raises:
        ModelError: it is damaged or beyond the limits.
    """
    if not path.is_file():
        raise ModelError(f"{path} is not a plain file", remedy=_REMEDY)
    size = path.stat().st_size
    with path.open("rb") as file:
        length = int.from_bytes(file.read(_LENGTH), "little")
        if length > min(MAX_HEADER_BYTES, size - _LENGTH):
            raise ModelError(
                f"{path} says that its header has {length:,} bytes; "
                f"the file has {size:,}, and {MAX_HEADER_BYTES:,} are read at most",
                remedy=_REMEDY,
            )
        header = file.read(length)
    if not header.startswith(b"{") or len(header) - len(header.rstrip(b" ")) > _LONGEST_PADDING:
        raise ModelError(f"{path} has no header of safetensors, which begins with '{{'", remedy=_REMEDY)
