"""publish, verify, withdraw and assess, as people type them."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from resources.settings import SettingsResource
from resources.storage import StorageResource
from tests.dagster_helpers import places
from tests.release_helpers import facts, make_attempt, quality, write_clip
from tests.videogen.quality.scenes import labelled, moving_scene, write
from tests.videogen_dagster.front import Answer
from videogen.config.config import VideoGenConfig
from videogen.domain.requests import VideoRequest
from videogen.errors import ReleaseError
from videogen.release.credentials import development
from videogen.release.record import Provenance
from videogen.release.signing import sign_file
from videogen.storage.artifact_store import ArtifactStore
from videogen.storage.request_store import RequestStore
from videogen.storage.warehouse import Warehouse
from videogen_dagster import cli
from videogen_dagster.generator import VideoGenerator
from videogen_dagster.ui.media import find


class House:
    """An installation in a folder, and the command line on it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.config = folder / "config.yaml"
        self.config.write_text(VideoGenConfig.load(None, places(folder)).to_yaml(), encoding="utf-8")
        self.requests, self.artifacts = RequestStore(str(folder / "store")), ArtifactStore(str(folder / "store"))
        self.clip = write_clip(folder / "clip.mp4")

    def video(self, **options: Any) -> str:
        video_id = self.requests.submit(VideoRequest(prompt="a bus", seed=7, requester="desk")).id
        make_attempt(self.requests, self.artifacts, video_id, self.clip, **options)
        return video_id

    def releases(self) -> list[dict[str, Any]]:
        return (
            Warehouse(str(self.folder / "warehouse"))
            .query("SELECT * FROM releases ORDER BY decided_at")
            .to_dict("records")
        )


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("house")
    with pytest.MonkeyPatch.context() as patch:
        (folder / "home").mkdir()
        (folder / "home" / "dagster.yaml").write_text("telemetry: {enabled: false}\n")
        patch.setenv("DAGSTER_HOME", str(folder / "home"))
        patch.setenv("VIDEOGEN_CONFIG", "")
        yield House(folder)


@pytest.fixture
def videogen(house: House, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Answer]:
    def run(*arguments: object) -> Answer:
        monkeypatch.setattr(sys, "argv", ["videogen", "--config", str(house.config), *map(str, arguments)])
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            cli.main()
        captured = capfd.readouterr()
        return Answer(int(ended.value.code or 0), captured.out, captured.err)

    return run


def test_a_video_is_published_verified_shown_and_withdrawn(house: House, videogen: Callable[..., Answer]) -> None:
    video_id = house.video(report=quality())
    waiting = videogen("status", video_id)
    assert "to be looked at" in waiting.out
    assert "videogen publish" in waiting.err
    assert f"videogen publish {video_id}" in videogen("show", video_id).out
    answer = videogen("publish", video_id)
    assert answer.code == 0, answer.err
    path = Path(answer.out.strip())
    assert path == house.folder / "published" / video_id / f"{video_id}.mp4"

    assert videogen("show", video_id, "--json").data["release"]["provenance"]["released_by"] == getpass.getuser()

    verified = videogen("verify", path)
    assert verified.code == 0
    for fact in (video_id, "tiny 1234abcd", "desk", "as it was signed by", "seed", "7"):
        assert fact in verified.out

    states = videogen("status", video_id, "--json").data
    assert (states["state"], states["release"]) == ("done", "published")

    withdrawn = videogen("withdraw", video_id, "--why", "wrong flag", "--operator", "Ada Desk", "--json")
    assert withdrawn.code == 0
    assert withdrawn.data["withdrawn"]["why"] == "wrong flag"
    assert not path.exists()
    # The link that Dagster's pages still show says who took it back, and why.
    with pytest.raises(ReleaseError, match=r"was withdrawn by Ada Desk on [\d-]+: wrong flag"):
        find(StorageResource(settings=SettingsResource.of(VideoGenConfig.load(house.config))), f"{video_id}/published")
    assert videogen("status", video_id, "--json").data["state"] == "withdrawn"
    assert videogen("show", video_id, "--json").data["release"]["withdrawn"]["operator"] == "Ada Desk"
    assert [row["event"] for row in house.releases() if row["video_id"] == video_id] == ["published", "withdrawn"]
    with dg.DagsterInstance.get() as instance:
        record = instance.fetch_observations(dg.AssetKey("published_video"), limit=1).records[0]
    assert record.asset_observation is not None
    assert record.asset_observation.partition == video_id


