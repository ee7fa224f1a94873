"""`videogen feedback` and `videogen experiments` as an editor walks through them."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.dagster_helpers import places
from tests.release_helpers import make_attempt, quality, write_clip
from tests.videogen_dagster.front import Answer
from videogen.config.config import VideoGenConfig
from videogen.domain.requests import VideoRequest
from videogen.storage.artifact_store import ArtifactStore
from videogen.storage.request_store import RequestStore
from videogen.storage.warehouse import Warehouse
from videogen_dagster import cli


@pytest.fixture
def run(tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Answer]:
    own = {"feedback.key_file": str(tmp_path / "keys.json"), "feedback.adopted_file": str(tmp_path / "adopted.yaml")}
    settings = {**places(tmp_path), **own, "feedback.min_group": 2}
    lines: dict[str, list[str]] = {}
    for name, value in settings.items():
        group, _, field = name.partition(".")
        lines.setdefault(group, []).append(f"  {field}: {json.dumps(value)}\n")
    file = tmp_path / "config.yaml"
    file.write_text("".join(f"{group}:\n{''.join(fields)}" for group, fields in lines.items()), encoding="utf-8")

    def call(*arguments: object) -> Answer:
        monkeypatch.setattr(sys, "argv", ["videogen", "--config", str(file), *map(str, arguments)])
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            cli.main()
        captured = capfd.readouterr()
        return Answer(int(ended.value.code or 0), captured.out, captured.err)

    return call


@pytest.fixture
def video_id(tmp_path: Path) -> str:
    config = VideoGenConfig.load(None, places(tmp_path))
    requests = RequestStore(str(config.paths.store))
    request = requests.submit(VideoRequest(prompt="a red bus"))
    Warehouse(config.paths.warehouse).add_request(request)
    clip = write_clip(tmp_path / "clip.mp4")
    for _ in range(2):
        make_attempt(requests, ArtifactStore(requests.root), request.id, clip, report=quality())
    return request.id


def test_an_editor_walks_from_a_word_to_an_adopted_change_and_back(run: Callable[..., Answer], video_id: str) -> None:
    said = run(
        "feedback", "add", video_id, "--rating", 2, "--tag", "blurry", "--comment", "mail a@b.org", "--as", "ada"
    )
    assert said.code == 0
    assert "rating: 2 of 5 stars" in said.err
    assert "tag: blurry" in said.err
    assert "comment: mail [e-mail]" in said.err
    assert run("feedback", "reject", video_id, "--tag", "blurry", "--as", "bob").code == 0
    assert run("feedback", "prefer", video_id, video_id, "--attempt", 2, "--other-attempt", 1, "--as", "ada").code == 0
    (row,) = [r for r in json.loads(run("feedback", "show", "--json").out) if r["attempt"] == 2]
    assert (row["raters"], row["tags"]) == (2, "blurry 2")
    assert "super_resolution.detail_strength" in run("feedback", "report").out
    assert "super\\_resolution.detail\\_strength" in run("feedback", "report", "--format", "markdown").out
    found = json.loads(run("experiments", "suggest", "--keep", "--json").out)
    (draft,) = found["drafts"]
    assert run("experiments", "start", draft, "--operator", "Ada").code == 0
    status = json.loads(run("experiments", "status", draft, "--json").out)
    assert (status["record"]["state"], status["decision"]["verdict"]) == ("running", "too_early")
    refused = run("experiments", "adopt", draft, "--operator", "Grace")
    assert (refused.code, "no winner" in refused.err) == (3, True)
    assert run("experiments", "adopt", draft, "--operator", "Grace", "--override", "the desk wants it").code == 0
    shown = run("config", "show").out
    assert "adopted by Grace" in shown
    assert "detail_strength: 0.4" in shown
    assert "cannot tell" in run("experiments", "impact").out
    assert run("experiments", "revert", f"{draft}-adopted", "--operator", "Grace").code == 0
    assert "adopted by Grace" not in run("config", "show").out


def test_a_person_is_forgotten_by_command(run: Callable[..., Answer], video_id: str) -> None:
    run("feedback", "add", video_id, "--rating", 2, "--as", "ada")
    run("feedback", "rotate-key")
    assert run("feedback", "erase").code == 3
    assert run("feedback", "erase", "--user", "nobody", "--why", "x").code == 3
    erased = json.loads(run("feedback", "erase", "--user", "Ada", "--why", "Art. 17", "--json").out)
    assert erased["events"] == 1
    assert json.loads(run("feedback", "show", "--json").out) == []
    assert json.loads(run("feedback", "erase", "--replay", "--json").out)["events"] == 0


def test_files_links_and_datasets_by_command(run: Callable[..., Answer], video_id: str, tmp_path: Path) -> None:
    rows = tmp_path / "rows.csv"
    rows.write_text(f"video_id,user,rating\n{video_id},ada,4\n{video_id},bob,5\n")
    assert "2 events would be kept" in run("feedback", "import", rows, "--dry-run").err
    assert json.loads(run("feedback", "import", rows, "--json").out)["kept"] is True
    assert run("feedback", "link", video_id).out.startswith(f"http://127.0.0.1:3010/v/{video_id}?t=")
    assert "pairs are too few" in run("feedback", "dataset").err
    assert run("experiments", "draft", "--set", "paths.store=/tmp/x").code == 3
    assert run("experiments", "draft", "--set", "delivery.crf=17", "--units", 60).code == 0
    assert json.loads(run("experiments", "status", "--json").out)[0]["state"] == "draft"
