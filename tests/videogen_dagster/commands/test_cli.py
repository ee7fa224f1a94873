"""The command line where no video is made: help, settings, queries, refusals, and requests that wait."""

from __future__ import annotations

import csv
import io
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.videogen_dagster.front import picture
from videogen.config.commented_yaml import commented_yaml
from videogen.config.config import PROJECT_ROOT, VideoGenConfig
from videogen.domain.requests import VideoRequest
from videogen.domain.stages import STAGES
from videogen.domain.video_ids import VIDEO_ID
from videogen.errors import LegibilityError, VideogenError
from videogen.storage.warehouse_tables import TABLES
from videogen_dagster.output import EXIT_CODES


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


def test_help_lists_the_exit_code_of_every_error():
    def kinds(of: type[VideogenError]) -> set[type[VideogenError]]:
        return {of}.union(*(kinds(kind) for kind in of.__subclasses__()))

    assert LegibilityError in kinds(VideogenError)
    listed = {int(code) for code in re.findall(r"(?:^|· )(\d+) ", EXIT_CODES)}
    ours = [kind for kind in kinds(VideogenError) if not kind.__module__.startswith("tests.")]
    assert {kind.exit_code for kind in ours} <= listed


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
    bad.write_text("paths: {allowed_inputs: [/none]}\n")
    answer = videogen("config", "check", bad)
    assert answer.code == 0
    assert "paths.allowed_inputs: there is no /none" in answer.err


@pytest.mark.parametrize(
    ("group", "wrong", "meant"),
    [
        ("model", "{profile: pib-min}", "pib-mini"),
        ("preprocessing", "{text_steps: [claen]}", "clean"),
        ("preprocessing", "{image_steps: [orient, resiz]}", "resize"),
        ("noise", "{prior: mixd}", "mixed"),
        ("super_resolution", "{upscaler: realesrgn}", "realesrgan"),
        ("super_resolution", "{frame_steps: [upscal]}", "upscale"),
    ],
)
def test_config_check_refuses_a_name_that_nothing_is_known_by_and_tells_the_closest(
    videogen, tmp_path, group, wrong, meant
):
    (tmp_path / "bad.yaml").write_text(f"{group}: {wrong}\n")
    answer = videogen("config", "check", tmp_path / "bad.yaml")
    assert (answer.code, answer.out) == (2, "")
    assert f"error: {group}." in answer.err
    assert f"did you mean '{meant}'?" in answer.err


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
        (["x", "--set", "paths.store=/tmp"], 3, "for the operator to set"),
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


def test_of_files_that_ask_for_a_part_or_profile_that_is_not_there_nothing_is_taken(videogen, tmp_path):
    (tmp_path / "bad.csv").write_text("prompt,profile,noise.prior\na,,\nb,tiny,mixd\nc,tinny,\n")
    before = videogen("status", "--json", "--limit", "1000").data
    answer = videogen("submit", tmp_path / "bad.csv")
    assert (answer.code, answer.out) == (3, "")
    assert "line 3: noise.prior: 'mixd' is not one of" in answer.err
    assert "line 4: model.profile: 'tinny' is not one of tiny: did you mean 'tiny'?" in answer.err
    assert videogen("status", "--json", "--limit", "1000").data == before


def test_prompts_are_shown_as_they_are(videogen, tmp_path):
    prompt = "[red]a [bold]bus[/red] \\[x] 🚌 ünï"
    (tmp_path / "p.txt").write_text(prompt)
    video_id = videogen("submit", tmp_path / "p.txt").out.strip()
    assert VIDEO_ID.fullmatch(video_id)
    assert prompt in videogen("status", video_id).out
    assert prompt in videogen("show", video_id).out


def test_a_request_of_python_is_the_same_request(videogen, home, config):
    from videogen.storage.request_store import RequestStore

    loaded = VideoGenConfig.load(config)
    request = RequestStore(loaded.location(loaded.paths.store)).submit(VideoRequest(prompt="from python"))
    assert videogen("show", request.id, "--json").data["request"]["source"] == "python"
