"""The true plan of rendered clips of the wide world: where the subject is, the setting, the rhythm, frame by frame."""

from __future__ import annotations

from torch import Tensor

from training.wide.world.registry import SUBJECTS, THINGS
from training.wide.world.render import FRAMES
from training.wide.world.scene import Scene
from videogen.models.motion_planner import STANDING, plan_values

RATES = {name: THINGS[name].rates for name in SUBJECTS if THINGS[name].rates != (0.0, 0.0)}
SPEEDS: dict[str, tuple[float, float]] = {"slow": (0.3, 0.35), "medium": (0.35, 0.45), "fast": (0.45, 0.5)}
PLACES = (0.42, 0.58)


def true_plan(scene: Scene) -> Tensor:
    """T×6: the plan of a rendered clip, as `videogen.models.motion_planner.plan_tokens` takes it."""
    constant, slope = THINGS[scene.subject].rates
    return plan_values(
        scene.direction or STANDING,
        scene.speed,
        scene.position,
        scene.layout * 2 + scene.mirrored,
        scene.phase,
        constant + slope * scene.speed,
        FRAMES,
    )
