"""What one step makes: a value for each of its videos, one after the other, so that memory holds one at a time.

A fault in one video never loses the others: it is noted, the rest goes on, and later steps leave that
video out. The run fails in the end with all faults named (see `Work.failure`).
"""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import dagster as dg

from resources.failures import note_failure
from videogen.domain.artifacts import StageFailure
from videogen.errors import CapacityError
from videogen.runtime.device import peak_memory
from videogen.runtime.progress import Progress, listen

if TYPE_CHECKING:
    from logging import Logger

    import pandas as pd

    from resources.storage import StorageResource
    from resources.videos import Video

T = TypeVar("T")
DENOISING = "video_latents"
"""The stage whose every step is told, and which gives way by itself, with a checkpoint."""
SECONDS_BETWEEN_LINES = 5.0


@dataclass(frozen=True)
class Made(Generic[T]):
    """A value on its way into the store.

    rows: what the warehouse gets, by table. scratch: a folder to delete once the value is stored.
    seconds: the share of this video, where the work was done for several videos at once.
    """

    value: T
    metadata: dict[str, Any] = field(default_factory=dict)
    rows: dict[str, pd.DataFrame] = field(default_factory=dict)
    scratch: TemporaryDirectory[str] | None = None
    seconds: float | None = None


@dataclass(frozen=True)
class Stored(Generic[T]):
    """The artifacts of one stage, read video by video when they are needed."""

    storage: StorageResource
    stage: str
    kind: type[T]

    def load(self, video: Video) -> T:
        """The value that counts for the video's attempt. Raises ArtifactError where there is none."""
        holder = self.storage.requests.holder(video.id, video.number, self.stage)
        return self.storage.artifacts.load(video.id, holder, self.stage, self.kind)


@dataclass
class Work(Generic[T]):
    """One step over many videos. The IO manager asks `make` for a value, stores it, and goes to the next."""

    stage: str
    run_id: str
    storage: StorageResource
    log: Logger
    videos: Sequence[Video]
    make: Callable[[Video], Made[T]]
    failures: dict[str, StageFailure] = field(default_factory=dict)
    done: list[str] = field(default_factory=list)
    is_resumed: bool = False
    give_way: Callable[[Progress], None] = lambda progress: None
    _said: float = 0.0

    def is_made(self, video: Video) -> bool:
        """Whether an earlier run that this one continues has stored the value already."""
        return self.is_resumed and self.storage.artifacts.exists(video.id, video.number, self.stage)

    @contextmanager
    def guarded(self, video: Video) -> Iterator[dict[str, Any]]:
        """Time what happens in the block and note it if it fails; ``seconds`` given wins over the clock."""
        started, clock = datetime.now(UTC), time.perf_counter()
        facts: dict[str, Any] = {}
        try:
            # Not around the whole step: Dagster leaves the generator of a failed step open, and its listener with it.
            with listen(self._log_progress), listen(self.give_way):
                yield facts
        except (CapacityError, dg.Failure, dg.RetryRequested):
            raise
        except Exception as error:
            note_failure(self.storage, self.stage, video, error, self.failures)
            self.log.error(f"{self.failures[video.id].problem}\n{traceback.format_exc()}")
            return
        seconds = facts.get("seconds") or time.perf_counter() - clock
        self.done.append(video.id)
        self._record(video, started, seconds)

    def _log_progress(self, progress: Progress) -> None:
        """Every denoising step is a line of the log; of the many frames of other stages, one now and then."""
        now = time.monotonic()
        if progress.stage != DENOISING and progress.done < progress.total and now - self._said < SECONDS_BETWEEN_LINES:
            return
        self._said = now
        self.log.info(f"{progress.stage} {progress.done}/{progress.total} {progress.detail}".rstrip())

    def _record(self, video: Video, started: datetime, seconds: float) -> None:
        timings(self.run_id, video.id).append(
            {
                "video_id": video.id,
                "attempt": video.number,
                "stage": self.stage,
                "run_id": self.run_id,
                "started_at": started,
                "seconds": seconds,
                "peak_memory_bytes": peak_memory(),
            }
        )

    def write_timings(self) -> None:
        """Put what all stages of the run took so far into the warehouse."""
        import pandas as pd

        if rows := [row for video in _timings.get(self.run_id, {}).values() for row in video]:
            self.storage.warehouse.write("stage_timings", self.run_id, pd.DataFrame(rows))


_timings: dict[str, dict[str, list[dict[str, Any]]]] = {}


def timings(run_id: str, video_id: str) -> list[dict[str, Any]]:
    """The rows of `stage_timings` that this process has made for a video in its latest run.

    They are kept so that a run writes one file, not one a stage or video.
    """
    if run_id not in _timings:
        _timings.clear()
    return _timings.setdefault(run_id, {}).setdefault(video_id, [])
