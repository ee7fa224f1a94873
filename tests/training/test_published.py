"""Training can go on from what is published."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from training import latents, motion, pictures, published, upscaler, vae
from training.learning.loop import load_checkpoint


@pytest.mark.parametrize(
    ("build", "part"),
    [(vae.build, "vae"), (pictures.build, "unet"), (motion.build, "unet")],
    ids=["vae", "pictures", "motion"],
)
def test_every_stage_can_begin_from_the_published_weights(build, part) -> None:  # type: ignore[no-untyped-def]
    model = build()
    published.begin_from(model, part)
    stored = published.weights(part)
    for name, value in model.state_dict().items():
        assert torch.equal(value, stored[name]), name


def test_latents_are_made_with_the_published_autoencoder_only_when_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(latents, "FOLDED", tmp_path / "vae_folded.pt")
    monkeypatch.setattr(vae, "CHECKPOINT", tmp_path / "vae.pt")
    with pytest.raises(FileNotFoundError, match="train the autoencoder first"):
        latents.fold_checkpoint()
    model = latents.fold_checkpoint(published=True)
    assert torch.equal(model.quant_conv.weight, published.weights("vae")["quant_conv.weight"])
    assert load_checkpoint(tmp_path / "vae_folded.pt") is not None


def test_the_upscaler_networks_take_the_published_weights() -> None:
    for factor, settings in upscaler.SETTINGS.items():
        network = upscaler.Compact(**settings)
        network.load_state_dict(load_file(upscaler.FOLDER / f"x{factor}.safetensors"))


def test_missing_weights_name_the_folder_and_the_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(published, "FOLDER", tmp_path)
    with pytest.raises(FileNotFoundError, match="without --published"):
        published.weights("unet")
