"""Denoising that gives way: it stops at the next step, keeps its state, frees what it holds, and goes on later.

What comes out is the same, bit for bit, as if nothing had happened.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from videogen.errors import PreemptedError
from videogen.runtime.progress import Progress, listen
from videogen.synthesis.denoising_loop import STAGE, DenoisingState

if TYPE_CHECKING:
    from torch import Tensor

    from videogen.domain.artifacts import ConditioningEmbeddings, VideoLatents
    from videogen.synthesis.synthesizer import LatentSynthesizer


class Checkpoints(Protocol):
    """Where denoising states outlive the process; by index of the video."""

    def load(self) -> dict[int, DenoisingState]:
        """The states kept before, of those videos that have one that fits."""
        ...

    def save(self, states: Mapping[int, DenoisingState]) -> None:
        """Keep the states, each whole or not at all."""
        ...

    def clear(self) -> None:
        """Forget them: the work is done."""
        ...


def denoise_giving_way(
    synthesizer: Callable[[], LatentSynthesizer],
    conditions: Sequence[ConditioningEmbeddings],
    noise: Sequence[Tensor],
    seeds: Sequence[int],
    *,
    should_yield: Callable[[], bool],
    pause: Callable[[], None],
    checkpoints: Checkpoints,
) -> list[VideoLatents]:
    """Denoise as `LatentSynthesizer.generate_latents` does, giving way whenever `should_yield` says so.

    Args:
        synthesizer: gives one on loaded weights; asked again after a pause, in which the weights are given back.
        should_yield: asked before the first and after every step.
        pause: returns when the work may go on; what it raises ends the work, and the checkpoints stay.
        checkpoints: what they hold at the start is gone on with.
    """
    from videogen.models.loading import release_models

    def stop(progress: Progress) -> None:
        if progress.stage == STAGE and progress.done < progress.total and should_yield():
            raise PreemptedError("more urgent work needs the machine", stage=STAGE)

    while True:
        states = checkpoints.load()
        try:
            with listen(stop):
                made = synthesizer().generate_latents(conditions, noise, seeds, states=states)
        except PreemptedError:
            checkpoints.save(states)
        else:
            checkpoints.clear()
            return made
        # Outside of the handler: the error's traceback would keep the tensors of every frame below it alive.
        states.clear()
        release_models()
        pause()
