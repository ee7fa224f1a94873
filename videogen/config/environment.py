"""Settings from environment variables: ``VIDEOGEN_<GROUP>__<FIELD>`` or ``VIDEOGEN_<FIELD>``, lists as JSON."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, EnvSettingsSource, SettingsError

from videogen.config.flat_names import group_of, is_short, short_names
from videogen.config.picture_size import reads_text
from videogen.config.suggestions import did_you_mean
from videogen.errors import ConfigError, shortened
from videogen.runtime.structured_text import parse_json

PREFIX = "VIDEOGEN_"
_LONGEST_GUESS = 200
_OTHERS = frozenset(
    f"{PREFIX}{name}" for name in ("CONFIG", "HOME", "MACHINE", "QUEUE_URL", "SETTINGS_KEY", "WATERMARK_KEYS")
)
# Similarity from which a name counts as a misspelling (difflib's ratio): "fsp" for "fps" has 0.67.
_MISSPELT = 0.66


def variable(group: str, field: str) -> str:
    """The environment variable of a setting."""
    return f"{PREFIX}{group}__{field}".upper()


def variable_of(group: str, field: str) -> str:
    """The environment variable that gives a setting now: the short one where that is what is set."""
    short, long = f"{PREFIX}{field}".upper(), variable(group, field)
    given = {name.upper() for name in os.environ}
    return short if short in given and long not in given else long


def from_environment(settings: type[BaseSettings]) -> Iterator[dict[str, Any]]:
    """Return what each variable sets, as nested values; later ones win.

    A whole group (``VIDEOGEN_PROCESSING='{"fps": 30}'``) comes before its fields, and a short name
    (``VIDEOGEN_FPS``) before the full one. Variables such as ``VIDEOGEN_CONFIG``, which are named like no setting, are
    none of the settings.

    Raises:
        ConfigError: a variable names no setting, or its value cannot be read; it is named, with what to write.
    """
    source = _Source(settings)
    given = {name: value or "" for name, value in source.env_vars.items() if name.upper().startswith(PREFIX)}
    for name in given:
        _refuse_unknown(name.upper(), settings)
    for name, value in sorted(given.items(), key=_from_wide_to_narrow):
        source.env_vars = {_full(name): value}
        try:
            found = source()
        except SettingsError as error:
            example = _as_json(value, _is_object(name, settings))
            raise ConfigError(
                f"the environment variable {name.upper()} cannot be read: {shortened(repr(value), 200)} "
                f"is not JSON ({shortened(str(error.__cause__), 200)})",
                remedy=f"write lists and groups as JSON, here {name.upper()}='{example}'",
            ) from error
        yield found


def _short(name: str) -> str | None:
    """The short name of a setting that a variable is called after, in small letters; None: it is another one."""
    field = name.lower().removeprefix(PREFIX.lower())
    return field if is_short(field) else None


def _full(name: str) -> str:
    field = _short(name)
    return name if field is None else variable(str(group_of(field)), field).lower()


def _from_wide_to_narrow(setting: tuple[str, str]) -> tuple[bool, bool, str]:
    """Groups first, then settings by their short and at last by their full names."""
    name = setting[0]
    return "__" in name or _short(name) is not None, "__" in name, name


class _Source(EnvSettingsSource):
    """Reads lists and groups by the one reader of this project."""

    def decode_complex_value(self, field_name: str, field: FieldInfo, value: Any) -> Any:
        return value if reads_text(field.metadata) else parse_json(value)


def _refuse_unknown(name: str, settings: type[BaseSettings]) -> None:
    groups: dict[str, Any] = {group: field.annotation for group, field in settings.model_fields.items()}
    known = [variable(group, field) for group, fields in groups.items() for field in fields.model_fields]
    # With one underscore, nothing would tell that the variable is left alone.
    meant = next((right for right in known if right.replace("__", "_") == name), None)
    if meant is not None:
        hint = f": did you mean {meant!r}?"
    elif "__" in name:
        if any(name == right or name.startswith(f"{right}__") for right in known):
            return
        hint = did_you_mean(name, known)
    else:
        field = name.removeprefix(PREFIX).lower()
        if field in groups or name in _OTHERS:
            return
        if is_short(field):
            _refuse_ambiguous(field, name)
            return
        # A variable of somebody else's, unless it is nearly the name of a setting.
        near = get_close_matches(field, list(short_names()), n=1, cutoff=_MISSPELT)
        if not near:
            return
        hint = f": did you mean {PREFIX + near[0].upper()!r}?"
    raise ConfigError(
        f"the environment variable {name} does not name a setting{hint}",
        remedy=f"correct or unset it; `videogen config show` prints all settings, {PREFIX}<GROUP>__<FIELD> sets one",
    )


def _refuse_ambiguous(field: str, name: str) -> None:
    full = short_names()[field]
    if len(full) > 1:
        variables = " or ".join(variable(*one.split(".")) for one in full)
        raise ConfigError(
            f"the environment variable {name} could name {len(full)} settings", remedy=f"write {variables}"
        )


def _is_object(name: str, settings: type[BaseSettings]) -> bool:
    """Whether a variable stands for a whole group, or for a setting that is a table."""
    group, _, field = _full(name).lower().removeprefix(PREFIX.lower()).partition("__")
    return not field or isinstance(getattr(settings.model_fields[group].default, field, None), Mapping)


def _as_json(value: str, is_object: bool) -> str:
    """A guess at the JSON that was meant: ``640x360`` → ``[640, 360]``, ``clean, truncate`` → ``["clean", …]``."""
    if len(value) > _LONGEST_GUESS:
        return '["…"]'
    if is_object:
        return '{"name": value}'
    words = re.findall(r"[^\s,;:=\[\](){}'\"]+", value)
    numbers = re.findall(r"-?\d+(?:\.\d+)?", value)
    if numbers and not re.search(r"[A-Za-z]{2}", value):
        return json.dumps([float(number) if "." in number else int(number) for number in numbers])
    return json.dumps(words or ["…"], ensure_ascii=False)
