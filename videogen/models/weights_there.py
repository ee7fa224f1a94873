"""Which weights of a profile are on this machine, told from folder names: nothing is loaded."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from videogen.models.families.weights_check import UNFINISHED

if TYPE_CHECKING:
    from videogen.models.profile import ModelProfile


def missing_parts(profile: ModelProfile) -> list[str]:
    """Folders, files and hub repositories that the profile names and that are not here; hub ones are fetched on use."""
    motion, pictures = profile.motion_adapter, profile.ip_adapter
    repositories: tuple[str | None, ...] = (
        profile.source,
        motion.source if motion else None,
        pictures.repository if pictures else None,
        profile.text_video_encoder,
    )
    beside = () if profile.diffusers is None else (*profile.diffusers.loras, *profile.diffusers.single_files.values())
    repositories = (*repositories, *dict.fromkeys(one.source for one in beside))
    files = (profile.upscaler, profile.planner, profile.world, *(adapter.file for adapter in profile.adapters))
    missing = [name for name in repositories if name and not is_here(profile.models, name)]
    return [*missing, *(name for name in files if name and not (profile.models / name).exists())]


def is_here(models: Path, source: str) -> bool:
    """Whether a folder, or a hub repository with files in the cache, goes by that name; a half-fetched one does not."""
    from huggingface_hub.constants import HF_HUB_CACHE

    folder = models / Path(source).expanduser()
    if (folder / UNFINISHED).exists():
        return False
    snapshots = Path(HF_HUB_CACHE) / f"models--{source.replace('/', '--')}" / "snapshots"
    return folder.is_dir() or (snapshots.is_dir() and any(any(one.iterdir()) for one in snapshots.iterdir()))
