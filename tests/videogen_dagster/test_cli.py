from __future__ import annotations

import csv
import io
import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.videogen_dagster.front import config_in, frames_of, no_verdict, picture
from videogen.config import PROJECT_ROOT, VideoGenConfig
from videogen.config_text import commented_yaml
from videogen.requests import VIDEO_ID, VideoRequest
from videogen.stages import STAGES
from videogen.tables import TABLES
from videogen_dagster import cli


@dataclass
class Answer:
    """What a command left: exit code, stdout and stderr."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        return json.loads(self.out)


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def config(home, tiny_models) -> Path:
    return config_in(home, tiny_models, quality__weights=no_verdict(VideoGenConfig()))


@pytest.fixture(scope="module", autouse=True)
def dagster_home(home) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        (home / "dagster_home").mkdir()
        (home / "dagster_home" / "dagster.yaml").write_text("telemetry: {enabled: false}\n")
        patch.setenv("DAGSTER_HOME", str(home / "dagster_home"))
        patch.setenv("VIDEOGEN_CONFIG", "")
        yield


@pytest.fixture
def videogen(config, capfd, monkeypatch) -> Callable[..., Answer]:
    """Runs the command as the console script does, in this process."""

    def run(*arguments: object) -> Answer:
        monkeypatch.setattr(sys, "argv", ["videogen", "--config", str(config), *map(str, arguments)])
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            cli.main()
        captured = capfd.readouterr()
        return Answer(int(ended.value.code or 0), captured.out, captured.err)

    return run


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
            "a red bus driving left",
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


# --- without a video -------------------------------------------------------------------------------


def test_help_loads_nothing_heavy():
    script = "import sys, videogen_dagster.cli; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", script], cwd=PROJECT_ROOT, capture_output=True, text=True, check=True
    )
    heavy = {
        "torch",
        "dagster",
        "diffusers",
        "transformers",
        "pandas",
        "numpy",
        "duckdb",
        "cv2",
        "pydantic",
        "fsspec",
    }
    assert heavy.isdisjoint(loaded.stdout.split())


def test_help_names_every_command_and_the_exit_codes(videogen):
    answer = videogen("--help")
    assert answer.code == 0
    for word in (
        "generate",
        "submit",
        "status",
        "show",
        "retry",
        "query",
        "config",
        "profiles",
        "stages",
        "Exit codes",
    ):
        assert word in answer.out


@pytest.mark.parametrize(
    "arguments", [["generate"], ["nonsense"], ["generate", "x", "--seed", "y"], ["status", "--limit", "0"]]
)
def test_misuse_is_exit_code_2(videogen, arguments):
    answer = videogen(*arguments)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err


def test_stages_and_profiles_are_listed(videogen):
    assert list(videogen("stages", "--json").data) == list(STAGES)
    assert [profile["name"] for profile in videogen("profiles", "--json").data] == ["tiny"]
    assert "64×40" in videogen("profiles").out


def test_config_show_prints_what_is_in_force(videogen, monkeypatch, config):
    monkeypatch.setenv("VIDEOGEN_PROCESSING__FPS", "30")
    shown = videogen("config", "show", "--json").data
    assert (shown["processing"]["fps"], shown["model"]["profile"]) == (30, "tiny")
    assert videogen("config", "show").out == commented_yaml(VideoGenConfig.load(config))
    assert videogen("config", "show", "--defaults").out == (PROJECT_ROOT / "config/default.yaml").read_text()


def test_config_check_names_what_is_wrong(videogen, tmp_path):
    assert videogen("config", "check").code == 0
    bad = tmp_path / "bad.yaml"
    bad.write_text("processing: {fps: 0}\n")
    answer = videogen("config", "check", bad, "--json")
    assert answer.code == 2
    assert answer.data["error"]["type"] == "ConfigError"
    assert "processing.fps" in answer.data["error"]["problem"]
    assert "processing.fps" in answer.err
    bad.write_text("model: {profile: none}\npaths: {allowed_inputs: [/none]}\n")
    answer = videogen("config", "check", bad)
    assert answer.code == 0
    assert "model.profile" in answer.err
    assert "paths.allowed_inputs: there is no /none" in answer.err


def test_a_missing_configuration_is_exit_code_2(videogen, config, monkeypatch):
    answer = videogen("--config", "/none.yaml", "status")
    assert (answer.code, answer.out) == (2, "")
    assert "cannot read the configuration file /none.yaml" in answer.err


def test_queries_answer_as_table_csv_and_json(videogen):
    sql = "SELECT 1 AS a, NULL AS b, 'x,y' AS c, TIMESTAMPTZ '2026-11-22 00:00:00+00' AS d"
    assert videogen("query", sql, "--json").data == [{"a": 1, "b": None, "c": "x,y", "d": "2026-11-22T00:00:00.000Z"}]
    assert list(csv.reader(io.StringIO(videogen("query", sql, "--csv").out)))[:2][1][:3] == ["1", "", "x,y"]
    assert "x,y" in videogen("query", sql).out
    assert set(videogen("query", "--json").data) == set(TABLES)


@pytest.mark.parametrize("sql", ["SELEC", "SELECT * FROM read_text('/etc/passwd')"])
def test_a_query_that_is_refused_is_exit_code_3(videogen, sql):
    answer = videogen("query", sql)
    assert (answer.code, answer.out) == (3, "")
    assert "error: the query fails" in answer.err


@pytest.mark.parametrize("command", [["show"], ["status"], ["retry"]])
@pytest.mark.parametrize("video_id", ["../x", "20200101-000000-000000-abcdef"])
def test_an_unknown_video_is_exit_code_3(videogen, command, video_id):
    answer = videogen(*command, video_id, "--json")
    assert answer.code == 3
    assert answer.data["error"]["exit_code"] == 3
    assert "see `videogen status`" in answer.err


@pytest.mark.parametrize(
    ("arguments", "code", "word"),
    [
        (["x", "--image", "/none.png"], 3, "cannot read the picture"),
        (["x", "--out", "/tmp/x.avi"], 3, "does not end in .mp4"),
        (["x", "--set", "model.guidance=3"], 2, "no such setting"),
        (["x", "--set", "nonsense"], 3, "name=value"),
        (["x", "--set", "paths.store=/tmp"], 3, "the operator's to set"),
        (["x", "--duration", "-1"], 3, "duration"),
    ],
)
def test_generate_refuses_before_anything_is_stored(videogen, arguments, code, word):
    before = len(videogen("status", "--json", "--limit", "1000").data)
    answer = videogen("generate", *arguments, "--json")
    assert answer.code == code
    assert word in answer.data["error"]["problem"] + answer.data["error"]["remedy"]
    assert len(videogen("status", "--json", "--limit", "1000").data) == before


def test_submitted_requests_wait_and_are_listed_newest_first(videogen, tmp_path):
    picture(tmp_path / "p.png")
    (tmp_path / "a.csv").write_text("prompt,images,priority\na boat,p.png,5\na tree,,\n")
    (tmp_path / "b.json").write_text('{"prompt": "a train", "title": "Train"}')
    ids = videogen("submit", tmp_path / "a.csv", tmp_path / "b.json", "--priority", "-20", "--json").data["submitted"]
    lines = videogen("status", "--limit", "3", "--json").data
    assert [line["video_id"] for line in lines] == ids[::-1]
    assert [(line["prompt"], line["state"]) for line in lines] == [
        ("a train", "waiting"),
        ("a tree", "waiting"),
        ("a boat", "waiting"),
    ]
    shown = [videogen("show", video_id, "--json").data for video_id in ids]
    assert [video["request"]["priority"] for video in shown] == [5, -20, -20]
    assert Path(shown[0]["pictures"][0]).read_bytes() == (tmp_path / "p.png").read_bytes()
    assert shown[0]["attempts"] == []
    table = videogen("status", "--state", "waiting").out
    assert all(video_id in table for video_id in ids)
    assert videogen("query", "SELECT count(*) AS n FROM requests WHERE source = 'batch'", "--json").data == [{"n": 3}]


def test_of_files_with_a_bad_row_nothing_is_taken(videogen, tmp_path):
    (tmp_path / "good.txt").write_text("a boat")
    (tmp_path / "bad.csv").write_text("prompt,seed\na,1\nb,x\n")
    before = videogen("status", "--json", "--limit", "1000").data
    answer = videogen("submit", tmp_path / "good.txt", tmp_path / "bad.csv")
    assert (answer.code, answer.out) == (3, "")
    assert "line 3: seed" in answer.err
    assert videogen("status", "--json", "--limit", "1000").data == before


def test_prompts_are_shown_as_they_are(videogen, tmp_path):
    prompt = "[red]a [bold]bus[/red] \\[x] 🚌 ünï"
    (tmp_path / "p.txt").write_text(prompt)
    video_id = videogen("submit", tmp_path / "p.txt").out.strip()
    assert VIDEO_ID.fullmatch(video_id)
    assert prompt in videogen("status", video_id).out
    assert prompt in videogen("show", video_id).out


# --- with a video ----------------------------------------------------------------------------------


def test_generate_leaves_the_video_and_one_json_document(made, home):
    assert made["path"] == str(home / "made" / "bus.mp4")
    assert frames_of(Path(made["path"])) == [(128, 80)] * 16
    assert Path(made["captions"]).read_text().startswith("WEBVTT")
    assert (made["attempt"], made["seed"], made["target_reached"]) == (1, 7, True)
    assert set(made["seconds"]) == set(STAGES)


def test_progress_of_the_denoising_steps_is_on_stderr(made):
    assert re.search(r"video_latents.* \d+/\d+", made["stderr"])


def test_status_says_that_it_is_done(videogen, made):
    line = videogen("status", made["video_id"], "--json").data
    assert (line["state"], line["attempt"], line["stages_made"]) == ("done", 1, len(STAGES))
    assert "done" in videogen("status", made["video_id"]).out


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
        (["--from", "nonsense"], 3, "there is no stage 'nonsense'"),
        (["--set", "model.guidance=3"], 2, "no such setting"),
        (["--set", "seed=-5"], 3, "greater than or equal to 0"),
        (["--set", "paths.store=/tmp"], 3, "the operator's to set"),
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
    assert [line["state"] for line in states] == ["done", "failed", "done"]
    assert states[1]["failure"]["error"] == "PolicyError"
    assert videogen("status", "--state", "failed", "--json").data == [states[1]]


def test_a_request_of_python_is_the_same_request(videogen, home, config):
    from videogen.request_store import RequestStore

    loaded = VideoGenConfig.load(config)
    request = RequestStore(loaded.location(loaded.paths.store)).submit(VideoRequest(prompt="from python"))
    assert videogen("show", request.id, "--json").data["request"]["source"] == "python"
