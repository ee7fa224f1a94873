"""A running generation gives way to an emergency, and its result is the same as if nothing had happened."""

from __future__ import annotations

import time
from functools import partial
from typing import Any

import pytest
import torch

from resources.checkpoints import CHECKPOINT
from tests.dagster_helpers import Project, that_make
from videogen.domain.artifacts import VideoLatents
from videogen.domain.stages import STAGES
from videogen.emergency.mode import EmergencyMode
from videogen.runtime.progress import Progress, listen

UNTIL_LATENTS = that_make(STAGES[: STAGES.index("video_latents") + 1])


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look at the store at every step: steps of the tiny model are shorter than the usual interval."""
    monkeypatch.setattr(EmergencyMode, "watch", lambda self, priority: partial(self.outranks, priority))


def latents(project: Project, video_id: str) -> torch.Tensor:
    return project.storage.artifacts.load(video_id, 1, "video_latents", VideoLatents).latents


def facts(result: Any, asset: str) -> dict[str, Any]:
    (event,) = result.asset_materializations_for_node(asset)
    return {key: value.value for key, value in event.metadata.items()}


@pytest.mark.usefixtures("impatient")
def test_a_generation_stops_at_the_next_step_and_ends_with_the_same_latents(tiny_project: Project) -> None:
    project = tiny_project
    undisturbed, disturbed = (project.submit("a red bus at night", seed=5)[0] for _ in range(2))
    assert project.materialize(UNTIL_LATENTS, [undisturbed]).success
    mode, seen = project.storage.emergency, []

    def emergency(progress: Progress) -> None:
        seen.append((progress.stage, progress.done))
        if (progress.stage, progress.done) == ("video_latents", 2) and seen.count(("video_latents", 2)) == 1:
            mode.enter("flood", 130)
        if progress.stage == "waiting for an emergency":
            checkpointed.append(project.storage.artifacts.exists(disturbed, 1, CHECKPOINT))
            mode.leave("flood")

    checkpointed: list[bool] = []
    with listen(emergency):
        result = project.materialize(UNTIL_LATENTS, [disturbed])
    assert result.success
    assert facts(result, "video_latents")["gave_way"] == 1
    assert all(checkpointed)
    assert ("waiting for an emergency", 0) in seen
    assert torch.equal(latents(project, undisturbed), latents(project, disturbed))
    assert not project.storage.artifacts.exists(disturbed, 1, CHECKPOINT)


@pytest.mark.usefixtures("impatient")
def test_a_run_that_was_stopped_while_it_waited_leaves_a_checkpoint_to_go_on_from(
    tiny_project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    from resources.emergency import EmergencyResource

    project = tiny_project
    undisturbed, stopped = (project.submit("a red bus at night", seed=5)[0] for _ in range(2))
    assert project.materialize(UNTIL_LATENTS, [undisturbed]).success
    with monkeypatch.context() as patch:

        def emergency(progress: Progress) -> None:
            if (progress.stage, progress.done) == ("video_latents", 2):
                project.storage.emergency.enter("flood", 130)

        def stop(self: EmergencyResource, step: str) -> float:
            if step == "video_latents" and self.mode.outranks(self.priority):
                raise RuntimeError("told to stop")
            return 0.0

        patch.setattr(EmergencyResource, "wait", stop)
        with listen(emergency):
            assert not project.materialize(UNTIL_LATENTS, [stopped]).success
    project.storage.emergency.leave("flood")
    assert project.storage.artifacts.exists(stopped, 1, CHECKPOINT)
    done: list[int] = []

    def count(progress: Progress) -> None:
        if progress.stage == "video_latents":
            done.append(progress.done)

    with listen(count):
        again = that_make(["video_latents"])
        run = project.materialize(UNTIL_LATENTS, [stopped], selection=again, tags={"videogen/attempt": "1"})
    assert run.success
    assert done[0] == 2
    assert torch.equal(latents(project, undisturbed), latents(project, stopped))


def test_every_stage_waits_before_it_starts_and_more_urgent_runs_do_not(project: Project) -> None:
    (video,) = project.submit("a red bus at night")
    mode = project.storage.emergency
    first = that_make(["reference_images"])
    mode.enter("flood", 130, seconds=1.5)
    started = time.monotonic()
    result = project.materialize(first, [video])
    waited = time.monotonic() - started
    mode.enter("flood", 130, seconds=600.0)
    started = time.monotonic()
    urgent = project.materialize(first, [video], tags={"dagster/priority": "130"})
    assert time.monotonic() - started < 60.0
    assert waited >= 1.4
    for run in (result, urgent):
        assert "reference_images" in {event.step_key for event in run.all_events}
