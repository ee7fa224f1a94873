"""`videogen adapt` says what would be changed; it draws and stores nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from typer.testing import CliRunner

from videogen.config.config import VideoGenConfig
from videogen_dagster.cli import app


@pytest.fixture
def adapt(tmp_path: Path) -> Any:
    config = tmp_path / "config.yaml"
    settings = {"paths.warehouse": str(tmp_path / "warehouse")}
    config.write_text(VideoGenConfig.defaults().updated(settings).to_yaml(), encoding="utf-8")

    def run(*arguments: str) -> Any:
        answer = CliRunner().invoke(app, ["--config", str(config), "adapt", *arguments], catch_exceptions=False)
        assert answer.exit_code == 0
        return answer.stdout

    return run


def test_a_domain_and_a_prompt_are_described(adapt: Any) -> None:
    shown = adapt("health", "--prompt", "a paramedic van coming from the right")
    assert "coverage by pib-mini" in shown
    assert "the model reads: an ambulance moving to the left, in the city" in shown
    found = json.loads(adapt("health", "--prompt", "a paramedic van", "--json"))
    (change,) = [one for one in found["prompt"]["changes"] if one["before"]]
    assert (change["before"], change["after"], change["why"]) == ("paramedic van", "ambulance", "synonym")
    assert found["coverage"]["inside"]


def test_a_template_is_filled_before_the_prompt_is_read(adapt: Any) -> None:
    found = json.loads(adapt("energy", "--style", "energy/night", "--prompt", "solar modules", "--json"))
    assert found["prompt"]["original"] == "solar modules, at night"
    assert found["prompt"]["text"] == "solar panels, at night, in the hills"


def test_own_settings_stay_and_another_domain_lends_weights(adapt: Any) -> None:
    found = json.loads(adapt("education", "--set", "model.guidance_scale=2", "--from", "health", "--json"))
    assert found["settings"]["settings"]["model.guidance_scale"] == 2
    assert found["weights"]["source"] == "health"
    assert "with your settings: model.guidance_scale=2" in adapt("education", "--set", "model.guidance_scale=2")


def test_domains_and_looks_are_listed_and_a_look_is_taken_from_a_picture(adapt: Any, tmp_path: Path) -> None:
    listed = json.loads(adapt("--list", "--json"))
    assert len(listed["domains"]) >= 8
    assert "sepia" in listed["looks"]
    Image.new("RGB", (30, 20), (230, 120, 20)).save(tmp_path / "orange.png")
    assert adapt("--look-of", str(tmp_path / "orange.png")).startswith("own_look:")


def test_videos_of_a_prompt_say_how_well_it_works(adapt: Any, tmp_path: Path) -> None:
    from fractions import Fraction

    import numpy as np

    from training.world.render import render_clip
    from training.world.scenes import sample_scene
    from videogen.media.encoding import Encoding, write_mp4

    scene = sample_scene(np.random.default_rng(1), subject="bus", direction="left")
    path = tmp_path / "bus.mp4"
    write_mp4(path, render_clip(scene), Encoding((128, 80), Fraction(8)))
    found = json.loads(adapt("--evaluate", str(path), "--prompt", "a bus driving left", "--json"))
    assert found["results"] == 1
    assert found["verdict"].startswith("not enough results")
    assert {word["word"] for word in found["words"]} == {"bus", "driving left"}
    assert all(word["effect"] > 0 for word in found["words"])
    compared = adapt("--evaluate", str(path), "--twin", str(path), "--prompt", "a bus driving left")
    assert compared.startswith("same: the scores differ by +0.000")
