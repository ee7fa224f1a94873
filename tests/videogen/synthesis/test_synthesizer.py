"""Denoising with a tiny model: against diffusers' own pipeline, alone, in batches, interrupted and continued."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from videogen.domain.artifacts import ConditioningEmbeddings, VideoLatents
from videogen.errors import ArtifactError, CapacityError, InputError, OutOfMemoryError
from videogen.runtime import progress
from videogen.synthesis import LatentSynthesizer, LoadedModel
from videogen.synthesis.denoising_loop import DenoisingState

Make = Callable[..., Any]

SCHEDULERS = {
    "DDIMScheduler": {},
    "EulerDiscreteScheduler": {},
    "DPMSolverMultistepScheduler": {},
    "PNDMScheduler": {"skip_prk_steps": True},
}


def with_profile(model: LoadedModel, **changes: Any) -> LoadedModel:
    """The same weights under a changed profile."""
    profile = model.profile.model_copy(update=changes)
    family = object.__new__(type(model.family))
    family.__dict__.update(model.family.__dict__ | {"profile": profile})
    return replace(model, profile=profile, family=family)


@pytest.mark.parametrize("name", SCHEDULERS)
@pytest.mark.parametrize("scale", [1.0, 3.0])
def test_without_extras_latents_equal_those_of_the_diffusers_pipeline(
    name: str, scale: float, model: LoadedModel, pipeline: Any, synthesizer: Make, condition: Make, noise_of: Make
) -> None:
    import diffusers

    loaded = with_profile(model, scheduler=name, scheduler_options=SCHEDULERS[name])
    told, noise = condition("the red bus", "rain"), noise_of(1)
    whole = {"synthesis__guidance_interval": (0.0, 1.0)}
    ours = synthesizer(loaded, model__guidance_scale=scale, **whole).generate_latents([told], [noise], [0])[0]
    pipeline.scheduler = getattr(diffusers, name).from_config(pipeline.scheduler.config, **SCHEDULERS[name])
    theirs = pipeline(
        prompt_embeds=told.prompt_embeds,
        negative_prompt_embeds=told.negative_prompt_embeds,
        latents=noise[None],
        height=16,
        width=24,
        num_frames=8,
        num_inference_steps=5,
        guidance_scale=scale,
        output_type="latent",
    ).frames[0]
    torch.testing.assert_close(ours.latents, theirs, rtol=1e-4, atol=1e-4)


def test_outside_of_the_guidance_interval_the_unconditional_prediction_is_not_asked_for(
    synthesizer: Make, condition: Make, noise_of: Make, monkeypatch: pytest.MonkeyPatch, model: LoadedModel
) -> None:
    predict, sizes = model.family.predict, []

    def counting(sample: torch.Tensor, *rest: Any) -> torch.Tensor:
        sizes.append(len(sample))
        return predict(sample, *rest)

    monkeypatch.setattr(model.family, "predict", counting)
    told, noise = [condition(), condition("the sea")], [noise_of(0), noise_of(1)]
    both = {"synthesis__max_batch": 2}
    never = synthesizer(synthesis__guidance_interval=(1.0, 1.0), **both).generate_latents(told, noise, [0, 0])
    assert set(sizes) == {2}
    sizes.clear()
    synthesizer(synthesis__guidance_interval=(0.2, 0.6), **both).generate_latents(told, noise, [0, 0])
    assert sizes == [2, 4, 4, 2, 2]
    sizes.clear()
    own = with_profile(model, guidance_interval=(0.0, 0.4))
    made = synthesizer(own, **both).generate_latents(told, noise, [0, 0])
    assert sizes == [4, 4, 2, 2, 2]
    assert made[0].diagnostics["guidance_interval"] == [0.0, 0.4]
    unguided = synthesizer(model__guidance_scale=1.0, **both).generate_latents(told, noise, [0, 0])
    torch.testing.assert_close(never[1].latents, unguided[1].latents)


def test_text_is_encoded_as_the_pipeline_does_it(model: LoadedModel, pipeline: Any, synthesizer: Make) -> None:
    prompts = ["the red bus", "", "a very long prompt that goes far beyond the sixteen tokens of this encoder"]
    for prompt in prompts:
        theirs, _ = pipeline.encode_prompt(prompt, torch.device("cpu"), 1, False)
        torch.testing.assert_close(synthesizer().encode_text(prompt), theirs.detach().float())


def test_frames_are_decoded_as_the_pipeline_does_it(pipeline: Any, synthesizer: Make, noise_of: Make) -> None:
    latents = noise_of(3)
    theirs = pipeline.video_processor.postprocess_video(pipeline.decode_latents(latents[None]).detach(), "np")[0]
    ours = synthesizer().decode(VideoLatents(latents, [], 1.0, 0, "tiny", ""))
    assert ours.frames.shape == (8, 16, 24, 3)
    assert ours.frames.dtype == torch.uint8
    assert ours.fps == 8.0
    assert (ours.frames.float() - torch.from_numpy(theirs * 255).round()).abs().max() <= 1.0


def test_a_video_comes_out_of_a_batch_as_it_comes_out_alone(synthesizer: Make, condition: Make, noise_of: Make) -> None:
    told = [condition("a red bus"), condition("the sea", complexity=0.0), condition("rain", complexity=0.5)]
    noise = [noise_of(seed) for seed in range(3)]
    settings = {
        "model__num_inference_steps": 11, "synthesis__adaptive_steps": True, "synthesis__min_step_share": 0.8,
        "synthesis__momentum": 0.3, "synthesis__stochasticity": 0.5,
    }  # fmt: skip
    together = synthesizer(synthesis__max_batch=2, **settings).generate_latents(told, noise, [5, 6, 7])
    for place, video in enumerate(together):
        alone = synthesizer(**settings).generate_latents([told[place]], [noise[place]], [5 + place])[0]
        assert alone.timesteps == video.timesteps
        torch.testing.assert_close(alone.latents, video.latents, rtol=1e-4, atol=1e-4)
    assert [len(video.timesteps) for video in together] == [11, 9, 10]


EXTRAS = {
    "plain": {},
    "everything": {
        "synthesis__momentum": 0.4, "synthesis__refinement_strength": 0.5, "synthesis__feature_emphasis": 0.5,
        "synthesis__stochasticity": 0.7, "synthesis__final_base_share": 0.1, "synthesis__critical_density": 2.0,
    },
    "two passes": {"noise__prior": "free_init", "noise__free_init_iterations": 2},
}  # fmt: skip


@pytest.mark.parametrize("extras", EXTRAS)
@pytest.mark.parametrize("name", ["DDIMScheduler", "DPMSolverMultistepScheduler", "PNDMScheduler"])
def test_an_interrupted_run_continues_to_the_same_latents(
    name: str, extras: str, model: LoadedModel, synthesizer: Make, condition: Make, noise_of: Make
) -> None:
    if extras == "everything" and name != "DDIMScheduler":
        pytest.skip("stochastic steps are the first-order ones")
    loaded = with_profile(model, scheduler=name, scheduler_options=SCHEDULERS[name])
    told, noise, seeds = [condition(), condition("the sea")], [noise_of(1), noise_of(2)], [1, 2]
    maker = synthesizer(loaded, **EXTRAS[extras])
    whole = maker.generate_latents(told, noise, seeds)
    states: dict[int, DenoisingState] = {}

    def stop_after(steps: int) -> Callable[[progress.Progress], None]:
        start: list[int] = []

        def listener(event: progress.Progress) -> None:
            start.append(event.done)
            if event.done - start[0] >= steps:
                raise CapacityError("something more urgent")

        return listener

    interruptions = 0
    while True:
        with progress.listen(stop_after(4)):
            try:
                continued = synthesizer(loaded, **EXTRAS[extras]).generate_latents(told, noise, seeds, states=states)
                break
            except CapacityError:
                interruptions += 1
    assert interruptions >= 2
    for before, after in zip(whole, continued, strict=True):
        torch.testing.assert_close(before.latents, after.latents, rtol=1e-5, atol=1e-5)


def test_a_state_survives_the_artifact_store(
    synthesizer: Make, condition: Make, noise_of: Make, tmp_path: Path, model: LoadedModel
) -> None:
    from videogen.domain.video_ids import new_video_id
    from videogen.storage.artifact_store import ArtifactStore

    loaded = with_profile(model, scheduler="DPMSolverMultistepScheduler")
    maker = synthesizer(loaded, synthesis__momentum=0.4, synthesis__refinement_strength=0.3)
    whole = maker.generate_latents([condition()], [noise_of(1)], [1])[0]
    states: dict[int, DenoisingState] = {}

    def stop(event: progress.Progress) -> None:
        if event.done == 3:
            raise CapacityError("something more urgent")

    with progress.listen(stop), pytest.raises(CapacityError):
        maker.generate_latents([condition()], [noise_of(1)], [1], states=states)
    store, video = ArtifactStore(str(tmp_path)), new_video_id()
    store.save(video, 1, "denoising_state", states[0])
    loaded_state = store.load(video, 1, "denoising_state", DenoisingState)
    continued = maker.generate_latents([condition()], [noise_of(1)], [1], states={0: loaded_state})[0]
    torch.testing.assert_close(continued.latents, whole.latents, rtol=1e-5, atol=1e-5)


def test_a_state_of_another_plan_is_refused(synthesizer: Make, condition: Make, noise_of: Make) -> None:
    state = DenoisingState(noise_of(0), None, None, None, 1, 0, [999.0, 1.0])
    with pytest.raises(ArtifactError, match="does not fit"):
        synthesizer().generate_latents([condition()], [noise_of(0)], [0], states={0: state})


def test_progress_is_reported_for_every_step(synthesizer: Make, condition: Make, noise_of: Make) -> None:
    seen: list[progress.Progress] = []
    with progress.listen(seen.append):
        synthesizer(model__num_inference_steps=4).generate_latents([condition()], [noise_of(0)], [0])
    assert [(event.stage, event.done, event.total) for event in seen] == [
        ("video_latents", done, 4) for done in range(5)
    ]


@pytest.mark.parametrize("fits", [1, 3])
def test_running_out_of_memory_shrinks_the_batch_and_keeps_the_result(
    fits: int,
    synthesizer: Make,
    condition: Make,
    noise_of: Make,
    monkeypatch: pytest.MonkeyPatch,
    model: LoadedModel,
) -> None:
    told, noise = [condition(), condition("the sea")], [noise_of(0), noise_of(1)]
    expected = synthesizer().generate_latents(told, noise, [0, 1])
    predict, sizes = model.family.predict, []

    def limited(sample: torch.Tensor, *rest: Any) -> torch.Tensor:
        sizes.append(len(sample))
        if len(sample) > fits:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")
        return predict(sample, *rest)

    monkeypatch.setattr(model.family, "predict", limited)
    found = synthesizer().generate_latents(told, noise, [0, 1])
    for before, after in zip(expected, found, strict=True):
        torch.testing.assert_close(before.latents, after.latents, rtol=1e-4, atol=1e-4)
    # Once known, what fits is not exceeded again.
    assert sum(size > fits for size in sizes) <= 2


def test_on_a_processor_videos_are_denoised_one_a_core_and_come_out_as_alone(
    synthesizer: Make, condition: Make, noise_of: Make, monkeypatch: pytest.MonkeyPatch, model: LoadedModel
) -> None:
    told, noise = [condition(), condition("the sea"), condition("rain")], [noise_of(seed) for seed in range(3)]
    alone = [synthesizer().generate_latents([told[i]], [noise[i]], [i])[0] for i in range(3)]
    predict, meeting = model.family.predict, threading.Barrier(2, timeout=60)
    asked: list[tuple[int, int]] = []

    def watched(sample: torch.Tensor, *rest: Any) -> torch.Tensor:
        asked.append((len(sample), torch.get_num_threads()))
        if len(asked) <= 2:
            meeting.wait()  # passes only when two videos are at work
        return predict(sample, *rest)

    monkeypatch.setattr(model.family, "predict", watched)
    monkeypatch.setattr("videogen.synthesis.synthesizer.cores", lambda: 2)
    before = torch.get_num_threads()
    found = synthesizer().generate_latents(told, noise, [0, 1, 2])
    for one, other in zip(alone, found, strict=True):
        torch.testing.assert_close(one.latents, other.latents, rtol=1e-4, atol=1e-4)
        assert one.diagnostics == other.diagnostics
    assert {videos for videos, _ in asked} == {2}  # both branches of one video
    assert asked[0][1] == asked[1][1] == 1
    assert torch.get_num_threads() == before


def test_videos_that_do_not_fit_side_by_side_are_denoised_one_after_the_other(
    synthesizer: Make, condition: Make, noise_of: Make, monkeypatch: pytest.MonkeyPatch, model: LoadedModel
) -> None:
    told, noise = [condition(), condition("the sea")], [noise_of(0), noise_of(1)]
    expected = synthesizer().generate_latents(told, noise, [0, 1])
    predict, here = model.family.predict, threading.Semaphore(1)

    def tight(sample: torch.Tensor, *rest: Any) -> torch.Tensor:
        if not here.acquire(blocking=False):
            raise RuntimeError("[enforce fail at alloc_cpu.cpp:118] DefaultCPUAllocator: can't allocate memory")
        try:
            time.sleep(0.02)
            return predict(sample, *rest)
        finally:
            here.release()

    monkeypatch.setattr(model.family, "predict", tight)
    monkeypatch.setattr("videogen.synthesis.synthesizer.cores", lambda: 2)
    found = synthesizer().generate_latents(told, noise, [0, 1])
    for before, after in zip(expected, found, strict=True):
        torch.testing.assert_close(before.latents, after.latents, rtol=1e-4, atol=1e-4)


def test_memory_for_not_even_one_branch_is_an_error(
    synthesizer: Make, condition: Make, noise_of: Make, monkeypatch: pytest.MonkeyPatch, model: LoadedModel
) -> None:
    def never(*_: Any) -> torch.Tensor:
        raise RuntimeError("[enforce fail at alloc_cpu.cpp:118] DefaultCPUAllocator: can't allocate memory")

    monkeypatch.setattr(model.family, "predict", never)
    with pytest.raises(OutOfMemoryError, match="smallest possible batch"):
        synthesizer().generate_latents([condition()], [noise_of(0)], [0])


def test_long_videos_neither_loop_nor_freeze(synthesizer: Make, condition: Make) -> None:
    from videogen.noise import NoiseDecomposer

    maker = synthesizer(processing__duration=5.0, model__num_inference_steps=3)
    assert maker.num_frames() == 40
    decomposer = NoiseDecomposer(maker.config.noise, 0.7, 0.3, "mixed")
    noise = decomposer.recombine(*decomposer.sample(maker.latent_shape(40), seed=3))
    video = maker.generate_latents([condition()], [noise], [3])[0]
    assert video.latents.shape == (4, 40, 8, 12)
    assert video.latents.isfinite().all()
    frames = maker.decode(video).frames.float()
    assert frames.shape[0] == 40
    difference = (frames[:, None] - frames[None, :]).abs().mean(dim=(2, 3, 4))
    assert difference[~torch.eye(40, dtype=torch.bool)].min() > 0.05


@pytest.mark.parametrize(("duration", "frames"), [(None, 8), (2.0, 16), (1.01, 9), (0.1, 2)])
def test_frames_follow_from_the_duration(duration: float | None, frames: int, synthesizer: Make) -> None:
    assert synthesizer(processing__duration=duration).num_frames() == frames


def distance_to_picture(
    maker: LatentSynthesizer, told: ConditioningEmbeddings, noise: torch.Tensor, pixels: torch.Tensor
) -> float:
    frames = maker.decode(maker.generate_latents([told], [noise], [0])[0]).frames.float()
    return float((frames.mean(dim=0) - pixels[0].float()).square().mean().sqrt())


def test_a_reference_picture_draws_the_result_nearer_the_more_it_guides(
    synthesizer: Make, condition: Make, noise_of: Make, pictures: Make
) -> None:
    given = pictures()
    latents, embeds = synthesizer().encode_images(given)
    assert embeds is None
    assert latents is not None
    told = condition(image_latents=latents)
    near = [
        float(
            (
                synthesizer(synthesis__image_guidance=strength)
                .generate_latents([told], [noise_of(4)], [0])[0]
                .latents.mean(dim=1)
                - latents[0]
            )
            .square()
            .mean()
            .sqrt()
        )
        for strength in (0.0, 0.3, 0.6, 1.0)
    ]
    assert near == sorted(near, reverse=True)
    assert near[-1] < 0.95 * near[0]


def test_pictures_of_another_size_are_refused(synthesizer: Make, pictures: Make) -> None:
    with pytest.raises(InputError, match="works at 24×16"):
        synthesizer().encode_images(pictures(height=24, width=24))


def test_noise_of_a_wrong_shape_is_refused(synthesizer: Make, condition: Make) -> None:
    with pytest.raises(InputError, match="initial noise has shape"):
        synthesizer().generate_latents([condition()], [torch.zeros(4, 8, 9, 9)], [0])


def test_condition_says_how_it_weighed_the_prompt(synthesizer: Make, prompt_asset: Make, pictures: Make) -> None:
    maker = synthesizer(synthesis__keyword_emphasis=True)
    told = maker.condition(prompt_asset("a red bus", {"bus": 1.5}), pictures(count=0))
    assert told.extra["token_weights"] == [1.0, 1.0, 1.0, 1.0, 1.0, 1.5, 1.5, 1.5, 1.0]
    assert told.extra["tokens_cut"] == 0
    plain = synthesizer(synthesis__keyword_emphasis=False).condition(
        prompt_asset("a red bus", {"bus": 1.5}), pictures(count=0)
    )
    torch.testing.assert_close(plain.prompt_embeds, maker.encode_text("a red bus"))
    assert told.prompt_embeds.square().sum().item() == pytest.approx(
        plain.prompt_embeds.square().sum().item(), rel=1e-5
    )
    share = told.prompt_embeds.square().sum(-1) / plain.prompt_embeds.square().sum(-1)
    assert share[0, 6] > 1.0 > share[0, 2]
    assert told.image_latents is None
    assert 0.0 <= told.complexity <= 1.0


def test_diagnostics_hold_noise_analysis_and_frame_attention(
    synthesizer: Make, condition: Make, noise_of: Make
) -> None:
    video = synthesizer().generate_latents([condition()], [noise_of(0)], [0])[0]
    attention = torch.tensor(video.diagnostics["temporal_attention"])
    assert attention.shape == (8, 8)
    torch.testing.assert_close(attention.sum(dim=1), torch.ones(8), atol=2e-3, rtol=0)
    assert video.diagnostics["noise"]["variance"] == pytest.approx(1.0, abs=0.1)
    assert video.timings["denoising"] > 0.0
