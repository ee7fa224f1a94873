"""Latent synthesis and noise decomposition as the architecture writes them, on the default model."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from tests.architecture.spying import calls
from videogen import (
    AdaptiveScheduler,
    DiffusionScheduler,
    LatentManipulator,
    LatentSynthesizer,
    NoiseDecomposer,
    TemporalAttention,
    VideoGenConfig,
)
from videogen.errors import ConfigError, InputError


def noise(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


@pytest.fixture(scope="module")
def synthesizer(short: VideoGenConfig) -> LatentSynthesizer:
    return LatentSynthesizer(short)


@calls("LatentSynthesizer.encode_text")
def test_texts_of_one_meaning_are_nearer_than_others(synthesizer: LatentSynthesizer) -> None:
    def mean(text: str) -> torch.Tensor:
        states = synthesizer.encode_text(text)
        assert states.ndim == 3
        return states[0].mean(dim=0)

    boat, ship, winter = mean("a boat on the sea"), mean("a ship on the ocean"), mean("snow in the mountains")
    near = torch.nn.functional.cosine_similarity
    assert near(boat, ship, dim=0) > near(boat, winter, dim=0)


@calls("LatentSynthesizer.encode_images")
def test_images_of_any_kind_become_latents_that_decode_to_them(synthesizer: LatentSynthesizer, photo) -> None:
    from PIL import Image

    latents, _ = synthesizer.encode_images([photo, Image.open(photo)])
    assert latents is not None
    channels, _, height, width = synthesizer.latent_shape(1)
    assert latents.shape == (2, channels, height, width)
    assert torch.equal(latents[0], latents[1])
    seen = synthesizer.model.family.decode(latents[:1].permute(1, 0, 2, 3))[0].numpy().astype(float)
    wanted = np.asarray(Image.open(photo).convert("RGB").resize((128, 80))).astype(float)
    assert np.corrcoef(seen.mean(axis=2).ravel(), wanted.mean(axis=2).ravel())[0, 1] > 0.6


@calls("LatentSynthesizer.generate_latents")
def test_latents_of_a_text_alone_are_reproducible(synthesizer: LatentSynthesizer) -> None:
    text = synthesizer.encode_text("a boat on the sea")
    one, again = (synthesizer.generate_latents(conditions=text)[0] for _ in range(2))
    assert torch.equal(one.latents, again.latents)
    assert tuple(one.latents.shape) == synthesizer.latent_shape(4)
    other = synthesizer.generate_latents(text, seeds=[1])[0]
    assert not torch.equal(one.latents, other.latents)
    said = synthesizer.generate_latents(text, [synthesizer.initial_noise(0)], [0])[0]
    assert torch.equal(said.latents, one.latents)


@calls("LatentSynthesizer.apply_temporal_consistency")
def test_smoothing_lowers_the_change_of_what_stands_still() -> None:
    still = noise(12, 1, 10, 16).expand(12, 6, 10, 16) + 0.05 * noise(12, 6, 10, 16, seed=1)
    calm = LatentSynthesizer(VideoGenConfig(temporal_consistency=1.0)).apply_temporal_consistency(still)
    assert calm.diff(dim=1).abs().mean() < 0.7 * still.diff(dim=1).abs().mean()
    assert torch.equal(LatentSynthesizer().apply_temporal_consistency(still), still)


@calls("DiffusionScheduler.set_timesteps", "DiffusionScheduler.add_noise", "DiffusionScheduler.step")
def test_a_step_with_the_true_noise_leads_down_the_schedule() -> None:
    scheduler = DiffusionScheduler()
    scheduler.set_timesteps(num_inference_steps=8)
    times = scheduler.timesteps.tolist()
    assert len(times) == 8
    assert times == sorted(times, reverse=True)
    clean, drawn = noise(1, 12, 2, 10, 16), noise(1, 12, 2, 10, 16, seed=1)
    first, second = times[2], times[3]
    share = scheduler.wrapped.alphas_cumprod.double()
    noisy = scheduler.add_noise(original_samples=clean, noise=drawn, timesteps=torch.tensor([first]))
    assert torch.allclose(noisy, math.sqrt(share[first]) * clean + math.sqrt(1 - share[first]) * drawn, atol=1e-5)
    output = scheduler.output_for(clean, first, noisy)
    stepped = scheduler.step(model_output=output, timestep=first, sample=noisy)
    wanted = math.sqrt(share[second]) * clean + math.sqrt(1 - share[second]) * drawn
    assert torch.allclose(stepped, wanted, atol=1e-3)


@calls("TemporalAttention.forward", "TemporalAttention.get_attention_scores")
def test_attention_is_the_softmax_of_scaled_products() -> None:
    torch.manual_seed(0)
    attention = TemporalAttention(channels=16, heads=2).eval()
    states, others = noise(3, 5, 16), noise(3, 7, 16, seed=1)
    with torch.no_grad():
        found = attention.forward(hidden_states=states, encoder_hidden_states=others)
        parts = []
        query, key, value = attention.to_q(states), attention.to_k(others), attention.to_v(others)
        for head in (slice(0, 8), slice(8, 16)):
            scores = attention.get_attention_scores(query=query[..., head], key=key[..., head])
            wanted = np.exp((query[..., head] @ key[..., head].mT).numpy() / math.sqrt(8))
            assert np.allclose(scores.numpy(), wanted / wanted.sum(axis=-1, keepdims=True), atol=1e-5)
            parts.append(scores @ value[..., head])
        assert torch.allclose(found, attention.to_out[0](torch.cat(parts, dim=-1)), atol=1e-5)
        alone = attention.forward(states, None)
    assert alone.shape == states.shape


@pytest.mark.parametrize("shape", [(12, 8, 10, 16), (2, 12, 8, 10, 16)])
@calls("NoiseDecomposer.decompose", "NoiseDecomposer.recombine")
def test_noise_is_split_into_a_mean_and_a_rest_and_joined_again(shape: tuple[int, ...]) -> None:
    decomposer, given = NoiseDecomposer(), noise(*shape)
    base, residual = decomposer.decompose(noise=given)
    joined = decomposer.recombine(base_noise=base, residual_noise=residual)
    assert torch.allclose(joined, given, atol=1e-4)
    assert torch.allclose(decomposer.recombine(base.noise, residual.noise), given, atol=1e-4)
    # λ = 0.7: the mean over eight frames of mixed noise has variance λ + (1−λ)/8.
    wanted = given.mean(dim=-3, keepdim=True) / math.sqrt(0.7 + 0.3 / 8)
    assert torch.allclose(base.noise, wanted, atol=1e-5)
    with pytest.raises(InputError, match=r"noise of shape 3×4"):
        decomposer.decompose(noise(3, 4))


@calls("NoiseDecomposer.apply_temporal_consistency")
def test_consistent_noise_correlates_between_frames_as_the_share_says() -> None:
    given = noise(12, 6, 40, 64)
    found = NoiseDecomposer().apply_temporal_consistency(noise_sequence=given).movedim(1, 0).flatten(1).numpy()
    assert np.allclose(np.corrcoef(found), np.where(np.eye(6) == 1, 1.0, 0.7), atol=0.03)
    assert np.allclose(found.var(axis=1), 1.0, atol=0.05)


@calls("AdaptiveScheduler.compute_schedule", "AdaptiveScheduler.step", "AdaptiveScheduler.previous_step")
def test_a_previous_step_undoes_a_step_and_says_so_where_it_cannot() -> None:
    scheduler = AdaptiveScheduler()
    simple = scheduler.compute_schedule(complexity_score=0.0)
    complex_ = scheduler.compute_schedule(1.0)
    assert (len(simple), len(complex_)) == (round(16 * 0.7), 16)
    sample, output = noise(1, 12, 2, 10, 16), noise(1, 12, 2, 10, 16, seed=1)
    for timestep in complex_[:-1]:
        after = scheduler.step(model_output=output, timestep=timestep, sample=sample)
        before = scheduler.previous_step(model_output=output, timestep=timestep, sample=after)
        assert torch.allclose(before, sample, atol=1e-3)
    from diffusers import DDIMScheduler

    clipping = AdaptiveScheduler(None, DiffusionScheduler(DDIMScheduler()), 10)
    timestep = clipping.compute_schedule(1.0)[3]
    with pytest.raises(ConfigError, match="clips its prediction"):
        clipping.previous_step(output, timestep, clipping.step(output, timestep, sample))


@calls("LatentManipulator.emphasize_features")
def test_emphasis_doubles_detail_where_the_map_is_one() -> None:
    latents = noise(2, 3, 10, 16)
    places = torch.zeros(10, 16)
    places[4:6, 6:9] = 1.0
    found = LatentManipulator().emphasize_features(latents=latents, feature_map=places)
    line = np.array([0.25, 0.5, 0.25])
    padded = np.pad(latents.numpy(), ((0, 0), (0, 0), (1, 1), (1, 1)), "edge")
    low = sum(line[y] * line[x] * padded[..., y : y + 10, x : x + 16] for y in range(3) for x in range(3))
    assert np.allclose(found.numpy(), latents.numpy() + places.numpy() * (latents.numpy() - low), atol=1e-5)


@calls("LatentManipulator.interpolate_noise")
def test_blended_noise_lies_on_the_arc_between_both() -> None:
    one, other = noise(12, 4, 20, 30), noise(12, 4, 20, 30, seed=1)
    half = LatentManipulator().interpolate_noise(noise_a=one, noise_b=other, ratio=0.5)
    # Of two independent vectors of one length, the middle of the arc is their sum over √2.
    assert torch.allclose(half, (one + other) / math.sqrt(2), atol=0.05)
    assert torch.equal(LatentManipulator().interpolate_noise(one, other, 0.0), one)
    assert float(half.std()) == pytest.approx(1.0, abs=0.03)


@calls("LatentManipulator.apply_guidance")
def test_guidance_leads_away_from_the_unconditional_prediction() -> None:
    pair = noise(2, 12, 4, 10, 16)
    found = LatentManipulator().apply_guidance(latents=pair, guidance_scale=3.0)
    assert torch.allclose(found, 3.0 * pair[1] - 2.0 * pair[0], atol=1e-5)
    with pytest.raises(InputError, match="two predictions"):
        LatentManipulator().apply_guidance(noise(12, 4, 10, 16), 3.0)
