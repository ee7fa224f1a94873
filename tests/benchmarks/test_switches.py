"""The measurement of the switches goes on where it stopped, and compares on the same prompts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks.switches import BASE, VARIANTS, interval, measured, missing, table


def line(variant: str, prompt: int, score: float) -> dict[str, Any]:
    return {"variant": variant, "prompt": prompt, "seconds": 1.0, "score": score, "metric_sharpness": score / 2}


def test_a_line_that_was_cut_off_is_measured_again(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text(json.dumps(line(BASE, 0, 0.5)) + "\n" + json.dumps(line(BASE, 1, 0.5))[:-9], encoding="utf-8")
    done = measured(path)
    assert list(done) == [(BASE, 0)]
    left = list(missing(done, 2, (0, 1)))
    assert (BASE, 0) not in left
    assert len(left) == 2 * len(VARIANTS) - 1
    shared = [*missing(done, 4, (0, 2)), *missing(done, 4, (1, 2))]
    assert sorted(shared) == sorted(missing(done, 4, (0, 1)))
    assert measured(tmp_path / "nowhere.jsonl") == {}


def test_a_variant_is_compared_on_the_prompts_that_both_have() -> None:
    rows = [line(BASE, 0, 0.5), line(BASE, 1, 0.6), line("momentum 0.2", 0, 0.4), line("momentum 0.2", 7, 0.0)]
    found = {row["variant"]: row for row in table({(row["variant"], row["prompt"]): row for row in rows})}
    assert found["momentum 0.2"]["prompts"] == 1
    assert found["momentum 0.2"]["score against defaults"]["mean"] == pytest.approx(-0.1)
    assert found["momentum 0.2"]["metric_sharpness against defaults"]["mean"] == pytest.approx(-0.05)
    assert found[BASE]["score"] == pytest.approx(0.55)


def test_the_interval_of_a_mean_is_as_wide_as_its_error() -> None:
    import numpy as np

    differences = np.random.default_rng(1).normal(0.1, 0.2, 400)
    found = interval(differences)
    assert found["high"] - found["low"] == pytest.approx(2 * 1.96 * 0.2 / 20, rel=0.15)
    assert found["low"] < 0.1 < found["high"]
