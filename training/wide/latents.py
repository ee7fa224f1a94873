"""Latents of many clips of the wide world with the states of their captions, encoded once, kept in shards on disk.

``python -m training.wide.latents --shards 60``; started again it goes on with the shards that are missing. The encoder is
frozen from here on: `FOLDED` is written once from the autoencoder's checkpoint, and every later stage takes that file.
"""

from __future__ import annotations

import argparse
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from diffusers import AutoencoderKL
from torch import Tensor

from training.latents import fold
from training.learning.loop import Log, load_checkpoint, save_checkpoint
from training.learning.text import WIDTH, TextEncoder
from training.vae import to_tensor
from training.wide import cache, vae
from training.wide.world.captions import caption, fragment
from training.wide.world.plans import true_plan
from training.wide.world.registry import sample_scene
from training.wide.world.render import FRAMES, render_clip
from videogen.models.motion_planner import TOKENS, plan_tokens

FOLDED = vae.RUN / "vae_folded.pt"
SHARDS = vae.RUN / "latents"
MAX_TOKENS = 28
"""Longest captions of the wide world: all of 3,000 fitted; 20, as before, cut a fifth of those of two subjects."""
CLIPS_A_SHARD = 48
CAPTIONS_A_CLIP = 5
FRAGMENTS_A_CLIP = 1
_STATISTICS = 384
SHAPE = (vae.LATENT_CHANNELS, 14, 24)


@torch.no_grad()
def folded() -> AutoencoderKL:
    """The frozen autoencoder whose latents have zero mean and unit deviation; made from stage 0 on the first call.

    Raises:
        FileNotFoundError: the autoencoder has not been trained.
    """
    model = vae.build()
    if state := load_checkpoint(FOLDED):
        model.load_state_dict(state["model"])
        return model.eval()
    trained = load_checkpoint(vae.CHECKPOINT)
    if trained is None:
        raise FileNotFoundError(f"{vae.CHECKPOINT}: train the autoencoder first (python -m training.wide.vae)")
    model.load_state_dict(vae.averaged(trained))
    model.eval()
    frames = cache.load()
    rows = np.linspace(0, len(frames) - 1, _STATISTICS).astype(int)
    latents = torch.cat([encode(model, frames[part]) for part in np.array_split(rows, 24)])
    fold(model, latents.mean(dim=(0, 2, 3)), latents.std(dim=(0, 2, 3)))
    save_checkpoint(FOLDED, {"model": model.state_dict(), "step": trained["step"]})
    return model


@torch.no_grad()
def encode(model: AutoencoderKL, frames: np.ndarray) -> Tensor:
    """N×H×W×3 uint8 → N×C×h×w latents; in bf16, whose error is far below the noise that the latents are for."""
    with torch.autocast("cpu", torch.bfloat16):
        latents: Tensor = model.encode(to_tensor(np.ascontiguousarray(frames))).latent_dist.mode()
    return latents.float()


def make_shard(model: AutoencoderKL, encoder: TextEncoder, seed: int) -> dict[str, Any]:
    """Clips with five captions each, and one fragment: what a negative prompt is like."""
    rng = np.random.default_rng(seed)
    scenes = [sample_scene(rng) for _ in range(CLIPS_A_SHARD)]
    captions = [
        [caption(scene, rng) for _ in range(CAPTIONS_A_CLIP)] + [fragment(scene, rng) for _ in range(FRAGMENTS_A_CLIP)]
        for scene in scenes
    ]
    states = encoder([text for texts in captions for text in texts], batch=64)
    return {
        "latents": torch.stack([encode(model, render_clip(scene)) for scene in scenes]).half(),
        "text": states.unflatten(0, (CLIPS_A_SHARD, -1)).half(),
        "plans": torch.stack([true_plan(scene) for scene in scenes]),
        "captions": captions,
        "scenes": [asdict(scene) for scene in scenes],
    }


@dataclass(frozen=True)
class Given:
    """What one example is told beside its noise: part of a caption instead of all of it, the plan, another frame."""

    fragment: bool
    plan: bool
    picture: bool


@dataclass(frozen=True)
class Choice:
    """How often examples are told only a fragment of a caption, no plan, or a picture of their clip.

    A negative prompt is words without a plan, so some examples are that: guidance can lead away only from what the
    network has learned to draw.
    """

    fragment: float = 0.08
    no_plan: float = 0.08
    picture: float = 0.35

    def draw(self, rng: np.random.Generator) -> Given:
        fragment = rng.uniform() < self.fragment
        return Given(fragment, not fragment and rng.uniform() >= self.no_plan, rng.uniform() < self.picture)


