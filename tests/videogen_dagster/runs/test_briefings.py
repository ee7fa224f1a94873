"""A briefing as Dagster runs: planned, assembled, refused or published."""

from __future__ import annotations

import time
from pathlib import Path
from types import SimpleNamespace

import dagster as dg
import pytest
from typer.testing import CliRunner

from resources.jobs_and_tags import BRIEFING_PARTITIONS, Job
from sensors.briefings import briefing_plans_sensor, briefings_sensor
from tests.dagster_helpers import Project
from videogen.briefing.production import dropped
from videogen.briefing.production.ordering import take_order
from videogen.config.config import VideoGenConfig
from videogen.errors import InputError
from videogen.intake import look
from videogen_dagster.runs.briefings import make_briefing, publish_briefing

RELEASE = "Wells for all towns\n\nThe Ministry of Wells opened 40 wells in 12 towns of the valley in May.\n"


@pytest.fixture
def release(tmp_path: Path) -> Path:
    path = tmp_path / "release.txt"
    path.write_text(RELEASE, encoding="utf-8")
    return path


@pytest.fixture
def config(project: Project) -> VideoGenConfig:
    return VideoGenConfig.load(None, project.settings)


def test_a_release_becomes_a_published_signed_video(project: Project, config: VideoGenConfig, release: Path):
    result = make_briefing(
        [release], config=config, instance=project.instance, source="cli", formats=("square",), target=15
    )
    assert [path.name for path in result.videos] == ["en_square.mp4"]
    assert result.report is not None
    assert result.report.closed == (), result.report.gates
    assert project.instance.get_dynamic_partitions(BRIEFING_PARTITIONS) == [result.id]
    record, folder = publish_briefing(result.id, config=config, operator="Asha Rao", instance=project.instance)
    assert {gate.name for gate in record.gates} >= {
        "policy",
        "facts",
        "quality",
        "label",
        "rights",
        "embargo",
        "signature",
    }
    assert {path.name for path in folder.iterdir()} == {*record.files, "release.json"}
    assert record.provenance.kind == "briefing"


def test_sensors_start_what_the_launchpad_ordered_and_leave_the_rest(project: Project, release: Path):
    store = project.storage.briefings
    ordered = take_order(store, [release], source="launchpad", formats=("square",), target=15)
    take_order(store, [release], source="cli", formats=("square",), target=15)

    def ticked(sensor) -> list[tuple[str, str]]:
        with dg.build_sensor_context(instance=project.instance, resources=project.resources) as context:
            return [(run.partition_key, run.tags.get("videogen/revision", "")) for run in sensor(context).run_requests]

    assert ticked(briefing_plans_sensor) == [(ordered.id, "")]
    assert ticked(briefings_sensor) == []
    project.storage.briefing_maker.plan(ordered.id)
    assert ticked(briefing_plans_sensor) == []
    assert ticked(briefings_sensor) == [(ordered.id, "1")]


def test_a_release_dropped_into_the_inbox_is_planned(
    project: Project, config: VideoGenConfig, release: Path, monkeypatch: pytest.MonkeyPatch
):
    inbox = config.path(config.paths.inbox) / dropped.FOLDER
    inbox.mkdir(parents=True)
    (inbox / "wells.txt").write_bytes(release.read_bytes())
    (inbox / "empty.txt").write_bytes(b"")
    clock = [1000.0]
    monkeypatch.setattr(look, "time", SimpleNamespace(time=lambda: clock[0], monotonic=time.monotonic))

    def planned() -> list[str]:
        with dg.build_sensor_context(instance=project.instance, resources=project.resources) as context:
            return [str(run.partition_key) for run in briefing_plans_sensor(context).run_requests]

    assert planned() == []
    clock[0] += 5
    (briefing,) = planned()
    assert project.storage.briefings.order(briefing).releases == {"en": "wells.txt"}
    assert sorted(path.name for path in (inbox / "rejected").iterdir()) == ["empty.txt", "empty.txt.reason.txt"]


@pytest.mark.parametrize(
    ("wishes", "says"),
    [
        ({"target": 5}, "a briefing of 5 s cannot be made"),
        ({"formats": ("round",)}, "the format 'round' does not exist"),
        ({"languages": ("en", "hi")}, "1 files, but 2 languages"),
        ({"brand": "nobody"}, "the brand 'nobody' does not exist"),
    ],
)
def test_wishes_that_cannot_be_met_are_refused_before_anything_is_kept(project: Project, release: Path, wishes, says):
    with pytest.raises(InputError, match=says):
        take_order(project.storage.briefings, [release], source="cli", **wishes)
    assert project.storage.briefings.ids() == []


def test_two_releases_in_one_language_are_no_family(project: Project, release: Path, tmp_path: Path):
    other = tmp_path / "other.txt"
    other.write_text(RELEASE, encoding="utf-8")
    with pytest.raises(InputError, match="both in 'en'"):
        take_order(project.storage.briefings, [release, other], source="cli")


def test_the_command_line_takes_a_file_without_naming_a_command():
    from videogen_dagster.commands.videos.briefing import app

    shown = CliRunner().invoke(app, ["--help"]).output
    assert "videogen briefing release.txt" in " ".join(shown.split())
    made = CliRunner().invoke(app, ["no-such-file.txt", "--formats"])
    assert made.exit_code == 2


def test_the_example_of_the_launchpad_can_be_launched(project: Project):
    from videogen_dagster.definitions import defs
    from videogen_dagster.jobs.briefings import EXAMPLE

    release = Path(__file__).parents[3] / EXAMPLE["releases"][0]
    asked = {"ops": {"take_briefing": {"config": {**EXAMPLE, "releases": [str(release)]}}}}
    result = defs.resolve_job_def("submit_briefing").execute_in_process(
        asked,
        instance=project.instance,
        resources={"storage": project.storage, "mem_io_manager": dg.mem_io_manager},
    )
    (briefing,) = project.storage.briefings.ids()
    assert result.output_for_node("take_briefing") == briefing
    assert project.storage.briefings.order(briefing).formats == ("wide",)
    assert project.instance.get_dynamic_partitions(BRIEFING_PARTITIONS) == [briefing]


def test_jobs_have_the_names_that_sensors_use():
    from videogen_dagster.jobs.briefings import BRIEFING_JOBS

    assert {Job.PLAN_BRIEFING, Job.ASSEMBLE_BRIEFING, Job.PUBLISH_BRIEFING} <= {job.name for job in BRIEFING_JOBS}
