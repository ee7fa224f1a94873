"""AdaptiveScheduler: number, spacing and momentum of the denoising steps."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from videogen.config.config import VideoGenConfig
from videogen.config.groups.all import ModelSettings, SynthesisSettings
from videogen.config.parts import part
from videogen.errors import ConfigError
from videogen.models.profile import profile_of
from videogen.runtime import plugins

if TYPE_CHECKING:
    from torch import Tensor

FEWEST_STEPS = 8
"""Adaptive schedules have at least this many steps: the first steps decide what is seen."""

CRITICAL_WIDTH = 1.5
"""Half width, in nats of log-SNR, of the region that `critical_density` makes denser."""


class StepScheduler(Protocol):
    """Interface of the scheduler that does a step; `videogen.synthesis.DiffusionScheduler` is one.

    Signal and noise levels are α_t and σ_t; model outputs and samples are tensors B×….
    """

    @property
    def timesteps(self) -> Tensor: ...

    @property
    def init_noise_sigma(self) -> float: ...

    @property
    def clips_at(self) -> float | None: ...

    def scale_model_input(self, sample: Tensor, timestep: int | float) -> Tensor: ...

    def set_timesteps(self, num_inference_steps: int) -> None: ...

    def set_plan(self, timesteps: Sequence[int]) -> None: ...

    def log_snr(self) -> tuple[Sequence[float], Sequence[float]]: ...

    def levels(self, timestep: int | float) -> tuple[float, float]: ...

    def next_levels(self, timestep: int | float) -> tuple[float, float]: ...

    def output_weights(self, timestep: int | float) -> tuple[float, float]: ...

    def predict_original(self, model_output: Tensor, timestep: int | float, sample: Tensor) -> Tensor: ...

    def output_for(self, original: Tensor, timestep: int | float, sample: Tensor) -> Tensor: ...

    def add_noise(self, original_samples: Tensor, noise: Tensor, timesteps: Tensor) -> Tensor: ...

    def step(self, model_output: Tensor, timestep: int | float, sample: Tensor) -> Tensor: ...

    def first_order_step(self, model_output: Tensor, timestep: int | float, sample: Tensor) -> Tensor: ...

    def state(self) -> tuple[Tensor | None, dict[str, Any]]: ...

    def restore(self, history: Tensor | None, memory: dict[str, Any]) -> None: ...


class AdaptiveScheduler:
    """The noise reduction of one video.

    Args:
        config: the configuration, or its group `synthesis` alone; None: the defaults.
        scheduler: the model's own scheduler; its spacing and update rule hold wherever no switch changes them. None:
            that of the configured model profile.
        steps: steps that the most complex request gets; None: those of configuration or profile.
        fresh_noise: (index of the step, share of the way done) → noise like the sample; used with `stochasticity`.
    """

    def __init__(
        self,
        config: VideoGenConfig | SynthesisSettings | None = None,
        scheduler: StepScheduler | None = None,
        steps: int | None = None,
        fresh_noise: Callable[[int, float], Tensor] | None = None,
    ) -> None:
        self.settings = part(config, SynthesisSettings)
        if scheduler is None:
            scheduler = plugins.resolve(plugins.STEP_SCHEDULERS, "diffusers")(
                config if isinstance(config, VideoGenConfig) else None
            )
        self.scheduler: StepScheduler = scheduler
        self.steps = steps or part(config, ModelSettings).num_inference_steps or profile_of(config).steps
        self.timesteps: list[int | float] = []
        self._fresh_noise = fresh_noise
        self._average: Tensor | None = None

    def compute_schedule(self, complexity_score: float) -> list[int | float]:
        """Set and return the timesteps for a request of this complexity (0 … 1), noisiest first, strictly falling.

        The number of steps grows linearly from ``min_step_share``·steps to steps, but plans of eight steps or fewer
        are not shortened. With `critical_density` d the
        density of steps is 1 + d·exp(−½((λ−λ_c)/1.5)²) over the trained timesteps, λ being the log-SNR and λ_c
        `critical_log_snr`; the first timestep stays the model's noisiest one.
        """
        least = self.settings.min_step_share if self.settings.adaptive_steps else 1.0
        share = least + (1.0 - least) * min(max(complexity_score, 0.0), 1.0)
        self.scheduler.set_timesteps(max(round(self.steps * share), min(self.steps, FEWEST_STEPS)))
        if self.settings.critical_density > 0.0:
            self.scheduler.set_plan(self._condensed(self.scheduler.timesteps.tolist()))
        self.timesteps = self.scheduler.timesteps.tolist()
        self._average = None
        return self.timesteps

    def step(self, model_output: Tensor, timestep: int | float, sample: Tensor) -> Tensor:
        """One step of noise reduction; tensors B×…, the same shape.

        With momentum μ the predicted clean sample is replaced by its running average μ·x̄ + (1−μ)·x0, the
        heavy-ball form of the sampling ODE (arXiv 2307.11118) in data prediction, where it also holds at zero
        terminal SNR. The last step takes the prediction itself, so that no detail lags behind.
        """
        index = self.timesteps.index(timestep)
        if self.settings.momentum > 0.0:
            model_output = self._steadied(model_output, timestep, sample, last=index == len(self.timesteps) - 1)
        if self.settings.stochasticity > 0.0:
            return self._stochastic_step(model_output, timestep, sample, index)
        return self.scheduler.step(model_output, timestep, sample)

    def previous_step(self, model_output: Tensor, timestep: int | float, sample: Tensor) -> Tensor:
        """The sample at `timestep` from the one after it: undoes the first-order step with the same model output.

        DDIM inversion (arXiv 2010.02502, section 4.3) for any noise scale.

        Raises:
            ConfigError: the step cannot be undone: it leads from pure noise to a clean sample; or the scheduler
                clipped what it predicted, so that many samples lead to this one.
        """
        signal, noise = self.scheduler.levels(timestep)
        next_signal, next_noise = self.scheduler.next_levels(timestep)
        a, b = self.scheduler.output_weights(timestep)
        of_sample = next_signal * a + next_noise * (1.0 - signal * a) / noise
        of_output = next_signal * b - next_noise * signal * b / noise
        if abs(of_sample) < 1e-6:
            raise ConfigError(
                "a single step from pure noise to a clean sample cannot be reversed", remedy="use more steps"
            )
        before = (sample - of_output * model_output) / of_sample
        bound = self.scheduler.clips_at
        if bound is not None:
            original = self.scheduler.predict_original(model_output, timestep, before)
            # What was clipped comes back at the very bound.
            if float(original.abs().max()) >= bound * (1.0 - 1e-4):
                raise ConfigError(
                    f"the scheduler clips its prediction at ±{bound:g}, which cannot be undone",
                    remedy="build it with clip_sample=False",
                )
        return before

    def state(self) -> tuple[Tensor | None, Tensor | None, dict[str, Any]]:
        """(momentum, history of the wrapped scheduler, its counters).

        `restore` after `compute_schedule` goes on from here.
        """
        history, memory = self.scheduler.state()
        return (None if self._average is None else self._average.clone()), history, memory

    def restore(self, average: Tensor | None, history: Tensor | None, memory: dict[str, Any]) -> None:
        self._average = average
        self.scheduler.restore(history, memory)

    def _steadied(self, model_output: Tensor, timestep: int | float, sample: Tensor, *, last: bool) -> Tensor:
        original = self.scheduler.predict_original(model_output, timestep, sample)
        momentum = self.settings.momentum
        self._average = original if self._average is None else momentum * self._average + (1.0 - momentum) * original
        return model_output if last else self.scheduler.output_for(self._average, timestep, sample)

    def _stochastic_step(self, model_output: Tensor, timestep: int | float, sample: Tensor, index: int) -> Tensor:
        """DDIM with η (arXiv 2010.02502, equation 16); the fresh noise has its own base and residual shares."""
        signal, noise = self.scheduler.levels(timestep)
        next_signal, next_noise = self.scheduler.next_levels(timestep)
        if abs(signal**2 + noise**2 - 1.0) > 1e-3:
            raise ConfigError(
                "synthesis.stochasticity needs a variance-keeping scheduler such as DDIM",
                remedy="set it to 0 for this profile",
            )
        kept = 1.0 - (signal / next_signal) ** 2
        added = self.settings.stochasticity * math.sqrt(max((next_noise / noise) ** 2 * kept, 0.0))
        if added == 0.0 or self._fresh_noise is None:
            return self.scheduler.first_order_step(model_output, timestep, sample)
        original = self.scheduler.predict_original(model_output, timestep, sample)
        direction = (sample - signal * original) / noise
        fresh = self._fresh_noise(index, (index + 1) / len(self.timesteps)).to(sample)
        return next_signal * original + math.sqrt(max(next_noise**2 - added**2, 0.0)) * direction + added * fresh

    def _condensed(self, own: list[int | float]) -> list[int]:
        """Timesteps at the same shares of a density that is higher around the critical log-SNR.

        The plan is warped through the inverse of the cumulated density.
        """
        import numpy as np

        trained, log_snr = self.scheduler.log_snr()
        distance = (np.asarray(log_snr) - self.settings.critical_log_snr) / CRITICAL_WIDTH
        density = 1.0 + self.settings.critical_density * np.exp(-0.5 * distance**2)
        first, end = round(float(own[0])), -1
        grid = np.arange(end, first + 1)
        mass = np.concatenate([[0.0], np.cumsum(density[np.clip(grid[1:], 0, len(trained) - 1)])])
        shares = (np.asarray(own, dtype=np.float64) - end) / (float(own[0]) - end)
        warped = np.round(np.interp(shares * mass[-1], mass, grid)).astype(int)
        return _strictly_falling(warped.tolist(), first)


def _strictly_falling(timesteps: list[int], first: int) -> list[int]:
    """The nearest plan of distinct timesteps ≥ 0 that starts at `first`."""
    plan = [first]
    for timestep in timesteps[1:]:
        plan.append(min(timestep, plan[-1] - 1))
    for place in range(len(plan) - 1, 0, -1):
        # Room is made from the clean end upwards where rounding ran below zero.
        plan[place] = max(plan[place], len(plan) - 1 - place)
    return plan
