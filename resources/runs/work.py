"""Computes the values of a step video by video, so that memory holds one at a time.

A failure of one video never loses the others: it is noted, the rest goes on, and later steps leave that
video out. The run fails in the end with all failures named (see `resources.runs.failures`).
"""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import dagster as dg

from resources.jobs_and_tags import FIRST_ROWS
from resources.runs.failures import as_dagster, note_failure
from videogen.domain.artifacts import StageFailure
from videogen.domain.stages import Stage
from videogen.errors import CapacityError
from videogen.monitoring.context import working_on
from videogen.runtime.device import peak_memory
from videogen.runtime.progress import Progress, listen

if TYPE_CHECKING:
    from logging import Logger

    import pandas as pd

    from resources.runs.videos import Video
    from resources.storage import StorageResource
    from videogen.monitoring.service import MonitoringService
    from videogen.storage.artifact_store import StoredArtifact

T = TypeVar("T")
DENOISING = Stage.VIDEO_LATENTS
"""The stage whose every step is logged, and which is preempted with a checkpoint of its own."""
SECONDS_BETWEEN_LINES = 1.0
"""Who watches a run, in Dagster's pages or at the review desk, sees where it is, not where it was."""
LOOKS = 4
"""Parts of the way, at the end of each of which (but the last) there is a look at what is being drawn."""


@dataclass(frozen=True)
class Made(Generic[T]):
    """A computed value and how to store it.

    rows: what the warehouse gets, by table. scratch: a folder to delete once the value is stored.
    seconds: the share of this video, where the work was done for several videos at once. observations: what is now
    known about other assets.
    """

    value: T
    metadata: dict[str, Any] = field(default_factory=dict)
    rows: dict[str, pd.DataFrame] = field(default_factory=dict)
    scratch: TemporaryDirectory[str] | None = None
    seconds: float | None = None
    observations: tuple[dg.AssetObservation, ...] = ()


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


Maker = Callable[["Video"], Mapping[str, Made[Any]]]
"""Makes the values of a video, by stage."""


