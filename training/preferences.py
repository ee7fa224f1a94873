"""Learn from preferences between videos: an adapter of the denoiser that people's choices point to.

Diffusion-DPO (Wallace et al., arXiv 2311.12908) with low-rank adapters (arXiv 2106.09685) on the spatial attention of the
denoiser, in the model's own prediction. Both videos of a pair get the same noise, timestep, text and plan. A small share of
the usual loss on winners keeps them likely. Training stops where held-out pairs no longer gain.

    python -m training.preferences DATASET --minutes 20 --out models/adapters/choices.safetensors

DATASET: an id that `videogen feedback dataset` has printed. The result is a file of about a megabyte; name it in a copy of the
profile (`adapters: [{file: adapters/choices.safetensors}]`), and compare the two profiles in an experiment before anybody uses it.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from torch import Tensor

from training.learning.loop import Clock, Log, learning_rate, set_learning_rate
from videogen.config.config import VideoGenConfig
from videogen.errors import InputError, ModelError
from videogen.feedback.tuning.dataset import note_weights, read_dataset
from videogen.models.adapters import BASE, DOWN, UP
from videogen.models.families.animatediff import AnimateDiff
from videogen.models.family import ForwardContext
from videogen.models.profile import ModelProfile, load_profile

if TYPE_CHECKING:
    import pandas as pd

SPATIAL = re.compile(r"(?!.*motion_modules).*\.attn[12]\.(to_q|to_k|to_v|to_out\.0)")
"""Layers that are changed. The temporal ones are left alone: people judge what they see in a clip, mostly in its frames."""
BETA = 2000.0
"""Of the paper, for errors that are means over elements."""
_PATIENCE = 3
_HELD_OUT_DRAWS = 4


@dataclass(frozen=True)
class Pair:
    """Two videos of one prompt. winner, loser: C×T×h×w; states: T×L×D, what the denoiser is told about each frame."""

    winner: Tensor
    loser: Tensor
    states: Tensor


@dataclass(frozen=True)
class Learned:
    """What came out. held_out_right: share of held-out pairs whose winner the adapter favours; of none, it is 0."""

    steps: int
    best_step: int
    held_out_loss: float
    held_out_right: float


class Judge:
    """Errors of the denoiser on noised latents, with the adapter or without it.

    Args:
        family: the loaded model; its attention layers get the adapter.
        share: of the noise's variance that all frames have in common, as the model was trained.
        rank: of the matrices.
        seed: of their beginning; B begins as zeros, so the model is unchanged at first.
    """

    def __init__(self, family: AnimateDiff, share: float, rank: int, seed: int) -> None:
        from peft import LoraConfig

        torch.manual_seed(seed)
        self.family, self.share, self.scheduler = family, share, family.scheduler()
        layers = [name for name, _ in family.unet.named_modules() if SPATIAL.fullmatch(name)]
        if not layers:
            raise ModelError(f"the denoiser of profile {family.profile.name!r} has no spatial attention to adapt")
        family.unet.add_adapter(LoraConfig(r=rank, lora_alpha=rank, target_modules=layers))
        self.parameters = [one for one in family.unet.parameters() if one.requires_grad]

    def errors(self, latents: Tensor, noise: Tensor, timesteps: Tensor, states: Tensor) -> Tensor:
        """Mean squared error of each prediction. latents, noise: B×C×T×h×w; states: B×T×L×D. Returns B."""
        frames_first = (latents.transpose(1, 2), noise.transpose(1, 2), timesteps)
        noisy = self.scheduler.add_noise(*frames_first).transpose(1, 2)
        kind = self.scheduler.config.prediction_type
        target = noise if kind == "epsilon" else self.scheduler.get_velocity(*frames_first).transpose(1, 2)
        said = self.family.forward(noisy, timesteps, states, None, ForwardContext())
        return F.mse_loss(said, target, reduction="none").flatten(1).mean(1)

    @contextmanager
    def unchanged(self) -> Iterator[None]:
        """The reference: the same model without the adapter, and without gradients."""
        self.family.unet.disable_adapters()
        try:
            with torch.no_grad():
                yield
        finally:
            self.family.unet.enable_adapters()

    def gain(self, pair: Pair, noise: Tensor, timestep: Tensor) -> tuple[Tensor, Tensor]:
        """How much more the adapter favours the winner than the reference does, and the winner's error.

        The first is ``(e_w − e_w,ref) − (e_l − e_l,ref)``, negative where it does, as in equation 14 of the paper.
        """
        both = torch.stack([pair.winner, pair.loser])
        given = (both, noise.expand_as(both), timestep.expand(2), pair.states.expand(2, *pair.states.shape))
        with self.unchanged():
            reference = self.errors(*given)
        error = self.errors(*given)
        change = error - reference
        return change[0] - change[1], error[0]

    def state(self) -> dict[str, Tensor]:
        """The adapter as `videogen.models.adapters` reads it."""
        found = {}
        for name, values in self.family.unet.named_parameters():
            if values.requires_grad:
                plain = name.replace(".default", "")
                assert plain.endswith((DOWN, UP)), name
                found[plain] = values.detach().clone().contiguous()
        return found


def learn(
    judge: Judge,
    train: list[Pair],
    held_out: list[Pair],
    clock: Clock,
    log: Log,
    *,
    rate: float = 2e-4,
    beta: float = BETA,
    keep: float = 0.1,
    at_once: int = 2,
    every: int = 20,
    frames: int | None = None,
    seed: int = 0,
) -> tuple[dict[str, Tensor], Learned]:
    """Train until the time is over or held-out pairs have not gained for a while; returns the best adapter.

    Args:
        rate: highest learning rate. beta: how strictly the adapter stays near the model. keep: share of the usual loss
            on winners. at_once: pairs a step. every: steps between two looks at held-out pairs.
        frames: how many frames of each clip are looked at, drawn at random; None: all. Only where frames do not read
            each other (`AnimateDiff` without motion modules at work) is the result the same, at a fraction of the time.
        judge: the model with its adapter.
        train: what is learned from.
        held_out: what decides when to stop; never learned from.
        clock: says when the time is over.
        log: takes a line every few steps.
        seed: of the order, the noise and the timesteps.
    """
    optimizer = torch.optim.AdamW(judge.parameters, weight_decay=0.01)
    generator = torch.Generator().manual_seed(seed)
    held_out = [some_frames(pair, frames, torch.Generator().manual_seed(n)) for n, pair in enumerate(held_out)]
    fixed = [_draw(judge, pair, torch.Generator().manual_seed(n)) for pair in held_out for n in range(_HELD_OUT_DRAWS)]
    best, best_state, step, waited = _held_out(judge, held_out, fixed, beta), judge.state(), 0, 0
    found = Learned(0, 0, *best)
    while not clock.over and waited < _PATIENCE:
        set_learning_rate(optimizer, learning_rate(rate, clock.progress))
        optimizer.zero_grad()
        for number in torch.randint(len(train), (at_once,), generator=generator).tolist():
            pair = some_frames(train[number], frames, generator)
            gain, error = judge.gain(pair, *_draw(judge, pair, generator))
            loss = -F.logsigmoid(-0.5 * beta * gain) + keep * error
            (loss / at_once).backward()
        torch.nn.utils.clip_grad_norm_(judge.parameters, 1.0)
        optimizer.step()
        step += 1
        if step % every == 0:
            measured = _held_out(judge, held_out, fixed, beta)
            log.write(step=step, held_out_loss=measured[0], held_out_right=measured[1], seconds=clock.spent)
            waited += 1
            if measured[0] < best[0]:
                best, best_state, waited = measured, judge.state(), 0
                found = Learned(step, step, *best)
    return best_state, Learned(step, found.best_step, *best)


def some_frames(pair: Pair, count: int | None, generator: torch.Generator) -> Pair:
    """The same `count` frames of both videos and of what the denoiser is told; None: all of them."""
    total = pair.winner.shape[1]
    if count is None or count >= total:
        return pair
    chosen = torch.randperm(total, generator=generator)[:count].sort().values
    return Pair(pair.winner[:, chosen], pair.loser[:, chosen], pair.states[chosen])


def _draw(judge: Judge, pair: Pair, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Noise of one pair, C×T×h×w, with the judge's share of common noise, and a timestep."""
    channels, frames, *size = pair.winner.shape
    common = torch.randn(channels, 1, *size, generator=generator)
    own = torch.randn(channels, frames, *size, generator=generator)
    last = int(judge.scheduler.config.num_train_timesteps)
    return judge.share**0.5 * common + (1 - judge.share) ** 0.5 * own, torch.randint(last, (1,), generator=generator)


