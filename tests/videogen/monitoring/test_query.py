"""Arithmetic of rules and panels; the numbers are what Prometheus gives."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from videogen.monitoring.metrics.history import FINE, History
from videogen.monitoring.metrics.instruments import Sample
from videogen.monitoring.metrics.query import Query, Selector, histogram_quantile, increase


def history_of(values: dict[str, list[float]], step: float = 15.0) -> History:
    """Series by job_name, one value each step from 1000 on."""
    history = History()
    for index in range(max(map(len, values.values()))):
        samples = [
            Sample("videogen_x_total", (("job_name", name),), series[index])
            for name, series in values.items()
            if index < len(series)
        ]
        history.add(1000.0 + index * step, samples)
    return history


def test_increase_extrapolates_to_the_window_as_prometheus_does() -> None:
    # Values at 1000, 1015, 1030, 1045; window 1000 … 1060: the last quarter is extrapolated.
    assert increase([1000.0, 1015.0, 1030.0, 1045.0], [0.0, 1.0, 2.0, 3.0], 1000.0, 1060.0) == pytest.approx(4.0)
    # A counter that began at 0 is not extrapolated below it.
    assert increase([1030.0, 1045.0], [0.0, 3.0], 1000.0, 1045.0) == pytest.approx(3.0)


def test_a_counter_that_falls_was_reset() -> None:
    assert increase([0.0, 10.0, 20.0], [5.0, 2.0, 4.0], 0.0, 20.0) == pytest.approx(4.0)


def test_one_value_gives_no_increase() -> None:
    assert increase([10.0], [5.0], 0.0, 20.0) is None


@given(st.lists(st.floats(0, 1e6), min_size=2, max_size=30))
def test_an_increase_is_never_negative(values: list[float]) -> None:
    times = [15.0 * index for index in range(len(values))]
    found = increase(times, values, 0.0, times[-1])
    assert found is not None
    assert found >= -1e-6


def test_a_quantile_is_interpolated_within_its_bucket() -> None:
    assert histogram_quantile(0.5, {"1.0": 0.0, "2.0": 10.0, "+Inf": 10.0}) == pytest.approx(1.5)
    assert histogram_quantile(0.99, {"1.0": 0.0, "2.0": 5.0, "+Inf": 10.0}) == 2.0
    assert math.isnan(histogram_quantile(0.5, {"1.0": 0.0, "+Inf": 0.0}))


def test_groups_are_kept_apart_and_the_rest_is_joined() -> None:
    history = history_of({"a": [0.0, 2.0, 4.0], "b": [0.0, 1.0, 2.0]})
    now = 1030.0
    apart = Query(metric="videogen_x_total", value="increase", window=30, by=("job_name",)).answer(history, now)
    assert {dict(labels)["job_name"]: value for labels, value in apart.items()} == pytest.approx({"a": 4.0, "b": 2.0})
    together = Query(metric="videogen_x_total", value="increase", window=30).answer(history, now)
    assert together == pytest.approx({(): 6.0})
    share = Query(
        metric="videogen_x_total", value="increase", window=30, where={"job_name": "a"},
        over=Selector(metric="videogen_x_total", least=6.0),
    )  # fmt: skip
    assert share.answer(history, now) == pytest.approx({(): 4 / 6})
    too_few = share.model_copy(update={"over": Selector(metric="videogen_x_total", least=7.0)})
    assert too_few.answer(history, now) == {}


def test_an_age_ignores_time_stamps_that_say_never() -> None:
    history = history_of({"a": [0.0], "b": [400.0], "c": [900.0]})
    query = Query(metric="videogen_x_total", value="age")
    assert query.answer(history, 1000.0) == {(): 600.0}
    assert query.promql() == "(time() - min (videogen_x_total > 0))"


def test_a_series_that_is_not_seen_any_more_has_no_value() -> None:
    history = history_of({"a": [1.0, 1.0, 1.0], "b": [5.0]})
    assert Query(metric="videogen_x_total").answer(history, 1030.0) == {(): 1.0}
    absent = Query(metric="videogen_x_total", value="absent", where={"job_name": "b"})
    assert absent.answer(history, 1030.0) == {(): 1.0}
    assert absent.answer(history, 1000.0) == {(): 0.0}


def test_old_rounds_become_one_value_a_minute_and_a_day_is_kept() -> None:
    history = History()
    for index in range(27 * 360):
        history.add(index * 10.0, [Sample("videogen_x_total", (), float(index))])
    ((_, series),) = history.matching("videogen_x_total", {})
    end = (27 * 360 - 1) * 10.0
    times, _ = series.between(0.0, end)
    assert len(times) < 1700 + 2 * FINE / 10
    assert times[0] <= end - 26 * 3600
    grown = Query(metric="videogen_x_total", value="increase", window=6 * 3600).answer(history, end)[()]
    assert grown == pytest.approx(6 * 360, rel=0.01)


def test_values_later_than_now_are_forgotten_when_the_clock_is_set_back() -> None:
    history = history_of({"a": [1.0, 2.0, 3.0]})
    history.add(1010.0, [Sample("videogen_x_total", (("job_name", "a"),), 9.0)])
    ((_, series),) = history.matching("videogen_x_total", {})
    assert series.between(0.0, 2000.0) == ([1000.0, 1010.0], [1.0, 9.0])
