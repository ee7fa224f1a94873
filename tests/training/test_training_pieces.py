"""The parts of training that others rely on: text states, noise, folding, the upscaler's file format."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import numpy as np
import pytest
import torch

from training import vae
from training.latents import fold
from training.learning import diffusion
from training.learning.loop import Clock, Guard, Interrupt, Log, learning_rate
from training.learning.optim import orthogonalised
from training.upscaler import SETTINGS, Compact


def test_padded_places_of_the_text_are_zero_and_the_empty_prompt_is_short() -> None:
    pytest.importorskip("transformers")
    from training.learning.text import TextEncoder

    try:
        encoder = TextEncoder()
    except FileNotFoundError as error:
        pytest.skip(str(error))
    states = encoder(["a red bus", ""])
    assert states.shape == (2, 20, 384)
    assert states.dtype == torch.float32
    used = states.abs().sum(dim=-1) > 0
    assert used.sum(dim=1).tolist() == [5, 2]


def test_mixed_noise_has_unit_variance_and_the_promised_correlation() -> None:
    noise = diffusion.mixed_noise(16, 16, 0.7, torch.Generator().manual_seed(0))
    assert abs(float(noise.var()) - 1.0) < 0.02
    correlation = float((noise[:, 0] * noise[:, 9]).mean())
    assert abs(correlation - 0.7) < 0.03


def test_the_schedule_ends_in_pure_noise() -> None:
    scheduler = diffusion.build_scheduler()
    assert float(scheduler.alphas_cumprod[-1]) == 0.0
    scheduler.set_timesteps(20)
    assert int(scheduler.timesteps[0]) == 999


def test_guidance_of_one_is_the_conditional_prediction() -> None:
    a, b = torch.randn(2, 3, 4), torch.randn(2, 3, 4)
    assert torch.allclose(diffusion.guided(a, b, 1.0, 0.0), a, atol=1e-6)


def test_folding_keeps_the_reconstruction_and_gives_unit_variance() -> None:
    torch.manual_seed(0)
    model = vae.build().eval()
    images = torch.rand(4, 3, 80, 128) * 2 - 1
    before = vae.reconstruct(model, images)
    with torch.no_grad():
        latents = model.encode(images).latent_dist.mode()
    fold(model, latents.mean(dim=(0, 2, 3)), latents.std(dim=(0, 2, 3)))
    with torch.no_grad():
        folded = model.encode(images).latent_dist
    assert torch.allclose(folded.mode().mean(dim=(0, 2, 3)), torch.zeros(12), atol=1e-3)
    assert torch.allclose(folded.mode().std(dim=(0, 2, 3)), torch.ones(12), atol=1e-3)
    assert torch.allclose(vae.reconstruct(model, images), before, atol=1e-3)
    assert float((folded.sample() - folded.mode()).abs().max()) < 0.02


def test_frames_survive_the_way_to_tensors_and_back() -> None:
    frames = np.random.default_rng(0).integers(0, 256, (2, 80, 128, 3), dtype=np.uint8)
    assert np.array_equal(vae.to_frames(vae.to_tensor(frames)), frames)


def test_orthogonalised_brings_singular_values_near_one() -> None:
    torch.manual_seed(0)
    for shape in ((32, 300), (300, 32), (64, 64)):
        values = torch.linalg.svdvals(orthogonalised(torch.randn(shape)))
        assert float(values.median()) > 0.6
        assert float(values.max()) < 1.4


def test_the_learning_rate_warms_up_and_decays() -> None:
    assert learning_rate(1.0, 0.0) < 0.1
    assert learning_rate(1.0, 0.03) == pytest.approx(1.0)
    assert learning_rate(1.0, 1.0) == pytest.approx(0.01)
    assert Clock(10.0, spent=20.0).over


@pytest.mark.parametrize("factor", sorted(SETTINGS))
def test_the_upscaler_enlarges_and_has_the_parameter_names_of_realesrgan(factor: int) -> None:
    network = Compact(**SETTINGS[factor])
    assert network(torch.rand(1, 3, 10, 16)).shape == (1, 3, 10 * factor, 16 * factor)
    names = set(network.state_dict())
    last = 2 * (SETTINGS[factor]["num_conv"] + 1)
    assert {"body.0.weight", "body.1.weight", f"body.{last}.bias"} <= names


def test_a_step_that_is_not_finite_is_left_out_and_a_lost_run_ends(tmp_path: Path) -> None:
    guard, parameter = Guard(Log(tmp_path / "log.jsonl"), limit=2), torch.zeros(3, requires_grad=True)
    parameter.grad = torch.ones(3)
    one, none = torch.tensor(1.0), torch.tensor(float("nan"))
    assert guard.passes(1, one, [parameter])
    parameter.grad[1] = torch.inf
    assert not guard.passes(2, one, [parameter])
    parameter.grad[1] = 0.0
    assert guard.passes(3, one, [parameter]), "one such step is no lost run"
    assert not guard.passes(4, none, [parameter])
    with pytest.raises(ArithmeticError, match="last checkpoint"):
        guard.passes(5, none, [parameter])
    assert (tmp_path / "log.jsonl").read_text().count("left_out") == 3


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stage_is_told_that_it_shall_end_instead_of_being_ended(number: signal.Signals) -> None:
    before = {each: signal.getsignal(each) for each in (signal.SIGTERM, signal.SIGINT)}
    try:
        interrupt = Interrupt()
        assert not interrupt.asked
        os.kill(os.getpid(), number)
        assert interrupt.asked
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
