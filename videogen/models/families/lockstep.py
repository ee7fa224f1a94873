"""Several videos denoised together: the calls of their pipelines run in turns and meet where the denoiser is asked.

Each video keeps a call of its own, with its own generator, noise, scheduler and state. What it is does not depend on
the others, but for the rounding of matrices that are multiplied together.
"""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch


class CancelledError(Exception):
    """Ends the work of a video where it stands, because the batch has ended."""


@dataclass(frozen=True)
class Question:
    """One call of a denoiser: the function, its arguments flattened, and the form that they had."""

    function: Callable[..., Any]
    leaves: list[Any]
    form: Any

    @property
    def rows(self) -> int:
        """Samples in it: two where a pipeline asks with and without the prompt at once."""
        return next((int(leaf.shape[0]) for leaf in self.leaves if _is_tensor(leaf) and leaf.ndim), 0)


class Lockstep:
    """Runs works in turns: each up to its next question or the end of its step.

    Args:
        batch: most videos that one call of the denoiser takes; halved where the memory does not hold them.
        on_step: called when every work that goes on has come to the end of its step. What it raises ends them there.
    """

    def __init__(self, batch: int, on_step: Callable[[], None]) -> None:
        self.batch = batch
        self.largest = 1
        self._on_step = on_step
        self._sides: list[_Side] = []
        self._running: _Side | None = None

    @property
    def running(self) -> int:
        """Number of the work that runs now."""
        return self._sides.index(self._of_this_thread())

    def ask(self, function: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        """``function(*args, **kwargs)``, computed together with what the other works ask. Called by a work."""
        from torch.utils import _pytree as trees

        leaves, form = trees.tree_flatten((args, kwargs))
        return self._of_this_thread().wait(Question(function, leaves, form))

    def end_of_step(self) -> None:
        """Wait until the others are as far. Called by a work."""
        self._of_this_thread().wait(None)

    def run(self, works: Sequence[Callable[[], Any]]) -> list[Any]:
        """What each of `works` returned. The first error of one of them ends all."""
        self._sides = [_Side(work) for work in works]
        try:
            self._advance([(side, None) for side in self._sides])
            while going_on := [side for side in self._sides if not side.is_over]:
                if asking := [side for side in going_on if side.question is not None]:
                    self._advance(self._answered(asking))
                else:
                    self._on_step()
                    self._advance([(side, None) for side in going_on])
            return [side.result for side in self._sides]
        finally:
            for side in self._sides:
                side.end()
            self._sides, self._running = [], None

    def _of_this_thread(self) -> _Side:
        assert self._running is not None
        return self._running

    def _advance(self, answers: Sequence[tuple[_Side, Any]]) -> None:
        for side, answer in answers:
            self._running = side
            side.advance(answer)

    def _answered(self, asking: Sequence[_Side]) -> list[tuple[_Side, Any]]:
        from videogen.runtime.device import halve_on_out_of_memory

        sizes: list[int] = []

        def work(part: Sequence[_Side]) -> list[Any]:
            found = _answers([side.question for side in part if side.question is not None])
            sizes.append(len(part))
            return found

        answers: dict[int, Any] = {}
        for group in _groups(asking):
            if len(group) == 1:
                answers |= {id(group[0]): work(group)[0]}
                continue
            sizes.clear()
            found = halve_on_out_of_memory(work, group, self.batch)
            self.largest = max(self.largest, *sizes)
            if max(sizes) < min(len(group), self.batch):
                self.batch = max(sizes)
            answers |= {id(side): answer for side, answer in zip(group, found, strict=True)}
        return [(side, answers[id(side)]) for side in asking]


class _Side:
    """One work in a thread of its own, which runs only while everything else waits for it."""

    def __init__(self, work: Callable[[], Any]) -> None:
        self.question: Question | None = None
        self.result: Any = None
        self.is_over = False
        self._work, self._answer = work, None
        self._failure: BaseException | None = None
        self._go, self._back = threading.Semaphore(0), threading.Semaphore(0)
        self._is_cancelled = False
        context = contextvars.copy_context()
        self._thread = threading.Thread(target=context.run, args=(self._run,), daemon=True)

    def advance(self, answer: Any) -> None:
        """Let it run with `answer` up to where it waits again, or to its end; raises the error that it ended with."""
        self._answer, self.question = answer, None
        if self._thread.ident is None:
            self._thread.start()
        else:
            self._go.release()
        self._back.acquire()
        if self._failure is not None:
            failure, self._failure = self._failure, None
            try:
                raise failure
            finally:
                # A frame that holds its own error keeps the tensors of every function below it alive.
                del failure

    def wait(self, question: Question | None) -> Any:
        """Let the others run, and return the answer; called in its own thread."""
        self.question = question
        self._back.release()
        self._go.acquire()
        if self._is_cancelled:
            raise CancelledError
        answer, self._answer = self._answer, None
        return answer

    def end(self) -> None:
        """Make it end where it stands."""
        if self._thread.ident is None:
            return
        self._is_cancelled = True
        while not self.is_over:
            self._go.release()
            self._back.acquire()
        self._thread.join()

    def _run(self) -> None:
        import torch

        try:
            with torch.inference_mode():  # a thread does not inherit it
                self.result = self._work()
        except CancelledError:
            pass
        except BaseException as error:  # raised where it is waited for
            self._failure = error
        finally:
            self.question, self.is_over = None, True
            self._back.release()


def _groups(asking: Sequence[_Side]) -> list[list[_Side]]:
    """Those whose questions can be joined, in order; a question that fits none is a group of its own."""
    groups: list[list[_Side]] = []
    for side in asking:
        for group in groups:
            if _fit(group[0].question, side.question):
                group.append(side)
                break
        else:
            groups.append([side])
    return groups


def _fit(one: Question | None, other: Question | None) -> bool:
    """Whether both ask the same network, with tensors of the same shapes, and equal values in all that has no rows."""
    assert one is not None
    assert other is not None
    if one.function != other.function or one.form != other.form:
        return False
    return all(_alike(*pair, one.rows) for pair in zip(one.leaves, other.leaves, strict=True))


def _alike(first: Any, second: Any, rows: int) -> bool:
    import torch

    if not _is_tensor(first) or not _is_tensor(second):
        return type(first) is type(second) and bool(first == second)
    if (first.shape, first.dtype) != (second.shape, second.dtype):
        return False
    return _has_rows(first, rows) or torch.equal(first, second)


def _answers(questions: Sequence[Question]) -> list[Any]:
    """Answer all of them by one call."""
    import torch
    from torch.utils import _pytree as trees

    first, count = questions[0], len(questions)
    if count == 1:
        args, kwargs = trees.tree_unflatten(first.leaves, first.form)
        return [first.function(*args, **kwargs)]
    rows = first.rows
    leaves = [
        torch.cat(several) if _is_tensor(several[0]) and _has_rows(several[0], rows) else several[0]
        for several in zip(*(question.leaves for question in questions), strict=True)
    ]
    args, kwargs = trees.tree_unflatten(leaves, first.form)
    parts, form = trees.tree_flatten(first.function(*args, **kwargs))
    split = [
        part.split(rows) if _is_tensor(part) and _has_rows(part, rows * count) else (part,) * count for part in parts
    ]
    return [trees.tree_unflatten([part[number] for part in split], form) for number in range(count)]


def _is_tensor(value: Any) -> bool:
    import torch

    return isinstance(value, torch.Tensor)


def _has_rows(tensor: torch.Tensor, rows: int) -> bool:
    return tensor.ndim > 0 and tensor.shape[0] == rows
