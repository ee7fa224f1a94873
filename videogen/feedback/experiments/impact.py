"""What became of an adopted change: does its effect hold?"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from videogen.config.adopted import Adoption
from videogen.feedback.experiments.decision import Decision
from videogen.statistics.sequential import Bounds

if TYPE_CHECKING:
    from videogen.storage.warehouse import Warehouse

_LEAST_DAYS = 14
_SCORES = """
SELECT CAST(v.created_at AT TIME ZONE 'UTC' AS DATE) AS day, avg(q.value) AS score, count(*) AS videos
FROM videos v JOIN quality q ON q.video_id = v.video_id AND q.attempt = v.attempt AND q.metric = 'score'
WHERE v.attempt = 1 AND v.created_at >= ? AND v.created_at < ? GROUP BY day ORDER BY day
"""


@dataclass(frozen=True)
class Impact:
    """What an adopted change did. difference: improvement over the old setting, with its interval.

    evidence: "hold-back" compares requests drawn at random at the same time; "observational" compares days before with
    days after, and anything else that changed then may be the reason.
    """

    change_id: str
    state: Literal["in force", "reverted"]
    verdict: Literal["holds", "fades", "reversed", "cannot tell"]
    evidence: Literal["hold-back", "observational"]
    difference: Bounds
    why: str


def impact_of(
    change: Adoption, held_back: Decision | None, warehouse: Warehouse, now: datetime | None = None
) -> Impact:
    """Judge a change by its hold-back, or, where there is not enough of that, by the days before and after.

    Args:
        held_back: what the hold-back shows (its arm "adopted" against "held-back"); None: there was none.
        change: the adopted change.
        warehouse: the tables.
        now: the present moment; None: the clock's.
    """
    state: Literal["in force", "reverted"] = "in force" if change.reverted_at is None else "reverted"
    primary = next((one for one in (held_back.readings if held_back else ()) if one.margin is None), None)
    if primary is not None and math.isfinite(primary.improvement.lower):
        return Impact(change.change_id, state, *_judged(primary.improvement), primary.improvement, "requests held back")
    moment = now or datetime.now(UTC)
    until = change.reverted_at or moment
    bounds = _before_and_after(change.adopted_at, until, warehouse)
    if not math.isfinite(bounds.lower):
        why = f"fewer than {_LEAST_DAYS} days with videos on each side, and too few requests held back"
        return Impact(change.change_id, state, "cannot tell", "observational", bounds, why)
    verdict = _judged(bounds)[0]
    return Impact(
        change.change_id, state, verdict, "observational", bounds, "days before and after, weekdays taken out"
    )


def _judged(bounds: Bounds) -> tuple[Any, Any]:
    verdict = (
        "holds"
        if bounds.lower > 0
        else "reversed"
        if bounds.upper < 0
        else "fades"
        if bounds.upper < 0.01
        else "cannot tell"
    )
    return verdict, "hold-back"


def _before_and_after(moment: datetime, until: datetime, warehouse: Warehouse) -> Bounds:
    """Step at the adoption in a regression on weekdays and a trend, with Newey–West errors (lag 7)."""
    window = timedelta(days=90)
    rows = warehouse.query(_SCORES, [moment - window, min(until, moment + window)])
    days = [(day.date() if hasattr(day, "date") else day) for day in rows["day"]]
    after = np.asarray([day >= moment.date() for day in days], bool)
    n = len(days)
    if int(after.sum()) < _LEAST_DAYS or int((~after).sum()) < _LEAST_DAYS:
        return Bounds(math.nan, -math.inf, math.inf, n)
    weekday = np.asarray([day.weekday() for day in days])
    number = np.asarray([(day - days[0]).days for day in days], np.float64)
    dummies = [(weekday == which).astype(np.float64) for which in range(1, 7)]
    design = np.column_stack([np.ones(n), after.astype(np.float64), number / 90.0, *dummies])
    y = rows["score"].to_numpy(np.float64)
    inverse = np.linalg.pinv(design.T @ design)
    beta = inverse @ design.T @ y
    weighted = design * (y - design @ beta)[:, None]
    middle = weighted.T @ weighted
    for lag in range(1, 8):
        cross = weighted[lag:].T @ weighted[:-lag]
        middle += (1.0 - lag / 8.0) * (cross + cross.T)
    error = math.sqrt(max(float((inverse @ middle @ inverse)[1, 1]), 0.0))
    return Bounds(float(beta[1]), float(beta[1]) - 1.96 * error, float(beta[1]) + 1.96 * error, n)
