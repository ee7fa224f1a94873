"""What a knowledge base holds: sources, facts, documents and the passages that are searched."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from pydantic import Field, model_validator

from videogen.domain.frozen_model import FrozenModel


class Source(FrozenModel):
    """Who says it. `origin` names the wire story or data set behind it: sources of one origin count once."""

    id: str = Field(min_length=1, max_length=200)
    name: str = Field(min_length=1)
    url: str = ""
    reliability: float = Field(0.7, ge=0.0, le=1.0, description="0: worthless, 1: never wrong")
    published: date | None = None
    origin: str = ""
    licence: str = ""


class Fact(FrozenModel):
    """`attribute` of `entity` is `value`, says `source`; true from `valid_from` to `valid_to` where those are known.

    number, unit: the value as a magnitude in a unit of `videogen.fact_check.reading.units`; None for text and dates.
    """

    entity: str = Field(min_length=1, max_length=500)
    attribute: str = Field(min_length=1, max_length=200)
    value: str = Field(min_length=1, max_length=2000)
    number: float | None = None
    unit: str | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    source: str = Field(min_length=1)
    retrieved: date

    @model_validator(mode="after")
    def _term_runs_forward(self) -> Fact:
        if self.valid_from and self.valid_to and self.valid_to < self.valid_from:
            raise ValueError(f"valid_to {self.valid_to} is before valid_from {self.valid_from}")
        return self

    def sentence(self) -> str:
        """The fact as one plain sentence, with its term, for people and for text models."""
        label = self.attribute.replace("_", " ")
        text = f"{label} of {self.entity}: {self.value}"
        if self.unit and self.value.replace(",", "").replace(".", "").isdigit():
            text += f" {self.unit.replace('_', ' ')}"
        if self.valid_from and self.valid_to:
            return f"{text} ({self.valid_from} to {self.valid_to})"
        if self.valid_from:
            return f"{text} (since {self.valid_from})"
        return f"{text} (until {self.valid_to})" if self.valid_to else text


class Contradiction(FrozenModel):
    """Two facts that exclude each other, or (kind "aliases") names that lead round in a circle."""

    kind: Literal["value", "aliases"]
    text: str
    facts: tuple[Fact, ...] = ()


class Alias(FrozenModel):
    """`alias` is another name of `entity`; of several entities so named, the more prominent one is meant by default."""

    alias: str = Field(min_length=1, max_length=500)
    entity: str = Field(min_length=1, max_length=500)
    prominence: float = Field(0.0, ge=0.0)


class Document(FrozenModel):
    """A text that passages are found in."""

    id: str = Field(min_length=1)
    title: str = ""
    text: str = Field(min_length=1)
    source: str = Field(min_length=1)
    published: date | None = None


class Passage(FrozenModel):
    """A stretch of a document, short enough to be quoted: about 80 words."""

    id: str
    document: str
    title: str
    text: str
    source: str
    published: date | None = None


@dataclass
class Batch:
    """What one import brings."""

    name: str
    sources: list[Source] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)
    aliases: list[Alias] = field(default_factory=list)
    documents: list[Document] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.sources or self.facts or self.aliases or self.documents)
