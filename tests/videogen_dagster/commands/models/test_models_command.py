"""`videogen models`: what there is and fits, a look into a model, a trial of it."""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.tiny_pipelines import PIPELINES, write_pipeline
from tests.videogen_dagster.front import Answer
from videogen.config.config import PROJECT_ROOT, VideoGenConfig

pytestmark = pytest.mark.filterwarnings("ignore")
Command = Callable[..., Answer]


@pytest.fixture
def configured(tmp_path: Path) -> Path:
    """A configuration whose models folder holds the tiny Wan, and a profile whose weights are away."""
    models = tmp_path / "models"
    write_pipeline(models, "wan22")
    away = PIPELINES["wan21"].profile("maker/away", pipeline="WanPipeline")
    restricted = away | {"licence_excludes": ["EU"], "licence": "Not in Europe", "licence_link": "https://example.org"}
    (models / "profiles" / "away.yaml").write_text(yaml.safe_dump(restricted), encoding="utf-8")
    settings: dict[str, Any] = {"paths.models": str(models), "model.profile": "wan22"}
    path = tmp_path / "config.yaml"
    path.write_text(VideoGenConfig.load(None, settings).to_yaml(), encoding="utf-8")
    return path


def test_the_list_says_licence_memory_weights_and_what_fits(videogen: Command, configured: Path) -> None:
    found = {one["name"]: one for one in videogen("--config", str(configured), "models", "list", "--json").data}
    assert set(found) == {"wan22", "away"}
    assert (found["wan22"]["weights"], found["away"]["weights"]) == ("here", "missing")
    assert found["wan22"]["placement"]["fits"]
    assert "no rights in EU" in found["away"]["caution"]
    shown = videogen("--config", str(configured), "models", "list").out
    assert "Not in Europe" in shown


def test_advice_for_the_shipped_profiles_names_one_and_gives_every_reason(videogen: Command, tmp_path: Path) -> None:
    path = tmp_path / "shipped.yaml"
    path.write_text(VideoGenConfig.load(None, {"paths.models": str(PROJECT_ROOT / "models")}).to_yaml())
    answer = videogen("--config", str(path), "models", "advise", "--json")
    profiles = {one["name"]: one for one in answer.data["profiles"]}
    assert set(profiles) == {path.stem for path in (PROJECT_ROOT / "models" / "profiles").glob("*.yaml")}
    assert all(one["placement"]["reason"] for one in profiles.values())
    assert profiles["pib-mini"]["placement"]["fits"]


def test_advice_says_what_a_fetch_puts_on_a_disk_that_has_no_room_for_it(
    videogen: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from videogen.models.installation.machine import Machine

    full = Machine("a GPU", 25.0, 25.0, (8, 9), 64.0, 64.0, 12.0)
    monkeypatch.setattr("videogen.models.installation.machine.look", lambda models: full)
    shutil.copytree(PROJECT_ROOT / "models" / "profiles", tmp_path / "models" / "profiles")
    path = tmp_path / "full.yaml"
    path.write_text(VideoGenConfig.load(None, {"paths.models": str(tmp_path / "models")}).to_yaml(), encoding="utf-8")
    answer = videogen("--config", str(path), "models", "advise")
    assert "34 GB to fetch, 12 GB free on the disk of paths.models: free 22 GB first, or set paths.models" in answer.out
    profiles = {
        one["name"]: one for one in videogen("--config", str(path), "models", "advise", "--json").data["profiles"]
    }
    assert profiles["wan22-5b"]["disk"].startswith("34 GB to fetch")
    assert profiles["pib-mini"]["disk"] == ""


def test_a_check_loads_every_stage_and_reports_parts_sizes_and_precision(videogen: Command, configured: Path) -> None:
    parts = videogen("--config", str(configured), "models", "check", "wan22", "--json").data
    held = {(one["stage"], one["part"]) for one in parts}
    assert held == {
        ("encode", "text_encoder"), ("denoise", "transformer"), ("denoise", "transformer_2"), ("decode", "vae"),
    }  # fmt: skip
    assert all(one["bytes"] > 0 for one in parts)


def test_a_smoke_test_reports_pace_memory_and_whether_it_resumes(videogen: Command, configured: Path) -> None:
    answer = videogen("--config", str(configured), "models", "smoke", "wan22", "--json")
    measured = answer.data["measured"]
    assert measured["resumes_exactly"] == "true"
    assert float(measured["seconds_per_step"]) > 0
    assert float(measured["peak_memory_gb_denoising"]) > 0
    assert answer.data["problems"] == [] or answer.code == 5


def test_a_model_that_needs_a_picture_is_tried_with_one(videogen: Command, configured: Path, tmp_path: Path) -> None:
    write_pipeline(tmp_path / "models", "wan22_i2v")
    answer = videogen("--config", str(configured), "models", "smoke", "wan22_i2v", "--json")
    assert answer.data["measured"]["resumes_exactly"] == "true"
    assert answer.data["problems"] == [] or answer.code == 5


def test_restricted_weights_are_not_fetched_without_consent(videogen: Command, configured: Path) -> None:
    answer = videogen("--config", str(configured), "models", "fetch", "away")
    assert answer.code == 5
    assert "gives no rights in EU" in answer.err
    assert "--accept-licence" in answer.err


def test_the_five_commands_of_the_documentation_go_as_far_as_they_can_without_a_network(
    videogen: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From a bare machine to a Wan video: each names what it needs, and what to do, in one message."""
    import huggingface_hub

    page = (PROJECT_ROOT / "docs" / "models.md").read_text(encoding="utf-8")
    install, *commands = page.partition("```sh\n")[2].partition("```")[0].splitlines()
    assert install == "make install"
    assert re.search(r"^install:", (PROJECT_ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    models = tmp_path / "models"
    shutil.copytree(PROJECT_ROOT / "models" / "profiles", models / "profiles")
    path = tmp_path / "config.yaml"
    settings = {"paths.models": str(models), "paths.store": str(tmp_path / "store")}
    path.write_text(VideoGenConfig.load(None, settings).to_yaml(), encoding="utf-8")
    api = huggingface_hub.hf_api.HfApi
    monkeypatch.setattr("huggingface_hub.HfApi", lambda: api(endpoint="http://127.0.0.1:9"))
    monkeypatch.setenv("HF_HOME", str(tmp_path / "nothing"))
    answers = []
    for command in commands:
        program, *arguments = shlex.split(command)
        assert program == ".venv/bin/videogen"
        answers.append(videogen("--config", str(path), *arguments))
    advise, fetch, smoke, generate = answers
    assert advise.code == 0
    assert "as it is" in advise.out
    assert "wan22-5b" in advise.out
    assert fetch.code == 5
    assert "the hub cannot be reached" in fetch.err
    assert "check the network" in fetch.err
    for answer in (smoke, generate):
        assert answer.code == 5
        assert "are not on this machine" in answer.err
        assert "videogen models fetch wan22-5b" in answer.err
