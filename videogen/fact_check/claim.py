"""A claim: one assertion of a text, where it stands there, and what can be compared in it."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field

from videogen.domain.artifacts import Report

Comparator = Literal["equal", "about", "at_least", "at_most"]


class Quantity(Report):
    """A number as written. start, end: characters in the text it was found in.

    unit: a name of `videogen.fact_check.units`, "percent", an ISO 4217 code, or None for a bare number.
    step: the size of the last digit written ("1.4 billion" → 1e8), so half of it is the rounding error.
    """

    text: str
    start: int
    end: int
    value: float
    unit: str | None = None
    step: float = 1.0
    comparator: Comparator = "equal"


class DateSpan(Report):
    """A date or period as written; `first` and `last` are inclusive. role: how the text relates to it."""

    text: str
    start: int
    end: int
    first: date
    last: date
    role: Literal["on", "since", "until"] = "on"


class Mention(Report):
    """A name found in the text and the entities it may stand for, the most prominent first."""

    text: str
    start: int
    end: int
    entities: tuple[str, ...]


class Claim(Report):
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
    negated: bool = False
    critical: bool = Field(False, description="health, casualties, elections: needs more than one source")
    quantities: tuple[Quantity, ...] = ()
    dates: tuple[DateSpan, ...] = ()
    mentions: tuple[Mention, ...] = ()
