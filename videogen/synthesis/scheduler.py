"""DiffusionScheduler: one interface over the schedulers of diffusers, whatever noise scale they work in."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from videogen.config.config import VideoGenConfig
from videogen.errors import ConfigError
from videogen.models.loading import scheduler_for
from videogen.models.profile import profile_of

if TYPE_CHECKING:
    import torch
    from torch import Tensor


class DiffusionScheduler:
    """A diffusers scheduler for one video, with the values that the denoising loop needs.

    A sample at a timestep is ``signal·x0 + noise·ε``. (signal, noise) is (√ᾱ, √(1−ᾱ)) for the schedulers that keep
    the variance (DDIM, DPM-Solver, PNDM, …), (1, σ) for the Euler family, (1−σ, σ) for flow matching.

    Args:
        scheduler: a diffusers scheduler; a copy is used, so several videos can run in parallel. A configuration: that
            of its model profile; None: that of the default profile.
        seed: of the noise that ancestral and consistency schedulers add at every step.
    """

    def __init__(self, scheduler: Any = None, seed: int = 0) -> None:
        if type(scheduler).__name__ in _OF_ONE_PIPELINE:
            raise ConfigError(
                f"{type(scheduler).__name__} works with the pipeline that it was made for only",
                remedy="use the family `diffusers` for this model, or name another scheduler in the profile",
            )
        configured = scheduler is None or isinstance(scheduler, VideoGenConfig)
        self.wrapped: Any = scheduler_for(profile_of(scheduler)) if configured else copy.deepcopy(scheduler)
        self._seed = seed
        self._uneven = False
        self._takes_generator = "generator" in inspect.signature(self.wrapped.step).parameters

    @property
    def timesteps(self) -> Tensor:
        return self.wrapped.timesteps  # type: ignore[no-any-return]

    @property
    def init_noise_sigma(self) -> float:
        """Standard deviation of the sample at the first timestep."""
        return float(getattr(self.wrapped, "init_noise_sigma", 1.0))

    @property
    def clips_at(self) -> float | None:
        """The bound ±b that predicted clean samples are clipped at; None: they are not."""
        config = self.wrapped.config
        return float(config.get("clip_sample_range", 1.0)) if config.get("clip_sample", False) else None

    @property
    def order(self) -> int:
        """Model evaluations per step."""
        return int(self.wrapped.order)

    @property
    def num_train_timesteps(self) -> int:
        return int(self.wrapped.config.num_train_timesteps)

    def set_timesteps(self, num_inference_steps: int, device: str | torch.device | None = None) -> None:
        """Prepare the scheduler's own sequence of `num_inference_steps` timesteps, noisiest first.

        Raises:
            ConfigError: more steps than the model was trained with.
        """
        if not 1 <= num_inference_steps <= self.num_train_timesteps:
            raise ConfigError(
                f"{num_inference_steps} denoising steps asked for, but the model has only {self.num_train_timesteps}",
                remedy="lower model.num_inference_steps",
            )
        self._uneven = False
        if self.wrapped.config.get("use_dynamic_shifting", False):
            raise ConfigError(
                f"{type(self.wrapped).__name__} with use_dynamic_shifting shifts its timesteps by the size of the "
                "video, which only the model's own pipeline computes",
                remedy="use the family `diffusers` for this model, or set use_dynamic_shifting: false among the "
                "profile's scheduler_options",
            )
        self.wrapped.set_timesteps(num_inference_steps, device=device)
        # For some counts, such as 61 and 103, trailing spacing in diffusers ends with one timestep more, below zero.
        there = self.wrapped.timesteps
        if bool((there < 0).any()):
            self.wrapped.timesteps = there[there >= 0]

    def set_plan(self, timesteps: Sequence[int]) -> None:
        """Set custom timesteps, strictly falling.

        Schedulers that take such a sequence keep their update rule. Those that count in trained
        timesteps and expect even spacing (DDIM, PNDM) take the first-order one.

        Raises:
            ConfigError: the scheduler allows no sequence but its own.
        """
        import torch

        accepted = inspect.signature(self.wrapped.set_timesteps).parameters
        # The multistep solvers (UniPC, DPM++) would take these sigmas for ones without their own shift.
        plannable = not any(self.wrapped.config.get(name) for name in ("use_dynamic_shifting", "use_flow_sigmas"))
        if self._is_flow and "sigmas" in accepted and plannable:
            self.wrapped.set_timesteps(sigmas=[self._unshifted(timestep) for timestep in timesteps])
        elif "timesteps" in accepted and not self._is_flow:
            self.wrapped.set_timesteps(timesteps=list(timesteps))
        elif self._discrete:
            self._uneven = True
            self.wrapped.set_timesteps(len(timesteps))
            self.wrapped.timesteps = torch.tensor(list(timesteps))
        else:
            raise ConfigError(
                f"{type(self.wrapped).__name__} does not accept custom timesteps",
                remedy="set synthesis.critical_density to 0 for this profile",
            )

    def step(self, model_output: Tensor, timestep: int | float | Tensor, sample: Tensor) -> Tensor:
        """The sample at the next, less noisy timestep. All tensors B×…, the same shape."""
        if self._uneven:
            return self.first_order_step(model_output, float(timestep), sample)
        options = {}
        if self._takes_generator:
            import torch

            position = int(self.timesteps.tolist().index(float(timestep)))
            options["generator"] = torch.Generator("cpu").manual_seed((self._seed + position) % 2**63)
        result: Tensor = self.wrapped.step(model_output, timestep, sample, **options).prev_sample
        return result

    def first_order_step(self, model_output: Tensor, timestep: int | float, sample: Tensor) -> Tensor:
        """The deterministic DDIM step (arXiv 2010.02502) to the next planned timestep, in any noise scale."""
        signal, noise = self.levels(timestep)
        next_signal, next_noise = self.next_levels(timestep)
        original = self.predict_original(model_output, timestep, sample)
        direction = (sample - signal * original) / noise
        return next_signal * self._clipped(original) + next_noise * direction

    def add_noise(self, original_samples: Tensor, noise: Tensor, timesteps: Tensor) -> Tensor:
        """Diffuse clean samples to `timesteps` (one each): signal·x0 + noise·ε."""
        if hasattr(self.wrapped, "add_noise"):
            noisy: Tensor = self.wrapped.add_noise(original_samples, noise, timesteps)
        else:
            noisy = self.wrapped.scale_noise(original_samples, timesteps, noise)
        return noisy

    def scale_model_input(self, sample: Tensor, timestep: int | float | Tensor) -> Tensor:
        """The sample as the denoiser wants it at `timestep`; the identity for most schedulers."""
        if not hasattr(self.wrapped, "scale_model_input"):
            return sample
        scaled: Tensor = self.wrapped.scale_model_input(sample, timestep)
        return scaled

    def levels(self, timestep: int | float) -> tuple[float, float]:
        """(signal, noise) at `timestep`, one of the prepared timesteps or, for DDIM, any trained one."""
        if self._discrete:
            signal = float(self.wrapped.alphas_cumprod[int(timestep)]) ** 0.5
            return signal, (1.0 - signal**2) ** 0.5
        position = int((self.timesteps - timestep).abs().argmin())
        return self._from_sigma(float(self.wrapped.sigmas[position]))

    def next_levels(self, timestep: int | float) -> tuple[float, float]:
        """(signal, noise) that the step from `timestep` leads to."""
        if self._discrete and not self._uneven:
            # These schedulers count back by a whole number of timesteps, whatever the plan says.
            following = int(timestep) - self.num_train_timesteps // int(self.wrapped.num_inference_steps)
            return self.levels(following) if following >= 0 else self.final_levels()
        plan = self.timesteps.tolist()
        place = plan.index(timestep)
        return self.levels(plan[place + 1]) if place + 1 < len(plan) else self.final_levels()

    def final_levels(self) -> tuple[float, float]:
        """(signal, noise) that the last step leads to; (1, 0) for nearly all."""
        if self._discrete:
            signal = float(getattr(self.wrapped, "final_alpha_cumprod", 1.0)) ** 0.5
            return signal, max(1.0 - signal**2, 0.0) ** 0.5
        return self._from_sigma(float(self.wrapped.sigmas[-1]))

    def output_weights(self, timestep: int | float) -> tuple[float, float]:
        """(a, b) with ``x0 = a·sample + b·model_output`` at `timestep`.

        Raises:
            ConfigError: the scheduler predicts something that this project does not know.
        """
        signal, noise = self.levels(timestep)
        kind = self.wrapped.config.get("prediction_type", "flow_prediction" if self._is_flow else "epsilon")
        if self._is_flow and not self._keeps_variance:
            kind = "flow_prediction"
        weights = {
            "sample": (0.0, 1.0),
            "epsilon": (1.0 / max(signal, 1e-8), -noise / max(signal, 1e-8)),
            "v_prediction": _velocity_weights(signal, noise),
            "flow_prediction": (1.0, -noise),
        }
        if kind not in weights:
            raise ConfigError(
                f"the scheduler's prediction_type {kind!r} is not supported", remedy=f"use one of {list(weights)}"
            )
        return weights[kind]

    def predict_original(self, model_output: Tensor, timestep: int | float, sample: Tensor) -> Tensor:
        """The clean sample x0 that `model_output` implies."""
        a, b = self.output_weights(timestep)
        return a * sample + b * model_output

    def output_for(self, original: Tensor, timestep: int | float, sample: Tensor) -> Tensor:
        """The model output that would imply the clean sample `original`; the inverse of `predict_original`."""
        a, b = self.output_weights(timestep)
        return (original - a * sample) / b

    def log_snr(self) -> tuple[Sequence[float], Sequence[float]]:
        """Trained timesteps (rising) and log(signal²/noise²) at each, clipped to ±20."""
        import torch

        if hasattr(self.wrapped, "alphas_cumprod"):
            share = self.wrapped.alphas_cumprod.double()
            values = torch.log(share / (1.0 - share))
        else:
            sigma = torch.linspace(0.0, 1.0, self.num_train_timesteps + 1, dtype=torch.float64)[1:]
            values = 2.0 * torch.log((1.0 - sigma) / sigma)
        return range(self.num_train_timesteps), values.nan_to_num(-20.0).clamp(-20.0, 20.0).tolist()

    def state(self) -> tuple[Tensor | None, dict[str, Any]]:
        """Return the state that the wrapped scheduler keeps between steps.

        Past model outputs (K×B×…, or None), and counters that can be written as JSON.
        """
        import torch

        history: list[Tensor] = []

        def plain(value: Any) -> Any:
            if isinstance(value, torch.Tensor) and value.ndim > 1:
                history.append(value)
                return {"tensor": len(history) - 1}
            if isinstance(value, torch.Tensor):
                return {"number": value.tolist()}
            return [plain(part) for part in value] if isinstance(value, list) else value

        memory = {name: plain(value) for name, value in vars(self.wrapped).items() if name in _REMEMBERED}
        return (torch.stack(history) if history else None), memory

    def restore(self, history: Tensor | None, memory: dict[str, Any]) -> None:
        """Restore what `state` returned, after the same timesteps were set."""
        import torch

        def real(value: Any) -> Any:
            if isinstance(value, dict) and "tensor" in value and history is not None:
                return history[value["tensor"]].clone()
            if isinstance(value, dict):
                return torch.tensor(value["number"])
            return [real(part) for part in value] if isinstance(value, list) else value

        for name, value in memory.items():
            setattr(self.wrapped, name, real(value))

    def _clipped(self, original: Tensor) -> Tensor:
        if self.wrapped.config.get("thresholding", False):
            limited: Tensor = self.wrapped._threshold_sample(original)
            return limited
        bound = self.clips_at
        return original if bound is None else original.clamp(-bound, bound)

    @property
    def _discrete(self) -> bool:
        return not hasattr(self.wrapped, "sigmas")

    @property
    def _is_flow(self) -> bool:
        name = type(self.wrapped).__name__
        return "FlowMatch" in name or bool(self.wrapped.config.get("use_flow_sigmas", False))

    @property
    def _keeps_variance(self) -> bool:
        return hasattr(self.wrapped, "_sigma_to_alpha_sigma_t") and not self._is_flow

    def _unshifted(self, timestep: int) -> float:
        """The σ that the scheduler's own shift will turn into that of `timestep`."""
        sigma, shift = timestep / self.num_train_timesteps, float(self.wrapped.config.get("shift", 1.0))
        return sigma / (shift - (shift - 1.0) * sigma)

    def _from_sigma(self, sigma: float) -> tuple[float, float]:
        if self._is_flow:
            return 1.0 - sigma, sigma
        if self._keeps_variance:
            signal = 1.0 / (1.0 + sigma**2) ** 0.5
            return signal, sigma * signal
        return 1.0, sigma


# Their steps take or give more than one sample, in noise levels of their own.
_OF_ONE_PIPELINE = ("PiflowScheduler", "HeliosScheduler", "HeliosDMDScheduler", "CogVideoXDPMScheduler")
# Multistep history and the position in the plan; everything else in a scheduler follows from its config.
_REMEMBERED = {
    "model_outputs", "timestep_list", "lower_order_nums", "last_sample", "this_order", "sample",
    "prev_derivative", "dt", "ets", "counter", "cur_sample", "cur_model_output", "derivatives", "_step_index",
}  # fmt: skip


def _velocity_weights(signal: float, noise: float) -> tuple[float, float]:
    """v = √ᾱ·ε − √(1−ᾱ)·x0 in the variance-keeping scale, solved for x0 (arXiv 2202.00512).

    In other scales the sample is first divided by √(signal²+noise²).
    """
    total = signal**2 + noise**2
    return signal / total, -noise / total**0.5
