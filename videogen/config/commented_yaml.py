"""The configuration as commented YAML, for people to read and edit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, get_args, get_origin

import yaml
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from videogen.config.config import VideoGenConfig

_HEADER = """\
# All settings, as `videogen config show` prints them. A file needs to give only what it changes.
# Later sources win: defaults < file < environment (VIDEOGEN_<GROUP>__<FIELD>) < command line.
"""
_BOUNDS = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<", "min_length": "length ≥", "max_length": "length ≤"}


def commented_yaml(config: VideoGenConfig, notes: Mapping[str, str] | None = None) -> str:
    """Write every setting with a comment on its meaning and allowed values; `load` reads it back.

    Args:
        notes: setting → where its value comes from, as a further comment.
        config: the configuration in force.
    """
    parts = [_HEADER]
    for name, field in type(config).model_fields.items():
        group: BaseModel = getattr(config, name)
        parts.append(f"# {_first_line(type(group).__doc__)}\n{name}:\n{_group(group, name, notes or {})}")
        assert field.annotation is type(group)
    return "\n".join(parts)


def _group(group: BaseModel, prefix: str, notes: Mapping[str, str]) -> str:
    values = group.model_dump(mode="json")
    return "".join(
        f"  # {_meaning(name, field)}\n{_note(notes.get(f'{prefix}.{name}'))}{_entry(name, values[name])}"
        for name, field in type(group).model_fields.items()
    )


def _note(text: str | None) -> str:
    return f"  # {text}\n" if text else ""


def _meaning(name: str, field: FieldInfo) -> str:
    limits = [
        f"{sign} {getattr(rule, attribute)}"
        for rule in field.metadata
        for attribute, sign in _BOUNDS.items()
        if getattr(rule, attribute, None) is not None
    ]
    choices = [str(choice) for kind in (field.annotation, *get_args(field.annotation)) for choice in _choices(kind)]
    notes = [" | ".join(choices)] if choices else limits
    meaning = field.description or name.replace("_", " ")
    return f"{meaning} ({', '.join(notes)})" if notes else meaning


def _choices(kind: Any) -> tuple[Any, ...]:
    return get_args(kind) if get_origin(kind) is Literal else ()


def _entry(name: str, value: Any) -> str:
    style = None if isinstance(value, list) else False
    text = yaml.safe_dump({name: value}, sort_keys=False, width=100, default_flow_style=style)
    return "".join(f"  {line}\n" for line in text.splitlines())


def _first_line(text: str | None) -> str:
    return (text or "").strip().partition("\n")[0]
