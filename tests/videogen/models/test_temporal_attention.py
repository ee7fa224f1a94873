"""Attention between frames: the same as diffusers' own, whole or in chunks; windows only for longer videos."""

from __future__ import annotations

import copy

import pytest
import torch
from diffusers.models.unets.unet_motion_model import AnimateDiffTransformer3D
from torch import nn

from tests.tiny_models import tiny_unet
from videogen.models.family import ForwardContext
from videogen.models.temporal_attention import (
    TemporalAttention,
    TemporalState,
    install,
    pyramid,
    skip_idle,
    window_starts,
)


class Part(nn.Module):
    """As much of a motion U-Net as `install` looks at."""

    def __init__(self, positions: int = 8) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.motion_modules = nn.ModuleList(
            [
                AnimateDiffTransformer3D(
                    num_attention_heads=2,
                    attention_head_dim=4,
                    in_channels=8,
                    norm_num_groups=2,
                    positional_embeddings="sinusoidal",
                    num_positional_embeddings=positions,
                )
            ]
        )

    def forward(self, states: torch.Tensor, frames: int) -> torch.Tensor:
        return self.motion_modules[0](states, num_frames=frames)


def states(frames: int, videos: int = 2, seed: int = 1) -> torch.Tensor:
    return torch.randn((videos * frames, 8, 3, 4), generator=torch.Generator().manual_seed(seed))


def installed(positions: int = 8) -> tuple[Part, Part, TemporalState]:
    theirs = Part(positions).eval()
    ours = copy.deepcopy(theirs)
    return theirs, ours, install(ours)


