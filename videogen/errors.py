"""The errors a user can meet. Each says which stage, which video, what was wrong and what to do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydantic import ValidationError

MAX_LISTED = 20
MAX_CHARACTERS = 10_000


def listed(items: Sequence[str], separator: str = "; ") -> str:
    """The first `MAX_LISTED` items, and how many more there are: a hostile file can have a million faults."""
    shown = [shortened(item, MAX_CHARACTERS // MAX_LISTED) for item in items[:MAX_LISTED]]
    more = len(items) - len(shown)
    return separator.join([*shown, f"and {more:,} more"] if more else shown)


def shortened(text: str, characters: int = MAX_CHARACTERS) -> str:
    """`text`, or its beginning and how much was left out."""
    if len(text) <= characters:
        return text
    return f"{text[:characters]}… ({len(text) - characters:,} more characters)"


class VideogenError(Exception):
    """Base of every error that this project raises on purpose.

    Args:
        problem: what was wrong, in one sentence. It goes into logs, notes and tables: no more than `MAX_CHARACTERS` of
            it are kept.
        remedy: what the reader can do about it.
        stage: the asset or engine stage, e.g. ``"decoded_frames"``.
        video_id: the request concerned; None outside of a request.
    """

    exit_code = 1

    def __init__(
        self, problem: str, *, remedy: str = "", stage: str | None = None, video_id: str | None = None
    ) -> None:
        super().__init__(shortened(problem))
        self.problem = shortened(problem)
        self.remedy = shortened(remedy)
        self.stage = stage
        self.video_id = video_id

    def at(self, *, stage: str | None = None, video_id: str | None = None) -> VideogenError:
        """Fill in the stage and video id where they are still unknown; returns the same error."""
        self.stage = self.stage or stage
        self.video_id = self.video_id or video_id
        return self

    def __str__(self) -> str:
        where = " · ".join(part for part in (self.stage, self.video_id) if part)
        message = f"[{where}] {self.problem}" if where else self.problem
        return f"{message} — {self.remedy}" if self.remedy else message


class ConfigError(VideogenError):
    """A configuration value is missing, malformed or contradicts another one."""

    exit_code = 2


class InputError(VideogenError):
    """A prompt, picture or request file cannot be used as it is."""

    exit_code = 3


class PolicyError(InputError):
    """A prompt or picture breaks a rule of the content policy."""

    exit_code = 4


class ModelError(VideogenError):
    """A model profile or its weights are missing, corrupt or do not fit."""

    exit_code = 5


class ArtifactError(VideogenError):
    """A stored artifact is missing, incomplete or changed since it was written."""

    exit_code = 6


class StorageError(VideogenError):
    """The disk or remote store refused a write (full, read-only, no permission)."""

    exit_code = 7


class MediaError(VideogenError):
    """A video, picture or caption file could not be read or written."""

    exit_code = 8


class OutOfMemoryError(VideogenError):
    """Even the smallest unit of work did not fit in memory."""

    exit_code = 9


class CapacityError(VideogenError):
    """The work was stopped so that more urgent work can run; it can be resumed."""

    exit_code = 10


class ReleaseError(VideogenError):
    """The release gate is closed: a verdict, the label or the signature is missing or does not hold."""

    exit_code = 11


def reasons(error: ValidationError) -> str:
    """What pydantic refused, in one line: ``field: reason; field: reason; and 7 more``."""
    found = []
    for problem in error.errors(include_url=False):
        field = ".".join(str(part) for part in problem["loc"])
        message = problem["msg"].removeprefix("Value error, ")
        found.append(f"{field}: {message}" if field else message)
    return listed(found)
