"""What is kept of a pipeline between its stages: the request, the text encoders' answers, the state after a step."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class PipelineRequest:
    """One video as a pipeline is asked for it. Sizes in pixels; pictures: uint8, N×H×W×3, N may be 0.

    steps, guidance: ``num_inference_steps`` and ``guidance_scale``. seed: of the pipeline's own generator.
    """

    prompt: str
    negative_prompt: str
    frames: int
    width: int
    height: int
    steps: int
    guidance: float
    seed: int
    pictures: Tensor

    @property
    def is_guided(self) -> bool:
        """Whether the text encoders have to read the negative prompt as well."""
        return self.guidance > 1.0

    def facts(self) -> dict[str, Any]:
        """Everything but the pictures, as plain data."""
        return {name: value for name, value in vars(self).items() if name != "pictures"}


@dataclass
class PipelineState:
    """A video after `step` steps.

    results: what the last scheduler step of each lane returned; a pipeline that makes sound has a second lane.
    memory: what each lane's scheduler remembers. calls: the form of each answer of the denoiser, by step. rng: the
    generator's state. kept: results by step that later chunks of a video read. total: steps in all, as far as known.
    """

    step: int = 0
    results: list[Any] = field(default_factory=list)
    memory: list[dict[str, Any]] = field(default_factory=list)
    calls: list[list[Any]] = field(default_factory=list)
    rng: Tensor | None = None
    kept: dict[int, list[Any]] = field(default_factory=dict)
    total: int = 0

    def plain(self) -> dict[str, Any]:
        """The fields as one nested value for `nested.pack`."""
        return dict(vars(self))

    @classmethod
    def from_plain(cls, value: dict[str, Any]) -> PipelineState:
        return replace(cls(), **value)


@dataclass(frozen=True)
class PipelineJob:
    """One video to denoise: see the arguments of ``WholeFamily.denoise``."""

    request: PipelineRequest
    record: dict[str, Any]
    noise: Tensor | None = None
    state: PipelineState | None = None
