"""Distillation: the student's steps are DDIM's, it starts as its teacher, and what it learned can be merged."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import torch
from diffusers import UNet2DConditionModel
from safetensors.torch import save_file

from training import distillation
from training.distillation import (
    Conditions,
    Distillation,
    Sampling,
    adapter_of,
    student_of,
    student_states,
    teacher_result,
)
from training.learning import diffusion
from videogen.models.adapters import BASE, merge_adapters
from videogen.models.profile import Adapter, load_profile

ROOT = Path(__file__).resolve().parents[2]
CONFIG: dict[str, Any] = {
    "sample_size": (10, 16),
    "in_channels": 12,
    "out_channels": 12,
    "block_out_channels": (16, 32),
    "layers_per_block": 1,
    "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D"),
    "up_block_types": ("CrossAttnUpBlock2D", "UpBlock2D"),
    "cross_attention_dim": 384,
    "attention_head_dim": 4,
    "norm_num_groups": 8,
}


def small_network() -> UNet2DConditionModel:
    torch.manual_seed(3)
    return UNet2DConditionModel(**CONFIG).eval().requires_grad_(False)


def asked(count: int = 4) -> Conditions:
    generator = torch.Generator().manual_seed(1)
    return Conditions(
        torch.randn(count, 24, 384, generator=generator),
        torch.randn(count, *diffusion.LATENT_SHAPE, generator=generator),
    )


@pytest.mark.parametrize("steps", [2, 4, 8])
def test_a_step_is_one_of_ddim_with_so_many_steps(steps: int) -> None:
    sampling, scheduler = Sampling(steps), diffusion.build_scheduler()
    scheduler.set_timesteps(steps)
    latents, velocity = asked().noise, asked().noise.flip(0)
    for number, timestep in enumerate(scheduler.timesteps):
        start = number * sampling.stride
        assert sampling.timesteps[start] == timestep
        there = scheduler.step(velocity, timestep, latents).prev_sample
        torch.testing.assert_close(
            sampling.ddim_step(latents, velocity, start, start + sampling.stride), there, atol=1e-4, rtol=1e-4
        )


def test_the_wanted_velocity_leads_to_the_wanted_latents() -> None:
    sampling, conditions = Sampling(4), asked()
    goal = conditions.noise.flip(0)
    for start in (0, 4, 8, 12):
        velocity = sampling.target_velocity(conditions.noise, goal, start, start + 4)
        torch.testing.assert_close(
            sampling.ddim_step(conditions.noise, velocity, start, start + 4), goal, atol=1e-4, rtol=1e-4
        )


def test_a_number_of_steps_that_does_not_fit_the_teachers_is_refused() -> None:
    with pytest.raises(ValueError, match="3 steps do not divide the teacher's 16"):
        Sampling(3)


def test_a_student_begins_as_its_teacher_and_changes_nothing_but_what_it_learns() -> None:
    teacher, sampling = small_network(), Sampling(4)
    student = student_of(teacher, rank=2, seed=0)
    states, own = student_states(student, sampling, asked()), student_states(teacher, sampling, asked())
    for one, other in zip(states, own, strict=True):
        torch.testing.assert_close(one, other, atol=1e-5, rtol=1e-5)
    learned = {name for name, value in student.named_parameters() if value.requires_grad}
    assert learned
    assert all(".parametrizations.weight.0." in name for name in learned)


def test_what_was_learned_is_merged_into_linear_layers_and_convolutions(tmp_path: Path) -> None:
    teacher = small_network()
    student = student_of(teacher, rank=4, seed=0).requires_grad_(False)
    changes = {name: value for name, value in student.named_parameters() if ".parametrizations.weight.0." in name}
    generator = torch.Generator().manual_seed(5)
    for name, value in changes.items():
        if name.endswith(".up"):
            value.copy_(0.05 * torch.randn(value.shape, generator=generator))
    save_file(adapter_of(changes), tmp_path / "few.safetensors", {BASE: "it"})
    profile = load_profile("pib-mini", ROOT / "models").model_copy(
        update={"models": tmp_path, "adapters": (Adapter(file="few.safetensors", weight=1.0),)}
    )
    merged = copy.deepcopy(teacher)

    merge_adapters(merged, profile, "it")

    conditions, moment = asked(), torch.tensor([500])
    said = student(conditions.noise, moment, encoder_hidden_states=conditions.states).sample
    torch.testing.assert_close(
        merged(conditions.noise, moment, encoder_hidden_states=conditions.states).sample, said, atol=5e-3, rtol=5e-3
    )
    assert not torch.allclose(
        teacher(conditions.noise, moment, encoder_hidden_states=conditions.states).sample, said, atol=5e-2
    )


def test_a_few_rounds_bring_the_student_nearer_to_its_teacher_and_go_on_where_they_stopped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Noise:
        empty = torch.zeros(1, 24, 384)

        def __call__(self, count: int, seed: int) -> Conditions:
            generator = torch.Generator().manual_seed(seed)
            states = torch.randn(count, 24, 384, generator=generator)
            return Conditions(states, torch.randn(count, *diffusion.LATENT_SHAPE, generator=generator))

    monkeypatch.setattr(distillation, "build", small_network)
    monkeypatch.setattr(distillation, "begin_from", lambda model, part: None)
    monkeypatch.setattr(distillation, "Pictures", Noise)
    learning = Distillation(2, rank=8, seed=0)
    before = learning.error()
    for number in range(3):
        learning.round(16, 4, 8, 5e-3, seed=number)
    assert learning.error() < 0.9 * before

    again = Distillation(2, rank=8, seed=1)
    again.resume(learning.state())
    assert again.error() == pytest.approx(learning.error(), rel=1e-5)
    assert torch.equal(again.goal, teacher_result(again.teacher, again.sampling, again.held_out, Noise.empty))
