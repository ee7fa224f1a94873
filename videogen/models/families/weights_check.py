"""Looks at a pipeline's folder before anything is loaded: half-fetched, pickled or missing weights."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from videogen.errors import InputError, ModelError, listed
from videogen.models.families.index import NETWORKS, model_index
from videogen.models.file_limits import check_files
from videogen.runtime.structured_text import MalformedTextError, read_structured

if TYPE_CHECKING:
    from videogen.models.profile import ModelProfile

UNFINISHED = ".videogen-fetching.json"
"""Lies in a folder as long as a fetch has not ended there."""
_PICKLED = (".bin", ".pt", ".pth", ".ckpt")
_SHARD = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}\.safetensors")
_MAX_INDEX_BYTES = 50_000_000


def require_complete(folder: Path, profile: ModelProfile) -> None:
    """Make sure that the weights in `folder` can be loaded.

    Raises:
        ModelError: a fetch has not ended, a configuration or a header is damaged or beyond the limits, a shard is
            missing or lies elsewhere, or there is nothing but pickled weights.
    """
    if (folder / UNFINISHED).exists():
        raise ModelError(
            f"{folder} is only half fetched",
            remedy=f"go on with `videogen models fetch {profile.name}`: what is there is kept",
        )
    for part in (folder, *sorted(path for path in folder.iterdir() if path.is_dir())):
        check_files(part)
    problems = [*missing_shards(folder), *pickled_parts(folder), *_without_weights(folder, profile)]
    if problems:
        raise ModelError(
            f"the weights in {folder} cannot be loaded: {listed(problems)}",
            remedy=f"fetch them again with `videogen models fetch {profile.name}`, or name a repository with "
            "safetensors files",
        )


def missing_shards(folder: Path) -> list[str]:
    """Files that an index of shards names and that are not there, or not beside it, one sentence each."""
    found = []
    for index in sorted(folder.glob("*/*.safetensors.index.json")):
        try:
            names = set(read_structured(index, limit=_MAX_INDEX_BYTES)["weight_map"].values())
        except (InputError, MalformedTextError, KeyError, TypeError, AttributeError):
            found.append(f"{index.relative_to(folder)} is damaged")
            continue
        for name in sorted(names, key=str):
            if not isinstance(name, str) or not _SHARD.fullmatch(name):
                found.append(f"{index.relative_to(folder)} names {str(name)[:200]!r}, which does not lie beside it")
            elif not (index.parent / name).is_file():
                found.append(f"{index.parent.name}/{name} is missing")
    return found


def _without_weights(folder: Path, profile: ModelProfile) -> list[str]:
    """Networks of the pipeline that have no weights at all, neither in the folder nor in a file of their own."""
    if profile.diffusers is None or not (folder / "model_index.json").is_file():
        return []
    parts = set(model_index(folder)) & set(NETWORKS) - set(profile.diffusers.single_files)
    suffixes = (".safetensors", ".safetensors.index.json", *_PICKLED)
    return [
        f"{part} has no weights"
        for part in sorted(parts)
        if not any(path.name.endswith(suffixes) for path in (folder / part).glob("*"))
    ]


def pickled_parts(folder: Path) -> list[str]:
    """Parts whose weights are only there as pickles, which may run programs when they are read; never loaded."""
    found = []
    for part in sorted(path for path in folder.iterdir() if path.is_dir()):
        pickles = [path.name for path in part.iterdir() if path.suffix in _PICKLED]
        if pickles and not any(part.glob("*.safetensors")):
            found.append(f"{part.name} has only {', '.join(sorted(pickles))}, a pickle that could run programs")
    return found
