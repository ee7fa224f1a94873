"""Domains: what a bureau announces, in the words of config/domains.yaml."""

from __future__ import annotations

import string
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from videogen.config.suggestions import did_you_mean
from videogen.errors import ConfigError, InputError, reasons
from videogen.runtime.plain_files import read_plain
from videogen.runtime.structured_text import FEW_ALIASES, MAX_BYTES, MalformedTextError, parse_yaml

SLOTS = ("subject", "colour", "motion", "place", "time", "look")
REQUIRED = "subject"


class Domain(BaseModel):
    """One entry of the file.

    words: name of something that can be drawn → what this domain calls it. place, time: added behind a prompt that
    leaves them open. templates: style → sentence with slots of `SLOTS`. look: a named look. settings: setting → value.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")
    description: str = Field(min_length=3, max_length=2000)
    words: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    place: str | None = None
    time: str | None = None
    templates: dict[str, str] = Field(default_factory=dict)
    look: str | None = None
    settings: dict[str, Any] = Field(default_factory=dict)

    @field_validator("templates")
    @classmethod
    def _templates_have_known_slots(cls, templates: dict[str, str]) -> dict[str, str]:
        for style, template in templates.items():
            used = [name for _, name, _, _ in string.Formatter().parse(template) if name is not None]
            unknown = sorted(set(used) - set(SLOTS))
            if unknown:
                raise ValueError(
                    f"the template {style!r} has the unknown slot {unknown[0]!r}; slots are {', '.join(SLOTS)}"
                )
            if REQUIRED not in used:
                raise ValueError(f"the template {style!r} has no slot {{{REQUIRED}}}")
        return templates

    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Each word with the name that stands for it, longest words first."""
        found = [(word, name) for name, words in self.words.items() for word in words]
        return tuple(sorted(found, key=lambda pair: (-len(pair[0]), pair[0])))

    def texts(self) -> str:
        """All words of the entry that can reach a prompt, one a line: what the content policy has to read."""
        own = [self.description, *self.words, *(word for words in self.words.values() for word in words)]
        return "\n".join([*own, *self.templates.values(), self.place or "", self.time or ""])


def load_domains(path: Path) -> Mapping[str, Domain]:
    """Name → domain, of the YAML file `path`.

    Raises:
        ConfigError: the file is missing or malformed; the entry is named.
    """
    try:
        return _load(path, path.stat().st_mtime_ns)
    except OSError as error:
        raise ConfigError(
            f"cannot read the domains {path}: {error.strerror}", remedy="set adaptation.domains_file"
        ) from error


def domain_named(name: str, path: Path) -> Domain:
    """The domain `name` of the file.

    Raises:
        InputError: there is none of that name; the nearest is named.
        ConfigError: see `load_domains`.
    """
    known = load_domains(path)
    if name not in known:
        raise InputError(
            f"unknown domain {name!r}{did_you_mean(name.lower(), known)}", remedy=f"choose one of {', '.join(known)}"
        )
    return known[name]


@lru_cache(maxsize=8)
def _load(path: Path, changed: int) -> Mapping[str, Domain]:
    try:
        content = parse_yaml(read_plain(path, MAX_BYTES), max_aliases=FEW_ALIASES)
        entries = content["domains"] if isinstance(content, dict) and list(content) == ["domains"] else None
        if not isinstance(entries, dict) or not entries:
            raise ConfigError(
                f"{path} must contain 'domains:' with at least one domain", remedy="see docs/adaptation.md"
            )
        return {name: _domain(path, name, entry) for name, entry in entries.items()}
    except MalformedTextError as error:
        raise ConfigError(f"the domains {path} are not well-formed YAML: {error}") from error
    except InputError as error:
        raise ConfigError(f"cannot read the domains: {error.problem}", remedy=error.remedy) from error


def _domain(path: Path, name: object, entry: object) -> Domain:
    if not isinstance(entry, dict):
        raise ConfigError(f"{path}: the domain {name!r} must have fields such as 'description:'")
    try:
        return Domain.model_validate({**entry, "name": name})
    except ValidationError as error:
        raise ConfigError(f"{path}: the domain {name!r} is not valid: {reasons(error)}") from error
