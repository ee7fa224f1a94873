"""An adapter learned from preferences: what it changes, when it stops, and that the product uses it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import torch
from safetensors.torch import save_file

from tests.tiny_models import SETTINGS, write_models
from training.learning.loop import Clock, Log
from training.preferences import Judge, Pair, learn, some_frames, train_adapter
from videogen.config.config import VideoGenConfig
from videogen.errors import InputError, ModelError
from videogen.feedback.tuning.dataset import COLUMNS, weights_trained_on, write_dataset
from videogen.models.families.animatediff import AnimateDiff
from videogen.models.family import ForwardContext
from videogen.models.loading import revision_of
from videogen.models.profile import load_profile

CPU = torch.device("cpu")
SHAPE = (4, 8, 8, 8)


@pytest.fixture(scope="module")
def models(tmp_path_factory) -> Path:
    return write_models(tmp_path_factory.mktemp("models"))


def family(models: Path, **changes: Any) -> AnimateDiff:
    return AnimateDiff.load(load_profile("tiny", models).model_copy(update=changes), CPU, torch.float32)


def taste(count: int, seed: int) -> list[Pair]:
    """People here like clips that are the same in every frame, and dislike those that flicker."""
    generator = torch.Generator().manual_seed(seed)
    found = []
    for _ in range(count):
        still = torch.randn(4, 1, 8, 8, generator=generator).expand(SHAPE)
        flickering = still * torch.tensor([1.0, -1.0]).repeat(4)[None, :, None, None]
        found.append(Pair(still, flickering, torch.randn(8, 16, 8, generator=generator)))
    return found


def drawn(seed: int = 1) -> tuple[torch.Tensor, torch.Tensor]:
    return torch.randn(SHAPE, generator=torch.Generator().manual_seed(seed)), torch.tensor([400])


def test_without_training_the_adapter_changes_nothing_and_the_reference_is_the_model_itself(models):
    (pair,) = taste(1, 3)
    noise, timestep = drawn()
    plain = family(models).predict(noise[None], timestep, pair.states[None], None, ForwardContext())
    judge = Judge(family(models), 0.7, rank=2, seed=0)
    with judge.unchanged():
        reference = judge.family.forward(noise[None], timestep, pair.states[None], None, ForwardContext())
    assert torch.equal(reference, plain)
    assert judge.gain(pair, noise, timestep)[0].item() == 0.0


def test_only_spatial_attention_learns(models):
    judge = Judge(family(models), 0.7, rank=2, seed=0)
    names = set(judge.state())
    assert names
    assert all("attn" in name and "motion_modules" not in name for name in names)


def test_winners_become_likelier_than_losers_on_pairs_that_were_not_learned_from(models, tmp_path):
    judge = Judge(family(models), 0.7, rank=4, seed=0)
    _, found = learn(
        judge, taste(8, 1), taste(4, 2), Clock(8.0), Log(tmp_path / "log.jsonl"), rate=5e-3, beta=500.0, every=5
    )
    assert found.best_step > 0
    assert found.held_out_loss < 0.69
    assert found.held_out_right > 0.5


def test_a_step_may_look_at_a_few_frames_the_same_ones_of_both_videos():
    numbers = torch.arange(8.0)
    clip = numbers[None, :, None, None].expand(4, 8, 2, 2)
    pair = some_frames(Pair(clip, -clip, numbers[:, None, None]), 3, torch.Generator().manual_seed(1))
    seen = pair.winner[0, :, 0, 0]
    assert len(set(seen.tolist())) == 3
    assert torch.equal(pair.loser[0, :, 0, 0], -seen)
    assert torch.equal(pair.states[:, 0, 0], seen)
    whole = Pair(clip, -clip, numbers[:, None, None])
    assert some_frames(whole, None, torch.Generator()) is whole


def test_it_stops_where_held_out_pairs_lose_and_returns_the_untrained_adapter(models, tmp_path):
    judge = Judge(family(models), 0.7, rank=4, seed=0)
    opposite = [Pair(pair.loser, pair.winner, pair.states) for pair in taste(4, 2)]
    weights, found = learn(
        judge, taste(8, 1), opposite, Clock(60.0), Log(tmp_path / "log.jsonl"), rate=5e-3, beta=500.0, every=5
    )
    assert (found.best_step, found.steps) == (0, 15)
    assert all(not bool(values.any()) for name, values in weights.items() if ".lora_B." in name)


@pytest.fixture
def trained(models, tmp_path) -> tuple[VideoGenConfig, Path]:
    """A dataset of the store, learned from for a moment, and the adapter file."""
    config = VideoGenConfig.load(
        None, {**SETTINGS, "paths.models": str(models), "paths.store": str(tmp_path / "store")}
    )
    latents, rows = {}, []
    for number, pair in enumerate(taste(5, 4)):
        latents |= {f"w{number}": pair.winner.half(), f"l{number}": pair.loser.half()}
        split = "held-out" if number == 4 else "train"
        rows.append((f"e{number}", "a red bus", number, f"w{number}", f"l{number}", 1.0, f"r{number}", 1.0, split))
    profile = load_profile("tiny", models)
    write_dataset(
        config, "choices", pd.DataFrame(rows, columns=list(COLUMNS)), latents,
        profile="tiny", revision=revision_of(profile), source="a test",
    )  # fmt: skip
    out = models / "adapters" / f"{tmp_path.name}.safetensors"
    train_adapter(config, "choices", out, minutes=0.05, rank=2, seed=1)
    return config, out


def test_a_dataset_becomes_an_adapter_that_is_noted_for_erasures(trained):
    config, out = trained
    assert weights_trained_on(config, ["r3"]) == [str(out)]
    assert weights_trained_on(config, ["somebody else"]) == []


def test_the_merged_adapter_predicts_what_the_trained_one_did(models, tmp_path):
    judge = Judge(family(models), 0.7, rank=2, seed=0)
    generator = torch.Generator().manual_seed(5)
    with torch.no_grad():
        for values in judge.parameters:
            values.copy_(0.1 * torch.randn(values.shape, generator=generator))
    path = models / "adapters" / "merged.safetensors"
    path.parent.mkdir(exist_ok=True)
    save_file(judge.state(), path, {"base": judge.family.revision})
    (pair,) = taste(1, 3)
    noise, timestep = drawn()
    given = (noise[None], timestep, pair.states[None], None, ForwardContext())
    profile = load_profile("tiny", models)
    named = profile.model_validate(
        profile.model_dump() | {"adapters": [{"file": "adapters/merged.safetensors"}], "models": models}
    )
    merged = AnimateDiff.load(named, CPU, torch.float32)
    torch.testing.assert_close(merged.predict(*given), judge.family.predict(*given), atol=1e-5, rtol=1e-4)
    assert not torch.allclose(merged.predict(*given), family(models).predict(*given), atol=1e-3)
    assert merged.revision != judge.family.revision
    assert merged.revision.startswith(judge.family.revision)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"base": "another"}, "was trained on revision another"),
        ({"extra": {"no.such.layer.lora_A.weight": (2, 8), "no.such.layer.lora_B.weight": (8, 2)}}, "no such layer"),
        ({"extra": {"mid_block.lora_A.weight": (2, 8)}}, "no two matching matrices"),
        ({"nan": True}, "infinite values"),
    ],
)
def test_an_adapter_that_does_not_fit_is_refused_with_what_is_wrong(models, change, said):
    judge = Judge(family(models), 0.7, rank=2, seed=0)
    weights = judge.state()
    weights |= {name: torch.zeros(shape) for name, shape in change.get("extra", {}).items()}
    if change.get("nan"):
        next(iter(weights.values())).fill_(float("nan"))
    path = models / "adapters" / "bad.safetensors"
    path.parent.mkdir(exist_ok=True)
    save_file(weights, path, {"base": change.get("base", judge.family.revision)})
    profile = load_profile("tiny", models)
    named = profile.model_validate(
        profile.model_dump() | {"adapters": [{"file": "adapters/bad.safetensors"}], "models": models}
    )
    with pytest.raises(ModelError, match=said):
        AnimateDiff.load(named, CPU, torch.float32)


def test_a_dataset_without_held_out_pairs_is_refused(models, tmp_path):
    config = VideoGenConfig.load(
        None, {**SETTINGS, "paths.models": str(models), "paths.store": str(tmp_path / "store")}
    )
    pair = taste(1, 0)[0]
    row = ("e", "a red bus", 1, "w", "l", 1.0, "r", 1.0, "train")
    write_dataset(
        config, "one", pd.DataFrame([row], columns=list(COLUMNS)), {"w": pair.winner.half(), "l": pair.loser.half()},
        profile="tiny", revision="", source="a test",
    )  # fmt: skip
    with pytest.raises(InputError, match="1 pairs to learn from and 0 to stop by"):
        train_adapter(config, "one", tmp_path / "out.safetensors", minutes=0.01, rank=2, seed=0)
