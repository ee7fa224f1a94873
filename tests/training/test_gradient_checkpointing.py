"""Gradient checkpointing of the U-Nets that are trained: the same gradients, from less memory."""

from __future__ import annotations

import pytest
import torch
from diffusers import MotionAdapter, UNet2DConditionModel, UNetMotionModel
from torch import Tensor, nn

from training.learning.memory import checkpointed, kept_bytes


def picture_model() -> UNet2DConditionModel:
    torch.manual_seed(0)
    return UNet2DConditionModel(
        in_channels=4, out_channels=4, block_out_channels=(16, 32), layers_per_block=1, cross_attention_dim=8,
        down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"), up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"),
        norm_num_groups=8, attention_head_dim=8,
    )  # fmt: skip


def motion_model() -> UNetMotionModel:
    torch.manual_seed(1)
    adapter = MotionAdapter(
        block_out_channels=(16, 32), motion_layers_per_block=1, motion_norm_num_groups=8, motion_num_attention_heads=2
    )
    return UNetMotionModel.from_unet2d(picture_model(), adapter)


@pytest.mark.parametrize(("build", "shape"), [(picture_model, (2, 4, 16, 16)), (motion_model, (1, 4, 4, 16, 16))])
def test_the_gradients_are_the_same_and_less_is_kept(build, shape) -> None:
    generator = torch.Generator().manual_seed(1)
    sample = torch.randn(shape, generator=generator)
    text = torch.randn((shape[0] * (shape[2] if len(shape) == 5 else 1), 3, 8), generator=generator)

    def passed(model: nn.Module) -> Tensor:
        return model(sample, torch.tensor([500] * shape[0]), encoder_hidden_states=text).sample.square().mean()

    plain, thrifty = checkpointed(build(), wanted=False), checkpointed(build(), wanted=True)
    for model in (plain, thrifty):
        passed(model.train()).backward()
    gradients = [{name: value.grad for name, value in model.named_parameters()} for model in (plain, thrifty)]
    assert gradients[0].keys() == gradients[1].keys()
    for name, gradient in gradients[0].items():
        assert (gradient is None) == (gradients[1][name] is None)
        if gradient is not None:
            assert torch.allclose(gradient, gradients[1][name], rtol=1e-4, atol=1e-7), name
    assert kept_bytes(lambda: passed(thrifty)) < 0.7 * kept_bytes(lambda: passed(plain))
