from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from videogen.quality.reporting.report import (
    CheckResult,
    FileFacts,
    MetricResult,
    QualityReport,
    Suggestion,
    overall_score,
)
from videogen.quality.thresholds import LEVELS, Levels

FACTS = FileFacts(
    width=1280, height=720, fps=24.0, num_frames=48, frames_measured=48, duration=2.0, codec="h264",
    pix_fmt="yuv420p", has_audio=False, has_captions=True,
)  # fmt: skip


def metric(name: str, value: float | None, passed: bool | None, **changes: object) -> MetricResult:
    fields = {"name": name, "title": name.title(), "group": "visual", "value": value, "passed": passed}
    fields |= {"weight": 1.0, "threshold": 0.5, "direction": "at least"} | changes
    return MetricResult.model_validate(fields)


def report(*metrics: MetricResult, suggestions: tuple[Suggestion, ...] = (), **changes: object) -> QualityReport:
    fields = {
        "video": "clip.mp4", "prompt": "a bus", "content_type": "illustration", "passed": True, "score": 0.8,
        "reasons": (), "not_measured": (), "metrics": metrics, "worst_frames": (), "suggestions": suggestions,
        "checks": (CheckResult(name="size", title="Size", passed=True, found="1280×720"),),
        "facts": FACTS, "window_seconds": 1 / 24, "features": "hog-colour", "encoder": None,
    } | changes  # fmt: skip
    return QualityReport.model_validate(fields)


def test_comparison_gives_the_margin_on_the_good_side() -> None:
    sharp = metric("sharpness", 0.7, True)
    noisy = metric("noise_level", 6.0, False, threshold=4.0, direction="at most")
    missing = metric("text_relevance", None, None)
    comparisons = report(sharp, noisy, missing).compare_to_thresholds()
    assert [round(c.margin, 6) if c.margin is not None else None for c in comparisons] == [0.2, -2.0, None]
    assert [c.passed for c in comparisons] == [True, False, None]


def test_the_breakdown_has_every_metric_in_its_group_and_the_checks() -> None:
    breakdown = report(
        metric("sharpness", 0.7, True), metric("flashes", 0.0, True, group="technical")
    ).get_detailed_breakdown()
    assert [entry["name"] for entry in breakdown["visual"]] == ["sharpness"]
    assert [entry["name"] for entry in breakdown["technical"]] == ["flashes"]
    assert [entry["name"] for entry in breakdown["checks"]] == ["size"]


def test_the_summary_names_verdict_reasons_gaps_and_the_next_step() -> None:
    change = Suggestion(metrics=("sharpness",), problem="soft", changes={"seed": 4}, from_stage="video_latents")
    text = report(
        passed=False, reasons=("Sharpness is 0.2 (at least 0.5)",), not_measured=("Text relevance: no encoder",),
        suggestions=(change,),
    ).generate_summary()  # fmt: skip
    for part in ("failed", "clip.mp4", "1280×720", "Sharpness is 0.2", "not measured: Text relevance", "seed = 4"):
        assert part in text


def test_the_next_attempt_takes_the_more_urgent_change_and_the_earliest_stage() -> None:
    first = Suggestion(metrics=("a",), problem="", changes={"delivery.crf": 12}, from_stage="rendered_video")
    second = Suggestion(
        metrics=("b",), problem="", changes={"delivery.crf": 20, "seed": 7}, from_stage="base_noise_latents"
    )
    assert report(suggestions=(first, second)).next_attempt() == (
        {"delivery.crf": 12, "seed": 7},
        "base_noise_latents",
    )
    assert report().next_attempt() == ({}, None)


def test_passing_counts_more_than_the_score() -> None:
    assert report(score=0.6).better_than(report(passed=False, score=0.9))
    assert report(score=0.9).better_than(report(score=0.6))


@given(st.dictionaries(st.sampled_from("abcdef"), st.tuples(st.floats(0, 1), st.floats(0.1, 5)), min_size=1))
def test_the_score_lies_between_the_lowest_and_the_mean_utility(parts: dict[str, tuple[float, float]]) -> None:
    utilities = {name: utility for name, (utility, _) in parts.items()}
    weights = {name: weight for name, (_, weight) in parts.items()}
    score = overall_score(utilities, weights, checks_passed=True)
    mean = sum(utilities[name] * weights[name] for name in parts) / sum(weights.values())
    assert min(utilities.values()) - 1e-9 <= score <= mean + 1e-9
    assert overall_score(utilities, weights, checks_passed=False) <= score


def test_metrics_without_weight_do_not_count_in_the_score() -> None:
    assert overall_score({"a": 1.0, "b": 0.0}, {"a": 1.0, "b": 0.0}, checks_passed=True) == 1.0


@given(name=st.sampled_from(sorted(LEVELS)), share=st.floats(-1, 2))
def test_utility_is_half_at_the_threshold_and_falls_towards_bad(name: str, share: float) -> None:
    levels = LEVELS[name]
    assert levels.utility(levels.threshold) == pytest.approx(0.5) or levels.good == levels.threshold
    assert levels.utility(levels.bad) == pytest.approx(0.0)
    assert levels.utility(levels.good) == pytest.approx(1.0)
    value = levels.bad + share * (levels.good - levels.bad)
    assert (levels.utility(value) >= 0.5) == levels.passes(value)
    better = value + 0.01 * (levels.good - levels.bad)
    assert levels.utility(better) >= levels.utility(value)


@given(name=st.sampled_from(sorted(LEVELS)), limit=st.floats(-2, 2))
def test_another_threshold_keeps_the_order_of_the_levels(name: str, limit: float) -> None:
    levels = LEVELS[name].with_threshold(limit)
    sign = 1 if levels.direction == "at least" else -1
    assert sign * levels.good >= sign * levels.threshold >= sign * levels.bad
    assert levels.passes(limit)


def test_directions_say_which_side_passes() -> None:
    assert Levels("at least", 1.0, 2.0, 0.0).passes(1.5)
    assert not Levels("at most", 1.0, 0.0, 2.0).passes(1.5)
