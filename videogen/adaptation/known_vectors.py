"""Sentence vectors of what a model knows: from the file beside its list of subjects, or worked out here."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from videogen.adaptation.world import KnownWorld

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]
    Embed = Callable[[Sequence[str]], Vectors]

_kept: dict[str, Vectors] = {}


def known_vectors(world: KnownWorld, embed: Embed) -> tuple[list[str], Vectors]:
    """Subject and unit vector of every known name and topic; read or worked out once in a process.

    The vectors of the file count only while the texts are those that it was made from: a list of subjects that was
    changed by hand is embedded here, which takes some 0.4 s.

    Args:
        embed: texts → unit vectors, N×D float32.

    Raises:
        ModelError: the file beside the list of subjects is damaged.
    """
    pairs = _pairs(world)
    labels, texts = [label for label, _ in pairs], [text for _, text in pairs]
    key = _digest(texts)
    if key not in _kept:
        stored = None if world.vectors is None else _stored(world.vectors, key)
        _kept[key] = embed(texts) if stored is None else stored
    return labels, _kept[key]


def write_vectors(path: Path, world: KnownWorld, embed: Embed) -> None:
    """Work out the vectors of a list of subjects and write them as safetensors."""
    from safetensors.numpy import save_file

    texts = [text for _, text in _pairs(world)]
    path.parent.mkdir(exist_ok=True)
    save_file({"vectors": embed(texts)}, path, metadata={"texts": _digest(texts)})


def _pairs(world: KnownWorld) -> list[tuple[str, str]]:
    """Subject and text of every known name and topic."""
    return [(label, text) for label, entry in world.subjects.items() for text in (*entry.names, *entry.topics)]


def _stored(path: Path, key: str) -> Vectors | None:
    """The vectors of the file; None: it was made from other texts."""
    from safetensors import SafetensorError, safe_open

    from videogen.errors import ModelError

    try:
        with safe_open(path, "numpy") as file:
            return file.get_tensor("vectors") if (file.metadata() or {}).get("texts") == key else None
    except (OSError, SafetensorError) as error:
        raise ModelError(f"{path} cannot be read: {error}", remedy="restore the model's folder") from error


def _digest(texts: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()
