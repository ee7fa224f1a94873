"""Variations of a video's noise: what stays, how far the rest is turned, one after the other."""

from __future__ import annotations

import pytest
import torch

from videogen.config.groups.all import NoiseSettings, NoiseVariation
from videogen.errors import ConfigError
from videogen.noise import NoiseDecomposer

SHAPE = (12, 16, 10, 16)


def noise(*variations: NoiseVariation, prior: str = "mixed", seed: int = 1, **settings: float) -> torch.Tensor:
    decomposer = NoiseDecomposer(NoiseSettings(prior=prior, variations=variations, **settings))
    return decomposer.recombine(*decomposer.sample(SHAPE, seed))


def turned(of: str, strength: float = 0.5, seed: int = 9) -> NoiseVariation:
    return NoiseVariation(seed=seed, strength=strength, of=of)


def likeness(one: torch.Tensor, other: torch.Tensor) -> float:
    return float(torch.nn.functional.cosine_similarity(one.flatten(), other.flatten(), dim=0))


def moving(found: torch.Tensor) -> torch.Tensor:
    return found - found.mean(dim=1, keepdim=True)


@pytest.mark.parametrize("prior", ["mixed", "free_noise", "free_init"])
def test_a_variation_of_the_motion_keeps_what_frames_share_and_one_of_the_content_what_they_do_not(prior: str) -> None:
    plain, motion, content = (
        noise(prior=prior),
        noise(turned("motion"), prior=prior),
        noise(turned("content"), prior=prior),
    )
    assert likeness(motion.mean(dim=1), plain.mean(dim=1)) > 0.999
    assert likeness(moving(motion), moving(plain)) == pytest.approx(0.7, abs=0.06)
    assert likeness(moving(content), moving(plain)) > 0.999
    assert likeness(content.mean(dim=1), plain.mean(dim=1)) == pytest.approx(0.7, abs=0.06)
    assert float(motion.std()) == pytest.approx(1.0, abs=0.02)


def test_the_whole_strength_leads_to_the_other_seed_and_none_stays() -> None:
    assert torch.allclose(noise(turned("both", 1.0)), noise(seed=9), atol=1e-4)
    assert torch.allclose(noise(turned("both", 0.0)), noise(), atol=1e-4)


def test_a_variation_of_a_variation_starts_from_it() -> None:
    first = noise(turned("motion", 0.3))
    second = noise(turned("motion", 0.3), turned("motion", 0.3, seed=5))
    assert likeness(second, first) > likeness(second, noise()) > likeness(second, noise(seed=2))


def test_noise_without_motion_has_no_variation_of_it() -> None:
    with pytest.raises(ConfigError, match="motion_scale 0 contains no motion"):
        noise(turned("motion"), motion_scale=0.0)
