"""Stage 3: a few steps without guidance that end where the sixteen guided ones do.

    python -m training.distillation --minutes 60 --out models/pib-mini/fast/adapter.safetensors

A student begins as the published denoiser with low-rank changes of all its layers (arXiv 2106.09685). It draws with few
steps; from every state on its own way the teacher, guided, goes on to the student's next timestep, and that is where the
student learns to arrive in one step (progressive distillation, Salimans and Ho, arXiv 2202.00512, guidance folded in as by
Meng et al., arXiv 2210.03142, on the student's own states as in DAgger, arXiv 1011.0686). Frames of the published model do not
read each other, so that single pictures are enough. No pictures are needed: captions and plans of the world are.

The result is an adapter, merged when a profile names it (`videogen.models.adapters`). Ended with Ctrl-C or SIGTERM it is
stored first; the same command goes on.
"""

from __future__ import annotations

import argparse
import copy
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn.utils import parametrize

from training.latents import with_plan
from training.learning import diffusion
from training.learning.loop import (
    RUNS,
    Average,
    Clock,
    Interrupt,
    Log,
    learning_rate,
    load_checkpoint,
    save_checkpoint,
    set_learning_rate,
)
from training.learning.text import TextEncoder
from training.pictures import build
from training.planner import unconditional
from training.published import FOLDER, begin_from
from training.world.plans import true_plan
from training.world.render import FRAMES, caption
from training.world.scenes import sample_scene
from videogen.models.adapters import BASE, DOWN, UP
from videogen.models.loading import fingerprint

CHECKPOINT = RUNS / "distillation.pt"
TEACHER_STEPS, SCALE, GUIDED = 16, 3.0, 0.4
"""As the profile pib-mini samples: guidance in the first 40 % of the steps."""
HELD_OUT, HELD_OUT_SEED = 64, 770_000


class LowRank(nn.Module):
    """W → W + B·A, with B zero at first; a convolution's weights count as a matrix of its output channels."""

    def __init__(self, weight: Tensor, rank: int) -> None:
        super().__init__()
        rows, columns = weight.shape[0], weight[0].numel()
        rank = min(rank, rows, columns)
        self.down = nn.Parameter(torch.randn(rank, columns) / columns**0.5)
        self.up = nn.Parameter(torch.zeros(rows, rank))

    def forward(self, weight: Tensor) -> Tensor:
        return weight + (self.up @ self.down).view_as(weight)


@dataclass(frozen=True)
class Conditions:
    """What pictures are asked for. states: N×L×D text and plan of each; noise: N×C×h×w."""

    states: Tensor
    noise: Tensor


class Pictures:
    """Draws captions of the world with the plan of one of their frames, and noise."""

    def __init__(self) -> None:
        self.encoder = TextEncoder()
        self.empty = unconditional(self.encoder)

    def __call__(self, count: int, seed: int) -> Conditions:
        rng = np.random.default_rng(seed)
        scenes = [sample_scene(rng) for _ in range(count)]
        text = self.encoder([caption(scene, rng, complete=bool(rng.integers(2))) for scene in scenes], batch=64)
        plans = torch.stack([true_plan(asdict(scene))[int(rng.integers(FRAMES))] for scene in scenes])
        noise = torch.randn((count, *diffusion.LATENT_SHAPE), generator=torch.Generator().manual_seed(seed))
        return Conditions(with_plan(text, plans), noise)


class Sampling:
    """The timesteps of teacher and student, and steps between them without noise (DDIM, arXiv 2010.02502)."""

    def __init__(self, steps: int) -> None:
        if TEACHER_STEPS % steps:
            raise ValueError(f"{steps} steps do not divide the teacher's {TEACHER_STEPS}: use 2, 4 or 8")
        self.steps, self.stride = steps, TEACHER_STEPS // steps
        scheduler = diffusion.build_scheduler()
        scheduler.set_timesteps(TEACHER_STEPS)
        self.timesteps = scheduler.timesteps
        self._kept = scheduler.alphas_cumprod

    def angle(self, place: int) -> Tensor:
        """atan(noise / signal) at a teacher's step; 0 behind the last one, where the noise is gone."""
        kept = self._kept[self.timesteps[place]] if place < TEACHER_STEPS else torch.tensor(1.0)
        return torch.arccos(kept.sqrt())

    def ddim_step(self, latents: Tensor, velocity: Tensor, place: int, to: int) -> Tensor:
        """Latents at step `to`, of those at `place` and the velocity there: a turn in the plane of picture and noise."""
        turn = self.angle(place) - self.angle(to)
        return turn.cos() * latents - turn.sin() * velocity

    def target_velocity(self, latents: Tensor, wanted: Tensor, place: int, to: int) -> Tensor:
        """The velocity at `place` with which one step arrives at `wanted`."""
        turn = self.angle(place) - self.angle(to)
        return (turn.cos() * latents - wanted) / turn.sin()


