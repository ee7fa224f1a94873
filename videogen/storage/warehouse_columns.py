"""What a column of a warehouse table is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "integer", "real", "truth", "time"]


@dataclass(frozen=True)
class Column:
    """One column. minimum, maximum: bounds, inclusive. choices: the only values allowed."""

    name: str
    kind: Kind
    nullable: bool = False
    minimum: float | None = None
    maximum: float | None = None
    choices: Sequence[str] = ()
    pattern: str | None = None
