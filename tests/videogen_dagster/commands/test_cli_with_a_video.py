"""The command line over a video that `videogen generate` made: what is shown of it, and what is made again."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.videogen_dagster.front import frames_of, picture
from videogen.config.config import PROJECT_ROOT
from videogen.domain.stages import STAGES


@pytest.fixture(scope="module")
def made(home, config) -> dict[str, Any]:
    """A video that `videogen generate` made, from a process of its own, as a script would call it."""
    out = home / "made" / "bus.mp4"
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "videogen_dagster.cli",
            "--config",
            config,
            "generate",
            "a red bus driving left (slowly:9)",
            "--credit",
            "Test Bureau",
            "--licence",
            "own",
            "--image",
            picture(home / "bus.png"),
            "--out",
            out,
            "--seed",
            "7",
            "--title",
            "Bus",
            "--set",
            "model.guidance_scale=2.5",
            "--json",
        ],
        cwd=PROJECT_ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return {**json.loads(done.stdout), "stderr": done.stderr}


def test_generate_leaves_the_video_and_one_json_document(made, home):
    assert made["path"] == str(home / "made" / "bus.mp4")
    assert frames_of(Path(made["path"])) == [(128, 80)] * 16
    assert Path(made["captions"]).read_text().startswith("WEBVTT")
    assert (made["attempt"], made["seed"], made["target_reached"]) == (1, 7, True)
    assert set(made["seconds"]) == set(STAGES)


def test_what_the_model_will_not_do_as_asked_is_told_on_stderr_in_json_and_by_show(videogen, made):
    warning = "the emphasis 9 of 'slowly' is outside 0.1 to 2: 2 is used"
    assert warning in made["warnings"]
    assert f"warning: {warning}" in made["stderr"]
    assert warning in videogen("show", made["video_id"], "--json").data["attempts"][0]["warnings"]
    assert warning in videogen("show", made["video_id"]).out


def test_progress_of_the_denoising_steps_is_on_stderr(made):
    assert re.search(r"video_latents.* \d+/\d+", made["stderr"])


def test_status_says_that_it_is_done(videogen, made):
    line = videogen("status", made["video_id"], "--json").data
    assert (line["state"], line["attempt"], line["stages_made"]) == ("to be looked at", 1, len(STAGES))
    assert "to be looked at" in videogen("status", made["video_id"]).out


def test_a_made_video_goes_through_the_release_gate(videogen, made):
    published = videogen("publish", made["video_id"], "--json")
    assert published.code == 0, published.err
    assert {gate["state"] for gate in published.data["gates"]} == {"holds"}
    assert published.data["provenance"]["origin"] == "composite"
    verified = videogen("verify", published.data["path"], "--json")
    assert verified.code == 0
    assert verified.data["record"]["seed"] == 7
    assert verified.data["record"]["model"] == "tiny"


def test_show_tells_the_whole_lineage(videogen, made):
    shown = videogen("show", made["video_id"], "--json").data
    assert shown["request"]["overrides"] == {"model.guidance_scale": 2.5}
    assert shown["request"]["source"] == "command-line"
    (attempt,) = shown["attempts"]
    assert (attempt["seed"], attempt["runs"], attempt["model"]) == (7, made["run_ids"], "tiny")
    assert attempt["revision"]
    assert attempt["quality"]["passed"]
    assert attempt["fact_check"]["verdict"]
    for stage in attempt["stages"]:
        assert (stage["attempt"], stage["run_id"]) == (1, made["run_ids"][0])
        assert stage["seconds"] >= 0
        assert all(Path(file["path"]).stat().st_size == file["bytes"] for file in stage["files"])
    steps = {stage["stage"]: list(stage["seconds_of_steps"]) for stage in attempt["stages"]}
    assert steps["upscaled_frames"] == ["upscale", "enhance_details", "temporal_consistency", "look"]
    assert steps["video_latents"] == []
    text = videogen("show", made["video_id"]).out
    for word in ("a red bus driving left", "rendered_video.mp4", "decoded_frames.safetensors", "tiny"):
        assert word in text


def test_timings_and_quality_can_be_queried(videogen, made):
    sql = f"SELECT stage FROM stage_timings WHERE video_id = '{made['video_id']}'"
    assert {row["stage"] for row in videogen("query", sql, "--json").data} == set(STAGES)


def test_clean_removes_only_what_is_old(videogen, made):
    assert videogen("clean", "--json").data == {"artifacts": [], "bytes": 0}


def test_retry_makes_a_stage_again_and_inherits_the_rest(videogen, made):
    answer = videogen("retry", made["video_id"], "--from", "upscaled_frames", "--set", "delivery.crf=30", "--json")
    assert answer.code == 0
    (video,) = answer.data["videos"]
    assert (video["success"], video["attempt"]) == (True, 2)
    assert set(video["seconds"]) == {"upscaled_frames", "rendered_video", "quality_report"}
    first, second = videogen("show", made["video_id"], "--json").data["attempts"]
    assert second["changes"] == {"delivery.crf": 30}
    holders = {stage["stage"]: stage["attempt"] for stage in second["stages"]}
    assert holders == {stage: 2 if stage in video["seconds"] else 1 for stage in STAGES}
    assert {stage["attempt"] for stage in first["stages"]} == {1}


@pytest.mark.parametrize(
    ("arguments", "code", "word"),
    [
        (["--from", "nonsense"], 3, "unknown stage 'nonsense'"),
        (["--set", "model.guidance=3"], 2, "no such setting"),
        (["--set", "seed=-5"], 3, "greater than or equal to 0"),
        (["--set", "paths.store=/tmp"], 3, "for the operator to set"),
        (["--from", "video_latents", "--set", "seed=8"], 3, "use --from base_noise_latents"),
        (["--from", "decoded_frames", "--set", "model.guidance_scale=9"], 3, "use --from video_latents"),
    ],
)
def test_retry_refuses_before_an_attempt_is_opened(videogen, made, arguments, code, word):
    before = len(videogen("show", made["video_id"], "--json").data["attempts"])
    answer = videogen("retry", made["video_id"], *arguments)
    assert (answer.code, answer.out) == (code, "")
    assert word in answer.err
    assert len(videogen("show", made["video_id"], "--json").data["attempts"]) == before


def test_of_a_batch_the_good_ones_are_made_and_the_bad_ones_named(videogen, tmp_path):
    lines = [{"prompt": "a boat"}, {"prompt": "a nude woman on the beach"}, {"prompt": "a tree"}]
    (tmp_path / "batch.jsonl").write_text("\n".join(map(json.dumps, lines)))
    answer = videogen("submit", tmp_path / "batch.jsonl", "--run", "--json")
    assert answer.code == 4
    videos = answer.data["videos"]
    assert [video["success"] for video in videos] == [True, False, True]
    assert videos[1]["failure"]["stage"] == "prompt_asset"
    assert f"error: [prompt_asset · {videos[1]['video_id']}]" in answer.err
    assert all(frames_of(Path(videos[index]["path"])) for index in (0, 2))
    states = [videogen("status", video["video_id"], "--json").data for video in videos]
    assert [line["state"] for line in states] == ["to be looked at", "failed", "to be looked at"]
    assert states[1]["failure"]["error"] == "PolicyError"
    assert videogen("status", "--state", "failed", "--json").data == [states[1]]
