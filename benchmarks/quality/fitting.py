"""Limits from measured values, by one rule: how well a metric separates, and which levels follow."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from videogen.quality.thresholds import LEVELS, Levels

RULE = (
    "For a metric with the kinds of fault it is meant for: q is the 2nd percentile of the intact clips at their "
    "worse end, m the median of the spoiled clips of its hardest kind. good (utility 1) = median of the intact; "
    "threshold (utility 0.5) = q + (m - q) / 6; bad (utility 0) = m. Where m is not worse than q, it is put as "
    "far beyond q as the median of the intact lies before it."
)


def auc(intact: list[float], spoiled: list[float], higher_is_better: bool) -> float:
    """Probability that an intact clip has the better value (ties count half)."""
    from sklearn.metrics import roc_auc_score

    labels = [1] * len(intact) + [0] * len(spoiled)
    sign = 1.0 if higher_is_better else -1.0
    return float(roc_auc_score(labels, [sign * value for value in intact + spoiled]))


def fitted(levels: Levels, intact: list[float], kinds: list[list[float]]) -> Levels:
    """Levels by `RULE`."""
    middle = float(np.median(intact))
    hardest = min((float(np.median(values)) for values in kinds), key=lambda median: abs(median - middle))
    edge = float(np.percentile(intact, 2 if levels.direction == "at least" else 98))
    if (hardest >= edge) == (levels.direction == "at least"):
        hardest = 2 * edge - middle
    return Levels(levels.direction, edge + (hardest - edge) / 6.0, middle, hardest)


def apply_levels(levels: dict[str, Levels], source: Path) -> None:
    """Write them into the table of thresholds.py, to four digits, and use them from here on."""
    text = source.read_text(encoding="utf-8")
    for name, new in levels.items():
        threshold, good, bad = (float(f"{part:.4g}") for part in (new.threshold, new.good, new.bad))
        line = f'"{name}": Levels("{new.direction}", {threshold}, {good}, {bad})'
        text = re.sub(rf'"{name}": Levels\([^)]*\)', line, text)
        LEVELS[name] = Levels(new.direction, threshold, good, bad)
    source.write_text(text, encoding="utf-8")
