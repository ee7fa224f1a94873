"""A day's videos as numbers, from real files and tables."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import numpy as np
import pandas as pd
import pytest

from assets.monitoring import performance_metrics, quality_trends
from tests.dagster_helpers import Project
from tests.release_helpers import make_attempt, quality
from tests.videogen.quality.scenes import moving_scene, write
from videogen.quality.relevance.encoders import encoder_for
from videogen.quality.trends import calculator_for, clip_features

TODAY = datetime.now(UTC)
NUMBERS = {"width": 128, "height": 80, "fps": 24.0, "num_frames": 64, "duration": 2.7, "codec": "h264", "bytes": 9,
           "sha256": "0" * 64, "label": "x", "model": "tiny", "revision": None, "seed": 1}  # fmt: skip


def add(project: Project, clip: Path, created: datetime, score: float, passed: bool) -> str:
    """A measured video of four clips with its rows."""
    (video_id,) = project.submit("a bus")
    storage = project.storage
    make_attempt(storage.requests, storage.artifacts, video_id, clip, report=quality(passed, score))
    row = {"video_id": video_id, "attempt": 1, "created_at": created, **NUMBERS}
    storage.warehouse.write("videos", f"{video_id}.1", pd.DataFrame([row]))
    metric = {"video_id": video_id, "attempt": 1, "threshold": None, "passed": passed}
    rows = [{**metric, "metric": "score", "value": score}, {**metric, "metric": "sharpness", "value": score / 2}]
    storage.warehouse.write("quality", f"{video_id}.1", pd.DataFrame(rows))
    return video_id


def roll_up(project: Project, asset: Any, day: datetime = TODAY) -> dict[str, Any]:
    result = dg.materialize(
        [asset], partition_key=f"{day:%Y-%m-%d}", resources=project.resources, instance=project.instance,
        run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
    )  # fmt: skip
    (event,) = result.asset_materializations_for_node(asset.key.path[-1])
    return {key: value.value for key, value in event.metadata.items()}


def trends(project: Project) -> dict[str, dict[Any, Any]]:
    rows = project.storage.warehouse.query("SELECT * FROM quality_trends").to_dict("records")
    return {row["metric"]: row for row in rows}


def clips(folder: Path, count: int, seed: int, speed: float) -> list[Path]:
    return [write(folder / f"{seed}-{n}.mp4", moving_scene(64, (128, 80), speed, seed=seed + n)) for n in range(count)]


def test_the_trend_of_a_day_has_pass_rate_means_and_the_distance_to_the_days_before(
    project: Project, tmp_path: Path
) -> None:
    good, other = clips(tmp_path, 4, 0, 1.0), clips(tmp_path, 4, 50, 4.0)
    for clip in good:
        add(project, clip, TODAY - timedelta(days=2), 0.9, True)
    add(project, other[0], TODAY - timedelta(days=2), 0.1, False)
    for clip, passed in zip(other, (True, True, True, False), strict=True):
        add(project, clip, TODAY, 0.8 if passed else 0.4, passed)
    metadata = roll_up(project, quality_trends)
    found = trends(project)
    assert found["pass_rate"]["value"] == pytest.approx(0.75)
    assert found["score"]["value"] == pytest.approx(0.7)
    assert found["score"]["standard_error"] == pytest.approx(0.1)
    assert found["sharpness"]["value"] == pytest.approx(0.35)
    calculator = calculator_for(encoder_for(project.storage.settings.config))
    ours, theirs = (np.concatenate([clip_features(path, calculator) for path in paths]) for paths in (other, good))
    mean, gaussians = ours.mean(0) - theirs.mean(0), [np.cov(x, rowvar=False) for x in (ours, theirs)]
    values = np.linalg.eigvals(gaussians[0] @ gaussians[1])
    expected = (
        mean @ mean + np.trace(gaussians[0]) + np.trace(gaussians[1]) - 2 * np.sqrt(np.clip(values.real, 0, None)).sum()
    )
    assert found["fvd"]["value"] == pytest.approx(expected, rel=1e-3)
    assert found["fvd"]["standard_error"] > 0
    assert "16 clips" in found["fvd"]["note"]
    assert metadata["trend_fvd"] == pytest.approx(found["fvd"]["value"])
    # Of 16 clips over 17 subjects: between all alike and all different.
    assert 1.0 <= found["inception_score"]["value"] <= 17.0


def test_without_an_encoder_there_is_no_inception_score(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("videogen.quality.relevance.encoders.encoder_for", lambda config: None)
    for clip in clips(tmp_path, 4, 0, 1.0):
        add(project, clip, TODAY, 0.9, True)
    roll_up(project, quality_trends)
    found = trends(project)["inception_score"]
    assert pd.isna(found["value"])
    assert "no text–video encoder" in found["note"]


def test_too_few_clips_give_a_reason_and_no_number(project: Project, tmp_path: Path) -> None:
    add(project, clips(tmp_path, 1, 0, 1.0)[0], TODAY, 0.9, True)
    roll_up(project, quality_trends)
    found = trends(project)["fvd"]
    assert pd.isna(found["value"])
    assert "at least 16" in found["note"]


def test_a_day_without_videos_has_no_rows(project: Project) -> None:
    assert roll_up(project, quality_trends)["videos"] == 0
    assert trends(project) == {}


def test_what_a_day_cost_is_told_stage_by_stage(project: Project) -> None:
    (video_id,) = project.submit("a bus")
    timing = {"video_id": video_id, "attempt": 1, "stage": "video_latents", "run_id": "r"}
    rows = [{**timing, "started_at": TODAY, "seconds": s, "peak_memory_bytes": int(s)} for s in (1.0, 2.0, 9.0)]
    rows.append({**timing, "started_at": TODAY - timedelta(days=3), "seconds": 500.0, "peak_memory_bytes": 500})
    project.storage.warehouse.write("stage_timings", video_id, pd.DataFrame(rows))
    failure = {"video_id": video_id, "attempt": 1, "stage": "upscaled_frames", "run_id": "r", "failed_at": TODAY,
               "error": "E", "problem": "p", "remedy": None}  # fmt: skip
    project.storage.warehouse.write("failures", video_id, pd.DataFrame([failure]))
    metadata = roll_up(project, performance_metrics)
    assert metadata["seconds_video_latents"] == pytest.approx(4.0)
    assert metadata["failures"] == 1
    found = project.storage.warehouse.query("SELECT * FROM performance_metrics ORDER BY stage").to_dict("records")
    assert [(row["stage"], row["runs"], row["failures"]) for row in found] == [
        ("run", 0, 1), ("upscaled_frames", 0, 1), ("video_latents", 3, 0),
    ]  # fmt: skip
    assert found[2]["p95_seconds"] == pytest.approx(8.3)
    assert found[2]["p50_seconds"] == pytest.approx(2.0)
    assert found[2]["p99_seconds"] == pytest.approx(8.86)
    assert found[2]["peak_memory_bytes"] == 9
    assert found[1]["failures_by_class"] == '{"other": 1}'


def test_a_day_of_runs_has_queue_times_throughput_and_crashes(project: Project) -> None:
    (video_id,) = project.submit("a bus")
    row = {"video_id": video_id, "attempt": 1, "created_at": TODAY, **NUMBERS, "duration": 4.0}
    project.storage.warehouse.write("videos", f"{video_id}.1", pd.DataFrame([row]))
    timing = {"video_id": video_id, "attempt": 1, "run_id": "r", "started_at": TODAY, "peak_memory_bytes": 1}
    rows = [{**timing, "stage": stage, "seconds": 30.0} for stage in ("video_latents", "rendered_video")]
    project.storage.warehouse.write("stage_timings", "r", pd.DataFrame(rows))

    @dg.job
    def nothing() -> None:
        pass

    for _ in range(2):
        nothing.execute_in_process(instance=project.instance)
    dead = project.instance.create_run_for_job(nothing, status=dg.DagsterRunStatus.STARTED)
    project.instance.report_run_failed(dead, "the process of this run died")
    metadata = roll_up(project, performance_metrics)
    (found,) = project.storage.warehouse.query("SELECT * FROM performance_metrics WHERE stage = 'run'").to_dict(
        "records"
    )
    assert (found["runs"], found["crashes"], found["videos"]) == (3, 1, 1)
    assert found["videos_per_hour"] == pytest.approx(1 / 24)
    assert found["work_seconds_per_video_second"] == pytest.approx(15.0)
    assert found["queue_p95_seconds"] >= found["queue_p50_seconds"] >= 0
    assert metadata["crashes"] == 1
