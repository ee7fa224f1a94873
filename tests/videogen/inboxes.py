"""An inbox and the store behind it."""

from __future__ import annotations

from pathlib import Path

from videogen.intake.inbox import InboxResult, take_from_inbox
from videogen.storage.request_store import RequestStore


def take(inbox: Path, store: RequestStore, **options) -> InboxResult:
    return take_from_inbox(inbox, store, settle=0, **options)


def begun(store: RequestStore) -> list[Path]:
    """What has been begun and not been brought to its end."""
    return [path for path in Path(store.root).glob("inbox/*") if path.is_dir()]


def prompts(store: RequestStore) -> list[str]:
    return sorted(store.get(video_id).prompt for video_id in store.ids())
