"""The whole Dagster job with pipelines of diffusers, from prompt to mp4, preempted and resumed on its way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
import torch

from assets.all import ASSETS
from resources.checkpoints import CHECKPOINT
from tests.dagster_helpers import Project, failure_text, places, that_make
from tests.tiny_pipelines import PIPELINES, write_pipeline, write_profile
from videogen.domain.artifacts import ConditioningEmbeddings, Frames, NoiseLatents, RenderedVideo, VideoLatents
from videogen.domain.stages import STAGES
from videogen.emergency.mode import EmergencyMode
from videogen.runtime.progress import Progress, listen

pytestmark = pytest.mark.filterwarnings("ignore")
FAMILIES = ("wan22", "kandinsky6_i2v", "cog_dpm", "helios")
UNTIL_FRAMES = that_make(STAGES[: STAGES.index("decoded_frames") + 1])
KANDINSKY6 = "diffusers.pipelines.kandinsky6.pipeline_kandinsky6_ti2va"


@pytest.fixture(scope="module")
def pipelines(tmp_path_factory: pytest.TempPathFactory) -> Path:
    models = tmp_path_factory.mktemp("foreign")
    for name in FAMILIES:
        write_pipeline(models, name)
    return models


@pytest.fixture
def foreign(pipelines: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Project]]:
    """A project whose profile is the tiny pipeline of a name."""
    monkeypatch.setattr(f"{KANDINSKY6}._QWEN_CROP_START", 0)
    monkeypatch.setattr(f"{KANDINSKY6}._PROMPT_TEMPLATE", "{}")
    with dg.DagsterInstance.ephemeral() as instance:

        def make(name: str, **changes: Any) -> Project:
            settings = {
                "model.profile": name, "processing.resolution": [128, 128], "processing.fps": 8,
                "quality.max_regeneration_attempts": 0, "paths.models": str(pipelines),
            }  # fmt: skip
            dotted = {key.replace("__", "."): value for key, value in changes.items()}
            return Project(settings | places(tmp_path) | dotted, instance)

        yield make


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look at the store at every step: steps of the tiny model are shorter than the usual interval."""
    monkeypatch.setattr(EmergencyMode, "watch", lambda self, priority: partial(self.outranks, priority))


def facts(result: Any, asset: str) -> dict[str, Any]:
    (event,) = result.asset_materializations_for_node(asset)
    return {key: value.value for key, value in event.metadata.items()}


def picture(folder: Path) -> Path:
    from PIL import Image

    path = folder / "red.png"
    Image.new("RGB", (64, 64), (200, 30, 20)).save(path)
    return path


@pytest.mark.parametrize("name", FAMILIES)
def test_a_foreign_model_makes_an_mp4_through_every_stage(
    name: str, foreign: Callable[..., Project], tmp_path: Path
) -> None:
    from videogen.media.reading import iterate_frames, probe

    project = foreign(name)
    pictures = (picture(tmp_path),) * PIPELINES[name].pictures
    (video,) = project.submit("a red bus at night", seed=5, images=pictures)
    result = project.materialize(ASSETS, [video])
    assert result.success, failure_text(result)
    path = project.storage.artifacts.local_file(video, 1, "rendered_video.mp4")
    info = probe(path)
    assert (info.width, info.height) == (128, 128)
    frames = project.storage.artifacts.load(video, 1, "decoded_frames", Frames)
    assert len(frames.frames) == {"helios": 65}.get(name, PIPELINES[name].frames)
    assert sum(len(part) for part in iterate_frames(path)) == len(frames.frames)
    told = project.storage.artifacts.load(video, 1, "conditioning_embeddings", ConditioningEmbeddings)
    assert len(told.record["pictures"]) == PIPELINES[name].pictures
    noise = project.storage.artifacts.load(video, 1, "residual_noise_latents", NoiseLatents)
    assert noise.prior == "independent"
    assert facts(result, "video_latents")["steps"] == 2
    assert (frames.sound is not None) == name.startswith("kandinsky6")