@dataclass
class Work:
    """One step over many videos: each value is computed, stored, and let go before the next one.

    stages: what the step stores; failures are noted under the first one. done: metadata of each stored video, by stage
    and id. preempt: a progress listener that may pause the work. observe: puts what is seen on the way into the run's
    events. monitoring: takes what is measured; None: it is off.
    """

    stages: Sequence[str]
    run_id: str
    storage: StorageResource
    log: Logger
    videos: Sequence[Video]
    failures: dict[str, StageFailure] = field(default_factory=dict)
    done: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    is_resumed: bool = False
    preempt: Callable[[Progress], None] = lambda progress: None
    observations: list[dg.AssetObservation] = field(default_factory=list)
    observe: Callable[[dg.AssetObservation], None] = lambda observation: None
    monitoring: MonitoringService | None = None
    _logged_at: float = 0.0
    _seen: int = 0
    _stepped: tuple[int, float] | None = None

    @property
    def stage(self) -> str:
        """The stage that failures and progress are named by."""
        return self.stages[0]

    def carry_out(self, make: Maker) -> None:
        """Compute and store the value of every video; values stored by a killed process are kept.

        Raises:
            dg.Failure: no video came through. Otherwise failures are in `failures`.
        """
        if self.monitoring is not None and self.videos:
            self.monitoring.record_metric("videogen_batch_videos", len(self.videos))
        try:
            for video in self.videos:
                with working_on(run_id=self.run_id, video_id=video.id, attempt=video.number, stage=self.stage):
                    self._carry_out(video, make)
        finally:
            # Where nothing was done, perhaps for want of disk space, the videos' own failures are what counts.
            if self.done:
                self._write_timings()
        if not self.done:
            raise as_dagster(self.failures, len(self.failures))

    def is_made(self, video: Video) -> bool:
        """Return whether an earlier run that this one continues has already stored all values."""
        return self.is_resumed and all(
            self.storage.artifacts.exists(video.id, video.number, stage) for stage in self.stages
        )

    def _carry_out(self, video: Video, make: Maker) -> None:
        started, clock = datetime.now(UTC), time.perf_counter()
        try:
            # Not around the whole step: Dagster leaves the generator of a failed step open, and its listener with it.
            with listen(self._log_progress), listen(self.preempt):
                values = None if self.is_made(video) else make(video)
                stored = self._kept(video) if values is None else self._save(video, values)
        except (CapacityError, dg.Failure, dg.RetryRequested):
            raise
        except Exception as error:
            note_failure(self.storage, self.stage, video, error, self.failures)
            self.log.error(f"{self.failures[video.id].problem}\n{traceback.format_exc()}")
            return
        each = (time.perf_counter() - clock) / len(self.stages)
        for stage, artifact in stored.items():
            made = values[stage] if values else None
            seconds = (made.seconds if made else None) or each
            facts = artifact_metadata(self.storage, video, artifact)
            told = made.metadata if made else {}
            self.done.setdefault(stage, {})[video.id] = in_order({**told, **facts, "seconds": seconds, **told})
            self.observations += [] if made is None else made.observations
            self._record(stage, video, started, seconds)

    def _save(self, video: Video, values: Mapping[str, Made[Any]]) -> dict[str, StoredArtifact]:
        try:
            stored = {
                stage: self.storage.artifacts.save(
                    video.id, video.number, stage, values[stage].value, run_id=self.run_id
                )
                for stage in self.stages
            }
            for made in values.values():
                for table, rows in made.rows.items():
                    self.storage.warehouse.write(table, f"{video.id}.{video.number}", rows)
            return stored
        finally:
            for made in values.values():
                if made.scratch is not None:
                    made.scratch.cleanup()

    def _kept(self, video: Video) -> dict[str, StoredArtifact]:
        return {stage: self.storage.artifacts.manifest(video.id, video.number, stage) for stage in self.stages}

    def _log_progress(self, progress: Progress) -> None:
        """Every denoising step is a line of the log; of the many frames of other stages, one now and then."""
        self._show(progress)
        now = time.monotonic()
        self._measure(progress, now)
        if (
            progress.stage != DENOISING
            and progress.done < progress.total
            and now - self._logged_at < SECONDS_BETWEEN_LINES
        ):
            return
        self._logged_at = now
        self.log.info(f"{progress.stage} {progress.done}/{progress.total} {progress.detail}".rstrip())

    def _measure(self, progress: Progress, now: float) -> None:
        """Record how long the denoising steps since the last report took."""
        if self.monitoring is None or progress.stage != DENOISING:
            return
        before, self._stepped = self._stepped, (progress.done, now)
        if before is not None and progress.done > before[0]:
            steps = progress.done - before[0]
            self.monitoring.record_metric("videogen_denoise_step_seconds", (now - before[1]) / steps)
            self.monitoring.record_metric("videogen_denoise_steps_total", steps)

    def _show(self, progress: Progress) -> None:
        """A strip of small frames on the run's page, at every quarter of the way."""
        quarter = progress.done * LOOKS // progress.total
        if progress.look is None or quarter <= self._seen or progress.done == progress.total:
            return
        self._seen = quarter
        from videogen.media import preview

        strip = preview.strip(progress.look())
        told = f"{progress.done} of {progress.total} steps {progress.detail}".rstrip()
        self.observe(
            dg.AssetObservation(
                self.stage,
                partition=self.videos[0].id if len(self.videos) == 1 else None,
                description=told,
                metadata={
                    "preview": dg.MetadataValue.md(preview.as_markdown(strip, told)),
                    "progress": told,
                },
            )
        )

    def _record(self, stage: str, video: Video, started: datetime, seconds: float) -> None:
        self.storage.timings(self.run_id).append(
            {
                "video_id": video.id,
                "attempt": video.number,
                "stage": stage,
                "run_id": self.run_id,
                "started_at": started,
                "seconds": seconds,
                "peak_memory_bytes": peak_memory(),
            }
        )

    def _write_timings(self) -> None:
        """Put what all stages of the run took so far into the warehouse: one file a run, not one a stage."""
        import pandas as pd

        self.storage.warehouse.write("stage_timings", self.run_id, pd.DataFrame(self.storage.timings(self.run_id)))


def artifact_metadata(storage: StorageResource, video: Video, stored: StoredArtifact) -> dict[str, Any]:
    """Return location and origin of an artifact as metadata for Dagster's UI.

    Size and attempt are texts: the page plots all numbers, sorted by name, and these two would precede the quality.
    """
    place = storage.artifacts.location(video.id, video.number, stored.files[0].name)
    return {
        "title": video.request.heading,
        "prompt": video.request.plain_prompt,
        "path": dg.MetadataValue.path(place),
        "sha256": stored.sha256,
        "bytes": f"{stored.bytes:,}",
        "attempt": str(video.number),
        "seed": dg.MetadataValue.text(str(video.seed)),
        "profile": video.config.model.profile,
        **({} if video.request.pipeline is None else {"pipeline": video.request.pipeline}),
    }


def in_order(facts: Mapping[str, Any]) -> dict[str, Any]:
    """The same with what people look at first in front."""
    first = {key: facts[key] for key in FIRST_ROWS if key in facts}
    return {**first, **{key: value for key, value in facts.items() if key not in first}}
