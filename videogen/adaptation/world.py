"""KnownWorld: the subjects that a model can draw, in the words that it was trained with."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import Field, ValidationError

from videogen.domain.frozen_model import FrozenModel
from videogen.errors import ModelError, reasons

if TYPE_CHECKING:
    from videogen.models.profile import ModelProfile


def vectors_file(subjects: Path) -> Path:
    """Where the sentence vectors of a list of subjects are: ``world/vectors.safetensors`` beside ``world.json``.

    In a folder of their own they do not count as weights, so they leave the model's revision as it is.
    """
    return subjects.with_suffix("") / "vectors.safetensors"


class KnownSubject(FrozenModel):
    """One thing that the model draws. names: what it is called, the plainest first. topics: what it stands for."""

    names: tuple[str, ...] = Field(min_length=1)
    topics: tuple[str, ...] = ()


class KnownWorld(FrozenModel):
    """All that a model can draw.

    languages: ISO 639-1 codes of the prompts that it reads. setting: phrases that say where, when, in which colour and
    how something is shown, and nothing of what. vectors: where the sentence vectors of names and topics are stored.
    """

    languages: tuple[str, ...] = Field(min_length=1)
    subjects: dict[str, KnownSubject] = Field(min_length=1)
    setting: tuple[str, ...] = ()
    vectors: Path | None = Field(default=None, exclude=True)


def world_of(profile: ModelProfile) -> KnownWorld | None:
    """What the profile's model knows; None where the profile names no such file: then nothing is known to be outside.

    Raises:
        ModelError: the file is missing or malformed.
    """
    return None if profile.world is None else _load(profile.models / profile.world)


@lru_cache(maxsize=4)
def _load(path: Path) -> KnownWorld:
    try:
        world = KnownWorld.model_validate_json(path.read_bytes())
    except OSError as error:
        raise ModelError(
            f"the model's list of subjects {path} cannot be read: {error.strerror}", remedy="restore the model's folder"
        ) from error
    except ValidationError as error:
        raise ModelError(f"{path} is not a valid list of a model's subjects: {reasons(error)}") from error
    stored = vectors_file(path)
    return world.model_copy(update={"vectors": stored if stored.exists() else None})
