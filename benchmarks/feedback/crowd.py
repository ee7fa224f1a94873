"""A crowd whose taste is known, and the measures that are kept apart from it, for `loop_on_pib_mini`.

The crowd likes crisp pictures, which it feels as the energy of the Laplacian (`taste`): pib-mini's are much softer than the
drawings that it was trained on. Nobody of it knows the measures below, and nothing is trained on them: the perceptual blur
metric of Crete et al. (2007), which asks how much a picture loses by being blurred once more, judges the new model (`blur`);
what must not become worse is what training's judge sees of the caption, and the product's own metrics of the picture.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

RATERS = 40
CARELESS = 0.1
"""Share of answers that are given without looking."""
VOTES = 3
MEASURED = ("temporal_coherence", "warp_error", "sharpness", "noise_level", "exposure")
LOWER_IS_BETTER = ("blur", "warp_error", "noise_level")
MARGINS = {
    "shown_as_asked": 0.03,
    "temporal_coherence": 0.03,
    "exposure": 0.03,
    "noise_level": 0.03,
    "warp_error": 0.0005,
}
"""How much worse a mean may be: 3 points, as in every experiment of the product; of the warp error a third of its usual value."""
Clip = NDArray[np.uint8]
"""T×H×W×3, sRGB."""


@dataclass(frozen=True)
class Rater:
    """One person. strictness: how sure they are of a difference; left: pull of the video on the left."""

    name: str
    strictness: float
    left: float


def crowd(seed: int = 41) -> list[Rater]:
    """People with the same taste who differ in how sure they are, and in their pull to the left."""
    random = np.random.default_rng(seed)
    return [
        Rater(f"rater-{number:02d}@crowd.example", float(random.uniform(4.0, 12.0)), float(random.normal(0.1, 0.2)))
        for number in range(RATERS)
    ]


def taste(clip: Clip) -> float:
    """What the crowd likes: logarithm of the variance of the Laplacian, mean over the frames (about 4 … 6)."""
    import cv2

    energy = [float(cv2.Laplacian(grey, cv2.CV_32F).var()) for grey in _grey(clip)]
    return math.log(max(float(np.mean(energy)), 1e-6))


def prefers_first(rater: Rater, first: Clip, second: Clip, random: np.random.Generator) -> bool:
    """Whether the rater takes the first one, which stands on the left: Bradley–Terry, and careless at times."""
    if random.random() < CARELESS:
        return bool(random.random() < 0.5)
    drawn = rater.strictness * (taste(first) - taste(second)) + rater.left
    return bool(random.random() < 1.0 / (1.0 + math.exp(-max(min(drawn, 50.0), -50.0))))


def blur(clip: Clip, width: int = 11) -> float:
    """Perceptual blur of Crete et al. (2007, "The blur effect"): 0 crisp … 1 blurred, mean over the frames.

    The share of the differences between neighbours that a box of `width` pixels leaves; the worse of both axes.
    """
    import cv2

    found = []
    for grey in _grey(clip):
        axes = []
        for axis, size in ((0, (1, width)), (1, (width, 1))):
            sharp, soft = (np.abs(np.diff(one, axis=axis)) for one in (grey, cv2.blur(grey, size)))
            axes.append(1.0 - float(np.maximum(sharp - soft, 0.0).sum()) / max(float(sharp.sum()), 1e-6))
        found.append(max(axes))
    return float(np.mean(found))


def _grey(clip: Clip) -> list[NDArray[np.float32]]:
    """Every third frame, in grey levels."""
    import cv2

    return [cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY).astype(np.float32) for frame in clip[::3]]


def guarded(clip: Clip, scene: Any) -> dict[str, float]:
    """What must not become worse: what training's judge sees of the caption, and the product's own metrics.

    Args:
        clip: made of the caption of `scene`.
        scene: what the caption says.
    """
    import torch

    from training import recogniser
    from videogen.quality.calculator import MetricsCalculator
    from videogen.quality.relevance.video_network import prepared

    with torch.no_grad():
        seen = recogniser.load("judge")(prepared(clip)[None]).attributes
    labels = recogniser.truth([scene])
    right = [float(seen[name][0].argmax() == label[0]) for name, label in labels.items() if label[0] >= 0]
    metrics = MetricsCalculator()
    measured = metrics.compute_temporal_metrics(clip, 8.0) | metrics.compute_visual_metrics(clip)
    return {"shown_as_asked": float(np.mean(right)), **{name: float(measured[name]) for name in MEASURED}}
