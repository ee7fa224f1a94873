"""What goes through the production of an alert's video: the parts it needs, and what each step hands to the next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from videogen.emergency.ladder import Choice, Rung
from videogen.emergency.manager import Allocation, EmergencyModeManager
from videogen.emergency.publishing.published_alerts import AlertRecord, PublishedAlerts
from videogen.emergency.rendering.renderer import AlertVideo, Background

if TYPE_CHECKING:
    from videogen.config.config import VideoGenConfig
    from videogen.emergency.alerts.register import RegisteredAlert
    from videogen.emergency.layout.template import EmergencyTemplate

STAGE = "emergency_video"
BackgroundMaker = Callable[["EmergencyTemplate", "float | None"], Background]
"""Gives the model's clip for a template, until a moment of `time.monotonic`."""


@dataclass(frozen=True)
class Making:
    """What the production of alerts needs. background None: the model is never asked."""

    config: VideoGenConfig
    manager: EmergencyModeManager
    published: PublishedAlerts
    background: BackgroundMaker | None = None
    run_id: str | None = None


def making(config: VideoGenConfig, **wishes: object) -> Making:
    """The parts that `config` names. wishes: `background`, `run_id`."""
    store = config.location(config.paths.store)
    published = PublishedAlerts(config.path(config.paths.published) / "alerts", store)
    return Making(config, EmergencyModeManager(config), published, **wishes)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Plan:
    """What was decided before anything was drawn. own_advice: see `AlertRecord`."""

    registered: RegisteredAlert
    template: EmergencyTemplate
    allocation: Allocation
    choice: Choice
    planned_at: datetime
    seconds: float
    own_advice: tuple[str, ...] = ()


@dataclass
class Rendered:
    """A video and how it came about. failed: rungs that were tried in vain, with the reason."""

    video: AlertVideo
    rung: Rung
    failed: dict[Rung, str]
    skipped: dict[Rung, str]
    seconds: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Published:
    """The result of one alert.

    folder: where its files are. record: what lies there.

    frames: some of the video's, uint8, N×H×W×3, with their numbers, for a preview; None without a video, or where
    an earlier process made it.
    """

    record: AlertRecord
    folder: Path
    frames: NDArray[np.uint8] | None = None
    numbers: tuple[int, ...] = ()
