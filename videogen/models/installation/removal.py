"""Removes what `fetching` put into the models folder; folders of people are never touched."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from videogen.errors import InputError
from videogen.models.families.weights_check import UNFINISHED
from videogen.models.fetched_record import RECORD
from videogen.models.installation.fetching import wanted_by

if TYPE_CHECKING:
    from videogen.models.profile import ModelProfile


def fetched_folders(profile: ModelProfile) -> list[Path]:
    """Folders that a fetch of `profile` has filled, wholly or in part."""
    folders = [profile.models / one.repository for one in wanted_by(profile)]
    return [folder for folder in folders if (folder / RECORD).exists() or (folder / UNFINISHED).exists()]


def remove(profile: ModelProfile, others: Sequence[ModelProfile], *, shared_too: bool = False) -> dict[Path, float]:
    """Delete the fetched folders of `profile`; returns the GB that each has freed.

    Args:
        others: the other profiles of the models folder; what they need stays unless `shared_too`.

    Raises:
        InputError: nothing was fetched for it, or all of it is needed by other profiles.
    """
    folders = fetched_folders(profile)
    if not folders:
        raise InputError(
            f"nothing in {profile.models} was fetched for the profile {profile.name!r}",
            remedy="folders that were put there by hand have to be removed by hand",
        )
    users = {folder: [other.name for other in others if folder in fetched_folders(other)] for folder in folders}
    free = [folder for folder in folders if shared_too or not users[folder]]
    if not free:
        names = sorted({name for found in users.values() for name in found})
        raise InputError(
            f"the weights of {profile.name!r} are also those of {', '.join(names)}",
            remedy="remove them all the same with --shared-too",
        )
    freed = {}
    for folder in free:
        size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
        # The record first: what is left of an interrupted removal counts as half fetched.
        (folder / UNFINISHED).touch()
        (folder / RECORD).unlink(missing_ok=True)
        shutil.rmtree(folder)
        freed[folder] = size / 1e9
    return freed
