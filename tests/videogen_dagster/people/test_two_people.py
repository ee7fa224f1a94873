"""A bureau of several people on the command line: asked for, approved, decided, held back, published, corrected."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from tests.dagster_helpers import places
from tests.release_helpers import make_attempt, quality, write_clip
from tests.videogen_dagster.front import Answer
from videogen.config.config import VideoGenConfig
from videogen.domain.requests import VideoRequest
from videogen.release.folder import read_record
from videogen.storage.artifact_store import ArtifactStore
from videogen.storage.request_store import RequestStore
from videogen_dagster import cli
from videogen_dagster.runs.videos import submit


class Bureau:
    """An installation where nothing leaves without a second person."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.path = folder, folder / "config.yaml"
        settings = places(folder) | {"release.identity": "authenticated", "release.approvals_required": 1}
        self.config = VideoGenConfig.load(None, settings)
        self.path.write_text(self.config.to_yaml(), encoding="utf-8")
        self.requests, self.artifacts = RequestStore(str(folder / "store")), ArtifactStore(str(folder / "store"))
        self.clip = write_clip(folder / "clip.mp4")
        self.root = self.config.path(self.config.paths.published)

    def video(self, **fields: Any) -> str:
        request = VideoRequest(prompt="a bus", seed=7, **fields)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("VIDEOGEN_RELEASE__USER", "asha")
            video_id = submit(request, dg.DagsterInstance.get(), VideoGenConfig.load(self.path)).id
        make_attempt(self.requests, self.artifacts, video_id, self.clip, report=quality())
        return video_id

    def feed(self) -> dict[str, dict[str, Any]]:
        items = json.loads((self.root.parent / "feeds" / "ninjs.json").read_text())["items"]
        return {item["uri"].rpartition(":")[2]: item for item in items}


@pytest.fixture(scope="module")
def bureau(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bureau]:
    folder = tmp_path_factory.mktemp("bureau")
    with pytest.MonkeyPatch.context() as patch:
        (folder / "home").mkdir()
        (folder / "home" / "dagster.yaml").write_text("telemetry: {enabled: false}\n")
        patch.setenv("DAGSTER_HOME", str(folder / "home"))
        patch.setenv("VIDEOGEN_CONFIG", "")
        yield Bureau(folder)


Run = Callable[..., Answer]


