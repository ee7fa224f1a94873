"""Quality of a day's videos as a set: pass rate, trend of each metric, FVD and IS.

FVD is taken against the passing videos of the days before: it says how far today's videos have drifted from what was
good enough, and is comparable only with itself (see `distribution.frechet_video_distance`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from videogen.errors import ArtifactError, InputError, MediaError
from videogen.quality.calculator import CLIP_LENGTH, MetricsCalculator
from videogen.quality.metrics.distribution import SetScore, frechet_video_distance
from videogen.quality.metrics.window import Pixels, Values, reduced
from videogen.quality.relevance.alignment import VideoTextEncoder
from videogen.storage.video_files import video_file

if TYPE_CHECKING:
    import pandas as pd

    from videogen.storage.artifact_store import ArtifactStore
    from videogen.storage.warehouse import Warehouse

REFERENCE_DAYS = 30
CLIP_WIDTH = 128
_FEATURES = "clip_features"
_MOST_FRAMES = 512
_VIDEOS = """
SELECT v.video_id, v.attempt, q.passed FROM videos v
JOIN quality q ON q.video_id = v.video_id AND q.attempt = v.attempt AND q.metric = 'score'
WHERE v.created_at >= ? AND v.created_at < ? ORDER BY v.created_at
"""
_METRICS = """
SELECT q.metric, avg(q.value) AS value, stddev_samp(q.value) / sqrt(count(q.value)) AS standard_error,
       count(q.value) AS videos
FROM quality q JOIN videos v ON q.video_id = v.video_id AND q.attempt = v.attempt
WHERE v.created_at >= ? AND v.created_at < ? AND q.value IS NOT NULL GROUP BY q.metric ORDER BY q.metric
"""


@dataclass(frozen=True)
class Trend:
    """One number about a day's videos. value None: it could not be measured, and `note` says why."""

    metric: str
    value: float | None
    standard_error: float | None
    videos: int
    note: str = ""


def trends_of(
    day: date, warehouse: Warehouse, artifacts: ArtifactStore, encoder: VideoTextEncoder | None = None
) -> list[Trend]:
    """All trends of the videos made on that day (UTC); empty where none was made.

    Args:
        encoder: the profile's. An embedded one gives the features of FVD and the classes of the inception score; the
            classes of another one are its similarities to everyday scenes. None: descriptors that need no weights.
    """
    found = warehouse.query(_VIDEOS, [day, day + timedelta(days=1)])
    if not len(found):
        return []
    share = float(found["passed"].astype(float).mean())
    error = float(np.sqrt(share * (1 - share) / len(found)))
    metrics = warehouse.query(_METRICS, [day, day + timedelta(days=1)]).to_dict("records")
    trends = [Trend("pass_rate", share, error, len(found))]
    trends += [
        Trend(str(row["metric"]), float(row["value"]), _finite(row["standard_error"]), int(row["videos"]))
        for row in metrics
    ]
    before = warehouse.query(_VIDEOS, [day - timedelta(days=REFERENCE_DAYS), day])
    calculator = calculator_for(encoder)
    trends.append(_fvd(found, before[before["passed"].astype(bool)], artifacts, calculator))
    trends.append(_inception(found, artifacts, calculator) if encoder else _no_classes(len(found)))
    return trends


def calculator_for(encoder: VideoTextEncoder | None) -> MetricsCalculator:
    """The calculator whose features, classes and similarities come from this encoder."""
    return MetricsCalculator(encoder=encoder)


def clip_features(path: Path, calculator: MetricsCalculator) -> Values:
    """Descriptors of a video's clips of 16 frames, N×D; a video beyond 512 frames gives its first 512.

    Raises:
        MediaError: it cannot be read. InputError: it is shorter than one clip.
    """
    return calculator.clip_features(_small_frames(path))


