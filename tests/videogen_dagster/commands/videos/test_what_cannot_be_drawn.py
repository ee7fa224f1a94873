"""Every channel tells, before anything is drawn, what the model cannot draw; the video is made once and kept in."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from pathlib import Path

import dagster as dg
import pytest

from resources.storage import StorageResource
from tests.videogen_dagster.front import Answer, config_in, no_verdict
from training.known_world import PATH
from videogen.adaptation.inbox_notes import tell_later
from videogen.config.config import VideoGenConfig
from videogen.intake.inbox import take_from_inbox
from videogen.storage.request_store import RequestStore
from videogen_dagster.definitions import defs
from videogen_dagster.generator import VideoGenerator

PROMPT = "a helicopter above the sea"
TOLD = "cannot draw what the prompt asks for (it does not know: helicopter)"


@pytest.fixture(scope="module")
def config(home: Path, tiny_models: Path) -> Path:
    """The tiny model, with the world of pib-mini."""
    models = home / "models"
    shutil.copytree(tiny_models, models)
    shutil.copy(PATH, models / "world.json")
    with (models / "profiles" / "tiny.yaml").open("a", encoding="utf-8") as profile:
        profile.write("\nworld: world.json\n")
    return config_in(home, models, quality__weights=no_verdict(VideoGenConfig()))


def test_the_command_line_tells_before_it_draws_makes_one_attempt_and_cannot_publish_it(
    videogen: Callable[..., Answer], home: Path
) -> None:
    answer = videogen("generate", PROMPT, "--seed", "7", "--out", home / "made.mp4", "--json")
    assert answer.code == 0, answer.err
    assert TOLD in answer.err
    assert any(TOLD in warning for warning in answer.data["warnings"])
    assert (answer.data["attempts"], answer.data["target_reached"]) == ([1], False)
    assert TOLD in answer.data["note"]
    video_id = answer.data["video_id"]
    shown = videogen("show", video_id, "--json").data["attempts"][0]
    assert any(TOLD in warning for warning in shown["warnings"])
    assert videogen("status", video_id, "--json").data["state"] == "below target"
    refused = videogen("publish", video_id, "--json")
    assert refused.code == 11
    assert TOLD in refused.data["error"]["problem"]


def test_a_batch_is_told_row_by_row(videogen: Callable[..., Answer], tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(f"prompt\na red bus\n{PROMPT}\n")
    answer = videogen("submit", tmp_path / "a.csv", "--json")
    assert TOLD in answer.err
    assert list(answer.data["warnings"]) == [answer.data["submitted"][1]]


def test_python_is_told_before_the_request_is_stored(config: Path, home: Path) -> None:
    told: list[str] = []

    def stop(warning: str) -> None:
        told.append(warning)
        raise KeyboardInterrupt

    before = len(list((home / "store").glob("*"))) if (home / "store").exists() else 0
    with pytest.raises(KeyboardInterrupt):
        VideoGenerator(config, on_warning=stop).generate_video(PROMPT)
    assert TOLD in told[0]
    assert (len(list((home / "store").glob("*"))) if (home / "store").exists() else 0) == before


def test_the_launchpad_is_told_by_the_run_that_takes_the_request(config: Path) -> None:
    from resources.settings import SettingsResource

    storage = StorageResource(settings=SettingsResource.of(VideoGenConfig.load(config)))
    with dg.DagsterInstance.ephemeral() as instance:
        result = defs.resolve_job_def("submit_video").execute_in_process(
            run_config={"ops": {"store_request": {"config": {"prompt": PROMPT}}}},
            instance=instance,
            resources={"storage": storage, "mem_io_manager": dg.mem_io_manager},
        )
    (output,) = (event for event in result.all_events if event.is_successful_output)
    assert TOLD in output.step_output_data.metadata["warning"].value


def test_the_inbox_has_a_note_beside_the_file_that_was_taken(config: Path, tmp_path: Path) -> None:
    settings = VideoGenConfig.load(config)
    store, inbox = RequestStore(settings.location(settings.paths.store)), tmp_path / "inbox"
    inbox.mkdir()
    (inbox / "rows.csv").write_text(f"prompt\na red bus\n{PROMPT}\n")
    (inbox / "fine.txt").write_text("a red bus")
    taken = take_from_inbox(inbox, store, config=settings, settle=0)
    tell_later(inbox / "accepted", taken.filed, settings)
    note = inbox / "accepted" / "rows.csv.warnings.txt"
    until = time.monotonic() + 120
    while not note.exists() and time.monotonic() < until:
        time.sleep(0.1)
    (line,) = note.read_text().splitlines()
    assert line.startswith(f"{taken.filed['rows.csv'][1]}: ")
    assert TOLD in line
    assert not (inbox / "accepted" / "fine.txt.warnings.txt").exists()
