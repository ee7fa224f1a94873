"""The catalogue of attributes: how text names them, and how their values are compared."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any, Literal

import yaml
from pydantic import Field

from videogen.domain.frozen_model import FrozenModel


class Attribute(FrozenModel):
    """See `data/attributes.yaml` for the meaning of each field."""

    name: str
    kind: Literal["text", "number", "date"]
    labels: tuple[str, ...]
    single: bool = True
    closed: bool = False
    range_only: bool = False
    measure: str | None = None
    tolerance: float = Field(0.005, ge=0.0)
    refute: float = Field(0.01, ge=0.0)
    half_life: float | None = None


@cache
def _catalogue() -> dict[str, dict[str, Any]]:
    text = files("videogen.fact_check").joinpath("data/attributes.yaml").read_text(encoding="utf-8")
    loaded: dict[str, dict[str, Any]] = yaml.safe_load(text)
    return loaded


@cache
def attribute(name: str, kind: str = "text", unit: str | None = None) -> Attribute:
    """The attribute of that name; one the catalogue does not know takes the defaults of its kind of value.

    Args:
        kind: "text", "number" or "date", as its facts are; used only for unknown attributes.
        unit: unit of its facts; counts of people move, so they get a wider tolerance.
    """
    known = _catalogue().get(name)
    if known is not None and name != "default":
        return Attribute(name=name, **known)
    defaults = _catalogue()["default"]["people" if unit == "people" else kind]
    return Attribute(name=name, labels=(name.replace("_", " ").lower(),), **defaults)


def known_attributes() -> list[Attribute]:
    """Every attribute that the catalogue describes."""
    return [attribute(name) for name in _catalogue() if name != "default"]
