"""What each switch of noise and sampling does, measured on the embedded model.

Every variant makes the same prompts from the same seeds. Written to ``benchmarks/results/noise_switches.json`` and
``.png``. The numbers, each the mean over all prompts:

- steps, seconds: model evaluations and time for one video.
- distance: root mean square difference of the frames, in grey levels, to the same noise with 64 plain steps.
  It measures how exactly the plan integrates the sampling equation; variants that change the noise have none.
- kernel_distance: KID (arXiv 1801.01401) between pooled VAE latents, appearance and change over time, of the
  variant's clips and of clips of the procedural world that the model was trained on; times 1000, smaller is better.
- motion: mean absolute difference of consecutive frames, grey levels (`world` in the file has the real one).
- flicker: share of the energy of change over time that lies in the upper half of the temporal frequencies.
- sharpness: mean absolute difference of neighbouring pixels, grey levels.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from benchmarks.machine import RESULTS, description
from videogen.config.config import VideoGenConfig
from videogen.domain.artifacts import ConditioningEmbeddings, Frames
from videogen.noise import decomposer_for
from videogen.runtime.device import choose_device, choose_dtype
from videogen.synthesis import LatentSynthesizer, LoadedModel, load_model, load_profile

PROMPTS = (
    "a red bus driving left through the city at night",
    "a white boat sailing left at the coast during the day",
    "a yellow hot-air balloon rising over the hills at sunset",
    "wind turbines turning in the hills during the day",
    "a flood rising in the city at night",
    "an ambulance with flashing light driving right through the city by day",
    "heavy rain in the hills at sunset",
    "a green flag waving in the city during the day",
    "a blue train driving right through the fields at sunset",
    "a crowd of people walking right at the coast at sunset",
    "the sun setting in the fields",
    "a storm with lightning at the coast at night",
)
WORLD_CLIPS = 96
REFERENCE = {"synthesis.adaptive_steps": False, "model.num_inference_steps": 64}
PLAIN = {"synthesis.adaptive_steps": False, "synthesis.guidance_interval": (0.0, 1.0)}
VARIANTS: dict[str, dict[str, Any]] = {
    "plain": {},
    "plain, 10 steps": {"model.num_inference_steps": 10},
    "adaptive steps": {"synthesis.adaptive_steps": True},
    "critical density 1": {"synthesis.critical_density": 1.0},
    "critical density 1 at log-SNR -3": {"synthesis.critical_density": 1.0, "synthesis.critical_log_snr": -3.0},
    "critical density 1 at log-SNR 3": {"synthesis.critical_density": 1.0, "synthesis.critical_log_snr": 3.0},
    "momentum 0.2": {"synthesis.momentum": 0.2},
    "momentum 0.5": {"synthesis.momentum": 0.5},
    "refinement 0.3": {"synthesis.refinement_strength": 0.3},
    "refinement 1": {"synthesis.refinement_strength": 1.0},
    "feature emphasis 0.5": {"synthesis.feature_emphasis": 0.5},
    "feature emphasis 1": {"synthesis.feature_emphasis": 1.0},
    "temporal consistency 0.3": {"synthesis.temporal_consistency": 0.3},
    "temporal consistency 1": {"synthesis.temporal_consistency": 1.0},
    "stochasticity 0.5": {"synthesis.stochasticity": 0.5},
    "stochasticity 1": {"synthesis.stochasticity": 1.0},
    "stochasticity 1, base share to 0": {"synthesis.stochasticity": 1.0, "synthesis.final_base_share": 0.0},
    "stochasticity 1, base share to 1": {"synthesis.stochasticity": 1.0, "synthesis.final_base_share": 1.0},
    "motion scale 0.5": {"noise.motion_scale": 0.5},
    "motion scale 1.5": {"noise.motion_scale": 1.5},
    "base share 0.5": {"model.base_noise_lambda": 0.5, "model.residual_noise_lambda": 0.5},
    "base share 0.85": {"model.base_noise_lambda": 0.85, "model.residual_noise_lambda": 0.15},
    "base share 0.95": {"model.base_noise_lambda": 0.95, "model.residual_noise_lambda": 0.05},
    "prior independent": {"noise.prior": "independent"},
    "prior progressive": {"noise.prior": "progressive"},
    "prior free_init, 2 passes": {"noise.prior": "free_init"},
    "guidance until 0.4": {"synthesis.guidance_interval": (0.0, 0.4)},
    "guidance until 0.6": {"synthesis.guidance_interval": (0.0, 0.6)},
    "guidance 2": {"model.guidance_scale": 2.0},
    "guidance 6": {"model.guidance_scale": 6.0},
    "guidance rescale 0.5": {"model.guidance_rescale": 0.5},
    "keyword emphasis 1.2": {},
}
OTHER_NOISE = ("stochasticity", "motion scale", "base share", "prior")


class Bench:
    """The model, its prompts and what they are compared with."""

    def __init__(self, profile: str, count: int) -> None:
        config = VideoGenConfig.load()
        device = choose_device(config.model.device)
        self.profile = profile
        self.model: LoadedModel = load_model(
            load_profile(profile, config.path(config.paths.models)), device, choose_dtype("auto", device)
        )
        self.prompts = PROMPTS[:count]
        self.conditions = [self._condition(prompt) for prompt in self.prompts]
        self.world = self._world()
        self.world_features = self._features(self.world)

    def run(
        self, name: str, changes: dict[str, Any], reference: list[Frames] | None
    ) -> tuple[dict[str, Any], list[Frames]]:
        maker = self.maker(changes)
        conditions = [self._emphasised(c) for c in self.conditions] if name.startswith("keyword") else self.conditions
        started = time.perf_counter()
        videos = maker.generate_latents(conditions, self.noise(maker), list(range(len(self.prompts))))
        seconds = (time.perf_counter() - started) / len(videos)
        frames = [maker.decode(video) for video in videos]
        pixels = [item.frames.float() for item in frames]
        row: dict[str, Any] = {
            "name": name,
            "settings": changes,
            "steps": float(np.mean([video.diagnostics["steps"] for video in videos])),
            "seconds": seconds,
            "kernel_distance": 1000.0 * kernel_distance(self._features(pixels), self.world_features),
            **looks(pixels),
        }
        if reference is not None and not name.startswith((*OTHER_NOISE, "guidance", "keyword")):
            differences = [
                (a - b.frames.float()).square().mean().sqrt() for a, b in zip(pixels, reference, strict=True)
            ]
            row["distance"] = float(torch.stack(differences).mean())
        return row, frames

    def maker(self, changes: dict[str, Any]) -> LatentSynthesizer:
        return LatentSynthesizer(
            VideoGenConfig.load(None, {"model.profile": self.profile, **PLAIN, **changes}), self.model
        )

    def noise(self, maker: LatentSynthesizer) -> list[Tensor]:
        decomposer = decomposer_for(maker.config, self.model.profile, maker.num_frames())
        shape = maker.latent_shape(maker.num_frames())
        return [decomposer.recombine(*decomposer.sample(shape, seed)) for seed in range(len(self.prompts))]

    def _condition(self, prompt: str) -> ConditioningEmbeddings:
        embeds = self.model.family.encode_text([prompt, ""])
        words = len(prompt.split())
        return ConditioningEmbeddings(
            embeds[:1],
            embeds[1:],
            None,
            None,
            self.profile,
            self.model.revision,
            complexity=min(words / 12.0, 1.0),
        )

    def _emphasised(self, condition: ConditioningEmbeddings) -> ConditioningEmbeddings:
        from videogen.synthesis.conditioning import emphasise

        return replace(condition, prompt_embeds=emphasise(condition.prompt_embeds, [1.0, 1.0, *[1.2] * 3]))

    def _world(self) -> list[Tensor]:
        from training.world.render import render_clip, sample_scene

        rng = np.random.default_rng(7_000_000)
        return [torch.from_numpy(render_clip(sample_scene(rng))).float() for _ in range(WORLD_CLIPS)]

    def _features(self, clips: list[Tensor]) -> Tensor:
        rows = []
        for clip in clips:
            latents = self.model.family.encode_frames(clip.to(torch.uint8)).transpose(0, 1)
            pooled = torch.nn.functional.adaptive_avg_pool2d(latents, (3, 4))
            rows.append(torch.cat([pooled.mean(dim=1).flatten(), pooled.diff(dim=1).abs().mean(dim=1).flatten()]))
        return torch.stack(rows).double()


def kernel_distance(a: Tensor, b: Tensor) -> float:
    """Unbiased squared maximum mean discrepancy with the kernel (x·y/d + 1)³, features standardised by those of `b`."""
    scale = b.std(dim=0).clamp(min=1e-6)
    a, b = (a - b.mean(dim=0)) / scale, (b - b.mean(dim=0)) / scale

    def kernel(x: Tensor, y: Tensor) -> Tensor:
        return (x @ y.T / x.shape[1] + 1.0) ** 3

    def off_diagonal(matrix: Tensor) -> Tensor:
        return (matrix.sum() - matrix.diag().sum()) / (len(matrix) * (len(matrix) - 1))

    return float(off_diagonal(kernel(a, a)) + off_diagonal(kernel(b, b)) - 2.0 * kernel(a, b).mean())


def looks(clips: list[Tensor]) -> dict[str, float]:
    """motion, flicker and sharpness, see the top of this file; clips T×H×W×3 in grey levels."""
    motion, flicker, sharpness = [], [], []
    for clip in clips:
        power = torch.fft.rfft(clip, dim=0).abs().square().mean(dim=(1, 2, 3))[1:]
        motion.append(clip.diff(dim=0).abs().mean())
        flicker.append(power[len(power) // 2 :].sum() / power.sum().clamp(min=1e-9))
        sharpness.append((clip.diff(dim=1).abs().mean() + clip.diff(dim=2).abs().mean()) / 2.0)
    named = {"motion": motion, "flicker": flicker, "sharpness": sharpness}
    return {name: float(torch.stack(values).mean()) for name, values in named.items()}


def plot(rows: list[dict[str, Any]], world: dict[str, float], path: Path) -> None:
    """One bar chart for each number; the plain variant and the world as lines."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    numbers = ("kernel_distance", "distance", "motion", "flicker", "sharpness", "seconds")
    figure, axes = plt.subplots(1, len(numbers), figsize=(3.0 * len(numbers), 0.3 * len(rows) + 1.2), sharey=True)
    for axis, number in zip(axes, numbers, strict=True):
        values = [row.get(number, float("nan")) for row in rows]
        axis.barh(range(len(rows)), values, color="#4477aa")
        axis.axvline(values[0], color="#222222", linewidth=0.8)
        if number in world:
            axis.axvline(world[number], color="#cc6677", linewidth=1.2, linestyle="--")
        axis.set_title(number.replace("_", " "))
    axes[0].set_yticks(range(len(rows)), [row["name"] for row in rows])
    axes[0].invert_yaxis()
    figure.suptitle("pib-mini: what each switch does (black: plain sampling, red: clips of the training world)")
    figure.tight_layout()
    figure.savefig(path, dpi=70)
    plt.close(figure)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--profile", default="pib-mini")
    parser.add_argument("--prompts", type=int, default=len(PROMPTS))
    parser.add_argument("--only", nargs="*", help="beginnings of variant names")
    parser.add_argument("--results", type=Path, default=RESULTS)
    options = parser.parse_args()
    bench = Bench(options.profile, options.prompts)
    chosen = {
        k: v for k, v in VARIANTS.items() if not options.only or k.startswith(tuple(options.only)) or k == "plain"
    }
    _, reference = bench.run("reference", REFERENCE, None)
    rows = []
    for name, changes in chosen.items():
        row, _ = bench.run(name, changes, reference)
        rows.append(row)
        print(
            json.dumps({key: round(value, 3) if isinstance(value, float) else value for key, value in row.items()}),
            flush=True,
        )
    world = looks(bench.world)
    options.results.mkdir(parents=True, exist_ok=True)
    content = {
        "machine": description(),
        "profile": options.profile,
        "revision": bench.model.revision,
        "prompts": bench.prompts,
        "world": world,
        "rows": rows,
    }
    (options.results / "noise_switches.json").write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    plot(rows, world, options.results / "noise_switches.png")


if __name__ == "__main__":
    main()
