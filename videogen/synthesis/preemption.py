"""Preemptible denoising: stops at the next step, saves its state, frees its memory, and resumes later.

What comes out is the same, bit for bit, as if nothing had happened.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol, TypeAlias

from videogen.errors import PreemptedError
from videogen.runtime.progress import Progress, listen
from videogen.synthesis.denoising_loop import STAGE

if TYPE_CHECKING:
    from torch import Tensor

    from videogen.domain.artifacts import ConditioningEmbeddings, VideoLatents
    from videogen.synthesis.denoising_loop import DenoisingState
    from videogen.synthesis.pipeline_runs import PipelineCheckpoint
    from videogen.synthesis.pipeline_synthesizer import PipelineSynthesizer
    from videogen.synthesis.synthesizer import LatentSynthesizer
    from videogen.synthesis.warm import WarmSynthesizer

Synthesizer: TypeAlias = "LatentSynthesizer | PipelineSynthesizer | WarmSynthesizer"
State: TypeAlias = "DenoisingState | PipelineCheckpoint"
"""Of the loop of `LatentSynthesizer`, or of a pipeline that brings its own."""


class Checkpoints(Protocol):
    """Storage in which denoising states outlive the process, by index of the video."""

    def load(self) -> dict[int, State]:
        """The states kept before, of those videos that have one that fits."""
        ...

    def save(self, states: Mapping[int, State]) -> None:
        """Save the states, each atomically."""
        ...

    def clear(self) -> None:
        """Remove them: the work is done."""
        ...


def denoise_giving_way(
    synthesizer: Callable[[], Synthesizer],
    conditions: Sequence[ConditioningEmbeddings],
    noise: Sequence[Tensor],
    seeds: Sequence[int],
    *,
    should_yield: Callable[[], bool],
    pause: Callable[[], None],
    checkpoints: Checkpoints,
) -> list[VideoLatents]:
    """Denoise like `LatentSynthesizer.generate_latents`, but pause whenever `should_yield` returns True.

    Args:
        synthesizer: returns one on loaded weights; called again after a pause, in which the weights are unloaded.
        should_yield: called before the first and after every step.
        pause: returns when the work may continue; an exception ends the work, and the checkpoints stay.
        checkpoints: states found here at the start are resumed; running work is saved here every two minutes, too.
    """
    from videogen.models.loading import release_models

    def stop(progress: Progress) -> None:
        if progress.stage == STAGE and progress.done < progress.total and should_yield():
            raise PreemptedError("paused: higher-priority work needs the machine", stage=STAGE)

    while True:
        states = checkpoints.load()
        try:
            with listen(stop):
                made = synthesizer().generate_latents(conditions, noise, seeds, states=states, keep=checkpoints.save)
        except PreemptedError:
            checkpoints.save(states)
        else:
            checkpoints.clear()
            return made
        # Outside of the handler: the error's traceback would keep the tensors of every frame below it alive.
        states.clear()
        release_models()
        pause()
