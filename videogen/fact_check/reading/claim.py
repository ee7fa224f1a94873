"""A claim: one assertion of a text, where it stands there, and what can be compared in it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any, Literal

from pydantic import Field, model_validator

from videogen.domain.frozen_model import FrozenModel

_STRICT = re.compile(
    r"(?<!no )(?<!not )\b(?:more than|over|above|exceed(?:s|ing)|less than|fewer than|under|below)\b|से अधिक|से ज्यादा|से कम",
    re.I,
)
Comparator = Literal["equal", "about", "at_least", "at_most"]


class Quantity(FrozenModel):
    """A number as written. start, end: characters in the text it was found in.

    unit: a name of `videogen.fact_check.reading.units`, "percent", an ISO 4217 code, or None for a bare number.
    step: the size of the last digit written ("1.4 billion" → 1e8), so half of it is the rounding error.
    """

    text: str
    start: int
    end: int
    value: float
    unit: str | None = None
    step: float = 1.0
    comparator: Comparator = "equal"

    @property
    def strict(self) -> bool:
        """Whether the amount itself is ruled out: "more than 5" is, "at least 5" and "no more than 5" are not."""
        return _STRICT.search(self.text) is not None


class DateSpan(FrozenModel):
    """A date or period as written; `first` and `last` are inclusive. role: how the text relates to it."""

    text: str
    start: int
    end: int
    first: date
    last: date
    role: Literal["on", "since", "until"] = "on"


class Mention(FrozenModel):
    """A name found in the text and the entities it may stand for, the most prominent first."""

    text: str
    start: int
    end: int
    entities: tuple[str, ...]


class Claim(FrozenModel):
    """One assertion.

    text: self-contained wording; source_text = what stands at characters start…end of the checked text.
    check_worthy: whether it can be true or false in the world; reason says why or why not.
    Offsets of quantities, dates and mentions count in `text`.
    """

    text: str
    start: int
    end: int
    source_text: str
    language: str
    check_worthy: bool
    reason: str
    negations: int = Field(0, ge=0, description="words that deny something")
    critical: bool = Field(False, description="health, casualties, elections: needs more than one source")
    quantities: tuple[Quantity, ...] = ()
    dates: tuple[DateSpan, ...] = ()
    mentions: tuple[Mention, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _read_version_0_1(cls, given: Any) -> Any:
        """Reports stored by version 0.1.0 say ``negated`` where this one counts the negations."""
        if isinstance(given, Mapping) and "negated" in given:
            rest = {name: value for name, value in given.items() if name != "negated"}
            return {"negations": int(bool(given["negated"])), **rest}
        return given

    @property
    def negated(self) -> bool:
        """Whether it denies what its other words assert; two denials cancel each other."""
        return self.negations % 2 == 1