@torch.no_grad()
def teacher_step(
    teacher: Any, sampling: Sampling, latents: Tensor, states: Tensor, empty: Tensor, start: int
) -> Tensor:
    """Where the teacher is one step of the student later, from latents at step `start`; guided as the profile says."""
    for place in range(start, start + sampling.stride):
        timestep = sampling.timesteps[place]
        if place / TEACHER_STEPS < GUIDED:
            text = torch.cat([empty.expand_as(states), states])
            both = teacher(torch.cat([latents, latents]), timestep, encoder_hidden_states=text).sample
            velocity = diffusion.guided(both[len(states) :], both[: len(states)], SCALE, 0.0)
        else:
            velocity = teacher(latents, timestep, encoder_hidden_states=states).sample
        latents = sampling.ddim_step(latents, velocity, place, place + 1)
    return latents


@torch.no_grad()
def student_states(student: Any, sampling: Sampling, conditions: Conditions) -> list[Tensor]:
    """The student's states, the noise first and the finished latents last."""
    found = [conditions.noise]
    for start in range(0, TEACHER_STEPS, sampling.stride):
        velocity = student(found[-1], sampling.timesteps[start], encoder_hidden_states=conditions.states).sample
        found.append(sampling.ddim_step(found[-1], velocity, start, start + sampling.stride))
    return found


@torch.no_grad()
def teacher_result(teacher: Any, sampling: Sampling, conditions: Conditions, empty: Tensor) -> Tensor:
    """What the teacher makes of the noise."""
    latents = conditions.noise
    for start in range(0, TEACHER_STEPS, sampling.stride):
        latents = teacher_step(teacher, sampling, latents, conditions.states, empty, start)
    return latents


def targets(
    student: Any, teacher: Any, sampling: Sampling, conditions: Conditions, empty: Tensor
) -> tuple[Tensor, Tensor]:
    """The student's states and the velocities that would have been right, each S×N×C×h×w for its S steps."""
    states = student_states(student, sampling, conditions)[:-1]
    wanted = []
    for number, latents in enumerate(states):
        start = number * sampling.stride
        goal = teacher_step(teacher, sampling, latents, conditions.states, empty, start)
        wanted.append(sampling.target_velocity(latents, goal, start, start + sampling.stride))
    return torch.stack(states), torch.stack(wanted)


def student_of(teacher: nn.Module, rank: int, seed: int) -> nn.Module:
    """A copy of the teacher in which only low-rank changes are learned."""
    torch.manual_seed(seed)
    student = copy.deepcopy(teacher).requires_grad_(False)
    for layer in list(student.modules()):
        if isinstance(layer, nn.Linear | nn.Conv2d):
            parametrize.register_parametrization(layer, "weight", LowRank(layer.weight, rank))
    return student.train()


def adapter_of(changes: dict[str, Tensor]) -> dict[str, Tensor]:
    """Learned parameters by name → the adapter as `videogen.models.adapters` reads it, in half precision."""
    found = {}
    for name, value in changes.items():
        layer, _, which = name.partition(".parametrizations.weight.0.")
        found[layer + {"down": DOWN, "up": UP}[which]] = value.detach().half().contiguous()
    return found


