"""Synonyms: words that people use for what a model can draw, and that its captions do not use."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from videogen.adaptation.world import world_of
from videogen.errors import InputError, ModelError, reasons
from videogen.runtime.plain_files import read_plain
from videogen.runtime.structured_text import FEW_ALIASES, MAX_BYTES, MalformedTextError, parse_yaml

if TYPE_CHECKING:
    from videogen.models.profile import ModelProfile


class Synonyms(BaseModel):
    """things: a name of the model's world → words for it, replaced by that name before the model reads them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    things: dict[str, tuple[str, ...]] = Field(default_factory=dict)

    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Each word with the name that stands for it, longest words first, so that "fire engine" wins over "fire"."""
        found = [(word, name) for name, words in self.things.items() for word in words]
        return tuple(sorted(found, key=lambda pair: (-len(pair[0]), pair[0])))


def synonyms_of(profile: ModelProfile) -> Synonyms:
    """The synonyms that the profile's file lists; none where it names no file.

    Raises:
        ModelError: the file is missing or malformed, or a word stands for a name that the model's world does not have.
    """
    if profile.synonyms is None:
        return Synonyms()
    path = profile.models / profile.synonyms
    found = _load(path)
    world = world_of(profile)
    names = {name for entry in world.subjects.values() for name in entry.names} if world else set()
    foreign = sorted(set(found.things) - names)
    if foreign:
        raise ModelError(
            f"{path} lists synonyms of {', '.join(map(repr, foreign))}, which the model's world does not name",
            remedy=f"use names of {profile.world}",
        )
    return found


@lru_cache(maxsize=4)
def _load(path: Path) -> Synonyms:
    try:
        return Synonyms.model_validate(parse_yaml(read_plain(path, MAX_BYTES), max_aliases=FEW_ALIASES))
    except (InputError, MalformedTextError, ValidationError) as error:
        why = reasons(error) if isinstance(error, ValidationError) else getattr(error, "problem", str(error))
        raise ModelError(f"the synonyms {path} cannot be read: {why}", remedy="restore the model's folder") from error
