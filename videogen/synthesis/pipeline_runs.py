"""Videos on their way through a pipeline that brings its own loop, and how they are stored between two steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from videogen.domain.artifacts import ConditioningEmbeddings, TensorArtifact
from videogen.models.families.nested import pack
from videogen.models.pipeline_state import PipelineRequest, PipelineState

if TYPE_CHECKING:
    import torch
    from torch import Tensor


@dataclass(frozen=True)
class PipelineCheckpoint(TensorArtifact):
    """A video after some step, as it is stored: see `videogen.models.pipeline_state.PipelineState`.

    seconds: spent so far. fits: what the state depends on. batch: most videos that were to be denoised together.
    """

    tensors: dict[str, torch.Tensor]
    plan: dict[str, Any]
    step: int
    seconds: float = 0.0
    fits: str = ""
    batch: int = 1


@dataclass(eq=False)
class PipelineRun:
    """One video on its way. together: videos that shared a call of the model at most."""

    condition: ConditioningEmbeddings
    request: PipelineRequest
    noise: Tensor
    state: PipelineState | None = None
    seconds: float = 0.0
    timesteps: list[float] = field(default_factory=list)
    together: int = 1

    @property
    def done(self) -> int:
        """Steps."""
        return 0 if self.state is None else self.state.step


def checkpoints(runs: Sequence[PipelineRun], batch: int) -> dict[int, PipelineCheckpoint]:
    """The states of those videos that have begun, by index."""
    found = {}
    for index, run in enumerate(runs):
        if run.state is not None:
            tensors, plan = pack(run.state.plain())
            found[index] = PipelineCheckpoint(tensors, plan, run.state.step, run.seconds, batch=batch)
    return found


def in_words(group: Sequence[PipelineRun], runs: Sequence[PipelineRun]) -> str:
    """Which of several videos are denoised now."""
    if len(runs) == 1:
        return ""
    first = runs.index(group[0]) + 1
    which = f"video {first}" if len(group) == 1 else f"videos {first} to {first + len(group) - 1}"
    return f"{which} of {len(runs)}"
