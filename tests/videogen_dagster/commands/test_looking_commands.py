"""Commands that look at something and make no video: a prompt, a picture, a template, numbers, a claim."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import yaml
from PIL import Image

from tests.videogen_dagster.front import picture


def test_explain_says_what_the_model_reads_and_how_a_picture_is_fitted(videogen, tmp_path):
    answer = videogen("explain", "renewable energy initiatives", "--image", picture(tmp_path / "a.png"), "--json")
    said = answer.data["prompt"]
    assert answer.code == 0
    assert said["language"].startswith("en ")
    assert said["enhanced"].startswith("renewable energy initiatives")
    assert said["tokens"] == len(said["pieces"].split())
    assert answer.data["pictures"][0]["fitted to"] == "64×40"
    assert 0.0 <= answer.data["pictures"][0]["brightness"] <= 1.0


def test_explain_says_why_a_prompt_would_be_refused(videogen):
    answer = videogen("explain", "a nude woman on the beach")
    assert answer.code == 4
    assert "refused: rule sexual-content" in answer.err


def test_templates_are_listed_shown_validated_and_kept_in_versions(videogen, tmp_path, monkeypatch):
    import shutil
    from functools import partial

    from videogen.config.config import PROJECT_ROOT
    from videogen.emergency.templates import library
    from videogen.emergency.templates.validation import validate

    monkeypatch.setattr(library, "validate", partial(validate, sizes=((640, 360),)))
    for name in ("flood", "generic"):
        shutil.copytree(PROJECT_ROOT / "templates" / name, tmp_path / "templates" / name)
    monkeypatch.setenv("VIDEOGEN_EMERGENCY_TEMPLATE_DIRECTORY", str(tmp_path / "templates"))
    entries = videogen("templates", "list", "--json").data
    assert {entry["id"] for entry in entries} == {"flood", "generic"}
    latest = max(entry["version"] for entry in entries if entry["id"] == "flood")
    shown = videogen("templates", "show", "flood", "--json").data
    assert shown["quality"]["contrast"] >= 4.5
    assert shown["seconds"] > 0
    (tmp_path / "new.yaml").write_text("colour: '#00364F'\n")
    assert videogen("templates", "update", "flood", tmp_path / "new.yaml").out.strip() == f"flood {latest + 1}"
    dam = yaml.safe_load((tmp_path / "templates" / "flood" / "1.yaml").read_text()) | {"id": "dam_break"}
    (tmp_path / "dam.yaml").write_text(yaml.safe_dump(dam, allow_unicode=True))
    assert videogen("templates", "validate", tmp_path / "dam.yaml").code == 0
    assert videogen("templates", "register", tmp_path / "dam.yaml").out.strip() == "dam_break 1"
    pale = tmp_path / "pale.yaml"
    pale.write_text(yaml.safe_dump({**dam, "colour": "#FFFFFF"}, allow_unicode=True))
    assert videogen("templates", "validate", pale).code == 1
    assert videogen("templates", "show", "weather").code != 0


def test_a_picture_is_enlarged_like_a_video(videogen, tmp_path):
    small = picture(tmp_path / "small.png")
    answer = videogen("upscale", small, tmp_path / "large.png", "--height", "128", "--content", "illustration")
    assert answer.code == 0, answer.err
    with Image.open(tmp_path / "large.png") as large, Image.open(small) as original:
        assert large.size == (192, 128)
        back = large.convert("RGB").resize((96, 64), Image.Resampling.BOX)
        assert np.asarray(back).shape == np.asarray(original.convert("RGB")).shape


def test_measure_gives_numbers_of_files_and_says_what_a_set_lacks(videogen, tmp_path):
    from fractions import Fraction

    from videogen.media.encoding import Encoding, write_mp4

    frames = np.random.default_rng(0).integers(0, 255, (6, 1, 1, 3), dtype=np.uint8) + np.zeros(
        (6, 64, 96, 3), np.uint8
    )
    path = tmp_path / "a.mp4"
    write_mp4(path, iter(frames), Encoding((96, 64), Fraction(12), crf=4))
    data = videogen("measure", path, "--reference", path, "--json").data
    numbers = data["files"][str(path)]
    assert numbers["ssim"] == pytest.approx(1.0)
    assert numbers["coherent"] in (True, False)
    assert "no clip of 16 frames" in data["set"]["fvd"]
    assert data["set"]["target_is"] == 70.0


def test_kb_why_shows_the_evidence_for_one_claim(videogen):
    answer = videogen("kb", "why", "The capital of France is Paris.", "--json")
    assert (answer.code, answer.data["outcome"]) == (0, "supported")
    assert answer.data["evidence"]
    assert videogen("kb", "why", "The capital of France is Rome.").code == 1


def test_assess_shows_every_metric_with_its_limit(videogen, tmp_path):
    from fractions import Fraction

    from videogen.media.encoding import Encoding, write_mp4

    path: Path = tmp_path / "a.mp4"
    write_mp4(path, iter(np.full((8, 64, 96, 3), 90, np.uint8)), Encoding((96, 64), Fraction(12)))
    answer = videogen("assess", path, "--details", "--content-type", "footage")
    assert "at least" in answer.out + answer.err
    assert "temporal" in answer.out + answer.err
