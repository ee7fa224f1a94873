"""Every family of diffusers, cut into stages: the same frames and sound, bit for bit, as its pipeline called whole."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import torch

from tests.tiny_pipelines import PIPELINES
from tests.videogen.models.families.conftest import CPU, request_for
from videogen.domain.video_ids import new_video_id
from videogen.errors import ModelError
from videogen.models.families import parts
from videogen.models.families.diffusers_pipeline import DiffusersPipeline, _frames, _sound
from videogen.models.families.index import NETWORKS
from videogen.models.families.nested import outline, pack, unpack
from videogen.models.families.parts import needed_parts, weights_of
from videogen.models.families.seams import Watch
from videogen.models.pipeline_state import PipelineRequest, PipelineState
from videogen.models.profile import load_profile
from videogen.storage.artifact_store import ArtifactStore
from videogen.synthesis.pipeline_runs import PipelineCheckpoint

pytestmark = pytest.mark.filterwarnings("ignore")  # of libraries about each other
Load = Callable[..., DiffusersPipeline]


class StopHereError(Exception):
    """What a listener raises to end the work after a step."""


def nothing(watch: Watch) -> None:
    pass


def stored(state: PipelineState) -> PipelineState:
    """The state as the artifact store gives it back from its file."""
    video_id = new_video_id("a bus")
    with TemporaryDirectory() as folder:
        store = ArtifactStore(folder)
        tensors, plan = pack(state.plain())
        store.save(video_id, 1, "denoising_state", PipelineCheckpoint(tensors, plan, state.step))
        kept = store.load(video_id, 1, "denoising_state", PipelineCheckpoint)
    assert kept.step == state.step
    return PipelineState.from_plain(unpack(kept.tensors, kept.plan))


def called_whole(family: DiffusersPipeline, folder: Path, request: PipelineRequest) -> tuple[Any, Any]:
    """Frames and sound of the pipeline as its makers call it, loaded at once."""
    import diffusers

    pipe = diffusers.DiffusionPipeline.from_pretrained(folder, dtype=family.dtype)
    pipe.set_progress_bar_config(disable=True)
    generator = torch.Generator().manual_seed(request.seed)
    with torch.inference_mode():
        made = pipe(**family._arguments(pipe, request), generator=generator, output_type="pt")
    return _frames(made.frames), _sound(pipe, made)[0]


def stopped_after(family: DiffusersPipeline, request: PipelineRequest, record: Any, step: int) -> PipelineState:
    """The state after `step` steps, where a listener stopped the work."""
    seen: list[PipelineState] = []

    def stop(watch: Watch) -> None:
        if watch.done == step:
            seen.append(watch.state())
            raise StopHereError

    with pytest.raises(StopHereError):
        family.denoise(request, record, None, None, stop)
    return seen[0]


@pytest.mark.parametrize("name", list(PIPELINES))
def test_stopped_after_any_step_and_stored_a_video_becomes_what_its_pipeline_gives_as_a_whole(
    name: str, loaded: Load, pipelines: Path
) -> None:
    family = loaded(name)
    request = request_for(name, steps=4)
    frames, sound = called_whole(family, pipelines / name, request)
    record = family.encode(request)
    states: list[PipelineState] = []
    whole = family.denoise(request, record, None, None, lambda watch: states.append(stored(watch.state())))
    assert [state.step for state in states] == list(range(1, whole.step + 1))
    for state in states[:-1]:
        asked: list[int] = []
        again = family.denoise(request, record, None, state, lambda watch: asked.append(watch.done))  # noqa: B023
        assert asked[0] == state.step + 1
        assert same(again.results, whole.results)
    made, made_sound, _ = family.decode(request, unpack(*pack(outline(record))), stored(again))
    assert torch.equal(made, frames)
    assert (sound is None) == (made_sound is None)
    assert sound is None or torch.equal(made_sound, sound)
    assert made.shape[1:3] == (request.height, request.width)


@pytest.mark.parametrize("name", ["wan21", "cog_dpm"])
def test_a_state_without_the_memory_of_its_scheduler_or_generator_would_give_another_video(
    name: str, loaded: Load
) -> None:
    family = loaded(name)
    request = request_for(name, steps=4)
    record = family.encode(request)
    whole = family.denoise(request, record, None, None, nothing)
    state = stopped_after(family, request, record, 2)
    if name == "wan21":
        state.memory = [{}]
    else:
        state.rng = None
    changed = family.denoise(request, record, None, state, nothing)
    assert not same(changed.results, whole.results)


def test_weights_for_text_make_a_video_of_a_picture_with_the_class_for_pictures(loaded: Load) -> None:
    family = loaded("wan22_5b", image_pipeline="WanImageToVideoPipeline")
    request = request_for("wan22_5b")
    pictures = torch.randint(0, 256, (1, 32, 32, 3), generator=torch.Generator().manual_seed(1), dtype=torch.uint8)
    made = []
    for shown in (pictures[:0], pictures, 255 - pictures):
        one = replace(request, pictures=shown)
        record = family.encode(one)
        made.append(family.decode(one, outline(record), family.denoise(one, record, None, None, nothing))[0])
    assert not torch.equal(made[0], made[1])
    assert not torch.equal(made[1], made[2])


def test_decoding_never_asks_the_denoiser_and_leaves_nothing_patched(loaded: Load) -> None:
    family = loaded("wan21")
    request = request_for("wan21")
    record = family.encode(request)
    state = family.denoise(request, record, None, None, nothing)
    with family._stage("denoise", request) as pipe:
        assert "forward" not in vars(pipe.transformer)
        assert not {"progress_bar", "encode_prompt", "prepare_latents"} & set(vars(pipe))
    again = family.denoise(request, record, None, None, nothing)
    assert same(again.results, state.results)
    unfinished = stopped_after(family, request, record, 1)
    with pytest.raises(ModelError, match="step 1 is not the end of the denoising"):
        family.decode(request, record, unfinished)


@pytest.mark.parametrize("stage", ["encode", "denoise", "decode"])
@pytest.mark.parametrize("name", ["wan22", "ltx2", "kandinsky6_i2v", "svd"])
def test_each_stage_holds_only_the_weights_that_it_runs(name: str, stage: Any, loaded: Load) -> None:
    family = loaded(name)
    request = request_for(name)
    with family._stage(stage, request) as pipe:
        held = weights_of(pipe)
        whole = PIPELINES[name].make()
    needed = needed_parts(stage, family.profile.diffusers.quirks(True), len(request.pictures) > 0)
    there = {part for part in NETWORKS if getattr(whole, part, None) is not None}
    assert set(held) == needed & there
    for part, (size, _) in held.items():
        assert size == sum(one.numel() * 4 for one in getattr(whole, part).parameters())


@pytest.mark.parametrize("name", ["wan22", "ltx2", "hunyuan15"])
def test_the_memory_for_weights_never_holds_more_than_the_largest_stage(
    name: str, loaded: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Counted over every weight alive, whoever holds it: one stage's are gone before the next one's are read."""
    alive: list[tuple[weakref.ref[torch.Tensor], int]] = []
    peaks: dict[str, int] = {}
    own = parts.load_pipeline

    def load(profile: Any, stage: str, *more: Any, **options: Any) -> Any:
        pipe = own(profile, stage, *more, **options)
        networks = [network for part in NETWORKS if (network := getattr(pipe, part, None)) is not None]
        weights = [one for network in networks for one in network.parameters() if one.device.type != "meta"]
        alive.extend((weakref.ref(one), one.numel() * one.element_size()) for one in weights)
        peaks[stage] = sum(size for one, size in alive if one() is not None)
        return pipe

    monkeypatch.setattr("videogen.models.families.diffusers_pipeline.load_pipeline", load)
    family = loaded(name)
    request = request_for(name)
    record = family.encode(request)
    family.decode(request, record, family.denoise(request, record, None, None, nothing))
    whole = PIPELINES[name].make()
    sizes = {
        part: sum(one.numel() * 4 for one in network.parameters())
        for part in NETWORKS
        if (network := getattr(whole, part, None)) is not None
    }
    quirks = family.profile.diffusers.quirks(False)
    for stage in ("encode", "denoise", "decode"):
        needed = needed_parts(stage, quirks, with_pictures=False)
        assert peaks[stage] == sum(size for part, size in sizes.items() if part in needed)
    assert peaks["denoise"] < sum(sizes.values()) - sizes["text_encoder"] - sizes["vae"] + 1