@pytest.fixture
def videogen(bureau: Bureau, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    def run(*arguments: object, user: str = "dara") -> Answer:
        monkeypatch.setenv("VIDEOGEN_RELEASE__USER", user)
        monkeypatch.setattr(sys, "argv", ["videogen", "--config", str(bureau.path), *map(str, arguments)])
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            cli.main()
        captured = capfd.readouterr()
        return Answer(int(ended.value.code or 0), captured.out, captured.err)

    return run


@pytest.fixture
def staff(bureau: Bureau, videogen: Run) -> None:
    """root, asha (author), ben (checker), dara (publisher), each with a key."""
    if (bureau.folder / "people" / "users.json").exists():
        return
    assert videogen("users", "add", "root", "--role", "admin", user="root").code == 0
    for name, role in (("asha", "author"), ("ben", "checker"), ("dara", "publisher")):
        added = videogen("users", "add", name, "--role", role, "--full-name", f"{name.title()} Rao", user="root")
        assert added.code == 0, added.err
        assert videogen("users", "key", name, user="root").code == 0


@pytest.mark.usefixtures("staff")
def test_nothing_leaves_without_a_second_person(bureau: Bureau, videogen: Run) -> None:
    video_id = bureau.video(requester="Asha Rao")
    refused = videogen("publish", video_id)
    assert refused.code == 11
    assert "approval missing: 0 of 1 approvals" in refused.err
    assert videogen("approve", video_id, user="asha").code == 3
    assert videogen("approve", video_id, user="ben").code == 0
    done = videogen("publish", video_id)
    assert done.code == 0, done.err
    record = read_record(bureau.root, video_id)
    assert record is not None
    made = record.provenance
    assert (made.released_by, [one.by for one in made.approvals]) == ("dara", ["ben"])
    assert made.approvals[0].sha256 == made.state
    verified = videogen("verify", done.out.strip(), "--json")
    assert json.loads(verified.out)["record"]["approvals"][0]["by"] == "ben"
    assert bureau.feed()[video_id]["pubstatus"] == "usable"
    shown = json.loads(videogen("decisions", video_id, "--json").out)
    assert [one["action"] for one in shown["decisions"]] == ["submit", "publish", "approve", "publish"]
    assert videogen("users", "log", "--check").code == 0


@pytest.mark.usefixtures("staff")
def test_who_writes_another_name_into_the_inbox_does_not_approve_it_alone(bureau: Bureau, videogen: Run) -> None:
    video_id = bureau.requests.submit(VideoRequest(prompt="a bus", source="inbox", requester="Asha Rao")).id
    make_attempt(bureau.requests, bureau.artifacts, video_id, bureau.clip, report=quality())
    assert videogen("approve", video_id, user="ben").code == 0
    refused = videogen("publish", video_id)
    assert refused.code == 11
    assert "1 of 2 approvals of this revision, one more than usual: nobody vouches" in refused.err
    assert not (bureau.root / video_id).exists()


@pytest.mark.usefixtures("staff")
def test_rights_and_embargo_that_change_make_the_approval_void(bureau: Bureau, videogen: Run, tmp_path: Path) -> None:
    from PIL import Image

    picture = tmp_path / "bus.png"
    Image.new("RGB", (8, 8)).save(picture)
    video_id = bureau.video(images=(picture,), requester="desk")
    videogen("approve", video_id, user="ben")
    assert "reference picture 1: 00.png has no credit and licence" in videogen("publish", video_id).err
    given = videogen("rights", video_id, "00.png", "--credit", "PIB", "--licence", "GODL-India", user="asha")
    assert given.code == 0, given.err
    refused = videogen("publish", video_id, "--override", "--operator", "dara", "--why", "it is urgent")
    assert refused.code == 11
    assert "another state" in refused.err
    videogen("approve", video_id, user="ben")
    until = datetime.now(UTC) + timedelta(hours=2)
    assert videogen("embargo", video_id, until.isoformat(), user="asha").code == 0
    videogen("approve", video_id, user="ben")
    waits = videogen("publish", video_id)
    assert waits.code == 11
    assert "embargo failed: until" in waits.err
    assert not (bureau.root / video_id).exists()
    status = json.loads(videogen("status", video_id, "--json").out)
    assert [line.partition(":")[0] for line in status["waits_for"]] == ["embargo"]


@pytest.mark.usefixtures("staff")
def test_a_correction_marks_what_it_corrects(bureau: Bureau, videogen: Run) -> None:
    old, new = bureau.video(requester="desk"), bureau.video(requester="desk")
    assert videogen("correct", new, "--of", old, "--reason", "The date was wrong.").code == 11, "it is not published"
    videogen("approve", old, user="ben")
    assert videogen("publish", old).code == 0
    assert videogen("correct", new, "--of", old, "--reason", "The date was wrong.").code == 0
    videogen("approve", new, user="ben")
    assert videogen("publish", new).code == 0
    marked = read_record(bureau.root, old)
    assert marked is not None
    assert [(notice.kind, notice.other) for notice in marked.notices] == [("CORRECTED", new)]
    assert (bureau.root / old / f"{old}.mp4").is_file(), "marked, not hidden"
    assert bureau.feed()[new]["ednote"].startswith("CORRECTED: The date was wrong.")
    assert videogen("hold", new, "--comment", "a call came in", user="ben").code == 0
    assert bureau.feed()[new]["pubstatus"] == "withheld"
    assert videogen("withdraw", new, "--why", "wrong flag").code == 0
    assert bureau.feed()[new]["pubstatus"] == "canceled"


@pytest.mark.usefixtures("staff")
@pytest.mark.parametrize("arguments", [("publish",), ("withdraw", "--why", "no reason"), ("hold",)])
def test_who_has_no_role_or_no_key_decides_nothing(bureau: Bureau, videogen: Run, arguments: tuple[str, ...]) -> None:
    video_id = bureau.video()
    command, *others = arguments
    for user in ("asha", "mallory", "root"):
        answer = videogen(command, video_id, *others, user=user)
        assert answer.code == 3, (user, answer.err)
    assert not (bureau.root / video_id).exists()


@pytest.mark.usefixtures("staff")
def test_a_name_in_dagsters_launchpad_publishes_nothing(bureau: Bureau) -> None:
    """Whoever reaches Dagster's pages can type any name: it counts for nothing where people must be known."""
    from videogen_dagster.definitions import defs
    from videogen_dagster.runs.launcher import run

    video_id = bureau.video()
    instance = dg.DagsterInstance.get()
    instance.add_dynamic_partitions("videos", [video_id])
    result = run(
        defs.resolve_job_def("publish_video"), [video_id], config=bureau.config, instance=instance, priority=10,
        ops={"published_video": {"operator": "dara", "why": "I say so"}},
    )  # fmt: skip
    assert result.success
    (check,) = [one for one in result.get_asset_check_evaluations() if one.check_name == "release_gate_is_open"]
    assert not check.passed
    assert "nobody with the role publisher" in str(check.description)
    assert not (bureau.root / video_id).exists()
