"""The stages of pib-mini 2: what they weigh, what examples are told, and how they go on from a small checkpoint."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from training.learning.loop import save_checkpoint
from training.wide import latents, motion, pictures, vae
from training.wide.latents import CAPTIONS_A_CLIP, CLIPS_A_SHARD, SHAPE, Choice, Pool
from training.wide.world.captions import fragment
from training.wide.world.plans import true_plan
from training.wide.world.registry import sample_scene
from videogen.models.motion_planner import TOKENS


def test_thin_things_weigh_three_times_as_much_as_plains() -> None:
    image = torch.full((1, 3, 20, 30), -1.0)
    image[..., 15] = 1.0
    weight = vae.edge_weight(image)
    assert weight.shape == (1, 1, 20, 30)
    assert (weight[..., 14:17] == 3.0).all(), "the pole and its neighbours"
    assert (weight[..., :12] == 1.0).all()


def test_the_edge_error_sees_a_pole_that_is_missing() -> None:
    image = torch.full((1, 3, 20, 30), -1.0)
    image[..., 15] = 1.0
    assert vae.edge_error(image, image) == 0.0
    assert vae.edge_error(torch.full_like(image, -1.0), image) > 50.0


def test_more_time_continues_the_plateau_that_was_there() -> None:
    assert vae.rate(0.0) < 0.05
    assert vae.rate(0.3) == vae.rate(0.69) == 1.0
    assert vae.rate(0.85) == pytest.approx(0.5)
    assert vae.rate(1.0) == pytest.approx(0.01)


def test_a_stage_goes_on_from_the_copy_that_the_repository_keeps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vae, "CHECKPOINT", tmp_path / "vae.pt")
    monkeypatch.setattr(vae, "KEPT", tmp_path / "kept" / "vae.safetensors")
    with pytest.raises(FileNotFoundError, match="nothing is trained"):
        vae.keep()
    torch.manual_seed(1)
    model = vae.build()
    average = {"values": {"quant_conv.bias": torch.full((24,), 0.5)}}
    state = {"model": model.state_dict(), "optimizer": {}, "average": average, "step": 7, "spent": 12.34}
    save_checkpoint(vae.CHECKPOINT, state)
    vae.keep()
    assert vae.KEPT.stat().st_size < 8_000_000
    vae.CHECKPOINT.unlink()
    other, progress = vae.begin()
    assert progress == {"step": 7, "spent": 12.3}, "a new optimiser, the old place in the schedule"
    assert (other.quant_conv.bias == 0.5).all(), "averaged weights are what is kept"
    before, after = model.state_dict()["decoder.conv_in.weight"], other.state_dict()["decoder.conv_in.weight"]
    torch.testing.assert_close(after, before, atol=1e-3, rtol=1e-3)


@pytest.fixture
def pool(tmp_path: Path) -> Pool:
    """One shard in which every number tells its clip and frame."""
    rng = np.random.default_rng(0)
    clips = torch.arange(CLIPS_A_SHARD, dtype=torch.float16)[:, None].expand(-1, 16)
    frames = torch.arange(16, dtype=torch.float16)[None].expand(CLIPS_A_SHARD, -1)
    values = torch.zeros((CLIPS_A_SHARD, 16, *SHAPE), dtype=torch.float16)
    values[:, :, 0] = clips[..., None, None]
    values[:, :, 1] = frames[..., None, None]
    text = torch.zeros((CLIPS_A_SHARD, CAPTIONS_A_CLIP + 1, latents.MAX_TOKENS, 384), dtype=torch.float16)
    text[:, -1] = 1.0
    plans = torch.stack([true_plan(sample_scene(rng)) for _ in range(CLIPS_A_SHARD)])
    save_checkpoint(tmp_path / "0000.pt", {"latents": values, "text": text, "plans": plans})
    found = Pool(tmp_path)
    assert found.refresh() == CLIPS_A_SHARD
    assert found.refresh() == CLIPS_A_SHARD, "no shard is taken up twice"
    return found


def test_a_condition_is_another_frame_of_the_same_clip_or_nothing(pool: Pool) -> None:
    pictures, _, conditions = pool.pictures(np.random.default_rng(0), 200, Choice(picture=0.5))
    given = conditions[:, -1, 0, 0] == 1
    assert 70 < int(given.sum()) < 130
    assert (conditions[~given] == 0).all()
    assert (conditions[given][:, 0] == pictures[given][:, 0]).all(), "the same clip"
    assert (conditions[given][:, 1, 0, 0] != pictures[given][:, 1, 0, 0]).float().mean() > 0.8, "mostly another frame"


def test_fragments_come_without_a_plan_because_a_negative_prompt_has_none(pool: Pool) -> None:
    _, states, _ = pool.pictures(np.random.default_rng(0), 300, Choice(fragment=0.5, no_plan=0.0))
    fragments = states[:, 0, 0] == 1
    planned = states[:, -TOKENS:].abs().sum(dim=(1, 2)) > 0
    assert 100 < int(fragments.sum()) < 200
    assert (planned == ~fragments).all()


def test_a_clip_has_one_condition_for_all_its_frames_and_a_plan_for_each(pool: Pool) -> None:
    clips, states, conditions = pool.clips(np.random.default_rng(0), 40, Choice(fragment=0.0, no_plan=0.0, picture=1.0))
    assert clips.shape == (40, 16, *SHAPE)
    assert states.shape == (40, 16, latents.MAX_TOKENS + TOKENS, 384)
    assert (conditions == conditions[:, :1]).all()
    assert (conditions[:, 0, 0] == clips[:, 0, 0]).all(), "a frame of its own clip"
    assert (states[:, 0, -TOKENS:] != states[:, 15, -TOKENS:]).any(dim=(1, 2)).all(), "time goes on"


def test_motion_modules_begin_by_changing_nothing_and_only_cheap_ones_learn() -> None:
    model, plain = motion.build(), pictures.build().eval()
    plain.load_state_dict({name: value for name, value in model.state_dict().items() if ".motion_modules." not in name})
    sample, states = torch.randn(1, 25, 4, 14, 24), torch.randn(4, 32, 384)
    cheap, every = motion.trained_names(model, full=False), motion.trained_names(model, full=True)
    assert cheap < every
    assert not any(name.startswith(("down_blocks.0.", "up_blocks.2.")) for name in cheap)
    motion.leave_out(model, cheap)
    assert cheap <= {name for name, _ in model.named_parameters()}
    assert not (every - cheap) & {name for name, _ in model.named_parameters()}
    with torch.no_grad():
        whole = model.eval()(sample, torch.tensor([500]), encoder_hidden_states=states).sample
        alone = plain(sample[0].transpose(0, 1), torch.tensor(500), encoder_hidden_states=states).sample
    torch.testing.assert_close(whole[0].transpose(0, 1), alone, atol=1e-4, rtol=1e-3)


def test_a_picture_is_drawn_with_its_condition_beside_the_noise() -> None:
    asked = []

    def model(latents: torch.Tensor, timestep: torch.Tensor, encoder_hidden_states: torch.Tensor) -> None:
        asked.append(latents)

    condition = torch.arange(2.0).view(2, 1, 1, 1).expand(2, 13, *SHAPE[1:])
    pictures.WithCondition(model, condition)(torch.zeros(4, *SHAPE), torch.tensor(1), torch.zeros(4, 32, 384))
    assert asked[0].shape == (4, 25, *SHAPE[1:])
    assert asked[0][:, -1, 0, 0].tolist() == [0.0, 1.0, 0.0, 1.0], "guidance asks twice, with the same conditions"


@pytest.mark.parametrize("seed", range(20))
def test_a_fragment_is_short_and_says_one_thing(seed: int) -> None:
    rng = np.random.default_rng(seed)
    assert 1 <= len(fragment(sample_scene(rng), rng).split()) <= 6
