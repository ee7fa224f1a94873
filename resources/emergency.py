"""The emergency mode for runs: whether they are preempted, and how they wait."""

# No "from __future__ import annotations": Dagster reads the annotation ResourceDependency when the class is made.

import time
from collections.abc import Callable, Sequence
from typing import Any

import dagster as dg
from pydantic import PrivateAttr

from resources.dagster_internals import claim_slot, give_back_slots
from resources.jobs_and_tags import PRIORITY_TAG
from resources.runs.processes import tag_worker
from resources.runs.titles import tag_titles
from resources.runs.videos import Video
from resources.storage import StorageResource
from videogen.domain.priorities import EMERGENCY
from videogen.emergency.mode import POLL_SECONDS, EmergencyMode
from videogen.runtime.progress import Progress, report

WAITING = "waiting for an emergency"
_SLOT_SECONDS = 1.0


class EmergencyResource(dg.ConfigurableResource):
    """Lets steps of a run be preempted by work of higher priority."""

    storage: dg.ResourceDependency[StorageResource]
    _run: Any = PrivateAttr(default=None)
    _instance: Any = PrivateAttr(default=None)
    _log: Any = PrivateAttr(default=None)
    _holds_it: bool = PrivateAttr(default=False)

    def setup_for_execution(self, context: dg.InitResourceContext) -> None:
        """Remember which run this is, and note in its tags which process works on it and what it makes."""
        self._run, self._instance, self._log = context.run, context.instance, context.log
        if context.run is not None and context.instance is not None:
            tag_worker(context.instance, context.run)
            tag_titles(context.instance, context.run, self.storage)

    @property
    def mode(self) -> EmergencyMode:
        """The emergency mode itself."""
        return self.storage.emergency

    @property
    def priority(self) -> int:
        """The priority of this run: its tag, as Dagster's queue reads it, and at least that of an emergency it makes.

        0 outside of a run.
        """
        tagged = int(self._run.tags.get(PRIORITY_TAG, 0)) if self._run is not None else 0
        return max(tagged, EMERGENCY) if self._holds_it else tagged

    def hold_for(self, videos: Sequence[Video]) -> None:
        """Switch the mode on for the emergency videos among these; it ends automatically if the run dies."""
        settings = self.storage.settings.config.emergency
        for video in videos:
            if video.request.emergency and settings.emergency_mode_enabled:
                self._holds_it = True
                seconds = settings.emergency_max_generation_time
                self.mode.enter(video.id, EMERGENCY, seconds=seconds, why="an emergency video")

    def give_back(self, videos: Sequence[Video]) -> None:
        """Switch the mode off for these videos: they are done."""
        if self._holds_it:
            for video in videos:
                self.mode.leave(video.id)

    def should_yield(self) -> Callable[[], bool]:
        """Return a function that tells whether this run is preempted now; it may be called at every step."""
        return self.mode.watch(self.priority)

    def pausing(self, step: str, *resumable: str) -> Callable[[Progress], None]:
        """Return a progress listener that pauses the work during an emergency.

        Args:
            step: key of the step that holds a place in a pool.
            resumable: stages that give way by themselves, with a checkpoint, and need no listener.
        """
        should_yield = self.should_yield()

        def listener(progress: Progress) -> None:
            if progress.stage not in (*resumable, WAITING) and should_yield():
                self.wait(step)

        return listener

    def wait(self, step: str) -> float:
        """Wait until no higher-priority work is running; return the seconds waited.

        The step's place in its pool is given back meanwhile. Stopping the run ends the waiting.
        """
        state = self.mode.state()
        if state is None or state.level <= self.priority:
            return 0.0
        who = ", ".join(holder.who for holder in state.holders)
        self._say(f"{step} is paused: emergency of priority {state.level} since {state.since:%H:%M:%S} UTC ({who})")
        started = time.monotonic()
        report(WAITING, 0, 1, who)
        pools = give_back_slots(self._instance, self._run.run_id, step) if self._instance is not None else []
        while self.mode.outranks(self.priority):
            time.sleep(POLL_SECONDS)
        self._take_slots_again(step, pools)
        report(WAITING, 1, 1)
        waited = time.monotonic() - started
        self._say(f"{step} resumes after {waited:.1f} s")
        return waited

    def _say(self, text: str) -> None:
        if self._log is not None:
            self._log.info(text)

    def _take_slots_again(self, step: str, pools: list[str]) -> None:
        for pool in pools:
            while not claim_slot(self._instance, pool, self._run.run_id, step, self.priority):
                time.sleep(_SLOT_SECONDS)
