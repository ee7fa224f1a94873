"""Works that run in turns and whose questions are answered together."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import torch
from torch import Tensor

from videogen.models.families.lockstep import Lockstep

Sizes = list[int]


def network(sizes: Sizes, most: int = 99) -> Callable[..., Any]:
    """Doubles its rows and adds a value that all share; remembers how many rows came at once."""

    def forward(sample: Tensor, *, shared: Tensor, word: str) -> tuple[Tensor, dict[str, Any]]:
        if len(sample) > most:
            raise torch.OutOfMemoryError("CUDA out of memory")
        sizes.append(len(sample))
        return sample * 2 + shared, {"word": word, "rows": sample[:, 0]}

    return forward


def work(
    lockstep: Lockstep, forward: Any, value: float, width: int = 3, steps: int = 2, shared: float = 0.5
) -> tuple[Tensor, dict[str, Any]]:
    sample, told = torch.full((1, width), value), {}
    for _ in range(steps):
        arguments = {"shared": torch.tensor(shared), "word": "yes"}
        sample, told = lockstep.ask(forward, (sample,), arguments)
        lockstep.end_of_step()
    return sample, told


def run(lockstep: Lockstep, forward: Any, *changes: dict[str, Any]) -> list[tuple[Tensor, dict[str, Any]]]:
    return lockstep.run([partial(work, lockstep, forward, **{"value": 1.0, **change}) for change in changes])


def test_each_work_gets_the_rows_of_its_own_question() -> None:
    sizes: Sizes = []
    ends: list[int] = []
    lockstep = Lockstep(8, lambda: ends.append(1))
    made = run(lockstep, network(sizes), {"value": 1.0}, {"value": 10.0}, {"value": 100.0})
    assert [float(sample[0, 0]) for sample, _ in made] == [5.5, 41.5, 401.5]
    assert [float(told["rows"]) for _, told in made] == [2.5, 20.5, 200.5]
    assert [told["word"] for _, told in made] == ["yes"] * 3
    assert (sizes, len(ends), lockstep.largest) == ([3, 3], 2, 3)


@pytest.mark.parametrize("other", [{"width": 4}, {"shared": 0.25}], ids=str)
def test_questions_that_do_not_fit_together_are_answered_alone(other: dict[str, Any]) -> None:
    sizes: Sizes = []
    lockstep = Lockstep(8, lambda: None)
    made = run(lockstep, network(sizes), {}, other, {})
    assert sizes == [2, 1, 2, 1]
    assert float(made[1][0][0, 0]) == 4 + 3 * other.get("shared", 0.5)


def test_a_work_with_fewer_steps_ends_and_the_others_go_on() -> None:
    sizes: Sizes = []
    run(Lockstep(8, lambda: None), network(sizes), {"steps": 1}, {"steps": 3})
    assert sizes == [2, 1, 1]


def test_no_more_than_the_batch_are_joined_and_memory_that_runs_out_halves_it_for_good() -> None:
    sizes: Sizes = []
    lockstep = Lockstep(3, lambda: None)
    run(lockstep, network(sizes), {}, {}, {}, {})
    assert (sizes, lockstep.largest) == ([3, 1, 3, 1], 3)
    sizes = []
    lockstep = Lockstep(4, lambda: None)
    made = run(lockstep, network(sizes, most=2), {}, {}, {}, {"value": 10.0})
    assert (sizes, lockstep.batch, lockstep.largest) == ([2, 2, 2, 2], 2, 2)
    assert float(made[3][0][0, 0]) == 41.5


def test_an_error_of_one_work_ends_all_of_them_and_leaves_no_thread() -> None:
    before = threading.active_count()
    lockstep = Lockstep(8, lambda: None)
    left: list[str] = []

    def lasting() -> None:
        try:
            work(lockstep, network([]), 1.0, steps=9)
        finally:
            left.append("tidied up")

    def failing() -> None:
        work(lockstep, network([]), 1.0, steps=1)
        raise ValueError("not a number")

    with pytest.raises(ValueError, match="not a number"):
        lockstep.run([lasting, failing, lasting])
    assert left == ["tidied up"] * 2
    assert threading.active_count() == before


def test_a_stop_comes_when_every_work_is_at_the_end_of_the_same_step() -> None:
    done = [0, 0]

    def counting(number: int) -> None:
        for _ in range(5):
            for _ in range(number + 1):  # a different number of questions for each step
                lockstep.ask(network([]), (torch.ones(1, 2),), {"shared": torch.tensor(0.0), "word": ""})
            done[number] += 1
            lockstep.end_of_step()

    def stop() -> None:
        if done[0] == 3:
            raise KeyboardInterrupt

    lockstep = Lockstep(8, stop)
    with pytest.raises(KeyboardInterrupt):
        lockstep.run([partial(counting, 0), partial(counting, 1)])
    assert done == [3, 3]
