"""Which requests somebody has cancelled: a mark in the video's folder, until it is run again."""

from __future__ import annotations

from datetime import UTC, datetime

from videogen.storage.atomic_folder import Folder
from videogen.storage.request_store import RequestStore

_MARK = "cancelled"


def cancel(requests: RequestStore, video_id: str) -> None:
    """Keep that a request is cancelled: no run is started for it, until `resume`.

    Raises:
        InputError: the request does not exist. StorageError: the store refused.
    """
    requests.get(video_id)
    Folder(requests.root).write(f"{video_id}/{_MARK}", datetime.now(UTC).isoformat().encode())


def resume(requests: RequestStore, video_id: str) -> None:
    """Forget that a request was cancelled."""
    Folder(requests.root).remove(f"{video_id}/{_MARK}")


def is_cancelled(requests: RequestStore, video_id: str) -> bool:
    """Whether a request was cancelled and not run again since."""
    return Folder(requests.root).exists(f"{video_id}/{_MARK}")