def test_while_it_denoises_the_process_holds_the_weights_of_a_small_denoiser_and_of_nothing_large(
    tmp_path: Path,
) -> None:
    """Text encoder and VAE of 100 MB and more each, a denoiser of 5 MB: every parameter alive is counted."""
    from benchmarks.foreign_memory import weights_alive, write_models

    sizes = write_models(tmp_path)
    assert min(sizes["text_encoder"], sizes["vae"]) > 100
    assert sizes["transformer"] < 6
    family = DiffusersPipeline.load(load_profile("wan", tmp_path), CPU, torch.float32)
    request = request_for("wan21")
    before, alive = weights_alive(), {}
    record = family.encode(request)
    alive["text_encoder"] = weights_alive() - before
    state = family.denoise(
        request, record, None, None, lambda watch: alive.update(transformer=weights_alive() - before)
    )
    family.decode(request, record, state)
    alive["vae"] = weights_alive() - before
    assert {part: round(size / 1e6, 1) for part, size in alive.items()} == sizes
    family.release()
    assert weights_alive() == before


FP8 = {"storage_dtype": "float8_e4m3fn", "parts": ["transformer", "transformer_2", "unet"]}
BLOCKS = {"offload_type": "block_level", "num_blocks_per_group": 1}


@pytest.mark.parametrize("options", [{"offload": "model", "layerwise_casting": FP8}, {"offload": "group"}], ids=str)
@pytest.mark.parametrize("name", list(PIPELINES))
def test_offloaded_and_cast_to_8_bits_every_family_resumes_to_the_same_bits(
    name: str, options: dict[str, Any], loaded: Load
) -> None:
    resumes_like_the_unbroken_run(name, options, loaded)


