"""Every channel tells, before anything is drawn, what the model cannot draw; the video is made once and kept in."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.videogen_dagster.front import Answer, config_in, no_verdict
from training.known_world import PATH
from videogen.config.config import VideoGenConfig
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
