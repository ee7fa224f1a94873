"""What follows from the data of an experiment, at whatever moment somebody looks. Pure functions of arrays."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from videogen.statistics.sequential import (
    Bounds,
    difference_bounds,
    log_win_evidence,
    mean_bounds,
    sample_ratio_p,
    weighted_bounds,
    win_share,
)

ALPHA = 0.05
LEAST_UNITS = 30
RATIO_LEVEL = 0.001
RARE = 0.5
"""A difference of scores that may be rare and so not seen yet: it is added to what was seen once. Without it, lopsided
differences that are all small at first are believed too early (12.8 % false findings in 2,000 tests, 5 % allowed)."""
Values = NDArray[np.float64]
Verdict = Literal["continue", "superior", "harmful", "futile", "sample_ratio", "too_early"]


@dataclass(frozen=True)
class Guardrail:
    """A measure that may not get worse by more than `margin`. higher_is_better: of the measure itself.

    stage: where the arms share this stage the measure cannot differ; None: it always can. required: nothing ships where
    it was not measured.
    """

    measure: str
    margin: float
    higher_is_better: bool
    stage: str | None = None
    span: float = 1.0
    required: bool = False


GUARDRAILS: tuple[Guardrail, ...] = (
    Guardrail("quality passed", 0.03, True, "quality_report", required=True),
    Guardrail("failures", 0.03, False, required=True),
    Guardrail("seconds (log)", math.log(1.2), False, span=0.0, required=True),
    Guardrail("refuted claims", 0.03, False, "fact_check_report"),
    Guardrail("flashes", 0.03, False, "quality_report"),
    Guardrail("rejected", 0.03, False),
)
"""Margins in shares; seconds: 20 % more. Non-inferiority: a guardrail holds once it is *shown* not to be worse. Every
single video is held back by the release gate for refuted claims and flashes, whatever the experiment says."""


@dataclass(frozen=True)
class Reading:
    """One measure of one arm against the control. improvement: positive is better, whatever the measure."""

    measure: str
    arm: str
    improvement: Bounds
    margin: float | None
    verdict: Literal["better", "worse", "not worse", "open", "same by construction", "not measured"]


@dataclass(frozen=True)
class Decision:
    """What to do, why, and every number behind it. winner: name of the arm that is superior."""

    verdict: Verdict
    why: str
    readings: tuple[Reading, ...] = ()
    winner: str | None = None
    units: Mapping[str, int] = field(default_factory=dict)
    ratio_p: float = 1.0


def primary_wins(wins: float, n: int, arm: str, alpha: float = ALPHA) -> Reading:
    """The primary measure of side-by-side preferences: share of pairs won, exact at every look."""
    bounds = win_share(wins, n, alpha)
    decided = n > 0 and float(log_win_evidence(wins, n)) >= math.log(1.0 / alpha)
    verdict: Literal["better", "worse", "open"] = "open"
    if decided:
        verdict = "better" if wins / n > 0.5 else "worse"
    moved = Bounds(bounds.estimate - 0.5, bounds.lower - 0.5, bounds.upper - 0.5, n)
    return Reading("preference", arm, moved, None, verdict)


def primary_pairs(differences: Sequence[float] | Values, arm: str, measure: str, alpha: float = ALPHA) -> Reading:
    """The primary measure of paired videos: mean difference, arm minus control."""
    bounds = mean_bounds(differences, alpha, at_least=LEAST_UNITS, span=RARE)
    return Reading(measure, arm, bounds, None, _sided(bounds))


def primary_split(treated: Values, control: Values, arm: str, measure: str, alpha: float = ALPHA) -> Reading:
    """The primary measure of requests that were drawn into one arm or the other."""
    bounds = difference_bounds(treated, control, alpha, at_least=LEAST_UNITS)
    return Reading(measure, arm, bounds, None, _sided(bounds))


def primary_bandit(
    outcomes: Values, arms: Sequence[int], propensity: Values, names: Sequence[str], measure: str, alpha: float = ALPHA
) -> list[Reading]:
    """The same for each arm of a bandit against the first one; α is shared out between them."""
    drawn = np.asarray(arms)
    found = []
    for place, name in enumerate(names[1:], start=1):
        bounds = weighted_bounds(
            outcomes, drawn == place, drawn == 0, propensity, alpha / (len(names) - 1), at_least=LEAST_UNITS
        )
        found.append(Reading(measure, name, bounds, None, _sided(bounds)))
    return found


def guarded(guardrail: Guardrail, arm: str, improvements: Bounds | None, *, shared: bool = False) -> Reading:
    """Whether a guardrail holds.

    Args:
        improvements: of the measure, positive is better; None: it was not measured.
        shared: the arms share the stage that it is measured on.
        guardrail: what may not get worse.
        arm: name of the arm.
    """
    nothing = Bounds(0.0, 0.0, 0.0, 0)
    if shared:
        return Reading(guardrail.measure, arm, nothing, guardrail.margin, "same by construction")
    if improvements is None or improvements.n == 0:
        return Reading(
            guardrail.measure, arm, Bounds(math.nan, -math.inf, math.inf, 0), guardrail.margin, "not measured"
        )
    if improvements.upper < -guardrail.margin:
        return Reading(guardrail.measure, arm, improvements, guardrail.margin, "worse")
    holds = improvements.lower > -guardrail.margin
    return Reading(guardrail.measure, arm, improvements, guardrail.margin, "not worse" if holds else "open")


def guardrail_pairs(guardrail: Guardrail, arm: str, differences: Values, *, shared: bool = False) -> Reading:
    """A guardrail of paired videos; differences: arm minus control, of the measure as it is."""
    better = differences if guardrail.higher_is_better else -differences
    bounds = mean_bounds(better, ALPHA, at_least=LEAST_UNITS, span=guardrail.span) if len(better) else None
    return guarded(guardrail, arm, bounds, shared=shared)


def guardrail_split(guardrail: Guardrail, arm: str, treated: Values, control: Values) -> Reading:
    """A guardrail of requests that were drawn into one arm or the other."""
    if not len(treated) or not len(control):
        return guarded(guardrail, arm, None)
    sign = 1.0 if guardrail.higher_is_better else -1.0
    return guarded(guardrail, arm, difference_bounds(sign * treated, sign * control, ALPHA, at_least=LEAST_UNITS))


def decide(
    primaries: Sequence[Reading],
    guardrails: Sequence[Reading],
    units: Mapping[str, int],
    shares: Sequence[float],
    most_units: int,
    *,
    check_ratio: bool = True,
    old_enough: bool = True,
) -> Decision:
    """Ship only what is shown to be better, with every guardrail shown not to be worse.

    Args:
        primaries: of each arm against the control.
        guardrails: of each arm against the control.
        units: arm → units so far (pairs: of each arm the pairs).
        check_ratio: whether the arms should have been drawn in `shares`; not for pairs and bandits.
        old_enough: whether the shortest time has passed.
        shares: shares of the arms, in sum 1.
        most_units: units after which a test that shows nothing ends.
    """
    readings = (*primaries, *guardrails)
    p = sample_ratio_p(list(units.values()), shares) if check_ratio and any(units.values()) else 1.0
    if p <= RATIO_LEVEL:
        counts = ", ".join(f"{name} {count}" for name, count in units.items())
        why = f"units do not fall on the arms as drawn ({counts}; p ≤ {p:.1g}): something loses or moves them"
        return Decision("sample_ratio", why, readings, None, units, p)
    bad = next((one for one in guardrails if one.verdict == "worse"), None)
    if bad is not None:
        why = f"{bad.measure} of {bad.arm} is worse by more than the margin {bad.margin:g}"
        return Decision("harmful", why, readings, None, units, p)
    worse = [one for one in primaries if one.verdict == "worse"]
    if worse and len(worse) == len(primaries):
        return Decision("harmful", f"{worse[0].measure} of {worse[0].arm} is worse", readings, None, units, p)
    better = sorted((one for one in primaries if one.verdict == "better"), key=lambda one: -one.improvement.estimate)
    for one in better:
        open_ones = [rail.measure for rail in guardrails if rail.arm == one.arm and _is_open(rail)]
        if not open_ones and old_enough:
            why = f"{one.measure} of {one.arm} is better, and no guardrail is worse"
            return Decision("superior", why, readings, one.arm, units, p)
    most = max(units.values(), default=0)
    if most >= most_units:
        why = (
            f"after {most} units nothing is shown" if not better else "better, but not every guardrail is shown to hold"
        )
        return Decision("futile", why, readings, None, units, p)
    if better:
        reason = "the shortest time has not passed" if not old_enough else "guardrails are not shown to hold yet"
        return Decision("continue", f"{better[0].arm} is better; {reason}", readings, None, units, p)
    if most < LEAST_UNITS:
        return Decision("too_early", f"{most} units of at least {LEAST_UNITS}", readings, None, units, p)
    return Decision("continue", "no difference is shown yet", readings, None, units, p)


def _is_open(reading: Reading) -> bool:
    required = {rail.measure for rail in GUARDRAILS if rail.required}
    return reading.verdict == "open" or (reading.verdict == "not measured" and reading.measure in required)


def thompson_shares(
    successes: Sequence[float], failures: Sequence[float], *, least: float = 0.1, seed: int = 0
) -> tuple[float, ...]:
    """Shares of a bandit's arms: the chance that each is the best, no arm below `least`.

    Args:
        successes: by arm; outcomes between 0 and 1 count in part (Agrawal & Goyal 2012).
        failures: by arm.
        least: smallest share of an arm.
        seed: of the random numbers.
    """
    random = np.random.default_rng(seed)
    drawn = random.beta(1.0 + np.asarray(successes), 1.0 + np.asarray(failures), size=(4000, len(successes)))
    best = np.bincount(drawn.argmax(1), minlength=len(successes)) / len(drawn)
    floor = min(least, 1.0 / len(successes))
    return tuple(float(value) for value in floor + (1.0 - floor * len(successes)) * best)


def _sided(bounds: Bounds) -> Literal["better", "worse", "open"]:
    if bounds.lower > 0.0:
        return "better"
    return "worse" if bounds.upper < 0.0 else "open"
