"""Whoever wants a copy gets the best attempt so far, whichever attempt was made last."""

from __future__ import annotations

from pathlib import Path

import pytest

from assets.quality import put_best, tell_best
from resources.jobs_and_tags import BEST
from resources.runs.videos import Video
from tests.dagster_helpers import Project
from tests.release_helpers import make_attempt, quality, rendered, write_clip


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("clips")
    return [write_clip(folder / f"{frames}.mp4", frames) for frames in (10, 12, 14)]


@pytest.mark.parametrize(("scores", "best"), [((0.3, 0.6, 0.5), 1), ((0.9, 0.6, 0.5), 0), ((0.3, 0.6, 0.6), 2)])
def test_the_copy_is_the_best_attempt(
    project: Project, clips: list[Path], tmp_path: Path, scores: tuple[float, ...], best: int
) -> None:
    (video_id,) = project.submit("a bus", output=tmp_path / "bus.mp4", source="python")
    captions = tmp_path / "c.vtt"
    storage = project.storage
    for clip, score in zip(clips, scores, strict=True):
        captions.write_text(f"WEBVTT {clip.name}")
        report = quality(passed=False, score=score)
        number = make_attempt(storage.requests, storage.artifacts, video_id, clip, report=None, captions=captions)
        attempt = storage.requests.attempt(video_id, number)
        video = Video(storage.requests.get(video_id), attempt, storage.settings.config, "run")
        assert put_best(video, rendered(clip, captions), report, storage) == tmp_path / "bus.mp4"
        told = tell_best(video, report, storage)
        storage.artifacts.save(video_id, number, "quality_report", report)
    assert told[BEST].startswith("this one, " if best == len(clips) - 1 else f"attempt {best + 1} (score ")
    if best != len(clips) - 1:
        assert told["watch_best"].value == f"/watch/{video_id}/{best + 1}"
    assert (tmp_path / "bus.mp4").read_bytes() == clips[best].read_bytes()
    assert (tmp_path / "bus.vtt").read_text() == f"WEBVTT {clips[best].name}"


def test_without_a_wish_nothing_is_copied(project: Project, clips: list[Path]) -> None:
    (video_id,) = project.submit("a bus")
    storage = project.storage
    number = make_attempt(storage.requests, storage.artifacts, video_id, clips[0], report=None)
    video = Video(
        storage.requests.get(video_id), storage.requests.attempt(video_id, number), storage.settings.config, "r"
    )
    assert put_best(video, rendered(clips[0]), quality(), storage) is None
