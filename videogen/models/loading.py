"""Loads models by family name and caches them per process."""

from __future__ import annotations

import atexit
import gc
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from videogen.errors import ModelError
from videogen.models.adapters import adapter_revision
from videogen.models.fetched_record import recorded_revision
from videogen.runtime import plugins

if TYPE_CHECKING:
    import torch

    from videogen.models.profile import ModelProfile
    from videogen.models.text_encoders import PromptTokenizer

PARTS = (
    "unet", "transformer", "transformer_2", "vae", "audio_vae", "vocoder", "connectors", "latent_upsampler",
    "scheduler", "text_encoder", "text_encoder_2", "text_encoder_3", "tokenizer", "tokenizer_2", "tokenizer_3",
    "processor", "image_encoder", "image_processor", "feature_extractor", "guider", "motion_adapter", "planner",
)  # fmt: skip
"""Folders of a model in diffusers' format."""


@dataclass(frozen=True)
class LoadedModel:
    """A model in memory. family: a `Family` or a `WholeFamily`.

    revision: the hub commit, or a fingerprint of the weight files of a folder.
    """

    profile: ModelProfile
    family: Any
    device: torch.device
    dtype: torch.dtype

    @property
    def revision(self) -> str:
        return str(self.family.revision)


_loaded: dict[tuple[Any, ...], LoadedModel] = {}
_tokenizers: dict[tuple[Any, ...], PromptTokenizer] = {}


def load_model(profile: ModelProfile, device: torch.device, dtype: torch.dtype) -> LoadedModel:
    """The model of `profile`, loaded on the first call in this process and again when its files change.

    Raises:
        ModelError: weights are missing, unreadable or do not fit together.
        ConfigError: nobody offers the profile's family.
    """
    key = (*_identity(profile), str(device), str(dtype), _file_times(profile))
    if key not in _loaded:
        for stale in [other for other in _loaded if other[:4] == key[:4]]:
            del _loaded[stale]
        with _uncollected():
            family = family_of(profile).load(profile, device, dtype)
        _loaded[key] = LoadedModel(profile, family, device, dtype)
    return _loaded[key]


@contextmanager
def _uncollected() -> Iterator[None]:
    """Libraries and weights make a million objects that stay: nobody looks for garbage among them, now or later.

    At the end of the process they are collected as ever; some libraries complain of leaks otherwise.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        atexit.unregister(gc.unfreeze)
        atexit.register(gc.unfreeze)
        if enabled:
            gc.enable()


def tokenizer_for(profile: ModelProfile) -> PromptTokenizer:
    """The tokenizer that the profile's text encoder uses; loads no weights."""
    key = _identity(profile)
    if key not in _tokenizers:
        _tokenizers[key] = family_of(profile).tokenizer(profile)
    return _tokenizers[key]


def release_models() -> None:
    """Unload all models and free their memory."""
    from videogen.runtime.device import release_memory

    _loaded.clear()
    release_memory()


def fingerprint(folder: Path) -> str:
    """First 16 hex digits of a SHA-256 over names and contents of all weight and config files below `folder`."""
    digest = hashlib.sha256()
    for path in _model_files(folder):
        digest.update(path.relative_to(folder).as_posix().encode())
        with path.open("rb") as stream:
            digest.update(hashlib.file_digest(stream, "sha256").digest())
    return digest.hexdigest()[:16]


def revision_of(profile: ModelProfile) -> str:
    """Return the revision kept in every artifact: commits of the hub repositories, or a folder's fingerprint."""
    parts = [(profile.source, profile.revision)]
    if profile.motion_adapter is not None:
        parts.append((profile.motion_adapter.source, profile.motion_adapter.revision))
    folders = [profile.locate(source) for source, _ in parts]
    base = "+".join(
        (recorded_revision(folder) or fingerprint(folder)) if folder else revision or fetched_commit(source)
        for folder, (source, revision) in zip(folders, parts, strict=True)
    )
    return f"{base}+{adapter_revision(profile)}" if profile.adapters else base


def fetched_commit(repository: str) -> str:
    """The commit at which the hub's cache holds `repository`; "unknown" where it holds none."""
    from huggingface_hub import try_to_load_from_cache

    for name in ("model_index.json", "config.json"):
        found = try_to_load_from_cache(repository, name)
        if isinstance(found, str):
            return Path(found).parent.name
    return "unknown"


def scheduler_for(profile: ModelProfile) -> Any:
    """A new scheduler of the profile's model, a diffusers object; no weights are read.

    Raises:
        ModelError: the model brings its own denoising loop, or has no such scheduler.
        ConfigError: nobody offers the profile's family.
    """
    family = family_of(profile)
    if not hasattr(family, "scheduler_of"):
        raise ModelError(
            f"the model of profile {profile.name!r} steps by itself: it has no scheduler of its own to hand out",
            remedy="choose a profile of the family animatediff, or make a DiffusionScheduler of a diffusers object",
        )
    return family.scheduler_of(profile)


def _identity(profile: ModelProfile) -> tuple[str, str]:
    return profile.model_dump_json(), str(profile.models)


def family_of(profile: ModelProfile) -> Any:
    """The class of the profile's family. Nothing is loaded.

    Raises:
        ConfigError: nobody offers it. ModelError: it lacks what every family has.
    """
    found = plugins.resolve(plugins.MODEL_FAMILIES, profile.family)
    if not hasattr(found, "load") or not hasattr(found, "tokenizer"):
        raise ModelError(f"model family {profile.family!r} has no load() and tokenizer()")
    return found


def _model_files(folder: Path) -> list[Path]:
    """Weights and configs of the parts that the denoiser is made of; an upscaler beside them has a life of its own."""
    found = [path for part in PARTS for path in (folder / part).rglob("*")]
    whole = ("config.json", "model_index.json")
    found += [path for path in folder.glob("*") if path.name in whole or path.suffix == ".safetensors"]
    return sorted(path for path in found if path.suffix in {".safetensors", ".json"})


def _file_times(profile: ModelProfile) -> tuple[tuple[str, int, int], ...]:
    folder = profile.folder
    if folder is None:
        return ()
    return tuple((str(path), path.stat().st_mtime_ns, path.stat().st_size) for path in _model_files(folder))
