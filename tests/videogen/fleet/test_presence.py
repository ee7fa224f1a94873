"""Who is there, and who has gone: decisions without any server."""

from __future__ import annotations

import pytest

from videogen.errors import ConfigError
from videogen.fleet.beats import Beat
from videogen.fleet.presence import Absences, Patience, limits, places, strangers
from videogen.fleet.queues import Queue, places_of, queue_named, step_of
from videogen.fleet.software import software_version


def beat(queue: Queue = Queue.GPU, version: str = "1", places: int = 1, *runs: str) -> Beat:
    return Beat(worker=f"{queue}-{version}", machine="m", queue=queue, places=places, runs=runs, version=version, pid=1)


def test_places_are_those_of_workers_with_the_same_software() -> None:
    there = [beat(places=2), beat(Queue.CPU), beat(version="2", places=8)]

    assert places(there, "1") == {Queue.GPU: 2, Queue.CPU: 1, Queue.EMERGENCY: 0}
    assert [one.version for one in strangers(there, "1")] == ["2"]
    assert {"key": "queue", "value": "emergency", "limit": 0} in limits(places(there, "1"), "queue")


def test_a_worker_ends_its_runs_before_others_may_begin_them() -> None:
    patience = Patience(30.0)
    # From the last beat: it counts for a while, then the run is missed for as long as it must be.
    assert patience.every < patience.counts < patience.fence < patience.counts + patience.absent == patience.lost


def test_a_run_is_lost_when_no_worker_has_named_it_for_long_enough() -> None:
    absences = Absences(Patience(30.0))

    assert not absences.is_lost("a", {"a"}, 0.0)
    assert not absences.is_lost("a", set(), 1.0)
    assert not absences.is_lost("a", set(), 20.0)
    assert absences.is_lost("a", set(), 22.0)


def test_a_run_that_is_named_again_was_never_missed() -> None:
    absences = Absences(Patience(30.0))
    absences.is_lost("a", set(), 0.0)
    absences.is_lost("a", {"a"}, 10.0)

    assert not absences.is_lost("a", set(), 25.0)


def test_nobody_is_missed_while_the_queue_does_not_answer() -> None:
    absences = Absences(Patience(30.0))
    absences.is_lost("a", set(), 0.0)
    absences.forget()

    assert not absences.is_lost("a", set(), 100.0)


def test_an_unknown_queue_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(ConfigError, match="did you mean gpu") as refused:
        queue_named("gpuu")
    assert "gpu, cpu, emergency" in refused.value.remedy


def test_places_are_read_from_what_is_asked() -> None:
    assert places_of([]) == {Queue.GPU: 1, Queue.CPU: 1, Queue.EMERGENCY: 1}
    assert places_of(["gpu=2", "cpu"]) == {Queue.GPU: 2, Queue.CPU: 1}
    for wrong in (["gpu=0"], ["gpu=many"], ["gpu", "gpu=2"], ["gpu=65"], ["tpu"]):
        with pytest.raises(ConfigError):
            places_of(wrong)


def test_alerts_come_before_people_and_nightly_work_comes_last() -> None:
    steps = [step_of(priority) for priority in (225, 100, 10, 0, -10)]

    assert steps == sorted(steps)
    assert len(set(steps)) == 4


def test_the_software_has_one_name_on_all_machines_with_the_same_code() -> None:
    number, plus, digest = software_version().partition("+")

    assert number
    assert plus
    assert len(digest) == 8
