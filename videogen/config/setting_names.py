"""Names of settings: ``{"processing.fps": 1}``, ``{"processing": {"fps": 1}}`` and ``{"fps": 1}`` are the same.

Whoever compares names, say with those that only the operator may set, compares what `nested` or `flat` gives.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from videogen.config.flat_names import group_of
from videogen.errors import ConfigError

_PART = re.compile(r"[a-z][a-z0-9_]*")
_MOST_SHOWN = 10
_MOST = 10_000


def nested(changes: Mapping[str, Any]) -> dict[str, Any]:
    """``{"a.b": 1, "a": {"c": 2}}`` → ``{"a": {"b": 1, "c": 2}}``; a short name gets its group.

    Raises:
        ConfigError: a name is not written as ``group.field`` or ``field``: an empty part, a capital, a space, another
            alphabet; or a short name that several groups have. Below the field come the keys of tables, which are free.
    """
    return _nested(changes, ())


def flat(settings: Mapping[str, Any]) -> dict[str, Any]:
    """``{"a": {"b": 1}, "c.d": 2}`` → ``{"a.b": 1, "c.d": 2}``.

    Raises:
        ConfigError: as in `nested`.
    """
    return dict(_leaves(nested(settings), ""))


def merged(base: Mapping[str, Any], top: Mapping[str, Any]) -> dict[str, Any]:
    """`base` with the values of `top`, table by table."""
    result = dict(base)
    for key, value in top.items():
        old = result.get(key)
        result[key] = merged(old, value) if isinstance(old, Mapping) and isinstance(value, Mapping) else value
    return result


def _nested(changes: Mapping[str, Any], above: tuple[str, ...]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    if len(changes) > _MOST:
        raise ConfigError(
            f"{len(changes):,} settings are named at once, more than {_MOST:,}", remedy="name those that change"
        )
    if wrong := [".".join(map(str, (*above, key))) for key in changes if not _is_name(key, len(above))]:
        said = ", ".join(repr(name) for name in wrong[:_MOST_SHOWN])
        raise ConfigError(
            f"{said} is not the name of a setting" if len(wrong) == 1 else f"{said} are not names of settings",
            remedy="write group.field, such as model.guidance_scale; `videogen config show` lists them",
        )
    for key, value in changes.items():
        head, _, tail = key.partition(".")
        place = (*above, head)
        group = None if above else group_of(head)
        if group is not None:
            # The short name of a setting: as if it had been written with its group.
            _merge_into(result, {group: _nested({key: value}, (group,))})
            continue
        inner = {tail: value} if tail else value
        _merge_into(result, {head: _nested(inner, place) if isinstance(inner, Mapping) else inner})
    return result


def _merge_into(result: dict[str, Any], top: dict[str, Any]) -> None:
    """As `merged`, of tables that belong to nobody else: a copy for each name would take the square of their number."""
    for key, value in top.items():
        old = result.get(key)
        if isinstance(old, dict) and isinstance(value, dict):
            _merge_into(old, value)
        else:
            result[key] = value


def _leaves(settings: Mapping[str, Any], prefix: str) -> list[tuple[str, Any]]:
    found = []
    for key, value in settings.items():
        name = f"{prefix}{key}"
        # An empty table stays: it, too, names a setting.
        found += _leaves(value, f"{name}.") if isinstance(value, Mapping) and value else [(name, value)]
    return found


def _is_name(key: object, above: int) -> bool:
    """Whether a key can be a name, or the beginning of one. above: how many parts stand before it."""
    if not isinstance(key, str):
        return False
    head, dot, tail = key.partition(".")
    return bool(_PART.fullmatch(head) if above <= 1 else head) and not (dot and not tail)
