"""The true plan of rendered clips: where the subject is, the setting, the rhythm, frame by frame."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from videogen.synthesis.plan import HEADINGS, STANDING

FRAMES = 16
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
_STEPS = {"left": (-1.0, 0.0), "right": (1.0, 0.0), "rising": (0.0, -1.0), "falling": (0.0, 1.0)}


def true_plan(scene: Mapping[str, Any]) -> Tensor:
    """T×6: the plan of a rendered clip, as `videogen.synthesis.plan.plan_tokens` takes it."""
    share = torch.linspace(0.0, 1.0, FRAMES)
    way = (share - 0.5) * scene["speed"]
    direction = scene["direction"] or STANDING
    dx, dy = _STEPS.get(direction, (0.0, 0.0))
    heading = torch.full((FRAMES,), float(HEADINGS.index(direction)))
    constant, slope = RATES.get(scene["subject"], (0.0, 0.0))
    setting = torch.full((FRAMES,), float(scene["layout"] * 2 + scene["mirrored"]))
    beat = scene["phase"] + share * (constant + slope * scene["speed"])
    return torch.stack([scene["position"] + dx * way, dy * way, setting, beat, share, heading], dim=-1)