def condition(latents: Tensor, given: Given) -> Tensor:
    """(C+1)×h×w: the latents of a picture and a plane of ones; zeros where no picture is given."""
    return torch.cat([latents.float(), torch.ones((1, *SHAPE[1:]))]) * float(given.picture)


class Pool:
    """All the clips encoded so far; `refresh` takes up the shards that were written since."""

    def __init__(self, folder: Path = SHARDS) -> None:
        self.folder, self._seen = folder, set[str]()
        self._shards: list[dict[str, Tensor]] = []

    def refresh(self) -> int:
        for path in sorted(self.folder.glob("*.pt")):
            if path.name not in self._seen and (shard := load_checkpoint(path)) is not None:
                self._seen.add(path.name)
                self._shards.append({name: shard[name] for name in ("latents", "text", "plans")})
        return len(self)

    def __len__(self) -> int:
        return len(self._shards) * CLIPS_A_SHARD

    def clips(self, rng: np.random.Generator, count: int, choice: Choice) -> tuple[Tensor, Tensor, Tensor]:
        """count×T×C×h×w latents, count×T×32×384 states, count×T×(C+1)×h×w conditions: one frame for all of a clip."""
        latents, texts, conditions = [], [], []
        for _ in range(count):
            shard = self._shards[int(rng.integers(len(self._shards)))]
            clip, frame, given = int(rng.integers(CLIPS_A_SHARD)), int(rng.integers(FRAMES)), choice.draw(rng)
            latents.append(shard["latents"][clip])
            text = shard["text"][clip, self._caption(rng, given)].float().expand(FRAMES, -1, -1)
            plan = plan_tokens(shard["plans"][clip], WIDTH) * float(given.plan)
            texts.append(torch.cat([text, plan], dim=1))
            conditions.append(condition(shard["latents"][clip, frame], given).expand(FRAMES, -1, -1, -1))
        return torch.stack(latents).float(), torch.stack(texts), torch.stack(conditions)

    @staticmethod
    def _caption(rng: np.random.Generator, given: Given) -> int:
        return int(rng.integers(CAPTIONS_A_CLIP)) if not given.fragment else -1

    def pictures(self, rng: np.random.Generator, count: int, choice: Choice) -> tuple[Tensor, Tensor, Tensor]:
        """count×C×h×w latents of single frames, count×32×384 states, count×(C+1)×h×w conditions.

        A condition is another frame of the same clip and a plane of ones; all zeros where none is given.
        """
        latents, texts, conditions = [], [], []
        for _ in range(count):
            shard = self._shards[int(rng.integers(len(self._shards)))]
            clip, frame, other = int(rng.integers(CLIPS_A_SHARD)), int(rng.integers(FRAMES)), int(rng.integers(FRAMES))
            given = choice.draw(rng)
            latents.append(shard["latents"][clip, frame])
            plan = plan_tokens(shard["plans"][clip, frame], WIDTH) * float(given.plan)
            texts.append(torch.cat([shard["text"][clip, self._caption(rng, given)].float(), plan]))
            conditions.append(condition(shard["latents"][clip, other], given))
        return torch.stack(latents).float(), torch.stack(texts), torch.stack(conditions)


def nothing(encoder: TextEncoder) -> Tensor:
    """1×32×384: the empty prompt and no plan."""
    return torch.nn.functional.pad(encoder([""]), (0, 0, 0, TOKENS))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shards", type=int, default=60)
    parser.add_argument("--first", type=int, default=0, help="number of the first shard, to share work")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=3_000_000)
    o = parser.parse_args()
    torch.set_num_threads(o.threads)
    model, encoder, log = folded(), TextEncoder(MAX_TOKENS), Log(vae.RUN / "latents.jsonl")
    for number in range(o.first, o.first + o.shards):
        path = SHARDS / f"{number:04d}.pt"
        if path.exists():
            continue
        shard = make_shard(model, encoder, o.seed + number)
        save_checkpoint(path, shard)
        values = shard["latents"].float()
        log.write(shard=number, mean=float(values.mean()), deviation=float(values.std()))


if __name__ == "__main__":
    main()
