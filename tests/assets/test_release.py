"""The asset `published_video` in real runs: what holds goes out, what does not is refused with every reason."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from assets.release import GATE, published_video
from tests.dagster_helpers import Project, failure_text
from tests.release_helpers import facts, make_attempt, quality, write_clip
from videogen.release.folder import read_record
from videogen.release.trust import signers_for
from videogen.release.verification import verify_file


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_clip(tmp_path_factory.mktemp("clip") / "clip.mp4")


def publish(
    project: Project, video_id: str, operator: str = "Ada Desk", tags: dict[str, str] | None = None, **config: Any
) -> dg.ExecuteInProcessResult:
    return dg.materialize(
        [published_video],
        partition_key=video_id,
        resources=project.resources,
        instance=project.instance,
        run_config={
            "ops": {"published_video": {"config": {"operator": operator, **config}}},
            "loggers": {"console": {"config": {"log_level": "CRITICAL"}}},
        },
        raise_on_error=False,
        tags=tags,
    )


def made(project: Project, clip: Path, **options: Any) -> str:
    (video_id,) = project.submit("a bus")
    make_attempt(project.storage.requests, project.storage.artifacts, video_id, clip, **options)
    return video_id


def rows(project: Project, table: str) -> list[dict[str, Any]]:
    return project.storage.warehouse.query(f"SELECT * FROM {table}").to_dict("records")


def test_a_passing_video_is_published_with_metadata_check_and_row(project: Project, clip: Path) -> None:
    video_id = made(project, clip, report=quality())
    result = publish(project, video_id)
    assert result.success
    (event,) = result.asset_materializations_for_node("published_video")
    metadata = {key: value.value for key, value in event.metadata.items()}
    video = Path(metadata["path"])
    assert video == Path(project.settings["paths.published"]) / video_id / f"{video_id}.mp4"
    assert verify_file(video, signers_for(project.storage.settings.config)).trusted
    assert metadata["attempt"] == "1"
    assert metadata["below_target"] is False
    (check,) = result.get_asset_check_evaluations()
    assert (check.check_name, check.passed) == (GATE, True)
    assert metadata["released_by"] == "Ada Desk"
    (row,) = rows(project, "releases")
    assert (row["event"], row["video_id"], row["sha256"]) == ("published", video_id, metadata["sha256"])
    assert (row["released_by"], row["operator"], row["why"]) == ("Ada Desk", None, None)
    found = verify_file(video, signers_for(project.storage.settings.config)).record
    assert found is not None
    assert found.released_by == "Ada Desk"
    assert rows(project, "alerts") == []


def test_who_published_it_stands_in_record_metadata_and_table(project: Project, clip: Path) -> None:
    by_person, by_sensor = (made(project, clip, report=quality()) for _ in range(2))
    publish(project, by_person, operator="Ada Desk")
    publish(project, by_sensor, operator="sensor releases")
    found = {row["video_id"]: row["released_by"] for row in rows(project, "releases")}
    assert found == {by_person: "Ada Desk", by_sensor: "sensor releases"}
    record = read_record(Path(project.settings["paths.published"]), by_person)
    assert record is not None
    assert record.provenance.released_by == "Ada Desk"


def test_a_refused_video_is_answered_with_every_reason_and_its_run_is_no_failure(project: Project, clip: Path) -> None:
    video_id = made(project, clip, report=quality(passed=False, label=False), checked=facts(publishable=False))
    result = publish(project, video_id)
    assert result.success
    (check,) = result.get_asset_check_evaluations()
    assert (check.passed, check.severity) == (False, dg.AssetCheckSeverity.WARN)
    for reason in ("quality failed: score 0.70: sharpness is 0.2", "facts failed", "label failed: no label"):
        assert reason in (check.description or "")
    assert {record.data["gate"]: record.data["state"] for record in check.metadata["gates"].records} == {
        "policy": "holds", "facts": "failed", "quality": "failed", "label": "failed",
        "approval": "holds", "embargo": "holds", "rights": "holds",
    }  # fmt: skip
    assert result.asset_materializations_for_node("published_video") == []
    (row,) = rows(project, "releases")
    assert row["event"] == "refused"
    assert not (Path(project.settings["paths.published"]) / video_id).exists()


def test_a_good_video_with_wrong_facts_is_an_alert(project: Project, clip: Path) -> None:
    video_id = made(project, clip, report=quality(), checked=facts(publishable=False))
    assert publish(project, video_id).asset_materializations_for_node("published_video") == []
    (alert,) = rows(project, "alerts")
    assert (alert["kind"], alert["video_id"]) == ("release_refused", video_id)


def test_an_operator_who_answers_for_it_publishes_it(project: Project, clip: Path) -> None:
    video_id = made(project, clip, report=quality(passed=False))
    result = publish(project, video_id, operator="Ada Desk", why="the editor in chief wants it")
    assert result.success
    (check,) = result.get_asset_check_evaluations()
    assert not check.passed
    assert "Ada Desk" in (check.description or "")
    (row,) = rows(project, "releases")
    assert (row["operator"], row["why"], row["below_target"]) == ("Ada Desk", "the editor in chief wants it", True)


@pytest.mark.parametrize(
    ("config", "reason"),
    [
        ({"operator": " "}, "needs the name of the operator"),
        ({"operator": "Ada Desk", "why": " "}, "name and a reason"),
        ({"operator": "", "why": "because"}, "name and a reason"),
    ],
)
def test_nothing_is_published_without_a_name_or_for_an_empty_reason(
    project: Project, clip: Path, config: dict[str, str], reason: str
) -> None:
    video_id = made(project, clip, report=quality())
    result = publish(project, video_id, **config)
    assert not result.success
    assert reason in failure_text(result)


def test_the_launchpad_asks_who_publishes(project: Project, clip: Path) -> None:
    job = dg.Definitions(assets=[published_video], resources=project.resources).resolve_implicit_global_asset_job_def()
    dg.validate_run_config(job, {"ops": {"published_video": {"config": {"operator": "Ada Desk"}}}})
    with pytest.raises(dg.DagsterInvalidConfigError, match="operator"):
        dg.validate_run_config(job, {})


def test_the_name_alone_lifts_no_gate(project: Project, clip: Path) -> None:
    video_id = made(project, clip, report=quality(passed=False))
    result = publish(project, video_id, operator="Ada Desk")
    (check,) = result.get_asset_check_evaluations()
    assert not check.passed
    assert result.asset_materializations_for_node("published_video") == []
    assert not (Path(project.settings["paths.published"]) / video_id).exists()


def test_publishing_again_succeeds_and_adds_no_row(project: Project, clip: Path) -> None:
    video_id = made(project, clip, report=quality())
    assert publish(project, video_id).success
    assert publish(project, video_id).success
    assert len(rows(project, "releases")) == 1
