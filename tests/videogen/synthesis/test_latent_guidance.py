"""What acts on the predicted clean video and on prompts: pictures, refinement, steadying, emphasis, complexity."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from videogen.domain.artifacts import Keyword
from videogen.preprocessing.image.features import FEATURES
from videogen.synthesis import conditioning
from videogen.synthesis import latent_guidance as guidance

Make = Callable[..., Any]


def gauss(seed: int, *shape: int) -> torch.Tensor:
    return torch.randn(shape or (1, 4, 6, 8, 10), generator=torch.Generator().manual_seed(seed))


def energy(x: torch.Tensor) -> torch.Tensor:
    return torch.stack([0.5 * x.diff(dim=axis).square().sum() for axis in (-3, -2, -1)]).sum()


def test_the_energy_gradient_is_the_one_that_autograd_finds() -> None:
    x = gauss(0).double().requires_grad_(True)
    energy(x).backward()
    torch.testing.assert_close(guidance.energy_gradient(x.detach()), x.grad / 12.0)


@settings(max_examples=20, deadline=None)
@given(strength=st.floats(0.01, 1.0), seed=st.integers(0, 1000))
def test_refinement_lowers_the_energy_and_never_overshoots(strength: float, seed: int) -> None:
    x = gauss(seed)
    everywhere = guidance.refine(x, torch.ones(1), strength)
    assert energy(everywhere) < energy(x)
    assert torch.equal(guidance.refine(x, torch.zeros(1), strength), x)
    assert everywhere.abs().max() <= x.abs().max() + 1e-5


def test_difficulty_is_high_where_predictions_disagree() -> None:
    before = gauss(0)
    after = before.clone()
    after[..., 2:4, 3:5] += 1.0
    found = guidance.difficulty(after, before)
    assert found.shape == (1, 1, 6, 8, 10)
    assert (found[..., 2:4, 3:5] == 1.0).all()
    assert found[..., 5:, :].max() == 0.0


def test_pictures_are_spread_over_time() -> None:
    pictures = gauss(1, 3, 4, 2, 2)
    targets = guidance.spread_pictures(pictures, 9)
    assert targets.shape == (4, 9, 2, 2)
    for place, picture in ((0, 0), (4, 1), (8, 2)):
        torch.testing.assert_close(targets[:, place], pictures[picture])
    torch.testing.assert_close(targets[:, 2], (pictures[0] + pictures[1]) / 2)
    alone = guidance.spread_pictures(pictures[:1], 5)
    torch.testing.assert_close(alone, pictures[0][:, None].expand(-1, 5, -1, -1))


def test_pictures_pull_less_as_time_goes_on_and_leave_fine_detail() -> None:
    original, targets = gauss(0), gauss(1)
    moved = [
        float((guidance.pull_to_pictures(original, targets, 0.8, progress) - original).abs().mean())
        for progress in (0.0, 0.2, 0.4, 0.6, 0.9)
    ]
    assert moved == sorted(moved, reverse=True)
    assert moved[-1] == moved[-2] == 0.0
    chequered = torch.ones(1, 1, 2, 8, 8)
    chequered[..., ::2, ::2] = chequered[..., 1::2, 1::2] = -1.0
    assert guidance.coarse(chequered).abs().max() < 1e-6


def test_full_guidance_at_the_start_takes_over_coarse_structure() -> None:
    original, targets = gauss(0), gauss(1)
    pulled = guidance.pull_to_pictures(original, targets, 1.0, 0.0)
    torch.testing.assert_close(pulled - original, guidance.coarse(targets) - guidance.coarse(original))


def test_steadying_calms_what_stands_still_and_spares_what_moves() -> None:
    video = 0.05 * gauss(0, 4, 12, 8, 8)
    for frame in range(12):
        video[:, frame, 2, frame % 8] += 5.0
    calmed = guidance.smooth_static(video, 1.0)
    still = video[:, :, 5:].diff(dim=1).abs().mean()
    assert calmed[:, :, 5:].diff(dim=1).abs().mean() < 0.8 * still
    peaks = calmed[:, torch.arange(8), 2, torch.arange(8)]
    assert peaks.min() > 4.5
    assert torch.equal(guidance.smooth_static(video, 0.0), video)
    frozen = gauss(3, 4, 1, 8, 8).expand(-1, 6, -1, -1)
    torch.testing.assert_close(guidance.smooth_static(frozen, 1.0), frozen)


def test_token_weights_follow_whole_words_in_the_text() -> None:
    text = "A red bus, a busy red street"
    offsets = [(0, 0), (0, 1), (2, 5), (6, 9), (9, 10), (11, 12), (13, 17), (18, 21), (22, 28), (0, 0)]
    keywords = [Keyword(word="bus", weight=1.3), Keyword(word="Red Street", weight=1.2)]
    assert conditioning.token_weights(text, offsets, keywords) == [1, 1, 1, 1.3, 1, 1, 1, 1.2, 1.2, 1]


def test_emphasis_shifts_weight_between_tokens_and_keeps_the_whole() -> None:
    embeds = gauss(0, 1, 6, 16)
    louder = conditioning.emphasise(embeds, [1.0, 1.5, 1.0, 1.0])
    assert float(louder.square().sum()) == pytest.approx(float(embeds.square().sum()), rel=1e-5)
    ratio = louder.square().sum(-1) / embeds.square().sum(-1)
    assert ratio[0, 1] > 1.0 > ratio[0, 2]
    torch.testing.assert_close(conditioning.emphasise(embeds, [1.0] * 6), embeds)


def test_complexity_grows_with_keywords_words_and_the_sharpness_among_the_picture_features(
    prompt_asset: Make, pictures: Make
) -> None:
    none = pictures(count=0)
    simple = conditioning.complexity(prompt_asset("sea", {"sea": 1.2}), none)
    many = prompt_asset(" ".join(["word"] * 30), {f"k{i}": 1.0 for i in range(8)})
    assert 0.0 <= simple < 0.2
    assert conditioning.complexity(many, none) == pytest.approx(1.0)
    flat = pictures(count=1)
    sharp = flat.features.clone()
    sharp[:, FEATURES["sharpness"]] = 0.5
    some = prompt_asset("two boats at sea", {"boats": 1.0, "sea": 1.0})
    grown = conditioning.complexity(some, replace(flat, features=sharp)) - conditioning.complexity(some, flat)
    assert grown == pytest.approx(0.2 * 0.5)