@torch.no_grad()
def _held_out(judge: Judge, pairs: list[Pair], fixed: list[tuple[Tensor, Tensor]], beta: float) -> tuple[float, float]:
    """Mean loss, and share of pairs (with their draws averaged) whose winner gains more than the loser."""
    gains = torch.stack([judge.gain(pairs[n // _HELD_OUT_DRAWS], *drawn)[0] for n, drawn in enumerate(fixed)])
    right = (gains.reshape(len(pairs), _HELD_OUT_DRAWS).mean(1) < 0).float().mean()
    return float(-F.logsigmoid(-0.5 * beta * gains).mean()), float(right)


def pairs_of(rows: pd.DataFrame, latents: Mapping[str, Tensor], states: Mapping[tuple[str, int], Tensor]) -> list[Pair]:
    """Rows of a dataset with their latents and text; each as often as its weight says, at least once."""
    found = []
    for row in rows.to_dict("records"):
        pair = Pair(
            latents[str(row["winner"])].float(),
            latents[str(row["loser"])].float(),
            states[str(row["prompt"]), int(row["seed"])],
        )
        found += [pair] * max(1, round(float(row["weight"])))
    return found


def texts(family: AnimateDiff, config: VideoGenConfig, rows: pd.DataFrame) -> dict[tuple[str, int], Tensor]:
    """What the model was told of each prompt and seed, T×L×D: read, completed and planned as for a video."""
    from videogen.preprocessing import InputValidator, TextPreprocessor

    validator = InputValidator(config.processing, config.path(config.preprocessing.policy_file))
    found = {}
    for prompt, seed in {(str(row["prompt"]), int(row["seed"])) for row in rows.to_dict("records")}:
        reader = TextPreprocessor(
            config.preprocessing, config.processing, family.tokenizer(family.profile),
            choices=family.profile.open_choices, seed=seed,
        )  # fmt: skip
        text = validator.validate_prompt(prompt)
        said = reader.process(text, config.model.negative_prompt, validator.check_policy_compliance(text))
        states = family.encode_text([said.enhanced])
        frames = family.profile.num_frames
        told, _ = family.text_for_frames(states, family.encode_text([""]), frames, seed)
        found[prompt, seed] = told.expand(frames, -1, -1).float()
    return found


def train_adapter(
    config: VideoGenConfig, dataset: str, out: Path, minutes: float, rank: int, seed: int, **options: Any
) -> Learned:
    """The whole way: dataset → pairs → adapter file, whose name is noted at the dataset for erasures.

    Raises:
        InputError: the dataset does not exist, was made with another profile, or holds out no pairs.
        ModelError: the profile is not of the family animatediff, or its weights are others than the dataset's.
    """
    manifest, rows, latents = read_dataset(config, dataset)
    profile = load_profile(manifest.profile, config.path(config.paths.models))
    family = _family(profile)
    held_out, train = rows[rows["split"] == "held-out"], rows[rows["split"] == "train"]
    if held_out.empty or train.empty:
        raise InputError(
            f"the dataset {dataset} has {len(train)} pairs to learn from and {len(held_out)} to stop by: both are needed",
            remedy="collect preferences on more different prompts, and make the dataset again",
        )
    states = texts(family, config, rows)
    share = config.model.base_noise_lambda if profile.noise_prior == "mixed" else 0.0
    judge = Judge(family, share, rank, seed)
    log = Log(out.with_suffix(".jsonl"))
    weights, learned = learn(
        judge,
        pairs_of(train, latents, states),
        pairs_of(held_out, latents, states),
        Clock(minutes * 60),
        log,
        seed=seed,
        **options,
    )
    out.parent.mkdir(parents=True, exist_ok=True)
    save_file(weights, out, {BASE: family.revision, "dataset": f"{manifest.id} version {manifest.version}"})
    note_weights(config, dataset, str(out), _sha256(out))
    return learned


def _family(profile: ModelProfile) -> AnimateDiff:
    if profile.family != "animatediff" or profile.adapters:
        raise ModelError(
            f"preferences are learned on profiles of the family animatediff without adapters, {profile.name!r} is another",
            remedy="make the dataset with such a profile",
        )
    return AnimateDiff.load(profile, torch.device("cpu"), torch.float32)


def _sha256(path: Path) -> str:
    from videogen.storage.atomic_folder import sha256

    return sha256(path)


def main() -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dataset")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--config", type=Path, help="configuration whose store holds the dataset")
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--rank", type=int, default=8)
    parser.add_argument("--frames", type=int, help="frames of each clip a step looks at; only without motion modules")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=9)
    o = parser.parse_args()
    torch.set_num_threads(o.threads)
    found: Any = train_adapter(
        VideoGenConfig.load(o.config), o.dataset, o.out, o.minutes, o.rank, o.seed, frames=o.frames
    )
    print(
        f"{o.out}: step {found.best_step} of {found.steps}; held-out loss {found.held_out_loss:.4f} (0.6931 before), "
    )
    print(f"winner favoured in {found.held_out_right:.0%} of held-out pairs")


if __name__ == "__main__":
    main()
