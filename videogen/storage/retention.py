"""Frees disk space: removes old intermediate tensors and keeps reports, requests and videos."""

from __future__ import annotations

import shutil
import time
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from videogen.domain.requests import Attempt
from videogen.domain.stages import Stage
from videogen.errors import ArtifactError
from videogen.storage.artifact_store import ArtifactStore
from videogen.storage.atomic import TEMPORARY
from videogen.storage.atomic_folder import cache_folder
from videogen.storage.request_store import RequestStore

FRAMES = (Stage.DECODED_FRAMES, Stage.UPSCALED_FRAMES)
"""Stages whose artifacts are pictures: most of what a video takes, and in its mp4 once that is made."""
_LEFT_OVER = timedelta(days=1)


@dataclass(frozen=True)
class Removed:
    """What was removed: artifacts as ``<video id>/attempt-<n>/<name>``, and all bytes freed."""

    artifacts: tuple[str, ...]
    bytes: int


def remove_intermediates(
    artifacts: ArtifactStore,
    requests: RequestStore,
    keep: timedelta,
    *,
    keep_frames: timedelta | None = None,
    in_use: Collection[str] = (),
    now: datetime | None = None,
) -> Removed:
    """Remove the tensor artifacts (``.safetensors``) that are older than `keep`.

    Requests, pictures, reports, tables and videos stay. Such a video can still be made again from its
    request and seed. Temporary files that killed processes left behind, and copies of remote files that were
    not read for as long, go too.

    Args:
        artifacts: where they are stored.
        requests: whose they are.
        now: the moment that ages are counted from; None: now.
        keep: how long an intermediate is kept, `paths.keep_intermediates_days`.
        keep_frames: the same for the frames of attempts whose mp4 is there, `paths.keep_frames_days`; None: as others.
        in_use: ids of videos that runs are working on: these are left alone.
    """
    moment = now or datetime.now(UTC)
    removed: list[str] = []
    freed = 0
    for video_id in requests.ids():
        if video_id in in_use:
            continue
        for attempt in _readable_attempts(requests, video_id):
            names = artifacts.names(video_id, attempt.number)
            for name in names:
                spare = keep_frames if name in FRAMES and Stage.RENDERED_VIDEO in names else None
                oldest = moment - (keep if spare is None else min(keep, spare))
                if _is_old_tensor(artifacts, video_id, attempt.number, name, oldest):
                    freed += artifacts.remove(video_id, attempt.number, name)
                    removed.append(f"{video_id}/attempt-{attempt.number}/{name}")
    if artifacts.is_local:
        freed += _remove_left_over(Path(artifacts.root), moment - _LEFT_OVER)
    else:
        _empty_cache(moment - keep)
    return Removed(tuple(removed), freed)


def _readable_attempts(requests: RequestStore, video_id: str) -> list[Attempt]:
    """The attempts at a video; none where one is damaged: what people may still restore is left alone."""
    try:
        return requests.attempts(video_id)
    except ArtifactError:
        return []


def _is_old_tensor(artifacts: ArtifactStore, video_id: str, attempt: int, name: str, oldest: datetime) -> bool:
    try:
        manifest = artifacts.manifest(video_id, attempt, name)
    except ArtifactError:
        return False
    return manifest.files[0].name.endswith(".safetensors") and manifest.created_at < oldest


def _remove_left_over(root: Path, oldest: datetime) -> int:
    freed = 0
    for path in root.rglob(".*.tmp"):
        facts = path.lstat()
        if TEMPORARY.match(path.name) and facts.st_mtime < oldest.timestamp():
            path.unlink(missing_ok=True)
            freed += facts.st_size
    return freed


def _empty_cache(oldest: datetime) -> None:
    folder = cache_folder()
    entries = list(folder.iterdir()) if folder.is_dir() else []
    for entry in entries:
        used = max((path.stat().st_atime for path in entry.iterdir()), default=time.time())
        if used < oldest.timestamp():
            shutil.rmtree(entry, ignore_errors=True)
