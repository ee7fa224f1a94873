"""Looks at a pipeline's folder before anything is loaded: half-fetched, pickled or missing weights."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from videogen.errors import ModelError, listed
from videogen.models.families.index import NETWORKS, model_index

if TYPE_CHECKING:
    from videogen.models.profile import ModelProfile

UNFINISHED = ".videogen-fetching.json"
"""Lies in a folder as long as a fetch has not ended there."""
_PICKLED = (".bin", ".pt", ".pth", ".ckpt")


def require_complete(folder: Path, profile: ModelProfile) -> None:
    """Make sure that the weights in `folder` can be loaded.

    Raises:
        ModelError: a fetch has not ended, a shard is missing, or there is nothing but pickled weights.
    """
    if (folder / UNFINISHED).exists():
        raise ModelError(
            f"{folder} is only half fetched",
            remedy=f"go on with `videogen models fetch {profile.name}`: what is there is kept",
        )
    problems = [*missing_shards(folder), *pickled_parts(folder), *_without_weights(folder, profile)]
    if problems:
        raise ModelError(
            f"the weights in {folder} cannot be loaded: {listed(problems)}",
            remedy=f"fetch them again with `videogen models fetch {profile.name}`, or name a repository with "
            "safetensors files",
        )


def missing_shards(folder: Path) -> list[str]:
    """Files that an index of shards names and that are not there, one sentence each."""
    found = []
    for index in sorted(folder.glob("*/*.safetensors.index.json")):
        try:
            names = set(json.loads(index.read_bytes())["weight_map"].values())
        except (OSError, ValueError, KeyError, AttributeError):
            found.append(f"{index.relative_to(folder)} is damaged")
            continue
        found += [
            f"{index.parent.name}/{name} is missing" for name in sorted(names) if not (index.parent / name).is_file()
        ]
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