class Distillation:
    """One student at work: rounds of own states, and a few passes of training over each."""

    def __init__(self, steps: int, rank: int, seed: int) -> None:
        self.sampling, self.pictures = Sampling(steps), Pictures()
        self.teacher = build().eval().requires_grad_(False)
        begin_from(self.teacher, "unet")
        self.teacher.to(memory_format=torch.channels_last)
        self.student = student_of(self.teacher, rank, seed)
        self.learned = [value for value in self.student.parameters() if value.requires_grad]
        self.names = {name for name, value in self.student.named_parameters() if value.requires_grad}
        self.average = Average(self.student, 0.995, self.names)
        self.optimizer = torch.optim.AdamW(self.learned, weight_decay=0.0)
        self.held_out = self.pictures(HELD_OUT, HELD_OUT_SEED)
        self.goal = teacher_result(self.teacher, self.sampling, self.held_out, self.pictures.empty)

    def round(self, count: int, passes: int, size: int, rate: float, seed: int) -> float:
        """Mean loss over one round. count: pictures; passes: times that each state is learned from; size: of a step."""
        conditions = self.pictures(count, seed)
        parts = [
            targets(self.student, self.teacher, self.sampling, Conditions(states, noise), self.pictures.empty)
            for states, noise in zip(conditions.states.split(size), conditions.noise.split(size), strict=True)
        ]
        latents = torch.cat([one for one, _ in parts], dim=1)
        wanted = torch.cat([one for _, one in parts], dim=1)
        generator, losses = torch.Generator().manual_seed(seed), []
        set_learning_rate(self.optimizer, rate)
        for _ in range(passes):
            for chosen in torch.randperm(count, generator=generator).split(size):
                steps = torch.randint(self.sampling.steps, (len(chosen),), generator=generator)
                losses.append(
                    self._step(latents[steps, chosen], wanted[steps, chosen], conditions.states[chosen], steps)
                )
        return float(np.mean(losses))

    def _step(self, latents: Tensor, wanted: Tensor, states: Tensor, steps: Tensor) -> float:
        timesteps = self.sampling.timesteps[steps * self.sampling.stride]
        said = self.student(latents, timesteps, encoder_hidden_states=states).sample
        loss = F.mse_loss(said, wanted)
        self.optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.learned, 1.0)
        self.optimizer.step()
        self.average.update(self.student)
        return float(loss.detach())

    @torch.no_grad()
    def error(self) -> float:
        """Mean squared distance of the averaged student's held-out latents from the teacher's, which have unit variance."""
        own = {name: value.detach().clone() for name, value in self.student.named_parameters() if name in self.names}
        self._put(self.average.values)
        found = float(F.mse_loss(student_states(self.student, self.sampling, self.held_out)[-1], self.goal))
        self._put(own)
        return found

    @torch.no_grad()
    def _put(self, values: dict[str, Tensor]) -> None:
        for name, value in self.student.named_parameters():
            if name in values:
                value.copy_(values[name])

    def state(self) -> dict[str, Any]:
        own = {name: value.detach() for name, value in self.student.named_parameters() if name in self.names}
        return {"student": own, "average": self.average.state(), "optimizer": self.optimizer.state_dict()}

    def resume(self, state: dict[str, Any]) -> None:
        self._put(state["student"])
        self.average.load(state["average"])
        self.optimizer.load_state_dict(state["optimizer"])


def distil(out: Path, minutes: float, steps: int, rank: int, peak: float, count: int, seed: int) -> None:
    """Learn until the time is over; the adapter of the averaged student is written whenever it is the nearest so far."""
    torch.manual_seed(seed)
    distillation, log, interrupt = Distillation(steps, rank, seed), Log(RUNS / "distillation.jsonl"), Interrupt()
    number, spent, best = 0, 0.0, float("inf")
    if before := load_checkpoint(CHECKPOINT):
        distillation.resume(before["distillation"])
        number, spent, best = before["round"], before["spent"], before["best"]
    clock = Clock(minutes * 60, spent)
    base = fingerprint(FOLDER)
    log.write(round=number, error=distillation.error(), rank=rank, steps=steps)
    while not clock.over and not interrupt.asked:
        loss = distillation.round(count, 4, 32, learning_rate(peak, clock.progress), seed + number + 1)
        number += 1
        error = distillation.error()
        log.write(round=number, loss=loss, error=error, seconds=clock.spent, progress=clock.progress)
        if error < best:
            best = error
            out.parent.mkdir(parents=True, exist_ok=True)
            save_file(adapter_of(distillation.average.values), out, {BASE: base, "steps": str(steps)})
        state = {"distillation": distillation.state(), "round": number, "spent": clock.spent, "best": best}
        save_checkpoint(CHECKPOINT, state)


def main() -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--steps", type=int, default=4)
    parser.add_argument("--rank", type=int, default=32)
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--count", type=int, default=384, help="pictures in a round")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=5_000_000)
    o = parser.parse_args()
    torch.set_num_threads(o.threads)
    distil(o.out, o.minutes, o.steps, o.rank, o.rate, o.count, o.seed)


if __name__ == "__main__":
    main()
