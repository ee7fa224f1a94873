from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from videogen.statistics.anomalies import FEWEST, anomaly_score, ewma_score, robust_score

CALM = [10.0 + random.Random(7).gauss(0, 1) for _ in range(200)]


def test_a_jump_is_unusual_by_both_methods() -> None:
    values = [10 + random.Random(3).gauss(0, 1) + 0.01 * n for n in range(200)]
    assert anomaly_score(values, 30.0) > 8
    assert anomaly_score(values, -10.0) < -8


def test_usual_values_are_hardly_ever_unusual() -> None:
    draw = random.Random(11)
    values = [10 + draw.gauss(0, 1) for _ in range(200)]
    false = sum(abs(anomaly_score(values, 10 + draw.gauss(0, 1))) > 4 for _ in range(2000))
    assert false <= 2


def test_one_method_alone_is_not_enough() -> None:
    # The level moved a while ago: the median does not know yet, the moving mean does.
    values = [10.0 + 0.1 * (n % 3) for n in range(150)] + [20.0 + 0.1 * (n % 3) for n in range(50)]
    assert robust_score(values, 20.0) > 4
    assert abs(anomaly_score(values, 20.0)) < 4


def test_values_that_never_moved_may_move_a_little() -> None:
    assert anomaly_score([100.0] * 50, 101.0) == pytest.approx(1.0)
    assert anomaly_score([100.0] * 50, 120.0) > 4


def test_few_values_say_nothing() -> None:
    assert anomaly_score(CALM[: FEWEST - 1], 1e9) == 0.0


@given(st.lists(st.floats(-1e6, 1e6), min_size=FEWEST, max_size=60), st.floats(-1e6, 1e6))
def test_the_score_is_the_smaller_one_where_both_agree(values: list[float], value: float) -> None:
    found, scores = anomaly_score(values, value), (ewma_score(values, value), robust_score(values, value))
    assert abs(found) <= min(map(abs, scores)) + 1e-9
    if scores[0] * scores[1] < 0:
        assert found == 0.0
