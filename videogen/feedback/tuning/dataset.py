"""Fine-tuning datasets on the disk: Parquet for the pairs, safetensors for the latents, a manifest for both.

``<store>/datasets/<id>/manifest.json`` (written last), ``pairs.parquet``, ``latents.safetensors``. An erasure rewrites
the files and counts the version up; nothing that was erased stays readable.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from videogen.config.config import VideoGenConfig
from videogen.errors import ArtifactError, InputError
from videogen.storage.atomic_folder import Folder, sha256

if TYPE_CHECKING:
    import pandas as pd
    import torch

MANIFEST, PAIRS, LATENTS, WEIGHTS = "manifest.json", "pairs.parquet", "latents.safetensors", "weights.json"
COLUMNS = ("event_id", "prompt", "seed", "winner", "loser", "margin", "rater", "weight", "split")


class DatasetManifest(BaseModel):
    """What a dataset is made of. files: name → SHA-256. refused: reason → pairs that were left out."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,79}$")
    schema_version: int = 1
    version: int = Field(1, ge=1, description="counts up at every erasure")
    created_at: datetime
    profile: str
    revision: str
    pairs: int = Field(ge=0)
    raters: int = Field(ge=0)
    prompts: int = Field(ge=0)
    split: dict[str, int]
    purposes: str = "analysis+training"
    source: str
    refused: dict[str, int] = Field(default_factory=dict)
    files: dict[str, str]


@dataclass(frozen=True)
class DatasetPeople:
    """A dataset and whose answers are in it."""

    id: str
    raters: frozenset[str]


def datasets_folder(config: VideoGenConfig) -> Folder:
    """Where all datasets lie."""
    return Folder(f"{config.location(config.paths.store).rstrip('/')}/datasets")


def write_dataset(
    config: VideoGenConfig,
    name: str,
    pairs: pd.DataFrame,
    latents: Mapping[str, torch.Tensor],
    *,
    version: int = 1,
    **facts: Any,
) -> DatasetManifest:
    """Write the files of a dataset, the manifest last.

    Args:
        pairs: `COLUMNS`; winner and loser are keys of `latents`.
        latents: float16, C×T×h×w.
        facts: further fields of the manifest.
        config: the configuration in force.
        name: what it is called.
        version: counts up at every erasure.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq
    from safetensors.torch import save_file

    folder = datasets_folder(config)
    used = set(pairs["winner"]) | set(pairs["loser"])
    with folder.writing(f"{name}/{PAIRS}") as path:
        pq.write_table(pa.Table.from_pandas(pairs[list(COLUMNS)], preserve_index=False), path)
        sums = {PAIRS: sha256(path)}
    with folder.writing(f"{name}/{LATENTS}") as path:
        save_file({key: value.contiguous() for key, value in latents.items() if key in used}, path)
        sums[LATENTS] = sha256(path)
    manifest = DatasetManifest(
        id=name,
        version=version,
        created_at=datetime.now(UTC),
        pairs=len(pairs),
        raters=int(pairs["rater"].nunique()),
        prompts=int(pairs["prompt"].nunique()),
        split={str(part): int(count) for part, count in pairs["split"].value_counts().items()},
        files=sums,
        **facts,
    )
    folder.write(f"{name}/{MANIFEST}", manifest.model_dump_json(indent=1).encode())
    return manifest


def read_manifest(config: VideoGenConfig, name: str) -> DatasetManifest:
    """The manifest of a dataset.

    Raises:
        InputError: the dataset does not exist. ArtifactError: its manifest cannot be read.
    """
    try:
        return DatasetManifest.model_validate_json(datasets_folder(config).read(f"{name}/{MANIFEST}"))
    except FileNotFoundError as error:
        raise InputError(
            f"the dataset {name!r} does not exist", remedy="`videogen feedback dataset` makes one"
        ) from error
    except ValidationError as error:
        raise ArtifactError(
            f"the manifest of the dataset {name} cannot be read", remedy="make the dataset again"
        ) from error


def read_dataset(config: VideoGenConfig, name: str) -> tuple[DatasetManifest, pd.DataFrame, dict[str, torch.Tensor]]:
    """Manifest, pairs and latents, checked against the manifest's sums.

    Raises:
        ArtifactError: a file was changed since it was written.
    """
    from safetensors.torch import load_file

    manifest, folder = read_manifest(config, name), datasets_folder(config)
    for file, expected in manifest.files.items():
        path = folder.local(f"{name}/{file}") if folder.is_local else folder.fetched(f"{name}/{file}", expected)
        if sha256(path) != expected:
            raise ArtifactError(
                f"{file} of the dataset {name} was changed since it was written", remedy="make it again"
            )
    local = folder.local if folder.is_local else folder.fetched
    return manifest, _pairs(folder, name), dict(load_file(local(f"{name}/{LATENTS}")))


def note_weights(config: VideoGenConfig, name: str, file: str, digest: str) -> None:
    """Remember that a file of weights was trained on a dataset, so that an erasure can name it."""
    folder = datasets_folder(config)
    known = _weights(folder, name)
    version = read_manifest(config, name).version
    entry = {"file": file, "sha256": digest, "version": version, "trained_at": datetime.now(UTC).isoformat()}
    folder.write(f"{name}/{WEIGHTS}", json.dumps([*known, entry], indent=1).encode())


def datasets_with(config: VideoGenConfig, raters: Collection[str] | None) -> list[DatasetPeople]:
    """The datasets that hold answers of one of these raters; None: all datasets."""
    folder = datasets_folder(config)
    found = []
    for name in folder.names():
        if folder.exists(f"{name}/{PAIRS}"):
            people = frozenset(map(str, _pairs(folder, name)["rater"].unique()))
            if raters is None or people & set(raters):
                found.append(DatasetPeople(name, people))
    return found


def weights_trained_on(config: VideoGenConfig, raters: Collection[str]) -> list[str]:
    """Files of weights that were trained on answers of one of these raters."""
    folder = datasets_folder(config)
    return [entry["file"] for dataset in datasets_with(config, raters) for entry in _weights(folder, dataset.id)]


def remove_raters(config: VideoGenConfig, raters: Collection[str]) -> list[str]:
    """Take the answers of these raters out of every dataset; returns the datasets that changed."""
    changed = []
    for dataset in datasets_with(config, raters):
        manifest, pairs, latents = read_dataset(config, dataset.id)
        left = pairs[~pairs["rater"].isin(set(raters))]
        facts = manifest.model_dump(include={"profile", "revision", "source", "refused"})
        write_dataset(config, dataset.id, left, latents, version=manifest.version + 1, **facts)
        changed.append(dataset.id)
    return changed


def _pairs(folder: Folder, name: str) -> pd.DataFrame:
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows: pd.DataFrame = pq.read_table(pa.BufferReader(folder.read(f"{name}/{PAIRS}"))).to_pandas()
    return rows


def _weights(folder: Folder, name: str) -> list[dict[str, Any]]:
    try:
        known: list[dict[str, Any]] = json.loads(folder.read(f"{name}/{WEIGHTS}"))
        return known
    except FileNotFoundError:
        return []
