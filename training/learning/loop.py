"""What every stage shares: a clock for its budget, atomic checkpoints, a learning-rate curve, a log of losses."""

from __future__ import annotations

import json
import math
import os
import signal
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

RUNS = Path(os.environ.get("PIB_TRAINING_RUNS", Path(__file__).resolve().parents[1] / "runs"))


class Clock:
    """Seconds of processor time, over all the times that a stage was started; the schedule follows them.

    Time and not steps decides where the learning rate is, so that a stage ends with its budget on any machine. A stage
    that was suspended, or had to wait for others, has lost nothing.
    """

    def __init__(self, budget: float, spent: float = 0.0) -> None:
        self.budget, self._spent, self._start = budget, spent, time.process_time()

    @property
    def spent(self) -> float:
        return self._spent + time.process_time() - self._start

    @property
    def progress(self) -> float:
        """0 at the start, 1 when the budget is used up."""
        return min(self.spent / self.budget, 1.0)

    @property
    def over(self) -> bool:
        return self.spent >= self.budget


def learning_rate(peak: float, progress: float, warm_up: float = 0.03, floor: float = 0.01) -> float:
    """Linear warm-up, then half a cosine down to `floor` of the peak."""
    if progress < warm_up:
        return peak * max(progress / warm_up, 0.02)
    share = (progress - warm_up) / (1.0 - warm_up)
    return peak * (floor + (1.0 - floor) * 0.5 * (1.0 + math.cos(math.pi * share)))


def set_learning_rate(optimizer: torch.optim.Optimizer, rate: float) -> None:
    """Set the rate of every group; a group's own `scale` multiplies it."""
    for group in optimizer.param_groups:
        group["lr"] = rate * group.get("scale", 1.0)


def save_checkpoint(path: Path, state: dict[str, Any]) -> None:
    """Write to a temporary name, then rename: a reader never sees half a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    torch.save(state, temporary)
    os.replace(temporary, path)


def load_checkpoint(path: Path) -> dict[str, Any] | None:
    """The stored state, or None where there is none yet."""
    if not path.exists():
        return None
    state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    return state


class Log:
    """Losses as JSON lines, and on the screen."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path

    def write(self, **values: Any) -> None:
        rounded = {k: round(v, 6) if isinstance(v, float) else v for k, v in values.items()}
        line = json.dumps({"at": time.strftime("%H:%M:%S"), **rounded})
        with self.path.open("a", encoding="utf-8") as stream:
            stream.write(line + "\n")
        print(line, flush=True)


class Interrupt:
    """Whether the process has been asked to end (SIGTERM, Ctrl-C): a stage then stores what it has, and ends."""

    def __init__(self) -> None:
        self.asked = False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._ask)

    def _ask(self, number: int, frame: object) -> None:
        self.asked = True


class Guard:
    """Leaves out a step whose numbers are not finite, and ends a run in which several in a row are not.

    Convolutions in bf16 on a processor gave such a step in one of three short runs, with the same seed; weights that have
    once taken it over are lost.
    """

    def __init__(self, log: Log, limit: int = 5) -> None:
        self._log, self._limit, self._row = log, limit, 0

    def passes(self, step: int, loss: Tensor, parameters: Iterable[Tensor]) -> bool:
        """Whether the step may be taken; to be asked behind `loss.backward()`.

        Raises:
            ArithmeticError: it is the `limit`-th step in a row that may not.
        """
        sound = bool(torch.isfinite(loss)) and all(
            bool(torch.isfinite(p.grad).all()) for p in parameters if p.grad is not None
        )
        self._row = 0 if sound else self._row + 1
        if not sound:
            self._log.write(step=step, left_out=self._row)
        if self._row >= self._limit:
            raise ArithmeticError(f"{self._row} steps in a row are not finite: begin again from the last checkpoint")
        return sound


class Average:
    """Exponential moving average of a model's parameters, with a warm-up so that early averages are not stale."""

    def __init__(self, model: nn.Module, decay: float, names: set[str] | None = None) -> None:
        self.decay, self.steps = decay, 0
        self.values = {
            name: value.detach().clone() for name, value in model.named_parameters() if names is None or name in names
        }

    @torch.no_grad()
    def update(self, model: nn.Module) -> None:
        self.steps += 1
        decay = min(self.decay, (1.0 + self.steps) / (10.0 + self.steps))
        for name, value in model.named_parameters():
            if name in self.values:
                self.values[name].lerp_(value.detach(), 1.0 - decay)

    def state(self) -> dict[str, Any]:
        return {"steps": self.steps, "values": self.values}

    def load(self, state: dict[str, Any]) -> None:
        self.steps = state["steps"]
        for name, value in state["values"].items():
            if name in self.values:
                self.values[name].copy_(value)