def test_the_sound_of_a_model_is_heard_in_the_mp4_at_the_loudness_of_broadcasts(
    foreign: Callable[..., Project],
) -> None:
    from videogen.audio.loudness import TARGET, TOLERANCE, measure_loudness, sound_of

    project = foreign("kandinsky6_i2v")
    (video,) = project.submit("a red bus at night", seed=5)
    result = project.materialize(ASSETS, [video])
    assert result.success, failure_text(result)
    path = project.storage.artifacts.local_file(video, 1, "rendered_video.mp4")
    assert abs(measure_loudness(sound_of(path)).integrated - TARGET) <= TOLERANCE
    assert project.storage.artifacts.load(video, 1, "rendered_video", RenderedVideo).num_frames == 5


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("name", ["wan22", "cog_dpm", "kandinsky6_i2v"])
def test_a_foreign_model_gives_way_to_an_emergency_and_ends_with_the_same_frames(
    name: str, foreign: Callable[..., Project], tmp_path: Path
) -> None:
    project = foreign(name, model__num_inference_steps=3)
    pictures = (picture(tmp_path),) * PIPELINES[name].pictures
    undisturbed, disturbed = (project.submit("a red bus at night", seed=5, images=pictures)[0] for _ in range(2))
    assert project.materialize(UNTIL_FRAMES, [undisturbed]).success
    mode, seen, checkpointed, looks = project.storage.emergency, [], [], []

    def emergency(progress: Progress) -> None:
        seen.append((progress.stage, progress.done))
        if progress.look is not None:
            looks.append(progress.look())
        if seen.count(("video_latents", 2)) == 1 and seen[-1] == ("video_latents", 2):
            mode.enter("flood", 130)
        if progress.stage == "waiting for an emergency":
            checkpointed.append(project.storage.artifacts.exists(disturbed, 1, CHECKPOINT))
            mode.leave("flood")

    with listen(emergency):
        result = project.materialize(UNTIL_FRAMES, [disturbed])
    assert result.success, failure_text(result)
    assert facts(result, "video_latents")["gave_way"] == 1
    assert checkpointed
    assert all(checkpointed)
    first, second = (
        project.storage.artifacts.load(video, 1, "decoded_frames", Frames) for video in (undisturbed, disturbed)
    )
    assert torch.equal(first.frames, second.frames)
    assert first.sound is None or torch.equal(first.sound, second.sound)
    assert not project.storage.artifacts.exists(disturbed, 1, CHECKPOINT)
    assert looks
    assert all(look.dtype == "uint8" and look.ndim == 4 for look in looks)


def test_the_noise_assets_are_what_a_foreign_model_starts_from(foreign: Callable[..., Project]) -> None:
    project = foreign("wan22")
    first, second, again = (project.submit("a bus", seed=seed)[0] for seed in (5, 6, 5))
    for video in (first, second, again):
        result = project.materialize(UNTIL_FRAMES, [video])
        assert result.success, failure_text(result)
    latents = [
        project.storage.artifacts.load(video, 1, "video_latents", VideoLatents).latents
        for video in (first, second, again)
    ]
    assert torch.equal(latents[0], latents[2])
    assert not torch.equal(latents[0], latents[1])
    assert latents[0].shape == (16, 3, 2, 2)


def test_settings_that_only_act_in_the_own_loop_are_refused_by_name(foreign: Callable[..., Project]) -> None:
    project = foreign("wan22", synthesis__momentum=0.3)
    (video,) = project.submit("a bus", seed=5)
    result = project.materialize(UNTIL_FRAMES, [video])
    assert not result.success
    assert "synthesis.momentum would have no effect" in failure_text(result)


