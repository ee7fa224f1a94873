"""What tests of publishing need: a project in a folder, and alerts that are in effect now."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.videogen.emergency.sample_alerts import alert, info
from videogen.config.config import VideoGenConfig
from videogen.emergency.alerts.register import RegisteredAlert
from videogen.emergency.cap.model import Alert
from videogen.emergency.publishing.production_parts import Making, making


def settings(folder: Path, **changes: Any) -> dict[str, Any]:
    """Small, silent videos, everything below one folder; nothing is too late."""
    return {
        "paths.store": str(folder / "store"),
        "paths.warehouse": str(folder / "warehouse"),
        "paths.inbox": str(folder / "inbox"),
        "paths.output": str(folder / "output"),
        "paths.published": str(folder / "published"),
        "release.development_folder": str(folder / "signing"),
        "release.people_folder": str(folder / "people"),
        "release.key_folder": str(folder / "keys"),
        "processing.resolution": [640, 360],
        "processing.fps": 4,
        "emergency.sound": False,
        "emergency.emergency_max_generation_time": 600.0,
        "emergency.alert_sender": "River Office",
        **{name.replace("__", "."): value for name, value in changes.items()},
    }


def tools_in(folder: Path, **changes: Any) -> Making:
    """The parts of the production, below one folder."""
    return making(VideoGenConfig.load(None, settings(folder, **changes)))


def current(identifier: str = "elm-1", minutes: float = 0.0, **changes: Any) -> Alert:
    """An alert sent some minutes ago that is in effect for six hours, unless `changes` say otherwise."""
    now = datetime.now(UTC).replace(microsecond=0)
    described = changes.pop("info", {})
    fields = {"expires": now + timedelta(hours=6), "description": None, **described}
    infos = changes.pop("infos", (info(**fields),))
    return alert(identifier, sent=now - timedelta(minutes=minutes), infos=infos, **changes)


def take(tools: Making, message: Alert, **options: Any) -> RegisteredAlert:
    """The alert in the register."""
    return tools.manager.register.take(message, original=b"<alert/>", origin="test", **options).registered
