"""The errors a user can meet. Each says which stage, which video, what was wrong and what to do.

Exit codes of the command line, by class:

    VideogenError 1
    ├── ConfigError 2
    ├── InputError 3
    │   ├── PolicyError 4
    │   ├── FetchError 3
    │   └── AlertStateError 3
    ├── ModelError 5
    ├── ArtifactError 6
    ├── StorageError 7
    ├── MediaError 8
    ├── OutOfMemoryError 9
    ├── CapacityError 10
    │   ├── PreemptedError 10
    │   └── DeadlineError 10
    ├── ReleaseError 11
    └── LegibilityError 12

An error crosses a process boundary as plain data: `to_failure` there, `from_failure` back, with class, remedy and exit
code.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeVar

if TYPE_CHECKING:
    from pydantic import ValidationError

_Item = TypeVar("_Item")

MAX_LISTED = 20
MAX_CHARACTERS = 10_000


def listed(items: Sequence[_Item], separator: str = "; ", told: Callable[[_Item], str] = str) -> str:
    """The first `MAX_LISTED` items, and how many more there are: a hostile file can have a million faults.

    Args:
        items: what is listed.
        separator: between two.
        told: an item as text; only those that are shown are asked for.
    """
    shown = [shortened(told(item), MAX_CHARACTERS // MAX_LISTED) for item in items[:MAX_LISTED]]
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
    _kinds: ClassVar[dict[str, type[VideogenError]]] = {}

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        VideogenError._kinds[cls.__name__] = cls

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


class FetchError(InputError):
    """A document could not be fetched from its address."""

    retry_after: timedelta | None = None
    """How long the server asks to be left alone."""

    def __init__(self, problem: str, *, remedy: str = "", retry_after: timedelta | None = None) -> None:
        super().__init__(problem, remedy=remedy)
        self.retry_after = retry_after


class AlertStateError(InputError):
    """An alert is in a state that does not allow this step, e.g. it was cancelled before it was published."""


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


class PreemptedError(CapacityError):
    """Denoising was preempted at a step; its checkpoint is stored."""


class DeadlineError(CapacityError):
    """The deadline passed while the video was made; nothing was written under its final name."""


class ReleaseError(VideogenError):
    """The release gate is closed: a verdict, the label or the signature is missing or does not hold."""

    exit_code = 11


class LegibilityProblem(Protocol):
    """One reason against showing a page: where it is, what is wrong, and what to do."""

    @property
    def where(self) -> str:
        """The place on the page."""

    @property
    def what(self) -> str:
        """What is wrong there."""

    @property
    def remedy(self) -> str:
        """What to do about it."""


class LegibilityError(VideogenError):
    """A warning that would be wrong, incomplete or unreadable on screen; `problems` lists every reason."""

    exit_code = 12
    problems: tuple[LegibilityProblem, ...] = ()

    def __init__(self, problems: Sequence[LegibilityProblem], *, video_id: str | None = None) -> None:
        self.problems = tuple(problems)
        lines = "; ".join(f"{problem.where}: {problem.what} ({problem.remedy})" for problem in self.problems)
        super().__init__(
            f"{len(self.problems)} reasons against showing this alert: {lines}",
            remedy="correct the alert or the template and try again",
            stage="emergency_video",
            video_id=video_id,
        )


def to_failure(error: BaseException, *, stage: str, video_id: str | None = None) -> dict[str, Any]:
    """An error as plain data, for JSON files, Dagster's metadata and other processes.

    Args:
        error: of this project, or any other.
        stage: where it happened, unless the error itself says so.
        video_id: the video, unless the error itself says so.

    Returns:
        ``error`` (name of its class), ``exit_code``, ``stage``, ``problem``, ``remedy``.
    """
    if isinstance(error, VideogenError):
        known = error.at(stage=stage, video_id=video_id)
        return {
            "error": type(error).__name__,
            "exit_code": known.exit_code,
            "stage": known.stage,
            "problem": known.problem,
            "remedy": known.remedy,
        }
    return {
        "error": type(error).__name__,
        "exit_code": VideogenError.exit_code,
        "stage": stage,
        "problem": f"{type(error).__name__}: {error}",
        "remedy": "a fault of the program or a plug-in: see the run's log, and run it again from this stage",
    }


def from_failure(failure: Mapping[str, Any], *, video_id: str | None = None) -> VideogenError:
    """The error that `to_failure` wrote, with its class, remedy and exit code.

    A class that this process does not know, such as one of a plug-in or ``ValueError``, becomes a `VideogenError`.
    """
    kind = VideogenError._kinds.get(failure["error"], VideogenError)
    # Classes may have constructors of their own; what they made of their arguments is in the problem already.
    error = kind.__new__(kind)
    VideogenError.__init__(
        error, failure["problem"], remedy=failure.get("remedy", ""), stage=failure.get("stage"), video_id=video_id
    )
    error.exit_code = int(failure.get("exit_code", kind.exit_code))
    return error


def reasons(error: ValidationError) -> str:
    """What pydantic refused, in one line: ``field: reason; field: reason; and 7 more``."""
    found = []
    for problem in error.errors(include_url=False):
        field = ".".join(str(part) for part in problem["loc"])
        message = problem["msg"].removeprefix("Value error, ")
        found.append(f"{field}: {message}" if field else message)
    return listed(found)
