"""What a process is working on: for lines of the log, and for what it measures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType

_NOTHING: Mapping[str, str] = MappingProxyType({})
_WORK: ContextVar[Mapping[str, str]] = ContextVar("videogen_work", default=_NOTHING)


def current_work() -> Mapping[str, str]:
    """Of run_id, job, video_id, attempt and stage those that are known here."""
    return _WORK.get()


@contextmanager
def working_on(**facts: str | int | None) -> Iterator[None]:
    """Add facts while the block runs, in this thread."""
    token = _WORK.set({**_WORK.get(), **{name: str(value) for name, value in facts.items() if value is not None}})
    try:
        yield
    finally:
        _WORK.reset(token)
