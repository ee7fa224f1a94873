"""The run queue of dagster.yaml."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import dagster as dg
import pytest

from resources.dagster_internals import of_the_code_location
from resources.jobs_and_tags import PRIORITY_TAG
from videogen_dagster.home import project_instance


@dg.job
def _job() -> None:
    pass


@pytest.fixture
def instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dg.DagsterInstance]:
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    with project_instance() as opened:
        yield opened


def queued(instance: dg.DagsterInstance, tags: dict[str, str], parent: str | None = None) -> dg.DagsterRun:
    again = {} if parent is None else {"parent_run_id": parent, "root_run_id": parent}
    made = of_the_code_location(instance, "_job").create_run_for_job(_job, tags=tags, **again)  # type: ignore[arg-type]
    context: Any = SimpleNamespace(dagster_run=made, workspace=None)
    instance.run_coordinator.submit_run(context)
    found = instance.get_run_by_id(made.run_id)
    assert found is not None
    return found


def test_a_run_that_repeats_another_goes_before_those_of_equal_priority(instance: dg.DagsterInstance) -> None:
    first = queued(instance, {PRIORITY_TAG: "3"})
    assert first.tags[PRIORITY_TAG] == "3"
    assert first.status is dg.DagsterRunStatus.QUEUED
    assert queued(instance, {PRIORITY_TAG: "3"}, first.run_id).tags[PRIORITY_TAG] == "4"
    assert queued(instance, {}, first.run_id).tags[PRIORITY_TAG] == "1"
    assert PRIORITY_TAG not in queued(instance, {}).tags
