"""How a run waits: its place in the pool is free meanwhile, and it takes it again afterwards."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from resources.emergency import EmergencyResource
from resources.settings import SettingsResource
from resources.storage import StorageResource
from videogen.runtime.progress import Progress, listen, report

POOLS = {"concurrency": {"pools": {"default_limit": 1, "granularity": "op"}}}


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.local_temp(str(tmp_path), overrides=POOLS) as made:
        made.event_log_storage.set_concurrency_slots("gpu", 1)
        yield made


@pytest.fixture
def resource(tmp_path: Path, instance: dg.DagsterInstance) -> EmergencyResource:
    settings = SettingsResource(overrides={"paths.store": str(tmp_path / "store")})
    made = EmergencyResource(storage=StorageResource(settings=settings))
    run = dg.DagsterRun("generate_video", tags={"dagster/priority": "10"})
    instance.add_run(run)
    made._run, made._instance = run, instance
    return made


def holders(instance: dg.DagsterInstance) -> list[str]:
    return [slot.step_key for slot in instance.event_log_storage.get_concurrency_info("gpu").claimed_slots]


def test_while_it_waits_another_may_have_its_place(resource: EmergencyResource, instance: dg.DagsterInstance) -> None:
    events = instance.event_log_storage
    assert events.claim_concurrency_slot("gpu", resource._run.run_id, "video_latents", 10).is_claimed
    resource.mode.enter("flood", 120)
    while_waiting: list[list[str]] = []

    def look(progress: Progress) -> None:
        if progress.stage == "waiting for an emergency" and progress.done == 0:
            threading.Thread(target=use_the_place).start()

    def use_the_place() -> None:
        while holders(instance):
            pass
        urgent = dg.DagsterRun("generate_video")
        instance.add_run(urgent)
        assert events.claim_concurrency_slot("gpu", urgent.run_id, "urgent", 100).is_claimed
        while_waiting.append(holders(instance))
        events.free_concurrency_slot_for_step(urgent.run_id, "urgent")
        resource.mode.leave("flood")

    with listen(look):
        waited = resource.wait("video_latents")
    assert while_waiting == [["urgent"]]
    assert holders(instance) == ["video_latents"]
    assert waited > 0.0


def test_without_an_emergency_nothing_waits(resource: EmergencyResource) -> None:
    assert resource.wait("video_latents") == 0.0
    resource.mode.enter("drill", 10)
    assert resource.wait("video_latents") == 0.0


def test_work_in_progress_stands_still_unless_it_gives_way_by_itself(resource: EmergencyResource) -> None:
    waited: list[str] = []
    resource.mode.enter("flood", 120, seconds=0.7)

    def note(progress: Progress) -> None:
        if progress.stage == "waiting for an emergency":
            waited.append(progress.detail)

    with listen(resource.pausing("upscaled_frames", "video_latents")), listen(note):
        report("video_latents", 1, 4)
        assert waited == []
        report("upscaled_frames", 1, 16)
    assert waited == ["flood", ""]
