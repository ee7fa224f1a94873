"""Artifacts through Dagster: where they lie, which attempt they belong to, what is reported, what is read."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
import torch

from assets.common.stage import stage
from assets.partitions import VIDEOS
from resources.runs.videos import Video
from resources.runs.work import Made, Stored
from tests.dagster_helpers import Project, failure_text, made
from videogen.domain.artifacts import Frames, PolicyVerdict
from videogen.errors import InputError, StorageError
from videogen.storage.artifact_store import ArtifactStore


@stage("test", kinds={"python"})
def decoded_frames(video: Video) -> Made[Frames]:
    """Frames of one grey level: the seed. Prompts with "bad" fail, with "odd" crash."""
    if "bad" in video.request.prompt:
        raise InputError("the prompt is bad", remedy="write a better one")
    if "odd" in video.request.prompt:
        raise ZeroDivisionError("no reason")
    return Made(Frames(torch.full((2, 4, 6, 3), video.seed % 256, dtype=torch.uint8), 8.0), {"level": video.seed % 256})


@stage("test", kinds={"python"})
def upscaled_frames(video: Video, decoded_frames: Frames) -> Made[Frames]:
    """The frames, twice as large."""
    return Made(Frames(decoded_frames.frames.repeat(1, 2, 2, 1), 8.0))


CHAIN = [decoded_frames, upscaled_frames]


def test_an_artifact_lies_in_the_folder_of_its_attempt_and_nothing_is_pickled(project: Project) -> None:
    (video_id,) = project.submit("a bus", seed=7)
    assert project.materialize(CHAIN, [video_id]).success
    folder = Path(project.settings["paths.store"]) / video_id / "attempt-1"
    assert (folder / "decoded_frames.safetensors").is_file()
    assert (folder / "upscaled_frames.manifest.json").is_file()
    everything = [path for path in Path(project.settings["paths.store"]).parent.rglob("*") if path.is_file()]
    assert not [
        path for path in everything if path.suffix in {".pkl", ".pickle"} or path.read_bytes()[:2] == b"\x80\x04"
    ]


def test_metadata_say_where_the_file_is_and_what_is_in_it(project: Project) -> None:
    (video_id,) = project.submit("a bus", seed=7)
    result = project.materialize(CHAIN, [video_id])
    event = result.asset_materializations_for_node("decoded_frames")[0]
    facts = {key: value.value for key, value in event.metadata.items()}
    manifest = project.storage.artifacts.manifest(video_id, 1, "decoded_frames")
    assert Path(facts["path"]).is_file()
    assert (facts["sha256"], facts["bytes"]) == (manifest.sha256, f"{manifest.bytes:,}")
    assert (facts["attempt"], facts["seed"], facts["level"]) == ("1", "7", 7)
    assert facts["seconds"] > 0


def test_one_run_makes_many_videos_each_with_its_own_event(project: Project) -> None:
    ids = project.submit("a bus", "a boat", "a train")
    result = project.materialize(CHAIN, ids)
    assert result.success
    assert made(result) == {(name, video_id) for name in ("decoded_frames", "upscaled_frames") for video_id in ids}


@pytest.mark.parametrize("prompt", ["a bad bus", "an odd bus"])
def test_a_fault_in_one_video_loses_no_other_and_is_told_in_the_end(project: Project, prompt: str) -> None:
    ids = project.submit("a bus", prompt, "a train")
    result = project.materialize(CHAIN, ids)
    good = [ids[0], ids[2]]
    assert not result.success
    assert made(result) == {(name, video_id) for name in ("decoded_frames", "upscaled_frames") for video_id in good}
    assert f"[decoded_frames · {ids[1]}]" in failure_text(result)
    assert "1 of 3 videos failed" in failure_text(result)
    assert project.instance.get_materialized_partitions(dg.AssetKey("upscaled_frames")) == set(good)


def test_what_a_failure_says_is_kept_beside_the_video(project: Project) -> None:
    from videogen.domain.artifacts import StageFailure

    (video_id,) = project.submit("a bad bus")
    result = project.materialize(CHAIN, [video_id])
    failure = project.storage.artifacts.load(video_id, 1, "failure", StageFailure)
    assert (failure.stage, failure.error, failure.problem) == ("decoded_frames", "InputError", "the prompt is bad")
    assert (failure.remedy, failure.exit_code, failure.run_id) == ("write a better one", 3, result.run_id)


def test_a_full_disk_stops_only_the_video_that_did_not_fit(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = project.submit("a bus", "a boat")
    save = ArtifactStore.save

    def full_for_the_first(self: ArtifactStore, video_id: str, attempt: int, name: str, value: Any, **rest: Any) -> Any:
        if video_id == ids[0] and isinstance(value, Frames):
            raise StorageError("the disk is full") from OSError(errno.ENOSPC, "No space left on device")
        return save(self, video_id, attempt, name, value, **rest)

    monkeypatch.setattr(ArtifactStore, "save", full_for_the_first)
    result = project.materialize(CHAIN, ids)
    assert {video_id for _, video_id in made(result)} == {ids[1]}
    assert "the disk is full" in failure_text(result)


def test_a_further_run_opens_a_new_attempt_and_overwrites_nothing(project: Project) -> None:
    (video_id,) = project.submit("a bus", seed=7)
    project.materialize(CHAIN, [video_id])
    before = project.storage.artifacts.manifest(video_id, 1, "decoded_frames")
    project.materialize(CHAIN, [video_id])
    assert project.storage.artifacts.manifest(video_id, 1, "decoded_frames") == before
    assert project.storage.artifacts.exists(video_id, 2, "decoded_frames")


def test_a_run_of_later_stages_inherits_the_earlier_ones(project: Project) -> None:
    (video_id,) = project.submit("a bus", seed=7)
    project.materialize(CHAIN, [video_id])
    assert project.materialize(CHAIN, [video_id], selection=[upscaled_frames]).success
    assert project.storage.requests.holder(video_id, 2, "decoded_frames") == 1
    assert project.storage.artifacts.names(video_id, 2) == ["upscaled_frames"]


def test_a_resumed_run_goes_on_in_the_same_attempt_and_makes_nothing_twice(project: Project) -> None:
    ids = project.submit("a bus", "a boat")
    first = project.materialize(CHAIN, ids, selection=[decoded_frames])
    manifests = [project.storage.artifacts.manifest(video_id, 1, "decoded_frames") for video_id in ids]
    tags = {
        "dagster/root_run_id": first.run_id,
        "dagster/parent_run_id": first.run_id,
        "dagster/is_resume_retry": "true",
    }
    again = project.materialize(CHAIN, ids, tags=tags)
    assert again.success
    assert [len(project.storage.requests.attempts(video_id)) for video_id in ids] == [1, 1]
    assert [project.storage.artifacts.manifest(video_id, 1, "decoded_frames") for video_id in ids] == manifests


def test_inputs_are_read_by_their_annotation(project: Project) -> None:
    ids = project.submit("a bus", "a boat", seed=9)
    seen: dict[str, Any] = {}

    @dg.asset(partitions_def=VIDEOS, io_manager_key="io_manager", deps=[])
    def one(decoded_frames: Frames) -> None:
        seen["one"] = decoded_frames

    @dg.asset(partitions_def=VIDEOS, backfill_policy=dg.BackfillPolicy.single_run())
    def many(decoded_frames: dict[str, Frames]) -> None:
        seen["many"] = decoded_frames

    @dg.asset(partitions_def=VIDEOS)
    def wrong(decoded_frames: PolicyVerdict) -> None:
        seen["wrong"] = decoded_frames

    project.materialize(CHAIN, ids)
    project.materialize([*CHAIN, one], ids[:1], selection=[one])
    assert isinstance(seen["one"], Frames)
    assert int(seen["one"].frames[0, 0, 0, 0]) == 9
    project.materialize([*CHAIN, many], ids, selection=[many])
    assert set(seen["many"]) == set(ids)
    result = project.materialize([*CHAIN, wrong], ids[:1], selection=[wrong])
    assert "wrong" not in seen
    assert "not a PolicyVerdict" in failure_text(result)


def test_a_plain_asset_of_a_plug_in_is_stored_like_a_stage(project: Project) -> None:
    (video_id,) = project.submit("a bus")

    @dg.asset(partitions_def=VIDEOS, io_manager_key="io_manager")
    def verdict() -> PolicyVerdict:
        return PolicyVerdict(allowed=True, reason="harmless")

    assert project.materialize([verdict], [video_id]).success
    assert project.storage.artifacts.load(video_id, 1, "verdict", PolicyVerdict).reason == "harmless"


def test_an_asset_can_be_read_outside_of_a_run(project: Project) -> None:
    (video_id,) = project.submit("a bus", seed=3)
    project.materialize(CHAIN, [video_id])
    definitions = dg.Definitions(assets=CHAIN, resources=project.resources)
    value = definitions.load_asset_value(
        "decoded_frames", python_type=Frames, instance=project.instance, partition_key=video_id
    )
    assert int(value.frames[0, 0, 0, 0]) == 3


def test_a_changed_file_is_not_read_as_whole(project: Project) -> None:
    ids = project.submit("a bus", "a boat")
    project.materialize(CHAIN, ids, selection=[decoded_frames])
    broken = project.storage.artifacts.local_file(ids[0], 1, "decoded_frames.safetensors")
    data = bytearray(broken.read_bytes())
    data[-1] ^= 1
    broken.write_bytes(data)
    result = project.materialize(CHAIN, ids, selection=[upscaled_frames])
    assert {video_id for _, video_id in made(result)} == {ids[1]}
    assert "has changed since it was written" in failure_text(result)


def test_a_partition_without_a_request_fails_alone(project: Project) -> None:
    (video_id,) = project.submit("a bus")
    project.instance.add_dynamic_partitions(VIDEOS.name, ["20200101-000000-000000-abcdef"])
    result = project.materialize(CHAIN, [video_id, "20200101-000000-000000-abcdef"])
    assert {key for _, key in made(result)} == {video_id}
    assert "request 20200101-000000-000000-abcdef does not exist" in failure_text(result)


def test_timings_of_every_stage_and_video_are_in_the_warehouse(project: Project) -> None:
    ids = project.submit("a bus", "a boat")
    result = project.materialize(CHAIN, ids)
    rows = project.storage.warehouse.query("SELECT * FROM stage_timings ORDER BY started_at")
    assert list(zip(rows["stage"], rows["video_id"], strict=True)) == [
        (name, video_id) for name in ("decoded_frames", "upscaled_frames") for video_id in ids
    ]
    assert (rows["run_id"] == result.run_id).all()
    assert (rows["seconds"] > 0).all()
    assert (rows["peak_memory_bytes"] > 10_000_000).all()


def test_a_stored_reader_gives_each_video_its_own_value(project: Project) -> None:
    ids = project.submit("a bus", "a boat")
    project.materialize(CHAIN, ids)
    reader = Stored(project.storage, "decoded_frames", Frames)
    videos = [
        Video(
            project.storage.requests.get(video_id),
            project.storage.requests.attempt(video_id, 1),
            project.storage.settings.config,
            "r",
        )
        for video_id in ids
    ]
    assert [int(reader.load(video).frames[0, 0, 0, 0]) for video in videos] == [video.seed % 256 for video in videos]
