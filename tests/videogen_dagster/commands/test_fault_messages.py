"""Faults of the surroundings, as somebody at a terminal meets them: a message, a remedy, an exit code, no traceback."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import dagster as dg
import pytest

from resources.settings import SettingsResource
from tests.release_helpers import make_attempt, quality, write_clip
from videogen.config.config import VideoGenConfig
from videogen.domain.requests import VideoRequest
from videogen.errors import ArtifactError, ConfigError, StorageError
from videogen.storage.artifact_store import ArtifactStore
from videogen.storage.request_store import RequestStore
from videogen_dagster import cli
from videogen_dagster.home import home_errors, project_instance
from videogen_dagster.output import printable
from videogen_dagster.runs import launcher

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def store(tmp_path, monkeypatch) -> RequestStore:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "dagster.yaml").write_text("telemetry: {enabled: false}\n")
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "home"))
    for name in ("store", "warehouse", "published"):
        monkeypatch.setenv(f"VIDEOGEN_PATHS__{name.upper()}", str(tmp_path / name))
    return RequestStore(str(tmp_path / "store"))


@pytest.fixture
def videogen(store, capfd, monkeypatch) -> Run:
    """Exit code, stdout and stderr of a command."""

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["videogen", *arguments])
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            cli.main()
        captured = capfd.readouterr()
        assert "Traceback" not in captured.err
        return int(ended.value.code or 0), captured.out, captured.err

    return run


@pytest.mark.parametrize("file", ["request.json", "attempt-1/attempt.json", "attempt-1/quality_report.json"])
def test_a_damaged_video_is_listed_as_damaged_beside_all_the_others(videogen, store, tmp_path, file):
    artifacts = ArtifactStore(store.root)
    damaged, good = (store.submit(VideoRequest(prompt="a bus")).id for _ in range(2))
    make_attempt(store, artifacts, damaged, write_clip(tmp_path / "c.mp4"), report=quality())
    (tmp_path / "store" / damaged / file).write_text("{")
    code, out, _ = videogen("status", "--json")
    lines = {line["video_id"]: line for line in json.loads(out)}
    assert (code, lines[good]["state"], lines[damaged]["state"]) == (0, "waiting", "damaged")
    assert lines[damaged]["failure"]["exit_code"] == ArtifactError.exit_code
    code, out, err = videogen("status", "--state", "damaged")
    assert damaged in out
    assert good not in out
    assert f"{damaged}: " in err


def test_a_state_that_there_is_not_is_refused_with_those_that_there_are(videogen):
    code, _, err = videogen("status", "--state", "nonsense")
    assert code == 3
    assert "choose one of waiting, queued" in err


def test_an_empty_id_is_refused_not_taken_for_none(videogen):
    assert videogen("status", "")[0] == 3


def test_a_priority_out_of_range_stores_no_request_that_nobody_could_read(videogen, store, tmp_path):
    (tmp_path / "r.txt").write_text("a bus")
    assert videogen("submit", str(tmp_path / "r.txt"), "--priority", "5000")[0] == 2
    assert store.ids() == []


def test_control_characters_of_a_prompt_do_not_reach_the_terminal(videogen, store):
    store.submit(VideoRequest(prompt="a\x1b[2J bus\x07"))
    _, out, _ = videogen("status")
    assert "\x1b" not in out
    assert "\x07" not in out
    assert printable("a\x1b[2J\tü\n") == "a\\x1b[2J\tü\n"


def test_a_text_reaches_programs_whole_and_the_terminal_harmless(videogen):
    sql = "SELECT '=HYPERLINK(1) ' || chr(27) || '[2J ' || chr(8238) || ' bus' AS prompt, -1.5 AS number"
    _, out, _ = videogen("query", sql, "--json")
    assert json.loads(out) == [{"prompt": "=HYPERLINK(1) \x1b[2J \u202e bus", "number": -1.5}]
    assert not set("\x1b\u202e") & set(out)
    _, out, _ = videogen("query", sql, "--csv")
    assert out.splitlines() == ["prompt,number", "'=HYPERLINK(1) \\x1b[2J \\u202e bus,-1.5"]


@pytest.mark.parametrize(
    ("sql", "value"),
    [("SELECT '\\xA3'::BLOB AS x", "a3"), ("SELECT '12345678-1234-5678-1234-567812345678'::UUID AS x", "12345678")],
)
def test_values_that_json_does_not_know_are_written_as_text(videogen, sql, value):
    code, out, _ = videogen("query", sql, "--json")
    assert code == 0
    assert json.loads(out)[0]["x"].startswith(value)


def test_a_start_whose_sources_were_cleaned_away_opens_no_attempt_and_names_one_that_works(videogen, store, tmp_path):
    video_id = store.submit(VideoRequest(prompt="a bus")).id
    make_attempt(store, ArtifactStore(store.root), video_id, write_clip(tmp_path / "c.mp4"), report=quality())
    code, _, err = videogen("retry", video_id, "--from", "rendered_video")
    assert code == 6
    assert f"[rendered_video · {video_id}] attempt 1 has no upscaled_frames" in err
    assert f"`videogen retry {video_id}" in err
    assert [attempt.number for attempt in store.attempts(video_id)] == [1]


def test_a_relative_dagster_home_is_refused_before_anything_is_made(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DAGSTER_HOME", "here")
    with pytest.raises(ConfigError, match="not an absolute path"):
        project_instance()
    assert list(tmp_path.iterdir()) == []


def test_a_dagster_home_that_cannot_be_made_is_a_fault_of_the_disk(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("x")
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "file"))
    with pytest.raises(StorageError, match="cannot be used"):
        project_instance()


def test_a_damaged_database_of_dagster_is_a_fault_of_the_disk_that_names_the_home(store, tmp_path):
    for name in ("history", "history/runs"):
        (tmp_path / "home" / name).mkdir()
    (tmp_path / "home" / "history" / "runs.db").write_bytes(b"no database" * 1000)
    with pytest.raises(StorageError, match="not a database") as caught, home_errors():
        project_instance().get_runs()
    assert os.environ["DAGSTER_HOME"] in caught.value.problem


def test_a_copy_that_did_not_fit_leaves_nothing_behind(tmp_path, monkeypatch):
    from videogen.storage.delivery import put_copy

    def full(source: Path, target: Path) -> None:
        target.write_bytes(b"half")
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr("videogen.storage.delivery.copy", full)
    with pytest.raises(StorageError, match="No space left"):
        put_copy(tmp_path / "a", tmp_path / "b.mp4")
    assert list(tmp_path.iterdir()) == []


def test_a_run_whose_events_cannot_be_written_is_a_fault_of_the_disk(store, tmp_path):
    @dg.op
    def idle() -> None:
        pass

    @dg.job(resource_defs={"settings": SettingsResource()})
    def job() -> None:
        idle()

    with project_instance() as instance:
        events = tmp_path / "home" / "history" / "runs"
        shutil.rmtree(events)
        events.write_text("in its place")
        with pytest.raises(StorageError, match="unable to open database file"):
            launcher.run(job, ["a"], config=VideoGenConfig(), instance=instance, priority=0)
