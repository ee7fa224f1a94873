"""Settings from environment variables: ``VIDEOGEN_<GROUP>__<FIELD>``, lists and groups as JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, EnvSettingsSource, SettingsError

from videogen.config.picture_size import reads_text
from videogen.config.suggestions import did_you_mean
from videogen.errors import ConfigError, shortened
from videogen.runtime.structured_text import parse_json

PREFIX = "VIDEOGEN_"
_LONGEST_GUESS = 200


def variable(group: str, field: str) -> str:
    """The environment variable of a setting."""
    return f"{PREFIX}{group}__{field}".upper()


def from_environment(settings: type[BaseSettings]) -> Iterator[dict[str, Any]]:
    """Return what each variable sets, as nested values; later ones win.

    A whole group (``VIDEOGEN_PROCESSING='{"fps": 30}'``) comes before its fields. Variables such as
    ``VIDEOGEN_CONFIG``, which are named after no group, are none of the settings.

    Raises:
        ConfigError: a variable names no setting, or its value cannot be read; it is named, with what to write.
    """
    source = _Source(settings)
    given = {name: value or "" for name, value in source.env_vars.items() if name.upper().startswith(PREFIX)}
    for name in given:
        _refuse_unknown(name.upper(), settings)
    for name, value in sorted(given.items()):
        source.env_vars = {name: value}
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


class _Source(EnvSettingsSource):
    """Reads lists and groups by the one reader of this project."""

    def decode_complex_value(self, field_name: str, field: FieldInfo, value: Any) -> Any:
        return value if reads_text(field.metadata) else parse_json(value)


def _refuse_unknown(name: str, settings: type[BaseSettings]) -> None:
    groups: dict[str, Any] = {group: field.annotation for group, field in settings.model_fields.items()}
    known = [variable(group, field) for group, fields in groups.items() for field in fields.model_fields]
    # With one underscore, nothing would tell that the variable is left alone.
    meant = next((right for right in known if right.replace("__", "_") == name), None)
    if meant is None:
        if "__" not in name or any(name == right or name.startswith(f"{right}__") for right in known):
            return
        hint = did_you_mean(name, known)
    else:
        hint = f": did you mean {meant!r}?"
    raise ConfigError(
        f"the environment variable {name} does not name a setting{hint}",
        remedy=f"correct or unset it; `videogen config show` prints all settings, {PREFIX}<GROUP>__<FIELD> sets one",
    )


def _is_object(name: str, settings: type[BaseSettings]) -> bool:
    """Whether a variable stands for a whole group, or for a setting that is a table."""
    group, _, field = name.lower().removeprefix(PREFIX.lower()).partition("__")
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
