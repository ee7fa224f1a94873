"""Experiments without and with an effect, looked at after every unit: false positives, power, sample ratios.

    python -m benchmarks.feedback.designs [--tests 2000]

Uses the product's own statistics, over all simulated tests at once. Writes ``benchmarks/results/feedback_designs.json``.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.machine import RESULTS, description
from videogen.feedback.experiments.decision import ALPHA, LEAST_UNITS, RARE, RATIO_LEVEL
from videogen.statistics.sequential import log_sample_ratio_evidence, log_win_evidence, mean_radius

Values = NDArray[np.float64]
UNITS = 400
SPLIT_UNITS = 800
RATIO_UNITS = 4000
REALLOCATED_EVERY = 20
BATCH = 250


def main() -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tests", type=int, default=2000)
    tests = parser.parse_args().tests
    random = np.random.default_rng(20261130)
    found: dict[str, Any] = {"tests": tests, "looks": "after every unit", "alpha": ALPHA}
    for name, simulate in _DESIGNS.items():
        found[name] = simulate(random, tests)
        print(name, json.dumps(found[name]))
    found["machine"] = description()
    (RESULTS / "feedback_designs.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def summary(decided: NDArray[np.bool_]) -> dict[str, Any]:
    """decided: tests × looks. Share decided, and the median unit of those that were (of all, where most were)."""
    share = float(decided.any(1).mean())
    first = np.where(decided.any(1), decided.argmax(1) + 1, 10**9)
    median = float(np.median(first))
    return {"decided": round(share, 4), "median_units": median if median < 10**8 else None}


def paired_preferences(random: np.random.Generator, tests: int) -> dict[str, Any]:
    """Wins of pairs."""
    found = {}
    for share in (0.5, 0.6, 0.65, 0.7):
        wins = (random.random((tests, UNITS)) < share).cumsum(1)
        n = np.broadcast_to(np.arange(1, UNITS + 1), wins.shape)
        found[f"win share {share}"] = summary(log_win_evidence(wins, n) >= math.log(1 / ALPHA))
    return found


def paired_scores(random: np.random.Generator, tests: int) -> dict[str, Any]:
    """Differences of scores of pairs: normal ones with SD 0.1, and lopsided ones that are mostly zero."""
    found = {}
    for gain in (0.0, 0.028, 0.042):
        found[f"normal, +{gain}"] = summary(_mean_decides(random.normal(gain, 0.1, (tests, UNITS))))
    rare = np.where(random.random((tests, UNITS)) < 0.1, 0.9, -0.1) * 0.3
    found["lopsided, mean 0"] = summary(_mean_decides(rare))
    return found


def split_stars(random: np.random.Generator, tests: int) -> dict[str, Any]:
    """Stars of requests that were drawn into two arms."""
    found = {}
    for gain in (0.0, 0.2, 0.4):
        treated = random.random((tests, SPLIT_UNITS)) < 0.5
        stars = np.clip(np.round(random.normal(3.5, 1.1, treated.shape) + gain * treated), 1, 5)
        found[f"+{gain} stars"] = summary(_difference_decides((stars - 1) / 4, treated))
    return found


def bandit(random: np.random.Generator, tests: int) -> dict[str, Any]:
    """Three arms, drawn by Thompson sampling; every arm against the first one, α shared out."""
    found = {}
    for name, rates in {"no effect": (0.5, 0.5, 0.5), "third arm +0.2": (0.5, 0.5, 0.7)}.items():
        decided, drawn = _bandit(random, tests, np.asarray(rates))
        found[name] = {**summary(decided), "share of the best arm at the end": round(float(drawn), 3)}
    return found


def sample_ratio(random: np.random.Generator, tests: int) -> dict[str, Any]:
    """Arms that should be halves."""
    found = {}
    for share in (0.5, 0.45, 0.4):
        n = np.arange(1, RATIO_UNITS + 1)
        parts = []
        for start in range(0, tests, BATCH):
            first = (random.random((min(BATCH, tests - start), RATIO_UNITS)) < share).cumsum(1)
            evidence = log_sample_ratio_evidence(np.stack([first, n - first], -1), (0.5, 0.5))
            parts.append(evidence >= math.log(1 / RATIO_LEVEL))
        halted = np.concatenate(parts)
        within = float(halted[:, :1500].any(1).mean())
        found[f"{share}"] = {**summary(halted), "halted within 1500": round(within, 4)}
    return found


def guardrails(random: np.random.Generator, tests: int) -> dict[str, Any]:
    """False stops by guardrails where no arm is worse: seconds with SD 20 %, failures of 5 % on both sides."""
    seconds = random.normal(0, 0.2, (tests, UNITS))
    failures = (random.random((tests, UNITS)) < 0.05).astype(float) - (random.random((tests, UNITS)) < 0.05)
    n, mean, deviation = _running(seconds)
    slow = (mean + mean_radius(n, deviation) < -math.log(1.2)) & (n >= LEAST_UNITS)
    n, mean, deviation = _running(failures)
    failing = (mean + mean_radius(n, deviation) < -0.03) & (n >= LEAST_UNITS)
    holds = (mean - mean_radius(n, np.sqrt(deviation**2 + 1 / n)) > -0.03) & (n >= LEAST_UNITS)
    return {"seconds stop": summary(slow), "failures stop": summary(failing), "failures shown to hold": summary(holds)}


def _mean_decides(values: Values) -> NDArray[np.bool_]:
    n, mean, deviation = _running(values)
    widened = np.sqrt((deviation**2 * (n - 1) + RARE**2) / n)
    return np.asarray((np.abs(mean) > mean_radius(n, widened, ALPHA)) & (n >= LEAST_UNITS))


def _running(values: Values) -> tuple[Values, Values, Values]:
    n = np.arange(1, values.shape[1] + 1, dtype=np.float64)
    mean = values.cumsum(1) / n
    variance = np.maximum((values**2).cumsum(1) / n - mean**2, 0.0) * n / np.maximum(n - 1, 1)
    return n, mean, np.sqrt(variance)


def _difference_decides(y: Values, treated: NDArray[np.bool_]) -> NDArray[np.bool_]:
    n = np.arange(1, y.shape[1] + 1, dtype=np.float64)
    ours = treated.cumsum(1)
    sides = []
    for side, count in ((treated, ours), (~treated, n - ours)):
        safe = np.maximum(count, 1)
        mean = (y * side).cumsum(1) / safe
        variance = np.maximum((y**2 * side).cumsum(1) / safe - mean**2, 0) * safe / np.maximum(safe - 1, 1)
        sides.append((mean, variance / safe))
    (a, va), (b, vb) = sides
    radius = mean_radius(np.broadcast_to(n, y.shape), np.sqrt(n * (va + vb)), ALPHA, tuned_for=400)
    enough = np.minimum(ours, n - ours) >= LEAST_UNITS
    return np.asarray((np.abs(a - b) > radius) & enough)


def _bandit(random: np.random.Generator, tests: int, rates: Values) -> tuple[NDArray[np.bool_], float]:
    arms = len(rates)
    wins, losses = np.zeros((tests, arms)), np.zeros((tests, arms))
    shares = np.full((tests, arms), 1 / arms)
    outcome, arm, propensity = (np.empty((tests, SPLIT_UNITS)) for _ in range(3))
    for unit in range(SPLIT_UNITS):
        if unit and unit % REALLOCATED_EVERY == 0:
            drawn = random.beta(1 + wins[..., None], 1 + losses[..., None], (tests, arms, 200))
            best = np.stack([(drawn.argmax(1) == which).mean(1) for which in range(arms)], 1)
            shares = 0.1 + 0.7 * best
        chosen = (random.random(tests)[:, None] > shares.cumsum(1)).sum(1).clip(0, arms - 1)
        won = random.random(tests) < rates[chosen]
        rows = np.arange(tests)
        wins[rows, chosen] += won
        losses[rows, chosen] += ~won
        outcome[:, unit], arm[:, unit], propensity[:, unit] = won, chosen, shares[rows, chosen]
    before = np.concatenate([np.zeros((tests, 1)), outcome.cumsum(1)[:, :-1]], 1) / np.maximum(
        np.arange(SPLIT_UNITS), 1
    )
    decided = np.zeros(outcome.shape, bool)
    for other in range(1, arms):
        sign = (arm == other).astype(float) - (arm == 0)
        n, mean, deviation = _running((outcome - before) * sign / propensity)
        enough = np.minimum((arm == other).cumsum(1), (arm == 0).cumsum(1)) >= LEAST_UNITS
        decided |= (np.abs(mean) > mean_radius(n, deviation, ALPHA / (arms - 1), tuned_for=400)) & enough
    return decided, float((arm[:, -100:] == arms - 1).mean())


_DESIGNS: dict[str, Callable[[np.random.Generator, int], dict[str, Any]]] = {
    "paired, preferences": paired_preferences,
    "paired, scores": paired_scores,
    "split, stars": split_stars,
    "bandit, three arms": bandit,
    "sample ratio": sample_ratio,
    "guardrails": guardrails,
}

if __name__ == "__main__":
    main()