@pytest.mark.parametrize(
    "options",
    [
        {"offload": "sequential"},
        {"offload": "group", "group_offload": BLOCKS},
        {"layerwise_casting": FP8, "dtype": {"vae": "fp32"}},
        {"vae_tiling": True, "vae_slicing": True},
    ],
    ids=str,
)
@pytest.mark.parametrize("name", ["wan22", "hunyuan"])
def test_other_ways_to_save_memory_resume_to_the_same_bits(name: str, options: dict[str, Any], loaded: Load) -> None:
    resumes_like_the_unbroken_run(name, options, loaded)


def resumes_like_the_unbroken_run(name: str, options: dict[str, Any], loaded: Load) -> None:
    precision = torch.bfloat16 if "layerwise_casting" in options else torch.float32
    family = loaded(name, precision, **options)
    request = request_for(name)
    record = family.encode(request)
    whole = family.denoise(request, record, None, None, nothing)
    state = stored(stopped_after(family, request, record, 1))
    again = family.denoise(request, record, None, state, nothing)
    assert same(again.results, whole.results)
    assert family.decode(request, record, again)[0].shape[1:3] == (request.height, request.width)


def test_weights_cast_to_8_bits_take_less_memory(loaded: Load) -> None:
    request = request_for("wan21")
    sizes = []
    for options in ({}, {"layerwise_casting": {"storage_dtype": "float8_e4m3fn"}}):
        with loaded("wan21", **options)._stage("denoise", request) as pipe:
            sizes.append(weights_of(pipe)["transformer"][0])
    assert sizes[1] < 0.7 * sizes[0]


@pytest.mark.parametrize("name", [name for name in PIPELINES if name != "helios"])
def test_the_noise_of_the_assets_is_what_the_pipeline_starts_from(name: str, loaded: Load) -> None:
    """Noise that a pipeline draws, given back through the seam, changes nothing; other noise changes the video."""
    from videogen.models.families import noise_seam

    family = loaded(name)
    request = request_for(name)
    record = family.encode(request)
    shape = family.latent_shape(request.frames, request.width, request.height)
    drawn: list[torch.Tensor] = []
    layout = family.profile.diffusers.quirks(len(request.pictures) > 0).noise_layout

    def hear(pipe: Any) -> Any:
        import sys

        module = sys.modules[type(pipe).prepare_latents.__module__]
        draw = module.randn_tensor

        def randn(size: Any, *more: Any, **options: Any) -> torch.Tensor:
            found = draw(size, *more, **options)
            if found.ndim == 5:
                drawn.append(found.clone())
            return found

        return module, randn

    with family._stage("denoise", request) as pipe:
        module, randn = hear(pipe)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "randn_tensor", randn)
        own = family.denoise(request, record, None, None, nothing)
    order = noise_seam.LAYOUTS[layout]
    plain = drawn[0].permute([order.index(axis) for axis in range(5)])[0]
    assert plain.shape[0] == shape[0]
    assert plain.shape[2:] == shape[2:]
    noise = plain.float()
    assert same(family.denoise(request, record, noise, None, nothing).results, own.results)
    assert not same(family.denoise(request, record, -noise, None, nothing).results, own.results)


def same(one: Any, other: Any) -> bool:
    from videogen.models.families.nested import tensors_of

    pairs = list(zip(tensors_of(one), tensors_of(other), strict=True))
    return bool(pairs) and all(torch.equal(first, second) for first, second in pairs)
