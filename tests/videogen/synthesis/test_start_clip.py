"""Videos that are made from a clip: how much of it stays, its own noise, and going on after a stop."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from videogen.config.config import PROJECT_ROOT, VideoGenConfig
from videogen.errors import CapacityError, InputError
from videogen.media.encoding import Encoding, write_mp4
from videogen.models.preflight import require_noise_from_outside, require_own_loop
from videogen.models.profile import load_profile
from videogen.preprocessing.start_clip import start_clip
from videogen.runtime import progress
from videogen.synthesis import LoadedModel

Make = Callable[..., Any]


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Half a second at 24 frames a second; frame n has the grey level 10·n."""
    path = tmp_path_factory.mktemp("clip") / "clip.mp4"
    frames = (np.full((64, 96, 3), 10 * number, np.uint8) for number in range(12))
    write_mp4(path, frames, Encoding((96, 64), Fraction(24), crf=1))
    return path


def test_frames_are_taken_at_the_rate_of_the_model_and_the_last_one_stays(clip: Path, model: LoadedModel) -> None:
    found = start_clip(clip, VideoGenConfig(), model.profile, 8)
    assert tuple(found.pixels.shape) == (8, 16, 24, 3)
    levels = found.pixels.float().mean(dim=(1, 2, 3)).round()
    # Eight frames a second of twenty-four: every third one.
    assert torch.allclose(levels, torch.tensor([0, 30, 60, 90, 110, 110, 110, 110.0]), atol=3)
    assert "its last frame stays" in found.warnings[-1]


def test_a_picture_is_held_for_the_whole_video(tmp_path: Path, model: LoadedModel) -> None:
    Image.new("RGB", (48, 32), (200, 40, 30)).save(tmp_path / "still.png")
    found = start_clip(tmp_path / "still.png", VideoGenConfig(), model.profile, 8)
    assert tuple(found.pixels.shape) == (8, 16, 24, 3)
    assert torch.equal(found.pixels[0], found.pixels[7])
    assert found.pixels[3, 8, 12].tolist() == [200, 40, 30]


def test_the_strength_is_the_share_of_the_steps_and_what_is_left_of_the_clip(
    synthesizer: Make, condition: Make, noise_of: Make
) -> None:
    start = 3.0 * torch.ones(4, 8, 8, 12)
    wanted, noise = condition(start_latents=start), noise_of(1)
    far = {}
    for strength, steps in ((0.2, 1), (0.6, 3), (1.0, 5)):
        made = synthesizer(synthesis__start_strength=strength).generate_latents([wanted], [noise], [0])[0]
        assert len(made.timesteps) == made.diagnostics["steps"] == steps
        far[strength] = float((made.latents - start).abs().mean())
    assert far[0.2] < far[0.6] < far[1.0]
    drawn = synthesizer().generate_latents([condition()], [noise], [0])[0]
    assert drawn.timesteps[-3:] == synthesizer().generate_latents([wanted], [noise], [0])[0].timesteps


def test_the_first_sample_is_the_clip_with_the_noise_of_its_timestep(
    synthesizer: Make, condition: Make, noise_of: Make
) -> None:
    from videogen.noise import decomposer_for
    from videogen.synthesis.denoising_loop import Guide

    made, noise, start = synthesizer(synthesis__start_strength=0.4), noise_of(2), noise_of(3)
    guide = Guide(made.config.synthesis, 3.0, 0.0, (0.0, 1.0), decomposer_for(made.config, made.profile, 8))
    run = made._run(condition(start_latents=start), noise, 0, guide)
    share = float(run.scheduler.scheduler.wrapped.alphas_cumprod[run.timesteps[3]])
    assert torch.allclose(run.latents[0], share**0.5 * start + (1 - share) ** 0.5 * noise, atol=1e-5)


def test_the_noise_worked_out_of_a_clip_leads_back_to_it(synthesizer: Make, condition: Make, noise_of: Make) -> None:
    """Without guidance the way back asks the same model the same things."""
    start = 0.5 * noise_of(4)
    told = condition("", start_latents=start)
    options = {"model__guidance_scale": 1.0, "synthesis__start_strength": 0.6}
    drawn, found = (
        synthesizer(**options, synthesis__start_inversion=inverted).generate_latents([told], [noise_of(5)], [0])[0]
        for inverted in (False, True)
    )
    assert float((found.latents - start).abs().mean()) < 0.05 * float((drawn.latents - start).abs().mean())


def test_a_video_from_a_clip_goes_on_after_a_stop_to_the_same_bits(
    synthesizer: Make, condition: Make, noise_of: Make
) -> None:
    told = condition(start_latents=noise_of(6))
    whole = synthesizer().generate_latents([told], [noise_of(7)], [0])[0]

    def stop(report: progress.Progress) -> None:
        if report.done == 2:
            raise CapacityError("stop")

    states: dict[int, Any] = {}
    with pytest.raises(CapacityError), progress.listen(stop):
        synthesizer().generate_latents([told], [noise_of(7)], [0], states=states)
    again = synthesizer().generate_latents([told], [noise_of(7)], [0], states=states)[0]
    assert torch.equal(again.latents, whole.latents)


def test_a_path_is_enough_in_python(synthesizer: Make, clip: Path) -> None:
    made = synthesizer()
    told = made.condition("a red bus", (), clip)
    assert tuple(told.start_latents.shape) == made.latent_shape(8)
    assert tuple(made.generate_latents(told)[0].latents.shape) == made.latent_shape(8)


def test_a_model_that_draws_its_own_noise_has_no_variations() -> None:
    with pytest.raises(InputError, match="helios draws its noise itself"):
        require_noise_from_outside(load_profile("helios", PROJECT_ROOT / "models"), 0)
    require_noise_from_outside(load_profile("wan21-1.3b", PROJECT_ROOT / "models"), 0)


def test_a_model_with_a_loop_of_its_own_says_that_it_cannot_start_from_a_clip() -> None:
    with pytest.raises(InputError, match=r"wan21-1\.3b cannot start from a clip.*pib-mini"):
        require_own_loop(load_profile("wan21-1.3b", PROJECT_ROOT / "models"))