def test_a_closed_gate_has_an_exit_code_of_its_own_and_names_every_reason(
    house: House, videogen: Callable[..., Answer]
) -> None:
    video_id = house.video(report=quality(passed=False), checked=facts(publishable=False))
    answer = videogen("publish", video_id, "--json")
    assert answer.code == 11
    assert answer.data["error"]["type"] == "ReleaseError"
    assert "quality failed" in answer.data["error"]["problem"]
    assert "facts failed" in answer.data["error"]["problem"]
    assert "--override" in answer.data["error"]["remedy"]

    lifted = videogen(
        "publish", video_id, "--override", "--operator", "Ada Desk", "--why", "approved by hand", "--json"
    )
    assert lifted.code == 0
    assert lifted.data["lifted"] == ["facts", "quality"]
    assert lifted.data["provenance"]["override"]["operator"] == "Ada Desk"


@pytest.mark.parametrize(
    "options", [["--override"], ["--override", "--operator", "Ada"], ["--operator", "Ada", "--why", "because"]]
)
def test_half_an_override_is_refused_before_anything_happens(
    house: House, videogen: Callable[..., Answer], options: list[str]
) -> None:
    answer = videogen("publish", house.video(report=quality(passed=False)), *options)
    assert answer.code == 3
    assert "override" in answer.err


def test_ids_that_cannot_be_published_or_withdrawn(house: House, videogen: Callable[..., Answer]) -> None:
    assert videogen("publish", "20260101-000000-000000-000000").code == 3
    assert videogen("publish", "../../etc").code == 3
    assert videogen("withdraw", house.video(report=quality()), "--why", "because").code == 11


def test_python_publishes_as_the_command_line_does(house: House) -> None:
    generator = VideoGenerator(house.config)
    passing, failing = house.video(report=quality()), house.video(report=quality(passed=False))
    assert generator.publish(passing).is_file()
    with pytest.raises(ReleaseError, match="quality failed"):
        generator.publish(failing)
    assert generator.publish(failing, operator="Ada Desk", why="approved by hand").is_file()


def test_verify_tells_unsigned_and_changed_files_from_good_ones(
    house: House, videogen: Callable[..., Answer], tmp_path: Path
) -> None:
    answer = videogen("verify", house.clip, "--json")
    assert (answer.code, answer.data["signed"]) == (1, False)
    (tmp_path / "text.mp4").write_text("no video")
    assert videogen("verify", tmp_path / "text.mp4").code == 8
    assert videogen("verify", tmp_path / "none.mp4").code == 8


def test_what_a_file_says_cannot_steer_the_terminal(
    house: House, videogen: Callable[..., Answer], tmp_path: Path
) -> None:
    moment = datetime.now(UTC)
    record = Provenance(id="v", prompt="\x1b[2Jgone", requested_at=moment, released_at=moment, model="m", label="l")
    sign_file(house.clip, record, development(tmp_path, "Somebody"), tmp_path / "v.mp4")
    answer = videogen("verify", tmp_path / "v.mp4")
    assert answer.code == 1
    assert "not trusted here" in answer.out
    assert "\x1b" not in answer.out
    assert "gone" in answer.out


def test_any_video_on_disk_is_assessed(house: House, videogen: Callable[..., Answer], tmp_path: Path) -> None:
    good = write(tmp_path / "good.mp4", labelled(moving_scene(24, (256, 160))))
    page = tmp_path / "pages" / "good.html"
    answer = videogen("assess", good, "--prompt", "a sign", "--label", "AI-generated", "--html", page)
    assert answer.code == 0, answer.out
    assert answer.out.startswith("passed with score")
    assert "<svg" in page.read_text(encoding="utf-8")

    unlabelled = write(tmp_path / "bare.mp4", moving_scene(24, (256, 160)))
    report = videogen("assess", unlabelled, "--label", "AI-generated", "--json")
    assert report.code == 1
    assert not report.data["passed"]
    assert any("Label" in reason for reason in report.data["reasons"])

    ordered = videogen("assess", good, "--ordered", "--json")
    assert ordered.code == 1
    assert any("1280×720" in reason for reason in ordered.data["reasons"])

    stricter = videogen("assess", good, "--set", "quality.thresholds={sharpness: 0.999}")
    assert stricter.code == 1
    assert "Sharpness" in stricter.out


@pytest.mark.parametrize("name", ["cut.mp4", "text.mp4", "sound.wav", "none.mp4"])
def test_what_is_no_whole_video_is_a_clear_error_never_a_pass(
    house: House, videogen: Callable[..., Answer], tmp_path: Path, name: str
) -> None:
    path = tmp_path / name
    if name == "cut.mp4":
        path.write_bytes(house.clip.read_bytes()[:-2000])
    elif name == "text.mp4":
        path.write_text("no video")
    elif name == "sound.wav":
        from tests.videogen.audio.test_loudness import sine, write_sound

        write_sound(path, sine(0.5, -20.0))
    answer = videogen("assess", path, "--json")
    assert answer.code == 8
    assert answer.data["error"]["type"] == "MediaError"
    assert name in answer.data["error"]["problem"]


def test_an_unknown_content_type_is_a_setting_that_is_not_valid(house: House, videogen: Callable[..., Answer]) -> None:
    assert videogen("assess", house.clip, "--content-type", "opera").code == 2
