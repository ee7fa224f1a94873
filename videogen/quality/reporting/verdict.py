"""Turns measurements into a verdict: results per metric, the worst frames, the reasons."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from videogen.quality.catalogue import COHERENCE_PARTS, METRICS, MetricDefinition, definition
from videogen.quality.measurement import Measurement
from videogen.quality.metrics.streams import mean
from videogen.quality.metrics.window import Values
from videogen.quality.relevance.alignment import Relevance
from videogen.quality.reporting.report import CheckResult, MetricResult, WorstFrame
from videogen.quality.thresholds import OF_CONTENT_TYPE, Levels

if TYPE_CHECKING:
    from videogen.config.groups.all import QualitySettings

POINTS = 120
WORST_FRAMES = 6


def metrics_for(quality: QualitySettings) -> list[MetricDefinition]:
    """All built-in metrics and the plug-in ones that the content type gives a weight.

    Raises:
        ConfigError: a plug-in metric does not load.
    """
    weighted = quality.weights[quality.content_type]
    return [*METRICS.values(), *(definition(name) for name in weighted if name not in METRICS)]


def levels_for(metric: MetricDefinition, quality: QualitySettings) -> Levels:
    """The metric's levels for this content type, with the limit that the configuration sets."""
    if metric.name == "temporal_coherence":
        return metric.levels.with_threshold(quality.target_temporal_coherence)
    levels = OF_CONTENT_TYPE.get(quality.content_type, {}).get(metric.name, metric.levels)
    limit = quality.thresholds.get(metric.name)
    return levels if limit is None else levels.with_threshold(limit)


def coherence(parts: dict[str, float]) -> float:
    """Temporal coherence, 0 … 1: the mean of those of its four parts that are known; NaN if none is."""
    return mean(np.array([parts.get(name, math.nan) for name in COHERENCE_PARTS]))


def judge(measurement: Measurement, relevance: Relevance, quality: QualitySettings) -> tuple[MetricResult, ...]:
    """Every metric with its limit, verdict and weight."""
    weights = quality.weights[quality.content_type]
    return tuple(
        _judged(metric, measurement, relevance, levels_for(metric, quality), weights.get(metric.name, 0.0))
        for metric in metrics_for(quality)
    )


def _judged(
    metric: MetricDefinition, measurement: Measurement, relevance: Relevance, levels: Levels, weight: float
) -> MetricResult:
    series = measurement.series.get(metric.name, np.empty(0))
    note, method = "", measurement.methods.get(metric.name, "")
    value = measurement.values.get(metric.name, math.nan)
    if metric.name == "temporal_coherence":
        value, method = coherence(measurement.values), ", ".join(COHERENCE_PARTS)
        series = _mean_of_parts(measurement)
    elif metric.name == "text_relevance":
        value = math.nan if relevance.relevance is None else relevance.relevance
        method, note = relevance.encoder or "", relevance.note
    elif metric.name == "subject_seen":
        value = math.nan if relevance.subject is None else relevance.subject
        method, note = relevance.encoder or "", relevance.note or "the subject of the prompt is not known"
    known = math.isfinite(value)
    return MetricResult(
        name=metric.name,
        title=metric.title,
        group=metric.group,
        unit=metric.unit,
        value=_rounded(value) if known else None,
        threshold=levels.threshold,
        direction=levels.direction,
        passed=levels.passes(value) if known and weight > 0 else None,
        weight=weight,
        utility=round(levels.utility(value), 4) if known else None,
        meaning=metric.meaning,
        method=method,
        note=note if known or note else "the video is too short, or contains nothing that this metric can measure",
        series=_windows(series, levels),
        worst_frame=_worst(series, levels),
    )


def _mean_of_parts(measurement: Measurement) -> Values:
    parts = [measurement.series[name] for name in COHERENCE_PARTS if name in measurement.series]
    if not parts or not len(parts[0]):
        return np.empty(0)
    stacked = np.stack(parts)
    counts = np.isfinite(stacked).sum(axis=0)
    known = counts > 0
    return np.asarray(np.divide(np.nansum(stacked, axis=0), counts, out=np.full(counts.shape, np.nan), where=known))


def frames_per_point(frames: int) -> int:
    """How many frames one point of a report's series stands for."""
    return max(1, math.ceil(frames / POINTS))


def _windows(series: Values, levels: Levels) -> tuple[float | None, ...]:
    """The worst value of each window, None where it has none."""
    step = frames_per_point(len(series))
    worst = min if levels.direction == "at least" else max
    windows = [series[start : start + step] for start in range(0, len(series), step)]
    known = [window[np.isfinite(window)] for window in windows]
    return tuple(_rounded(float(worst(window))) if len(window) else None for window in known)


def _worst(series: Values, levels: Levels) -> int | None:
    if not np.isfinite(series).any():
        return None
    return int(np.nanargmin(series) if levels.direction == "at least" else np.nanargmax(series))


def _rounded(value: float) -> float:
    return float(f"{value:.6g}")


def worst_frames(
    measurement: Measurement, quality: QualitySettings, fps: float, wanted: int = WORST_FRAMES
) -> tuple[WorstFrame, ...]:
    """The frames with the lowest utility in any weighted metric, at least a quarter of a second apart."""
    weights = quality.weights[quality.content_type]
    rated = [metric for metric in metrics_for(quality) if weights.get(metric.name, 0.0) > 0]
    utilities = {
        metric.name: _utilities(measurement.series[metric.name], levels_for(metric, quality))
        for metric in rated
        if metric.name in measurement.series
    }
    if not utilities or not measurement.frames:
        return ()
    table = np.stack(list(utilities.values()))
    known = np.isfinite(table)
    lowest = np.where(known, table, 2.0).min(axis=0)
    mean = np.where(known, table, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    found: list[WorstFrame] = []
    # Many frames can be as bad as can be in one metric; those that are bad in others as well come first.
    for index in np.lexsort((mean, lowest)):
        near = any(abs(int(index) - frame.index) < 0.25 * fps for frame in found)
        if near or lowest[index] > 1.0:
            continue
        names = [
            name for name, column in zip(utilities, table[:, index], strict=True) if column <= lowest[index] + 0.05
        ]
        utility = round(float(lowest[index]), 4)
        found.append(
            WorstFrame(index=int(index), time=round(int(index) / fps, 3), metrics=tuple(names), utility=utility)
        )
        if len(found) == wanted:
            break
    return tuple(found)


def _utilities(series: Values, levels: Levels) -> Values:
    return np.array([levels.utility(value) if math.isfinite(value) else math.nan for value in series])


def reasons(metrics: Sequence[MetricResult], checks: Sequence[CheckResult]) -> tuple[str, ...]:
    """Why the video does not pass, worst first; empty if it does."""
    failed = sorted((result for result in metrics if result.passed is False), key=lambda result: result.utility or 0.0)
    return (
        *(f"{check.title}: {check.found}" for check in checks if not check.passed),
        *(f"{result.title} is {result.verdict()}" for result in failed),
    )


def left_out(metrics: Sequence[MetricResult]) -> tuple[str, ...]:
    """Metrics that have a weight and no value, with the reason."""
    return tuple(f"{result.title}: {result.note}" for result in metrics if result.weight > 0 and result.value is None)
