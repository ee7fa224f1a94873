"""A release as it was read: one NFC text, and blocks, sentences and cells as places in it."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field

from videogen.domain.frozen_model import FrozenModel

BlockKind = Literal["heading", "paragraph", "item", "quote", "table", "boilerplate"]


class Place(FrozenModel):
    """Characters `start` to `end` of the release's text."""

    start: int = Field(ge=0)
    end: int = Field(ge=0)


class Block(Place):
    """A piece of the release. level: of a heading, 1 … 6; rows: the cells of a table, header first."""

    kind: BlockKind
    level: int = 0
    rows: tuple[tuple[Place, ...], ...] = ()


class ReleaseDocument(FrozenModel):
    """One release in one language.

    text: NFC, white space collapsed, no control or direction characters. Every place counts characters in it.
    sha256: of the file as it was handed in. notes: what was left out while reading, for people.
    """

    name: str
    format: Literal["text", "markdown", "html", "pdf", "docx"]
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    language: str
    text: str
    blocks: tuple[Block, ...]
    title: Place
    subtitles: tuple[Place, ...] = ()
    issuer: Place | None = None
    town: Place | None = None
    issued: date | None = None
    release_id: str | None = None
    notes: tuple[str, ...] = ()

    def at(self, place: Place) -> str:
        """The text that stands at `place`."""
        return self.text[place.start : place.end]