def _fvd(found: pd.DataFrame, before: pd.DataFrame, artifacts: ArtifactStore, calculator: MetricsCalculator) -> Trend:
    try:
        ours, theirs = (_features_of(videos, artifacts, calculator) for videos in (found, before))
        score = frechet_video_distance(ours, theirs, name=calculator.features_name)
    except InputError as error:
        what = f"against passing videos of the {REFERENCE_DAYS} days before: {error.problem}"
        return Trend("fvd", None, None, len(found), what)
    return _as_trend("fvd", score, len(found))


def _features_of(videos: pd.DataFrame, artifacts: ArtifactStore, calculator: MetricsCalculator) -> Values:
    """Clip features of stored videos; broken or short videos are left out."""
    parts = [np.empty((0, calculator.feature_length))]
    for video_id, attempt in zip(videos["video_id"], videos["attempt"].astype(int), strict=True):
        try:
            parts.append(_kept_features(artifacts, video_id, attempt, calculator))
        except (ArtifactError, MediaError, InputError):
            continue
    return np.concatenate(parts)


def _kept_features(artifacts: ArtifactStore, video_id: str, attempt: int, calculator: MetricsCalculator) -> Values:
    """Those that lie beside the video, if they came from the same extractor; else new ones, which are kept there."""
    import pandas as pd

    names = [f"{calculator.features_name}:{index}" for index in range(calculator.feature_length)]
    if artifacts.exists(video_id, attempt, _FEATURES):
        kept = artifacts.load(video_id, attempt, _FEATURES, pd.DataFrame)
        if list(kept.columns) == names:
            return kept.to_numpy(np.float64)
    made = clip_features(video_file(artifacts, video_id, attempt), calculator)
    artifacts.save(video_id, attempt, _FEATURES, pd.DataFrame(made, columns=names))
    return made


def _no_classes(videos: int) -> Trend:
    return Trend("inception_score", None, None, videos, "the model profile has no text–video encoder")


def _inception(found: pd.DataFrame, artifacts: ArtifactStore, calculator: MetricsCalculator) -> Trend:
    try:
        score = calculator.compute_inception_score(list(_readable(found, artifacts)))
    except InputError as error:
        return Trend("inception_score", None, None, len(found), error.problem)
    trend, highest = _as_trend("inception_score", score, len(found)), calculator.number_of_classes
    if highest is None:
        return trend
    return replace(trend, note=f"{trend.note}; at most {highest}, the number of classes, whatever the target is")


def _readable(videos: pd.DataFrame, artifacts: ArtifactStore) -> Sequence[Pixels]:
    frames = []
    for video_id, attempt in zip(videos["video_id"], videos["attempt"].astype(int), strict=True):
        try:
            frames.append(_small_frames(video_file(artifacts, video_id, attempt)))
        except (ArtifactError, MediaError):
            continue
    return frames


def _small_frames(path: Path) -> Pixels:
    from videogen.media.own_videos import iterate_own_frames
    from videogen.media.reading import iterate_frames

    frames: list[Pixels] = []
    # The library of the quick reader knows fewer codecs.
    iterate = iterate_own_frames if path.suffix == ".mp4" else iterate_frames
    for window in iterate(path, CLIP_LENGTH):
        frames += [_square(frame) for frame in window]
        if len(frames) >= _MOST_FRAMES:
            break
    return np.stack(frames)


def _square(frame: Pixels) -> Pixels:
    """All at one size, so that videos of different shapes can be one set."""
    import cv2

    return np.asarray(
        cv2.resize(reduced(frame, 2 * CLIP_WIDTH), (CLIP_WIDTH, 80), interpolation=cv2.INTER_AREA), np.uint8
    )


def _as_trend(metric: str, score: SetScore, videos: int) -> Trend:
    clips = f"{score.clips} clips, {score.features}"
    note = "; ".join([clips, *score.warnings])
    return Trend(metric, score.value, score.standard_error, videos, note)


def _finite(value: object) -> float | None:
    number = float(value) if isinstance(value, int | float) else float("nan")
    return number if np.isfinite(number) else None