@pytest.mark.parametrize("frames", [1, 5, 8])
@torch.no_grad()
def test_without_a_window_it_is_the_attention_of_diffusers(frames: int) -> None:
    theirs, ours, _ = installed()
    torch.testing.assert_close(ours(states(frames), frames), theirs(states(frames), frames), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("chunk", [1, 5, 23, 24, 1000])
@torch.no_grad()
def test_chunks_change_nothing(chunk: int) -> None:
    _, ours, state = installed()
    whole = ours(states(8), 8)
    state.context = ForwardContext(chunk=chunk)
    torch.testing.assert_close(ours(states(8), 8), whole, rtol=1e-6, atol=1e-6)


@torch.no_grad()
def test_little_free_memory_makes_small_chunks() -> None:
    attention, _ = lone_attention()
    attention._state.context = ForwardContext(free_bytes=2 * 6 * 8 * 8 * 4 * 3)
    assert attention._fitting(torch.zeros(100, 8, 8)) == 3


@torch.no_grad()
def test_parameters_keep_their_names() -> None:
    theirs, ours, _ = installed()
    kept = {name for name in theirs.state_dict() if not name.endswith("pos_embed.pe")}
    assert kept == {name for name in ours.state_dict() if not name.endswith("positions.pe")}


def lone_attention(length: int | None = None, stride: int = 4) -> tuple[TemporalAttention, TemporalState]:
    _, ours, state = installed()
    state.context = ForwardContext(length=length, stride=stride)
    return ours.motion_modules[0].transformer_blocks[0].attn1, state


@torch.no_grad()
def test_windows_start_their_positions_anew() -> None:
    attention, _ = lone_attention(length=4, stride=4)
    video = torch.randn(6, 12, 8)
    output = attention(video)
    for start in (0, 4, 8):
        torch.testing.assert_close(output[:, start : start + 4], attention(video[:, start : start + 4]))


@torch.no_grad()
def test_overlapping_windows_are_blended_by_their_weights() -> None:
    attention, _ = lone_attention(length=4, stride=2)
    video = torch.randn(6, 6, 8)
    first, second = attention(video[:, :4]), attention(video[:, 2:])
    # Frame 2 has weight 2 in the window 0…3 and weight 1 in the window 2…5.
    torch.testing.assert_close(attention(video)[:, 2], (2 * first[:, 2] + second[:, 0]) / 3)


@torch.no_grad()
def test_frames_beyond_the_last_position_are_windowed_without_being_asked() -> None:
    _, ours, _ = installed(positions=8)
    assert ours(states(20), 20).isfinite().all()


@torch.no_grad()
def test_frames_of_one_window_do_not_see_those_of_another() -> None:
    attention, _ = lone_attention(length=4, stride=2)
    video = torch.randn(3, 12, 8)
    changed = video.clone()
    changed[:, -1] += 1.0
    moved = (attention(changed) - attention(video)).abs().amax(dim=(0, 2))
    assert (moved[:8] == 0.0).all()
    assert (moved[8:] > 0.0).all()


@pytest.mark.parametrize(
    ("frames", "length", "stride"), [(16, 16, 4), (17, 16, 4), (40, 16, 4), (25, 8, 8), (30, 8, 50)]
)
def test_windows_cover_every_frame_and_end_with_the_last(frames: int, length: int, stride: int) -> None:
    starts = window_starts(frames, length, stride)
    covered = {start + i for start in starts for i in range(length)}
    assert covered == set(range(frames))
    assert starts[-1] + length == frames


def test_window_weights_are_those_of_freenoise() -> None:
    from diffusers.models.attention import FreeNoiseTransformerBlock

    for length in (4, 5, 16):
        theirs = FreeNoiseTransformerBlock._get_frame_weights(None, length, "pyramid")
        assert pyramid(length).tolist()[: length // 2] == theirs[: length // 2]
    assert pyramid(4).tolist() == [1, 2, 2, 1]


@torch.no_grad()
def test_attention_scores_are_those_of_diffusers() -> None:
    from diffusers.models.attention_processor import Attention

    attention, _ = lone_attention()
    query, key = torch.randn(2, 6, 5, 4).unbind()
    theirs = Attention(query_dim=8, heads=2, dim_head=4).get_attention_scores(query, key)
    torch.testing.assert_close(attention.get_attention_scores(query, key), theirs)


@torch.no_grad()
def test_it_can_attend_to_other_states() -> None:
    theirs = Part().motion_modules[0].transformer_blocks[0].attn2
    ours = TemporalAttention(theirs, None, TemporalState())
    frames, other = torch.randn(6, 5, 8), torch.randn(6, 9, 8)
    torch.testing.assert_close(ours(frames, other), theirs(frames, other))


@torch.no_grad()
def test_recorded_attention_is_one_distribution_per_frame_and_video() -> None:
    _, ours, state = installed()
    state.batch, maps = 2, []
    state.context = ForwardContext(maps=maps)
    ours(states(8), 8)
    assert [tuple(recorded.shape) for recorded in maps] == [(2, 8, 8)] * 2
    torch.testing.assert_close(maps[0].sum(dim=-1), torch.ones(2, 8))


@torch.inference_mode()
def test_motion_modules_that_add_nothing_are_skipped_to_the_same_bits() -> None:
    unet = tiny_unet().eval()
    modules = [part for name, part in unet.named_modules() if name.endswith("motion_modules")]
    for transformer in (transformer for part in modules for transformer in part):
        torch.nn.init.zeros_(transformer.proj_out.weight)
        torch.nn.init.zeros_(transformer.proj_out.bias)
    inputs = torch.randn(2, 4, 3, 8, 8), torch.tensor([500, 500]), torch.randn(6, 5, 8)
    before = unet(*inputs).sample
    assert skip_idle(unet) == sum(map(len, modules)) > 0
    install(unet)
    assert torch.equal(unet(*inputs).sample, before)


@torch.inference_mode()
def test_motion_modules_that_add_something_stay() -> None:
    unet = tiny_unet().eval()
    inputs = torch.randn(1, 4, 3, 8, 8), torch.tensor(500), torch.randn(3, 5, 8)
    before = unet(*inputs).sample
    assert skip_idle(unet) == 0
    assert torch.equal(unet(*inputs).sample, before)
