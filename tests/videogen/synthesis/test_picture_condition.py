"""Reference pictures beside the noise, for denoisers that were trained with the channels for them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from tests.tiny_models import write_denoiser
from videogen.config.config import VideoGenConfig
from videogen.domain.artifacts import ConditioningEmbeddings
from videogen.errors import ModelError
from videogen.models.family import ForwardContext
from videogen.models.picture_condition import with_condition
from videogen.synthesis import LatentSynthesizer, LoadedModel, load_model, load_profile


def test_the_first_picture_is_read_at_the_beginning_and_the_last_at_the_end() -> None:
    sample = torch.randn(1, 4, 8, 5, 6)
    pictures = torch.stack([torch.full((120,), 1.0), torch.full((120,), 2.0)])[None]
    told = with_condition(sample, pictures)
    assert told.shape == (1, 9, 8, 5, 6)
    assert (told[:, :4] == sample).all()
    assert told[0, 4, :, 0, 0].tolist() == [1.0] * 4 + [2.0] * 4
    assert (told[:, 8] == 1).all()


def test_the_unconditional_branch_and_videos_without_pictures_read_zeros() -> None:
    sample = torch.randn(2, 4, 3, 5, 6)
    pictures = torch.stack([torch.ones(1, 120), torch.zeros(1, 120)])
    told = with_condition(sample, pictures)
    assert (told[0, 8] == 1).all()
    assert (told[1, 4:] == 0).all()
    assert (with_condition(sample, None)[:, 4:] == 0).all()


@pytest.fixture(scope="module")
def conditioned(tmp_path_factory: pytest.TempPathFactory, write_profile: Callable[..., None]) -> LoadedModel:
    root = tmp_path_factory.mktemp("conditioned")
    write_denoiser(root / "tiny", in_channels=9)
    write_profile(root, "tiny")
    return load_model(load_profile("tiny", root), torch.device("cpu"), torch.float32)


def made(model: LoadedModel, noise: torch.Tensor, pixels: torch.Tensor | None, **settings: object) -> torch.Tensor:
    family = model.family
    latents = None if pixels is None else family.encode_frames(pixels)
    embeds = None if pixels is None else family.encode_images(pixels)
    texts = family.encode_text(["a bus"]), family.encode_text([""])
    told = ConditioningEmbeddings(*texts, latents, embeds, "tiny", model.revision, 1.0)
    options = {"model.num_frames": 8, "synthesis.adaptive_steps": False, **settings}
    maker = LatentSynthesizer(VideoGenConfig.load(None, options), model)
    return maker.generate_latents([told], [noise], [3])[0].latents


def test_a_picture_changes_the_video_and_another_picture_changes_it_otherwise(
    conditioned: LoadedModel, noise_of: Callable[..., torch.Tensor]
) -> None:
    generator = torch.manual_seed(0)
    one, other = (torch.randint(0, 255, (1, 16, 24, 3), generator=generator, dtype=torch.uint8) for _ in range(2))
    plain = made(conditioned, noise_of(0), None)
    first, second = made(conditioned, noise_of(0), one), made(conditioned, noise_of(0), other)
    assert not torch.allclose(first, plain)
    assert not torch.allclose(first, second)
    torch.testing.assert_close(made(conditioned, noise_of(0), one, **{"synthesis.image_guidance": 0.0}), plain)


def test_it_is_asked_as_diffusers_would_be(conditioned: LoadedModel) -> None:
    from diffusers import UNetMotionModel

    reference = UNetMotionModel.from_pretrained(conditioned.profile.folder / "unet").eval()  # type: ignore[operator]
    sample, times, states = torch.randn(1, 4, 8, 8, 12), torch.tensor([500]), torch.randn(1, 1, 16, 8)
    picture = conditioned.family.encode_images(torch.full((1, 16, 24, 3), 90, dtype=torch.uint8))
    assert picture is not None
    found = conditioned.family.predict(sample, times, states, picture[None], ForwardContext(length=8))
    with torch.no_grad():
        told = states[:, 0].expand(8, -1, -1)
        wanted = reference(with_condition(sample, picture[None]), times, encoder_hidden_states=told).sample
    torch.testing.assert_close(found, wanted, atol=1e-5, rtol=1e-4)


def test_a_denoiser_of_any_other_width_is_refused(tmp_path: Path, write_profile: Callable[..., None]) -> None:
    write_denoiser(tmp_path / "tiny", in_channels=8)
    write_profile(tmp_path, "tiny")
    with pytest.raises(ModelError, match="latent_channels is 4, but the weights have 8"):
        load_model(load_profile("tiny", tmp_path), torch.device("cpu"), torch.float32)
