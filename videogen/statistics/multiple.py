"""Many tests at once: which of them may be believed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def benjamini_hochberg(p_values: Sequence[float]) -> list[float]:
    """q-values: the share of false findings among all with a q at most this one (Benjamini & Hochberg 1995)."""
    from scipy.stats import false_discovery_control

    return [float(q) for q in false_discovery_control(np.asarray(p_values, np.float64))] if len(p_values) else []


def holm(p_values: Sequence[float]) -> list[float]:
    """p-values adjusted so that the chance of even one false finding stays at the level (Holm 1979)."""
    p = np.asarray(p_values, np.float64)
    order = np.argsort(p)
    adjusted = np.empty(len(p))
    highest = 0.0
    for rank, place in enumerate(order):
        highest = max(highest, min(1.0, float(p[place]) * (len(p) - rank)))
        adjusted[place] = highest
    return [float(value) for value in adjusted]
