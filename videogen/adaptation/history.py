"""History: what earlier videos of similar domains say about how strongly to adapt. Pure functions.

A normal posterior of the gain of each preset, from rows weighted by how similar their domain is; where exploring is on,
one draw decides (Thompson 1933), otherwise the mean. Below `ENOUGH` effective rows the rules decide.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

PRESETS = ("off", "mild", "strong")
ENOUGH = 3.0
SHARPNESS = 8.0
_PRIOR_SD = 0.1
"""Standard deviation of the gain before anything is known, and of one video's score about it."""


@dataclass(frozen=True)
class Row:
    """One finished adaptation. gain: score above the twin's, or above the mean of videos without adaptation."""

    domain: str
    description: str
    preset: str
    gain: float
    success: bool
    at: datetime


@dataclass(frozen=True)
class Posterior:
    """Normal belief about the gain of a preset. rows: effective number of rows behind it."""

    mean: float
    sd: float
    rows: float


def kernel(similarity: float) -> float:
    """Weight of a row, 0 … 1: exp(8·(cos − 1))."""
    return math.exp(SHARPNESS * (min(similarity, 1.0) - 1.0))


def posteriors(rows: Sequence[Row], similarities: Sequence[float]) -> dict[str, Posterior]:
    """Preset → belief. `similarities`: cosine of each row's description to the domain in question."""
    found = {}
    for preset in PRESETS:
        pairs = [
            (kernel(likeness), row.gain)
            for row, likeness in zip(rows, similarities, strict=True)
            if row.preset == preset
        ]
        weight = sum(share for share, _ in pairs)
        # Prior N(0, s²), each row N(gain, s²) with its weight as a fractional count.
        mean = sum(share * gain for share, gain in pairs) / (weight + 1.0)
        found[preset] = Posterior(mean, _PRIOR_SD / math.sqrt(weight + 1.0), weight)
    return found


def choose(beliefs: dict[str, Posterior], fallback: str, *, explore: bool, rng: np.random.Generator) -> str:
    """The preset: by one draw of each belief if exploring, else the best mean; `fallback` while too little is known."""
    if explore:
        drawn = {preset: rng.normal(belief.mean, belief.sd) for preset, belief in beliefs.items()}
        return max(drawn, key=lambda preset: drawn[preset])
    if sum(belief.rows for belief in beliefs.values()) < ENOUGH:
        return fallback
    tried = {preset: belief.mean for preset, belief in beliefs.items() if belief.rows >= 1.0 or preset == "off"}
    return max(tried, key=lambda preset: tried[preset])


def similarities(vector: NDArray[np.float32], others: NDArray[np.float32]) -> list[float]:
    """Cosines of a unit vector (D) to unit vectors (N×D)."""
    return [float(value) for value in others @ vector] if len(others) else []
