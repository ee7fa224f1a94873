"""Denoising that gives way to an emergency and goes on afterwards, bit for bit the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest
import torch

from videogen.errors import CapacityError
from videogen.runtime.progress import Progress, listen
from videogen.synthesis import LoadedModel
from videogen.synthesis.denoising_loop import DenoisingState
from videogen.synthesis.preemption import denoise_giving_way

Make = Callable[..., Any]


class Kept:
    """Checkpoints in memory, as if on a disk: what is kept is a copy."""

    def __init__(self) -> None:
        self.states: dict[int, DenoisingState] = {}
        self.saved: list[list[int]] = []
        self.cleared = 0

    def load(self) -> dict[int, DenoisingState]:
        return dict(self.states)

    def save(self, states: Mapping[int, DenoisingState]) -> None:
        self.states = {index: replace(state, latents=state.latents.clone()) for index, state in states.items()}
        self.saved.append([state.step for state in states.values()])

    def clear(self) -> None:
        self.states = {}
        self.cleared += 1


@pytest.fixture
def work(synthesizer: Make, condition: Make, noise_of: Make, model: LoadedModel) -> Callable[..., Any]:
    """Denoise two videos in five steps; arguments: of `denoise_giving_way`."""

    def run(**options: Any) -> Any:
        arguments = {
            "should_yield": lambda: False,
            "pause": lambda: None,
            "checkpoints": Kept(),
            **options,
        }
        maker = synthesizer(model, synthesis__momentum=0.3, synthesis__refinement_strength=0.2, synthesis__max_batch=2)
        return denoise_giving_way(
            lambda: maker, [condition(), condition("the sea")], [noise_of(1), noise_of(2)], [1, 2], **arguments
        )

    return run


def test_giving_way_at_every_step_changes_not_one_bit(work: Callable[..., Any]) -> None:
    undisturbed = work()
    kept, asked, pauses = Kept(), [0], []

    def every_second_time() -> bool:
        asked[0] += 1
        return asked[0] % 2 == 0

    disturbed = work(should_yield=every_second_time, pause=lambda: pauses.append(1), checkpoints=kept)
    assert len(pauses) >= 4
    assert kept.saved[0] == [1, 1]
    assert (kept.states, kept.cleared) == ({}, 1)
    for before, after in zip(undisturbed, disturbed, strict=True):
        assert torch.equal(before.latents, after.latents)
        assert before.diagnostics == after.diagnostics
        assert before.timesteps == after.timesteps


def test_it_goes_on_where_a_killed_process_had_stopped(work: Callable[..., Any]) -> None:
    kept = Kept()

    class Killed(BaseException):
        pass

    def die() -> None:
        raise Killed

    asked = iter([False, False, False, True])
    with pytest.raises(Killed):
        work(should_yield=lambda: next(asked), pause=die, checkpoints=kept)
    assert [state.step for state in kept.states.values()] == [3, 3]
    steps: list[int] = []

    def count(progress: Progress) -> None:
        steps.append(progress.done)

    with listen(count):
        continued = work(checkpoints=kept)
    assert steps == [6, 8, 10]
    assert all(torch.equal(before.latents, after.latents) for before, after in zip(work(), continued, strict=True))


def test_the_models_are_given_back_while_it_waits(work: Callable[..., Any], model: LoadedModel) -> None:
    from videogen.models import loading as models

    models._loaded[("a model",)] = model
    loaded: list[int] = []
    answers = iter([False, True])
    work(should_yield=lambda: next(answers, False), pause=lambda: loaded.append(len(models._loaded)))
    assert loaded == [0]


def test_after_the_last_step_nothing_waits_any_more(work: Callable[..., Any]) -> None:
    answers = iter([False] * 5)
    work(should_yield=lambda: next(answers), pause=lambda: pytest.fail("nothing is left to do"))


def test_others_who_stop_the_work_are_heard(work: Callable[..., Any]) -> None:
    def stop(progress: Progress) -> None:
        if progress.done == 4:
            raise CapacityError("the machine is needed")

    with listen(stop), pytest.raises(CapacityError, match="the machine is needed"):
        work()
