"""The true plan of rendered clips: where the subject is, the setting, the rhythm, frame by frame."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor

from training.world.render import FRAMES
from videogen.models.motion_planner import STANDING, plan_values

# Cycles a clip of what sways, turns, bobs or flashes: constant + slope · speed, as the renderer draws it.
RATES: dict[str, tuple[float, float]] = {
    "wind turbines": (-0.25, 2.0),
    "solar panels": (0.6, 1.0),
    "burning house": (0.6, 3.0),
    "rain": (1.6, 2.0),
    "storm": (1.0, 0.0),
    "cyclone": (1.0, 0.0),
    "trees": (0.05, 2.5),
    "flag": (0.3, 3.0),
    "boat": (1.5, 0.0),
    "ambulance": (2.0, 0.0),
    "crowd": (2.0, 0.0),
}
# Share of the width that is travelled in a clip.
SPEEDS: dict[str, tuple[float, float]] = {"slow": (0.3, 0.35), "medium": (0.35, 0.45), "fast": (0.45, 0.5)}
PLACES = (0.42, 0.58)


def true_plan(scene: Mapping[str, Any]) -> Tensor:
    """T×6: the plan of a rendered clip, as `videogen.models.motion_planner.plan_tokens` takes it."""
    constant, slope = RATES.get(scene["subject"], (0.0, 0.0))
    return plan_values(
        scene["direction"] or STANDING,
        scene["speed"],
        scene["position"],
        scene["layout"] * 2 + scene["mirrored"],
        scene["phase"],
        constant + slope * scene["speed"],
        FRAMES,
    )
