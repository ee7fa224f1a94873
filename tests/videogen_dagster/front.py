"""A whole project in a folder, with the tiny model, as the command line and the Python API see it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.tiny_models import SETTINGS
from videogen.config.config import VideoGenConfig


@dataclass
class Answer:
    """What a command left: exit code, stdout and stderr."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        return json.loads(self.out)


def settings_in(folder: Path, models: Path, **changes: Any) -> dict[str, Any]:
    """Overrides for a project below `folder`."""
    places = {
        "paths.models": str(models),
        "paths.store": str(folder / "store"),
        "paths.warehouse": str(folder / "warehouse"),
        "paths.inbox": str(folder / "inbox"),
        "paths.output": str(folder / "output"),
        "paths.published": str(folder / "published"),
        "release.development_folder": str(folder / "signing"),
        "release.people_folder": str(folder / "people"),
        "release.key_folder": str(folder / "keys"),
        "fact_check.knowledge_base": str(folder / "knowledge"),
        "monitoring.folder": str(folder / "monitoring"),
    }
    readable = {"emergency.emergency_reduced_resolution": [96, 80]}
    return SETTINGS | readable | places | {name.replace("__", "."): value for name, value in changes.items()}


def config_in(folder: Path, models: Path, **changes: Any) -> Path:
    """The same as a configuration file."""
    path = folder / "config.yaml"
    path.write_text(VideoGenConfig.load(None, settings_in(folder, models, **changes)).to_yaml(), encoding="utf-8")
    return path


def no_verdict(config: VideoGenConfig) -> dict[str, dict[str, float]]:
    """Weights under which every report passes: nothing counts."""
    return {kind: dict.fromkeys(weights, 0.0) for kind, weights in config.quality.weights.items()}


def picture(path: Path, colour: tuple[int, int, int] = (200, 40, 30)) -> Path:
    """A picture file of one colour."""
    from PIL import Image

    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (96, 64), colour).save(path)
    return path


def frames_of(path: Path) -> list[tuple[int, int]]:
    """(width, height) of every frame, decoded."""
    import av

    with av.open(str(path)) as container:
        return [(frame.width, frame.height) for frame in container.decode(video=0)]
