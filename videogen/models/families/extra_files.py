"""Single weight files beside a pipeline: LoRAs and GGUF files, in a local folder or in the hub's cache."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from videogen.errors import ModelError

if TYPE_CHECKING:
    from videogen.models.profile import ModelProfile


def located_file(profile: ModelProfile, source: str, revision: str | None, file: str) -> Path:
    """The local path of ``source/file``. Nothing is downloaded here.

    Raises:
        ModelError: it is not on this machine.
    """
    folder = profile.locate(source)
    path = folder / file if folder else _cached(source, revision, file)
    if path is None or not path.is_file():
        raise ModelError(
            f"profile {profile.name!r} needs the file {source}/{file}, which is not on this machine",
            remedy=f"fetch it with `videogen models fetch {profile.name}`",
        )
    return path


def _cached(source: str, revision: str | None, file: str) -> Path | None:
    from huggingface_hub import try_to_load_from_cache

    found = try_to_load_from_cache(source, file, revision=revision)
    return Path(found) if isinstance(found, str) else None


def require_files(profile: ModelProfile) -> None:
    """Make sure that every LoRA and single file of the profile is there.

    Raises:
        ModelError: as `located_file`.
    """
    options = profile.diffusers
    if options is None:
        return
    for one in (*options.loras, *options.single_files.values()):
        located_file(profile, one.source, one.revision, one.file)
