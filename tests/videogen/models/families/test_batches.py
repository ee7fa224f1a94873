"""Several videos denoised together: each is what it is alone, whatever the others are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest
import torch

from tests.videogen.models.families.conftest import request_for
from videogen.models.families.diffusers_pipeline import DiffusersPipeline
from videogen.models.families.nested import tensors_of
from videogen.models.families.seams import Watch
from videogen.models.pipeline_state import PipelineJob, PipelineState
from videogen.models.quirks import QUIRKS

pytestmark = pytest.mark.filterwarnings("ignore")
Load = Callable[..., DiffusersPipeline]
PROMPTS = ("a red bus drives through the city", "a boat at sunset", "the train at night")
TOGETHER = {
    "wan21": "WanPipeline", "wan22": "WanPipeline", "wan22_5b_i2v": "WanImageToVideoPipeline",
    "wan22_i2v": "WanImageToVideoPipeline", "ltx": "LTXPipeline", "ltx_i2v": "LTXImageToVideoPipeline",
    "ltx2": "LTX2Pipeline", "cog_dpm": "CogVideoXPipeline", "hunyuan": "HunyuanVideoPipeline",
    "hunyuan15": "HunyuanVideo15Pipeline", "mochi": "MochiPipeline", "svd": "StableVideoDiffusionPipeline",
    "kandinsky5": "Kandinsky5T2VPipeline", "kandinsky6_i2v": "Kandinsky6TI2VAPipeline",
    "skyreels": "SkyReelsV2Pipeline", "anyflow": "AnyFlowPipeline", "sana_video": "SanaVideoPipeline",
    "easyanimate": "EasyAnimatePipeline", "motif": "MotifVideoPipeline",
}  # fmt: skip
"""The tiny pipelines whose class says that it takes several videos at once."""


class StopHereError(Exception):
    """What a listener raises to end the work after a step."""


def nothing(watches: Any) -> None:
    pass


def jobs_of(family: DiffusersPipeline, name: str, steps: int = 2) -> list[PipelineJob]:
    """Three videos with other words and seeds."""
    requests = [request_for(name, steps=steps, seed=seed, prompt=prompt) for seed, prompt in enumerate(PROMPTS)]
    return [PipelineJob(request, family.encode(request)) for request in requests]


def largest_difference(one: PipelineState, other: PipelineState) -> float:
    """Relative to the largest value."""
    pairs = list(zip(tensors_of(one.results), tensors_of(other.results), strict=True))
    scale = max(float(first.float().abs().max()) for first, _ in pairs)
    return max(float((first.float() - second.float()).abs().max()) for first, second in pairs) / scale


def test_no_class_says_that_it_takes_several_videos_without_a_test_of_it() -> None:
    assert {kind for kind, row in QUIRKS.items() if row.together} == set(TOGETHER.values())


@pytest.mark.parametrize("name", TOGETHER)
def test_a_video_among_others_is_what_it_is_alone_but_for_rounding(name: str, loaded: Load) -> None:
    family = loaded(name)
    assert family.profile.diffusers is not None
    assert family.profile.diffusers.pipeline == TOGETHER[name]
    jobs = jobs_of(family, name)
    states, largest = family.denoise_together(jobs, 8, nothing)
    assert largest == 3
    for job, state in zip(jobs, states, strict=True):
        alone = family.denoise(job.request, job.record, None, None, nothing)
        # The steps of SVD begin with noise of a strength of several hundred, beside which small numbers are rounded: to
        # 0.6e-4 and 1.2e-4 on two machines.
        assert largest_difference(alone, state) < (1e-3 if name == "svd" else 1e-5)
    assert largest_difference(states[0], states[1]) > 0.1


def test_noise_of_the_assets_pictures_and_seeds_stay_with_their_video(loaded: Load) -> None:
    family = loaded("wan22_i2v")
    pictures = torch.randint(0, 256, (2, 16, 16, 3), generator=torch.Generator().manual_seed(9), dtype=torch.uint8)
    jobs = []
    for number, prompt in enumerate(PROMPTS[:2]):
        request = request_for("wan22_i2v", prompt=prompt, pictures=pictures if number else 255 - pictures)
        noise = torch.randn(16, 3, 2, 2, generator=torch.Generator().manual_seed(number))
        jobs.append(PipelineJob(request, family.encode(request), noise))
    for order in (jobs, jobs[::-1]):
        states, _ = family.denoise_together(order, 2, nothing)
        for job, state in zip(order, states, strict=True):
            alone = family.denoise(job.request, job.record, job.noise, None, nothing)
            assert largest_difference(alone, state) < 1e-5


@pytest.mark.parametrize("name", ["wan22", "ltx2"])
def test_a_stopped_batch_goes_on_to_the_same_bits(name: str, loaded: Load) -> None:
    family = loaded(name)
    jobs = jobs_of(family, name, steps=4)
    whole, _ = family.denoise_together(jobs, 3, nothing)
    kept: list[PipelineState] = []

    def stop(watches: Sequence[Watch]) -> None:
        if watches[0].done == 2:
            kept.extend(watch.state() for watch in watches)
            raise StopHereError

    with pytest.raises(StopHereError):
        family.denoise_together(jobs, 3, stop)
    assert [state.step for state in kept] == [2, 2, 2]
    resumed = [PipelineJob(job.request, job.record, None, state) for job, state in zip(jobs, kept, strict=True)]
    again, _ = family.denoise_together(resumed, 3, nothing)
    for one, other in zip(whole, again, strict=True):
        pairs = zip(tensors_of(one.results), tensors_of(other.results), strict=True)
        assert all(torch.equal(first, second) for first, second in pairs)


def test_memory_that_runs_out_makes_the_batch_smaller_and_loses_nothing(loaded: Load) -> None:
    family = loaded("wan21")
    jobs = jobs_of(family, "wan21")
    sizes: list[int] = []
    with family.held("denoise") as pipe:
        own = pipe.transformer.forward

        def forward(hidden_states: torch.Tensor, **more: Any) -> Any:
            if len(hidden_states) > 1:
                raise torch.OutOfMemoryError("CUDA out of memory")
            sizes.append(len(hidden_states))
            return own(hidden_states, **more)

        pipe.transformer.forward = forward
    states, largest = family.denoise_together(jobs, 3, nothing)
    assert largest == 1
    assert sizes == [1] * 12, "three videos, two steps, with and without the prompt"
    alone = family.denoise(jobs[1].request, jobs[1].record, None, None, nothing)
    assert largest_difference(alone, states[1]) == 0.0
