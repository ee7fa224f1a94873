"""Plans what a prompt leaves open, once per video: the subject's place in each frame, setting and rhythm.

A small image model can follow "here" much more easily than "move left, and this is the eleventh frame". So a plan is
drawn from the seed under what the text says (a network reads direction, speed and kind of motion off it), and each
frame's text gets four more tokens that say the plan for this frame. Layouts before pixels: arXiv 2309.17444,
2310.15144.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from videogen.errors import ModelError
from videogen.models.file_limits import read_config

if TYPE_CHECKING:
    from torch import Tensor

TOKENS = 4
SETTINGS = 8
"""Backgrounds of a landscape: four layouts and their mirror images."""
STANDING = "none"
"""The direction of a subject that does not move."""
HEADINGS = (STANDING, "left", "right", "rising", "falling")
_NORM = 8.4
"""Length of a text token's state in all-MiniLM-L6-v2: plan tokens are scaled to the same norm."""
_HARMONICS = 4
_STEPS = {"left": (-1.0, 0.0), "right": (1.0, 0.0), "rising": (0.0, -1.0), "falling": (0.0, 1.0)}


def plan_tokens(values: Tensor, width: int) -> Tensor:
    """…×6 numbers of frames to …×4×`width` token states.

    Args:
        values: place (x: share of the width, 0 … 1; y: way from the middle of the path, −0.5 … 0.5, down is positive),
            setting (0 … 7), beat (cycles of the subject's own rhythm), share of the video that has passed (0 … 1),
            number of the direction in `HEADINGS`.
        width: of the text states; divisible by 16.
    """
    import torch

    x, y, setting, beat, share, heading = values.unbind(dim=-1)
    waves = torch.logspace(-2.0, 2.0, width // 4, base=2.0)
    place = torch.cat([_wave(x, waves), _wave(y, waves)], dim=-1)
    room = torch.nn.functional.one_hot(setting.long(), SETTINGS).to(values).repeat_interleave(width // SETTINGS, dim=-1)
    rhythm = torch.cat([_wave(beat, torch.arange(1.0, _HARMONICS + 1)), _wave(share, torch.arange(0.5, 2.5, 0.5))], -1)
    rhythm = rhythm.repeat_interleave(width // (4 * _HARMONICS), dim=-1)
    way = torch.nn.functional.one_hot(heading.long(), len(HEADINGS)).to(values)
    way = torch.nn.functional.pad(way.repeat_interleave(width // 8, dim=-1), (0, width - len(HEADINGS) * (width // 8)))
    tokens = torch.stack([place, room, rhythm, way], dim=-2)
    result: Tensor = tokens * (_NORM / tokens.norm(dim=-1, keepdim=True))
    return result


def plan_values(
    direction: str, speed: float, middle: float, setting: int, phase: float, cycles: float, num_frames: int
) -> Tensor:
    """T×6 as `plan_tokens` takes it: a straight way of `speed` widths around `middle`, and `cycles` from `phase` on."""
    import torch

    share = torch.linspace(0.0, 1.0, num_frames)
    dx, dy = _STEPS.get(direction, (0.0, 0.0))
    way = (share - 0.5) * speed
    still = torch.ones(num_frames)
    heading = HEADINGS.index(direction)
    return torch.stack(
        [middle + dx * way, dy * way, still * setting, phase + share * cycles, share, still * heading], dim=-1
    )


def _wave(values: Tensor, waves: Tensor) -> Tensor:
    """Sines and cosines of `waves` cycles per unit, …×2N."""
    import torch

    angles = 2.0 * torch.pi * values[..., None] * waves
    return torch.cat([angles.sin(), angles.cos()], dim=-1)


class Planner:
    """Predicts from a prompt what moves where, and draws the rest by the seed.

    Args:
        network: token states (N×L×D) → N×K logits of all heads in the order of `heads`.
        heads: words of each head: "subject", "direction" (with `STANDING`), "speed".
        rates: subject → (a, b): its rhythm has a + b·speed cycles a clip.
        speeds: word → range of the share of the width that is travelled; a longer video does not extend it.
        places: range of the middle of the way.
        frames: of a clip; a longer video has more cycles.
    """

    def __init__(
        self,
        network: Any,
        heads: dict[str, list[str]],
        rates: dict[str, tuple[float, float]],
        speeds: dict[str, tuple[float, float]],
        places: tuple[float, float],
        frames: int,
    ) -> None:
        self.network, self.heads = network, heads
        self.rates, self.speeds, self.places, self.frames = rates, speeds, places, frames

    @classmethod
    def load(cls, folder: Path) -> Planner:
        """From ``config.json`` and ``model.safetensors``.

        Raises:
            ModelError: files are missing, damaged or do not fit together.
        """
        from safetensors import SafetensorError
        from safetensors.torch import load_file

        from videogen.models.planner_network import planner_network

        try:
            config = read_config(folder / "config.json")
            classes = sum(map(len, config["heads"].values()))
            network = planner_network(config["width"], config["hidden"], classes, config.get("queries", 0))
            network.load_state_dict(load_file(folder / "model.safetensors"))
            return cls(
                network.eval(),
                config["heads"],
                config["rates"],
                config["speeds"],
                tuple(config["places"]),
                config["frames"],
            )
        except (OSError, KeyError, TypeError, AttributeError, ValueError, RuntimeError, SafetensorError) as error:
            raise ModelError(
                f"the planner in {folder} cannot be read: {error}", remedy="restore the model's folder"
            ) from error

    def probabilities(self, states: Tensor) -> dict[str, Tensor]:
        """Return the probabilities of each head for a text. states: L×D, zero where the prompt has ended."""
        import torch

        with torch.inference_mode():
            logits = self.network(states[None])[0].split([len(words) for words in self.heads.values()])
        return {name: part.softmax(dim=0) for name, part in zip(self.heads, logits, strict=True)}

    def values(self, states: Tensor, num_frames: int, seed: int) -> Tensor:
        """The plan of one video, T×6 as `plan_tokens` takes it; the same for the same text, length and seed."""
        import torch

        generator = torch.Generator().manual_seed(seed)
        said = {
            name: self.heads[name][int(torch.multinomial(odds, 1, generator=generator))]
            for name, odds in self.probabilities(states).items()
        }
        setting = torch.randint(SETTINGS, (1,), generator=generator)
        places, speeds, phase = torch.rand((3, 1), generator=generator)
        low, high = self.speeds[said["speed"]]
        speed = low + (high - low) * float(speeds)
        middle = self.places[0] + (self.places[1] - self.places[0]) * float(places)
        constant, slope = self.rates.get(said["subject"], (0.0, 0.0))
        cycles = (constant + slope * speed) * (num_frames - 1) / (self.frames - 1)
        return plan_values(said["direction"], speed, middle, int(setting), float(phase), cycles, num_frames)

    def tokens(self, states: Tensor, num_frames: int, seed: int) -> Tensor:
        """T×4×D: the plan of one video as tokens for each frame."""
        return plan_tokens(self.values(states, num_frames, seed), states.shape[-1])
