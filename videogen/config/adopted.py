"""Settings that were adopted after a test: a source between the defaults and the operator's file."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from videogen.config.setting_names import flat, merged, nested
from videogen.errors import ConfigError, InputError, reasons
from videogen.runtime.structured_text import MalformedTextError, read_structured

_MAX_BYTES = 1_000_000


class Adoption(BaseModel):
    """One change: who adopted what, after which experiment, and whether it was reverted."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    change_id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,79}$")
    experiment: str
    settings: dict[str, Any]
    before: dict[str, Any] = Field(default_factory=dict, description="the values until then")
    operator: str = Field(min_length=1, max_length=200)
    adopted_at: datetime
    why: str = ""
    reverted_at: datetime | None = None
    reverted_by: str | None = None


def read_adopted(path: Path) -> list[Adoption]:
    """All changes, oldest first; none where the file is missing.

    Raises:
        ConfigError: the file cannot be read; it says what to do.
    """
    if not path.exists():
        return []
    remedy = "correct the file, or move it away: no adopted setting is in force then"
    try:
        values = read_structured(path, limit=_MAX_BYTES)
        return [Adoption.model_validate(change) for change in (values or {}).get("changes", [])]
    except (InputError, MalformedTextError, AttributeError) as error:
        raise ConfigError(f"cannot read the adopted settings in {path}: {error}", remedy=remedy) from error
    except ValidationError as error:
        raise ConfigError(f"the adopted settings in {path} are not valid: {reasons(error)}", remedy=remedy) from error


def in_force(changes: Sequence[Adoption]) -> list[Adoption]:
    """Those that nobody has reverted."""
    return [change for change in changes if change.reverted_at is None]


def settings_in_force(changes: Sequence[Adoption]) -> dict[str, Any]:
    """Their settings, nested; later changes win."""
    together: dict[str, Any] = {}
    for change in in_force(changes):
        together = merged(together, nested(change.settings))
    return together


def origins(changes: Sequence[Adoption]) -> dict[str, Adoption]:
    """Setting → the change in force that it comes from, for those who show the configuration."""
    return {name: change for change in in_force(changes) for name in flat(change.settings)}
