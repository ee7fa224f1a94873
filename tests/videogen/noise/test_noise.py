"""Noise: variance 1 in every frame, the correlation that the prior promises, exact splitting and joining."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from videogen.config.config import PROJECT_ROOT, VideoGenConfig
from videogen.config.groups.all import NoiseSettings
from videogen.errors import ConfigError
from videogen.models.profile import load_profile
from videogen.noise import LatentManipulator, NoiseDecomposer, decomposer_for
from videogen.noise.analysis import analyze, frame_correlation, spatial_spectrum, temporal_spectrum
from videogen.noise.decomposer import mixing_matrix
from videogen.noise.priors import NoisePrior, free_noise_sources, low_pass, reinitialise
from videogen.runtime.plugins import BUILTIN, NOISE_PRIORS

SHAPE = (8, 12, 20, 32)
"""Channels, frames, height, width: 5120 values a frame, so that a variance is known to about 2 %."""

CHANCE = 1e-7
"""Of one band of one draw: with 4 bands and 12 draws, about one test run in 200,000 fails by chance."""
seeds = st.integers(0, 2**62)
shares = st.floats(0.0, 1.0)
small_shapes = st.tuples(st.integers(1, 4), st.integers(2, 9), st.integers(1, 6), st.integers(1, 6))


def decomposer(prior: str = "mixed", share: float = 0.7, **changes: object) -> NoiseDecomposer:
    return NoiseDecomposer(NoiseSettings(prior=prior, **changes), share, 1.0 - share, "independent")


def sampled(prior: str = "mixed", share: float = 0.7, seed: int = 0, shape=SHAPE, **changes: object) -> torch.Tensor:
    made = decomposer(prior, share, **changes)
    return made.recombine(*made.sample(shape, seed))


def chance(noise: torch.Tensor) -> torch.Tensor:
    """How far each band's power of white noise of variance 1 lies from 1 at most, but for `CHANCE` of all draws.

    The power of n places of a spectrum and C channels is a sum of n·C squared normal values, over n·C: places come in
    conjugate pairs, of two values each. Frames that share noise add as much as n·C / mean(ρ²) values would
    (Satterthwaite), ρ being their correlations: n·C where all frames are alike, n·C·T where they are independent.
    """
    from scipy.stats import chi2

    height, width = noise.shape[-2:]
    radius = (torch.fft.fftfreq(height)[:, None] ** 2 + torch.fft.fftfreq(width)[None, :] ** 2).sqrt()
    places = torch.bincount((radius / radius.max() * 4).long().clamp(max=3).flatten())
    values = places.numpy() * len(noise) / float(frame_correlation(noise).square().mean())
    lowest, highest = chi2.ppf(CHANCE / 2, values) / values, chi2.ppf(1.0 - CHANCE / 2, values) / values
    return torch.from_numpy(np.maximum(1.0 - lowest, highest - 1.0)).float()


def off_diagonal(matrix: torch.Tensor) -> torch.Tensor:
    return matrix[~torch.eye(len(matrix), dtype=torch.bool)]


@settings(max_examples=12, deadline=None)
@given(prior=st.sampled_from(sorted(BUILTIN[NOISE_PRIORS])), share=shares, seed=seeds, motion=st.floats(0.0, 2.0))
def test_every_frame_has_unit_variance_and_a_white_spectrum(prior: str, share: float, seed: int, motion: float) -> None:
    noise = sampled(prior, share, seed, motion_scale=motion, free_noise_window=8)
    frames = noise.transpose(0, 1).flatten(1)
    assert frames.var(dim=1).sub(1.0).abs().max() < 0.12
    assert frames.mean(dim=1).abs().max() < 0.08
    assert (spatial_spectrum(noise).sub(1.0).abs() < chance(noise)).all()


@settings(max_examples=8, deadline=None)
@given(share=shares, seed=seeds)
def test_mixed_noise_correlates_with_lambda(share: float, seed: int) -> None:
    assert off_diagonal(frame_correlation(sampled("mixed", share, seed))).sub(share).abs().max() < 0.08


@settings(max_examples=8, deadline=None)
@given(share=shares, seed=seeds)
def test_progressive_noise_correlates_with_powers_of_sqrt_lambda(share: float, seed: int) -> None:
    places = torch.arange(SHAPE[1])
    expected = math.sqrt(share) ** (places[:, None] - places[None, :]).abs().float()
    assert frame_correlation(sampled("progressive", share, seed)).sub(expected).abs().max() < 0.08


@given(alpha=st.floats(0.01, 20.0), distance=st.integers(0, 11))
def test_progressive_correlation_is_that_of_the_paper(alpha: float, distance: int) -> None:
    share = alpha**2 / (1.0 + alpha**2)
    mixing = mixing_matrix(decomposer("progressive").prior, 12, share, NoiseSettings())
    assert float((mixing @ mixing.T)[0, distance]) == pytest.approx(
        (alpha / math.sqrt(1 + alpha**2)) ** distance, abs=1e-9
    )


def test_independent_frames_share_nothing() -> None:
    noise = sampled("independent")
    assert off_diagonal(frame_correlation(noise)).abs().max() < 0.08
    assert temporal_spectrum(noise).sub(1.0).abs().max() < 0.1


def test_shares_are_of_variance_and_not_of_amplitude() -> None:
    base, residual = (part.noise for part in decomposer().sample(SHAPE, 1))
    assert float(sampled(seed=1).var()) == pytest.approx(1.0, abs=0.03)
    # The linear reading of 0.7 and 0.3 breaks the scheduler's prior.
    assert float((0.7 * base + 0.3 * residual).var()) == pytest.approx(0.58, abs=0.03)


@settings(max_examples=60, deadline=None)
@given(
    prior=st.sampled_from(sorted(BUILTIN[NOISE_PRIORS])),
    share=st.floats(0.0, 0.99),
    shape=small_shapes,
    seed=seeds,
    motion=st.floats(0.1, 2.0),
)
def test_decompose_is_undone_by_recombine(
    prior: str, share: float, shape: tuple[int, int, int, int], seed: int, motion: float
) -> None:
    noise = torch.randn(shape, generator=torch.Generator().manual_seed(seed % 2**63))
    made = decomposer(prior, share, motion_scale=motion)
    base, residual = made.decompose(noise)
    assert base.noise.shape == (shape[0], 1, *shape[2:])
    assert residual.noise.shape == shape
    torch.testing.assert_close(made.recombine(base, residual), noise, rtol=2e-4, atol=2e-4)


def test_the_base_found_again_is_close_to_the_one_that_was_mixed_in() -> None:
    made = decomposer(share=0.7)
    base, residual = made.sample(SHAPE, 3)
    found, rest = made.decompose(made.recombine(base, residual))
    assert torch.corrcoef(torch.stack([found.noise.flatten(), base.noise.flatten()]))[0, 1] > 0.97
    assert float(found.noise.var()) == pytest.approx(1.0, abs=0.05)
    # The mean over frames also swallows the mean of the residuals, so that the rest lacks some variance.
    mean_deviation = math.sqrt(0.7 + 0.3 / 12)
    assert float(rest.noise.var()) == pytest.approx((1.7 - 2 * math.sqrt(0.7) * mean_deviation) / 0.3, abs=0.03)


def test_base_and_residual_are_standard_normal_artifacts_that_name_their_origin() -> None:
    base, residual = decomposer().sample(SHAPE, 5)
    for part in (base, residual):
        assert float(part.noise.var()) == pytest.approx(1.0, abs=0.04)
        assert part.noise.dtype is torch.float32
        assert (part.seed, part.prior) == (5, "mixed")
    assert base.variance_share + residual.variance_share == pytest.approx(1.0)
    assert torch.corrcoef(torch.stack([base.noise[:, 0].flatten(), residual.noise[:, 0].flatten()]))[0, 1].abs() < 0.05


@settings(max_examples=20, deadline=None)
@given(seed=seeds, longer=st.integers(1, 8))
def test_a_seed_gives_the_same_bits_and_a_longer_video_begins_alike(seed: int, longer: int) -> None:
    first = decomposer().sample((2, 4, 3, 5), seed)
    torch.manual_seed(0)
    torch.randn(100)
    again = decomposer().sample((2, 4, 3, 5), seed)
    extended = decomposer().sample((2, 4 + longer, 3, 5), seed)
    for one, same, more in zip(first, again, extended, strict=True):
        assert torch.equal(one.noise, same.noise)
        assert torch.equal(one.noise, more.noise[:, : one.noise.shape[1]])


def test_seeds_give_independent_noise() -> None:
    pair = torch.stack([sampled(seed=1).flatten(), sampled(seed=2).flatten()])
    assert torch.corrcoef(pair)[0, 1].abs() < 0.02


def test_known_bits_of_a_seed() -> None:
    base, residual = decomposer().sample((1, 2, 1, 2), 42)
    values = [*base.noise.flatten().tolist(), *residual.noise.flatten().tolist()]
    assert values == pytest.approx(KNOWN, abs=1e-6)


KNOWN = [1.21261, 0.301747, 0.088993, 0.905984, -1.640587, -0.515887]


def test_motion_scale_moves_variance_between_change_and_mean_over_time() -> None:
    def moving(scale: float) -> float:
        noise = sampled(motion_scale=scale)
        return float((noise - noise.mean(dim=1, keepdim=True)).square().mean())

    values = [moving(scale) for scale in (0.0, 0.5, 1.0, 2.0)]
    assert values == sorted(values)
    assert values[0] == pytest.approx(0.0, abs=1e-6)
    # Of mixed noise, (1−λ)(1−1/T) changes over time; scaled by k and brought back to variance 1:
    still, change = 0.7 + 0.3 / 12, 0.3 * 11 / 12
    assert values[3] == pytest.approx(4 * change / (still + 4 * change), abs=0.03)


def test_noise_without_motion_cannot_be_split() -> None:
    with pytest.raises(ConfigError, match="motion_scale"):
        decomposer(motion_scale=0.0).decompose(torch.zeros(1, 2, 2, 2))


def test_free_noise_repeats_shuffled_residuals_after_the_first_window() -> None:
    sources = free_noise_sources(40, window=16, stride=4)
    assert sources[:16] == list(range(16))
    for start in range(16, 40, 4):
        assert sorted(sources[start : start + 4]) == sorted(sources[start - 16 : start - 12])
    assert sources[16:32] != sources[:16]
    for start in range(0, 25, 4):
        assert sorted(sources[start : start + 16]) == list(range(16))


def test_free_noise_of_independent_frames_shares_nothing_but_what_comes_back() -> None:
    noise = sampled("free_noise_independent", share=0.7, shape=(8, 20, 24, 40))
    sources = free_noise_sources(20, window=16, stride=4)
    assert torch.equal(noise[:, :16], sampled("independent", share=0.7, shape=(8, 16, 24, 40)))
    assert torch.equal(noise[:, 16:], noise[:, sources[16:]])


def test_long_videos_get_the_long_prior_of_their_profile() -> None:
    profile = load_profile("pib-mini", PROJECT_ROOT / "models")
    config = VideoGenConfig.load()
    assert decomposer_for(config, profile, profile.num_frames).prior_name == "mixed"
    assert decomposer_for(config, profile, profile.num_frames + 1).prior_name == "free_noise"
    chosen = VideoGenConfig.load(overrides={"noise.prior": "progressive"})
    assert decomposer_for(chosen, profile, 100).prior_name == "progressive"
    without = profile.model_copy(update={"long_noise_prior": None})
    assert decomposer_for(config, without, 100).prior_name == "mixed"


def test_temporal_consistency_gives_independent_noise_the_prior_correlation() -> None:
    independent = sampled("independent", shape=(8, 6, 24, 40))
    for prior, share in (("mixed", 0.7), ("progressive", 0.5)):
        made = decomposer(prior, share)
        noise = made.apply_temporal_consistency(independent)
        mixing = mixing_matrix(made.prior, 6, share, made.settings)
        assert (frame_correlation(noise) - mixing @ mixing.T).abs().max() < 0.08
        assert noise.var(dim=(0, 2, 3)).sub(1).abs().max() < 0.1


def diffusers_filter(shape: tuple[int, int, int], cutoff: float, order: int) -> torch.Tensor:
    from diffusers.pipelines.free_init_utils import FreeInitMixin

    return FreeInitMixin()._get_free_init_freq_filter((1, 1, *shape), "cpu", "butterworth", order, cutoff, cutoff)[0, 0]


def test_the_low_pass_is_the_butterworth_filter_of_diffusers() -> None:
    shape = (8, 10, 16)
    ours = torch.fft.fftshift(low_pass(shape, 0.25, 4))
    theirs = diffusers_filter(shape, 0.25, 4)
    torch.testing.assert_close(ours, theirs.to(ours), rtol=1e-4, atol=1e-5)


@settings(max_examples=15, deadline=None)
@given(cutoff=st.floats(0.05, 1.0), order=st.integers(1, 8), seed=seeds, odd=st.booleans())
def test_reinitialised_noise_keeps_variance_in_every_bin(cutoff: float, order: int, seed: int, odd: bool) -> None:
    generator = torch.Generator().manual_seed(seed % 2**63)
    shape = (400, 5 if odd else 6, 7 if odd else 8, 8)
    noise, fresh = (torch.randn(shape, generator=generator) for _ in range(2))
    power = (
        torch.fft.fftn(reinitialise(noise, fresh, cutoff, order), dim=(-3, -2, -1), norm="ortho")
        .abs()
        .square()
        .mean(dim=0)
    )
    # The mean of 400 periodogram values scatters by at most √2/20 (real bins).
    assert power.sub(1.0).abs().max() < 6 * math.sqrt(2.0) / 20.0


def test_the_linear_weights_of_freeinit_would_lose_variance() -> None:
    keep = low_pass((16, 10, 16), 0.25, 4)
    assert float((keep**2 + (1 - keep) ** 2).min()) == pytest.approx(0.5, abs=0.05)
    torch.testing.assert_close(keep**2 + (1 - keep**2).sqrt() ** 2, torch.ones_like(keep))


def test_reinitialise_keeps_low_frequencies_and_renews_high_ones() -> None:
    noise, fresh = torch.randn(2, 64, 8, 16, 16, generator=torch.Generator().manual_seed(0)).unbind()
    result = reinitialise(noise, fresh, 0.25, 4)
    of = lambda x: torch.fft.fftn(x, dim=(-3, -2, -1))  # noqa: E731
    keep = low_pass((8, 16, 16), 0.25, 4)
    low, high = keep > 0.99, keep < 0.01
    assert (of(result) - of(noise))[:, low].abs().max() < 0.2 * of(noise)[:, low].abs().max()
    assert (of(result) - of(fresh))[:, high].abs().max() < 0.05 * of(fresh)[:, high].abs().max()


def test_analysis_tells_white_from_smooth_and_still_from_moving() -> None:
    white = sampled("independent")
    facts = analyze(white)
    assert facts["variance"] == pytest.approx(1.0, abs=0.03)
    assert np.allclose(facts["spatial_bands"], 1.0, atol=0.1)
    smooth = torch.nn.functional.avg_pool2d(white, 3, 1, 1)
    bands = spatial_spectrum(smooth)
    assert bands[0] > 3 * bands[-1]
    still = white[:, :1].expand(-1, 12, -1, -1)
    assert float(temporal_spectrum(still)[0]) == pytest.approx(12.0, rel=0.05)
    assert temporal_spectrum(still)[1:].max() < 1e-6
    assert facts["frame_correlation"][0][0] == pytest.approx(1.0, abs=1e-3)


def test_variation_turns_the_noise_towards_another_seed() -> None:
    of = lambda strength: sampled(seed=1, variation_seed=2, variation_strength=strength)  # noqa: E731
    torch.testing.assert_close(of(0.0), sampled(seed=1))
    torch.testing.assert_close(of(1.0), sampled(seed=2), rtol=1e-4, atol=1e-4)
    pair = torch.stack([of(0.3).flatten(), sampled(seed=1).flatten()])
    assert float(torch.corrcoef(pair)[0, 1]) == pytest.approx(math.cos(0.3 * math.pi / 2), abs=0.02)
    assert float(of(0.5).var()) == pytest.approx(1.0, abs=0.03)


def test_unknown_priors_and_wrong_shares_are_errors() -> None:
    with pytest.raises(ConfigError, match="choose one of free_init"):
        NoiseDecomposer(NoiseSettings(prior="pink"), 0.7, 0.3, "mixed")
    with pytest.raises(ConfigError, match="sum to 1"):
        NoiseDecomposer(NoiseSettings(), 0.7, 0.7, "mixed")


def test_a_prior_from_outside_needs_one_entry_point(monkeypatch: pytest.MonkeyPatch) -> None:
    """Noise that grows stiller over time, as a plug-in would bring it."""
    from importlib.metadata import EntryPoint

    from videogen.runtime import plugins

    point = EntryPoint("alternating", f"{__name__}:ALTERNATING", plugins.NOISE_PRIORS)
    monkeypatch.setattr(EntryPoint, "load", lambda self: ALTERNATING)
    monkeypatch.setattr(
        plugins, "entry_points", lambda **wanted: [point] if wanted.get("name") == "alternating" else []
    )
    made = decomposer("alternating", motion_scale=0.5)
    noise = made.recombine(*made.sample(SHAPE, 0))
    assert noise.var(dim=(0, 2, 3)).sub(1.0).abs().max() < 0.1
    assert off_diagonal(frame_correlation(noise)).min() < -0.3


def _alternating(base: torch.Tensor, residual: torch.Tensor, share: float, _: NoiseSettings) -> torch.Tensor:
    signs = torch.tensor([(-1.0) ** i for i in range(residual.shape[1])], dtype=base.dtype)[None, :, None, None]
    return math.sqrt(share) * signs * base + math.sqrt(1 - share) * residual


def _alternating_split(noise: torch.Tensor, share: float, _: NoiseSettings) -> tuple[torch.Tensor, torch.Tensor]:
    return torch.zeros_like(noise[:, :1]), noise / math.sqrt(1 - share)


ALTERNATING = NoisePrior(_alternating, _alternating_split)

manipulator = LatentManipulator()


@settings(max_examples=20, deadline=None)
@given(ratio=st.floats(0.0, 1.0), seed=seeds)
def test_blended_noise_keeps_its_variance_where_a_linear_blend_does_not(ratio: float, seed: int) -> None:
    a, b = torch.randn(2, 4, 8, 16, 16, generator=torch.Generator().manual_seed(seed % 2**63)).unbind()
    assert float(manipulator.interpolate_noise(a, b, ratio).var()) == pytest.approx(1.0, abs=0.08)
    assert float((0.5 * a + 0.5 * b).var()) == pytest.approx(0.5, abs=0.08)


def test_blending_ends_at_its_ends_and_with_itself_is_itself() -> None:
    a, b = torch.randn(2, 4, 8, 8, generator=torch.Generator().manual_seed(0)).unbind()
    torch.testing.assert_close(manipulator.interpolate_noise(a, b, 0.0), a)
    torch.testing.assert_close(manipulator.interpolate_noise(a, b, 1.0), b)
    torch.testing.assert_close(manipulator.interpolate_noise(a, a, 0.4), a)


def test_guidance_is_that_of_the_paper_and_its_rescaling_that_of_diffusers() -> None:
    from diffusers.pipelines.stable_diffusion.pipeline_stable_diffusion import rescale_noise_cfg

    pair = torch.randn(2, 4, 8, 10, 12, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(manipulator.apply_guidance(pair, 1.0), pair[1])
    plain = pair[0] + 7.5 * (pair[1] - pair[0])
    torch.testing.assert_close(manipulator.apply_guidance(pair, 7.5), plain)
    theirs = rescale_noise_cfg(plain[None], pair[1][None], guidance_rescale=0.7)[0]
    torch.testing.assert_close(manipulator.apply_guidance(pair, 7.5, 0.7), theirs)


def test_emphasis_raises_detail_where_the_map_is_and_leaves_the_rest() -> None:
    latents = torch.randn(3, 4, 12, 12, generator=torch.Generator().manual_seed(1))
    where = torch.zeros(12, 12)
    where[:, 6:] = 0.5
    raised = manipulator.emphasize_features(latents, where)
    assert torch.equal(raised[..., :6], latents[..., :6])
    assert raised[..., 7:].diff(dim=-1).abs().mean() > 1.2 * latents[..., 7:].diff(dim=-1).abs().mean()
    flat = torch.full((1, 1, 6, 6), 2.0)
    torch.testing.assert_close(manipulator.emphasize_features(flat, torch.ones(6, 6)), flat)