@pytest.mark.parametrize("name", ["wan22", "tiny"])
def test_a_crash_in_the_middle_of_the_denoising_loses_no_more_than_since_the_last_checkpoint(
    name: str, foreign: Callable[..., Project], tiny_models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("videogen.synthesis.sampling.CHECKPOINT_SECONDS", 0.0)
    places = {"paths__models": str(tiny_models), "model__num_frames": 8} if name == "tiny" else {}
    project = foreign(name, model__num_inference_steps=4, synthesis__adaptive_steps=False, **places)
    undisturbed, crashed = (project.submit("a red bus at night", seed=5)[0] for _ in range(2))
    assert project.materialize(UNTIL_FRAMES, [undisturbed]).success
    done: list[int] = []

    def crash(progress: Progress) -> None:
        if progress.stage == "video_latents":
            done.append(progress.done)
            if len(done) > 1 and progress.done == 3:
                raise RuntimeError("the machine went away")

    with listen(crash):
        assert not project.materialize(UNTIL_FRAMES, [crashed]).success
    assert project.storage.artifacts.exists(crashed, 1, CHECKPOINT)
    done.clear()
    again = that_make(["video_latents", "decoded_frames"])

    def count(progress: Progress) -> None:
        if progress.stage == "video_latents":
            done.append(progress.done)

    with listen(count):
        result = project.materialize(UNTIL_FRAMES, [crashed], selection=again, tags={"videogen/attempt": "1"})
    assert result.success, failure_text(result)
    assert done[0] == 2, "it goes on after the last step that was saved"
    first, second = (
        project.storage.artifacts.load(video, 1, "decoded_frames", Frames) for video in (undisturbed, crashed)
    )
    assert torch.equal(first.frames, second.frames)
    assert not project.storage.artifacts.exists(crashed, 1, CHECKPOINT)


@pytest.mark.usefixtures("impatient")
def test_a_model_with_a_step_cache_gives_way_and_starts_again_and_says_so(
    foreign: Callable[..., Project], pipelines: Path
) -> None:
    cache = {"kind": "FirstBlockCache", "options": {"threshold": 0.05}}
    write_profile(pipelines, "cached", "wan22", pipeline="WanPipeline", cache=cache)
    project = foreign("cached", model__num_inference_steps=3)
    undisturbed, disturbed = (project.submit("a red bus at night", seed=5)[0] for _ in range(2))
    assert project.materialize(UNTIL_FRAMES, [undisturbed]).success
    mode, seen, kept = project.storage.emergency, [], []

    def emergency(progress: Progress) -> None:
        seen.append((progress.stage, progress.done))
        if seen.count(("video_latents", 2)) == 1 and seen[-1] == ("video_latents", 2):
            mode.enter("flood", 130)
        if progress.stage == "waiting for an emergency":
            kept.append(project.storage.artifacts.exists(disturbed, 1, CHECKPOINT))
            mode.leave("flood")

    with listen(emergency):
        result = project.materialize(UNTIL_FRAMES, [disturbed])
    assert result.success, failure_text(result)
    assert kept
    assert not any(kept)
    assert facts(result, "video_latents")["resumes"].startswith("from the beginning")
    first, second = (
        project.storage.artifacts.load(video, 1, "decoded_frames", Frames) for video in (undisturbed, disturbed)
    )
    assert torch.equal(first.frames, second.frames), "the cache of the first try is gone"


@pytest.mark.usefixtures("impatient")
def test_videos_of_a_run_are_denoised_together_and_give_way_together(foreign: Callable[..., Project]) -> None:
    project = foreign("wan22", model__num_inference_steps=3, synthesis__max_batch=2)
    prompts = {"a red bus at night": 5, "a boat at sunset": 6}
    together, disturbed = ([project.submit(text, seed=seed)[0] for text, seed in prompts.items()] for _ in range(2))
    (alone,) = project.submit("a boat at sunset", seed=6)
    for videos in (together, [alone]):
        result = project.materialize(UNTIL_FRAMES, videos)
        assert result.success, failure_text(result)
    seen: list[int] = []

    def emergency(progress: Progress) -> None:
        if progress.stage == "video_latents":
            seen.append(progress.done)
            if seen.count(4) == 1 and seen[-1] == 4:
                project.storage.emergency.enter("flood", 130)
        if progress.stage == "waiting for an emergency":
            project.storage.emergency.leave("flood")

    with listen(emergency):
        result = project.materialize(UNTIL_FRAMES, disturbed)
    assert result.success, failure_text(result)
    assert seen == [0, 2, 4, 4, 6], "both take each step at once, and go on where they stopped"
    for event in result.asset_materializations_for_node("video_latents"):
        assert event.metadata["videos_in_batch"].value == 2
        assert event.metadata["gave_way"].value == 1

    def frames(video: str) -> torch.Tensor:
        return project.storage.artifacts.load(video, 1, "decoded_frames", Frames).frames.int()

    assert all(torch.equal(frames(one), frames(other)) for one, other in zip(together, disturbed, strict=True))
    assert int((frames(alone) - frames(together[1])).abs().max()) <= 1
    assert int((frames(alone) - frames(together[0])).abs().max()) > 10


def test_a_model_that_takes_one_video_at_a_time_says_so(foreign: Callable[..., Project]) -> None:
    project = foreign("helios", synthesis__max_batch=2)
    videos = [project.submit("a bus", seed=seed)[0] for seed in (5, 6)]
    result = project.materialize(UNTIL_FRAMES, videos)
    assert result.success, failure_text(result)
    for event in result.asset_materializations_for_node("video_latents"):
        assert event.metadata["videos_in_batch"].value == 1
        assert event.metadata["one_by_one"].value == "the networks of HeliosPipeline take one video at a time"
