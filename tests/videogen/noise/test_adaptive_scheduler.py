"""Timestep plans, steady and reversible steps."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
import torch
from diffusers import (
    DDIMScheduler,
    DPMSolverMultistepScheduler,
    EulerDiscreteScheduler,
    FlowMatchEulerDiscreteScheduler,
    PNDMScheduler,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from videogen.config.groups.all import SynthesisSettings
from videogen.errors import ConfigError
from videogen.noise import AdaptiveScheduler
from videogen.synthesis.scheduler import DiffusionScheduler

ZERO_SNR = {
    "beta_schedule": "squaredcos_cap_v2", "prediction_type": "v_prediction", "rescale_betas_zero_snr": True,
    "timestep_spacing": "trailing", "clip_sample": False,
}  # fmt: skip
KINDS: dict[str, Callable[[], Any]] = {
    "ddim, noise": lambda: DDIMScheduler(clip_sample=False, beta_schedule="linear", steps_offset=1),
    "ddim, velocity, zero snr": lambda: DDIMScheduler(**ZERO_SNR),
    "ddim, sample": lambda: DDIMScheduler(clip_sample=False, prediction_type="sample"),
    "euler, noise": EulerDiscreteScheduler,
    "euler, velocity": lambda: EulerDiscreteScheduler(prediction_type="v_prediction"),
    "dpm-solver": lambda: DPMSolverMultistepScheduler(solver_order=1),
    "flow": lambda: FlowMatchEulerDiscreteScheduler(shift=3.0),
}


def adaptive(kind: str = "ddim, velocity, zero snr", steps: int = 20, **changes: Any) -> AdaptiveScheduler:
    return AdaptiveScheduler(SynthesisSettings(**changes), DiffusionScheduler(KINDS[kind]()), steps)


def gauss(seed: int, *shape: int) -> torch.Tensor:
    return torch.randn(shape or (1, 2, 3, 4, 5), generator=torch.Generator().manual_seed(seed))


@settings(max_examples=40, deadline=None)
@given(
    steps=st.integers(1, 120),
    complexity=st.floats(0.0, 1.0),
    least=st.floats(0.05, 1.0),
    density=st.floats(0.0, 4.0),
    critical=st.floats(-12.0, 12.0),
    kind=st.sampled_from(["ddim, noise", "ddim, velocity, zero snr"]),
)
def test_plans_fall_strictly_from_the_noisiest_timestep(
    steps: int, complexity: float, least: float, density: float, critical: float, kind: str
) -> None:
    scheduler = adaptive(kind, steps, min_step_share=least, critical_density=density, critical_log_snr=critical)
    plan = scheduler.compute_schedule(complexity)
    assert len(plan) == max(min(8, steps), round(steps * (least + (1 - least) * complexity)))
    assert all(isinstance(timestep, int) and timestep >= 0 for timestep in plan)
    assert all(a > b for a, b in pairwise(plan))
    own = DiffusionScheduler(KINDS[kind]())
    own.set_timesteps(len(plan))
    assert plan[0] == own.timesteps[0]


@pytest.mark.parametrize("steps", [61, 103, 121, 201])
def test_trailing_plans_have_as_many_steps_as_asked_for_and_none_below_zero(steps: int) -> None:
    scheduler = DiffusionScheduler(KINDS["ddim, velocity, zero snr"]())
    scheduler.set_timesteps(steps)
    assert len(scheduler.timesteps) == steps
    assert int(scheduler.timesteps[-1]) >= 0


def test_without_density_the_plan_is_the_schedulers_own() -> None:
    own = DDIMScheduler(**ZERO_SNR)
    own.set_timesteps(17)
    assert adaptive(steps=17).compute_schedule(1.0) == own.timesteps.tolist()


def test_a_uniform_density_would_give_the_same_plan() -> None:
    scheduler = adaptive(steps=23, critical_density=1.0, critical_log_snr=1e6)
    own = DDIMScheduler(**ZERO_SNR)
    own.set_timesteps(23)
    assert scheduler.compute_schedule(1.0) == own.timesteps.tolist()


def test_steps_gather_at_the_critical_noise_level() -> None:
    def near(density: float) -> int:
        scheduler = adaptive(steps=30, critical_density=density, critical_log_snr=1.0)
        _, log_snr = scheduler.scheduler.log_snr()
        return sum(abs(log_snr[int(t)] - 1.0) < 1.5 for t in scheduler.compute_schedule(1.0))

    assert near(0.0) < near(1.5) < near(4.0)


def test_simple_requests_get_fewer_steps_unless_switched_off() -> None:
    assert [len(adaptive(steps=20, min_step_share=0.7).compute_schedule(c)) for c in (0, 0.5, 1)] == [14, 17, 20]
    assert len(adaptive(steps=20, adaptive_steps=False).compute_schedule(0.0)) == 20


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("density", [0.0, 2.0])
def test_previous_step_undoes_step(kind: str, density: float) -> None:
    scheduler = adaptive(kind, 8, critical_density=density)
    plan = scheduler.compute_schedule(1.0)
    sample = gauss(0) * scheduler.scheduler.init_noise_sigma
    for index, timestep in enumerate(plan[:-1]):
        output = gauss(index + 1)
        scheduler.scheduler.scale_model_input(sample, timestep)
        after = scheduler.step(output, timestep, sample)
        back = scheduler.previous_step(output, timestep, after)
        torch.testing.assert_close(back, sample, rtol=2e-3, atol=2e-3)
        sample = after


@pytest.mark.parametrize("kind", KINDS)
def test_predictions_and_outputs_are_each_others_inverse_and_agree_with_add_noise(kind: str) -> None:
    scheduler = DiffusionScheduler(KINDS[kind]())
    scheduler.set_timesteps(6)
    for timestep in scheduler.timesteps.tolist():
        signal, noise = scheduler.levels(timestep)
        clean, epsilon = gauss(1), gauss(2)
        sample = scheduler.add_noise(clean, epsilon, torch.tensor([timestep]))
        torch.testing.assert_close(sample, signal * clean + noise * epsilon, rtol=1e-3, atol=1e-3)
        output = scheduler.output_for(clean, timestep, sample)
        torch.testing.assert_close(scheduler.predict_original(output, timestep, sample), clean, rtol=1e-3, atol=5e-3)


def test_a_plan_of_its_own_integrates_gaussian_data_exactly_enough() -> None:
    """For x0 ~ N(0, s²) the best noise prediction is known; the result must have deviation s."""
    s = 0.5
    for kind in ("ddim, noise", "dpm-solver"):
        scheduler = adaptive(kind, 60, critical_density=3.0)
        sample = gauss(0, 1, 2, 4, 40, 40)
        for timestep in scheduler.compute_schedule(1.0):
            signal, noise = scheduler.scheduler.levels(timestep)
            prediction = noise / (signal**2 * s**2 + noise**2) * sample
            sample = scheduler.step(prediction, timestep, sample)
        assert float(sample.std()) == pytest.approx(s, rel=0.08)


def test_momentum_leaves_steady_predictions_alone_and_calms_unsteady_ones() -> None:
    def result(momentum: float, jitter: float) -> torch.Tensor:
        scheduler = adaptive(steps=12, momentum=momentum)
        sample = gauss(0)
        for index, timestep in enumerate(scheduler.compute_schedule(1.0)):
            clean = gauss(99) + jitter * gauss(index + 1) * (index < 11)
            sample_before = sample
            output = scheduler.scheduler.output_for(clean, timestep, sample_before)
            sample = scheduler.step(output, timestep, sample_before)
            if index == 10:
                return sample
        return sample

    torch.testing.assert_close(result(0.6, 0.0), result(0.0, 0.0), rtol=1e-4, atol=1e-4)
    steady = result(0.0, 0.0)
    assert (result(0.6, 0.5) - steady).std() < 0.8 * (result(0.0, 0.5) - steady).std()


def test_momentum_takes_the_last_prediction_as_it_is() -> None:
    scheduler = adaptive(steps=3, momentum=0.8)
    sample = gauss(0)
    for index, timestep in enumerate(scheduler.compute_schedule(1.0)):
        output = scheduler.scheduler.output_for(gauss(index + 5), timestep, sample)
        sample = scheduler.step(output, timestep, sample)
    torch.testing.assert_close(sample, gauss(7), rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("kind", ["ddim, noise", "ddim, velocity, zero snr"])
def test_stochastic_steps_are_those_of_ddim_with_eta(kind: str) -> None:
    seen: list[tuple[int, float]] = []

    def fresh(step: int, share: float) -> torch.Tensor:
        seen.append((step, share))
        return gauss(100 + step)

    scheduler = AdaptiveScheduler(SynthesisSettings(stochasticity=0.6), DiffusionScheduler(KINDS[kind]()), 10, fresh)
    reference = KINDS[kind]()
    reference.set_timesteps(10)
    sample = expected = gauss(0)
    for index, timestep in enumerate(scheduler.compute_schedule(1.0)):
        output = gauss(index + 1)
        sample = scheduler.step(output, timestep, sample)
        expected = reference.step(output, timestep, expected, eta=0.6, variance_noise=gauss(100 + index)).prev_sample
        torch.testing.assert_close(sample, expected, rtol=1e-3, atol=1e-3)
    assert [share for _, share in seen] == sorted(share for _, share in seen)


def test_stochastic_steps_need_a_scheduler_that_keeps_the_variance() -> None:
    scheduler = adaptive("euler, noise", stochasticity=0.5)
    plan = scheduler.compute_schedule(1.0)
    with pytest.raises(ConfigError, match="variance-keeping"):
        scheduler.step(gauss(0), plan[0], gauss(1))


@pytest.mark.parametrize("kind", KINDS)
def test_the_noise_of_an_own_plan_falls_to_nothing(kind: str) -> None:
    scheduler = adaptive(kind, 12, critical_density=2.0)
    noise = [scheduler.scheduler.levels(timestep)[1] for timestep in scheduler.compute_schedule(1.0)]
    assert all(a > b for a, b in pairwise(noise))
    assert len(noise) == 12


def test_a_scheduler_without_own_plans_says_so() -> None:
    from diffusers import EulerAncestralDiscreteScheduler

    scheduler = DiffusionScheduler(EulerAncestralDiscreteScheduler())
    with pytest.raises(ConfigError, match="critical_density"):
        scheduler.set_plan([900, 500, 100])


def test_more_steps_than_trained_timesteps_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"1001 denoising steps .* 1000"):
        DiffusionScheduler(DDIMScheduler()).set_timesteps(1001)


def test_reversing_the_only_step_from_pure_noise_is_refused() -> None:
    scheduler = adaptive(steps=1)
    plan = scheduler.compute_schedule(1.0)
    with pytest.raises(ConfigError, match="cannot be reversed"):
        scheduler.previous_step(gauss(0), plan[0], gauss(1))


def test_schedulers_of_several_videos_do_not_share_state() -> None:
    shared = PNDMScheduler(skip_prk_steps=True)
    first, second = DiffusionScheduler(shared), DiffusionScheduler(shared)
    first.set_timesteps(5)
    second.set_timesteps(5)
    first.step(gauss(0), first.timesteps[0], gauss(1))
    assert first.state()[0] is not None
    assert second.state()[0] is None
