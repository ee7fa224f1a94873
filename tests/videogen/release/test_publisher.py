"""The best attempt goes out, signed, with its captions and record."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.release_helpers import facts, quality
from tests.videogen.release.installation import ADA, House
from videogen.domain.rights import Rights
from videogen.errors import InputError, ReleaseError, StorageError
from videogen.fact_check.report import HandedIn
from videogen.release.best import best_attempt, find_best
from videogen.release.folder import LOCKS, NOTICE, RECORD, land, read_record
from videogen.release.record import ReleaseRecord
from videogen.release.trust import pinned
from videogen.release.verification import verify_file
from videogen.storage.atomic_folder import sha256


def test_a_passing_video_is_published_with_captions_and_record(house: House) -> None:
    video_id = house.request(requester="desk")
    house.attempt(video_id, report=quality(), captions=house.captions)
    published = house.publisher.publish(video_id)
    folder = house.root / video_id
    assert sorted(path.name for path in folder.iterdir()) == [f"{video_id}.mp4", f"{video_id}.vtt", RECORD]
    assert published.video == folder / f"{video_id}.mp4"
    assert published.record.sha256 == sha256(published.video)
    found = verify_file(published.video, [pinned(house.credentials.certificates[0])])
    assert found.trusted
    assert found.record == published.record.provenance
    assert found.record is not None
    assert (found.record.id, found.record.attempt, found.record.model, found.record.revision, found.record.seed, found.record.requester) == (
        video_id, 1, "tiny", "1234abcd", 11, "desk",
    )  # fmt: skip
    assert {gate.name: gate.state for gate in published.record.gates} == dict.fromkeys(
        ("policy", "facts", "quality", "label", "approval", "embargo", "rights", "signature"), "holds"
    )
    assert json.loads((folder / RECORD).read_text())["provenance"]["id"] == video_id


def test_the_best_attempt_goes_out_not_the_last(house: House, tmp_path: Path) -> None:
    video_id = house.request()
    house.attempt(video_id, report=quality(passed=False, score=0.3))
    house.attempt(video_id, report=quality(score=0.8), changes={"seed": 5})
    house.attempt(video_id, report=quality(score=0.6))
    published = house.publisher.publish(video_id)
    assert published.record.provenance.attempt == 2
    assert published.record.provenance.seed == 5


def test_passing_counts_more_than_the_score_and_of_equals_the_latest(house: House) -> None:
    video_id = house.request()
    house.attempt(video_id, report=quality(passed=False, score=0.9))
    house.attempt(video_id, report=quality(score=0.6))
    house.attempt(video_id, report=quality(score=0.6))
    house.attempt(video_id, report=None)
    assert best_attempt(house.requests, house.artifacts, video_id)[0] == 3


def test_facts_that_are_checked_again_open_the_gate_for_the_picture_they_belong_to(house: House) -> None:
    video_id = house.request()
    house.attempt(video_id, report=quality(), checked=facts(publishable=False))
    with pytest.raises(ReleaseError, match="facts failed"):
        house.publisher.publish(video_id)
    again = house.requests.open_attempt(video_id, reason="by hand", from_stage="fact_check_report")
    house.artifacts.save(video_id, again.number, "fact_check_report", facts())
    published = house.publisher.publish(video_id)
    assert published.record.provenance.attempt == again.number
    assert {gate.name: gate.state for gate in published.record.gates}["facts"] == "holds"


def test_a_damaged_attempt_does_not_count(house: House) -> None:
    video_id = house.request()
    house.attempt(video_id, report=quality(score=0.6))
    house.attempt(video_id, report=quality(score=0.9))
    house.artifacts.local_file(video_id, 2, "quality_report.json").write_text("{}")
    found = find_best(house.requests, house.artifacts, video_id)
    assert found is not None
    assert found[0] == 1


def test_an_override_that_was_not_needed_leaves_no_mark(house: House) -> None:
    video_id = house.request()
    house.attempt(video_id, report=quality())
    assert house.publisher.publish(video_id, ADA).record.provenance.override is None


def test_publishing_twice_changes_nothing(house: House) -> None:
    video_id = house.request()
    house.attempt(video_id, report=quality())
    first = house.publisher.publish(video_id)
    changed = first.video.stat().st_mtime_ns
    again = house.publisher.publish(video_id)
    assert not again.is_new
    assert again.record == first.record
    assert first.video.stat().st_mtime_ns == changed


def test_a_published_file_that_was_harmed_is_replaced(house: House) -> None:
    video_id = house.request()
    house.attempt(video_id, report=quality())
    video = house.publisher.publish(video_id).video
    video.write_bytes(b"harmed")
    again = house.publisher.publish(video_id)
    assert again.is_new
    assert verify_file(again.video, [pinned(house.credentials.certificates[0])]).trusted


def test_a_better_attempt_replaces_the_release(house: House) -> None:
    video_id = house.request()
    house.attempt(video_id, report=quality(score=0.6), captions=house.captions)
    house.publisher.publish(video_id)
    house.attempt(video_id, report=quality(score=0.9))
    published = house.publisher.publish(video_id)
    assert published.record.provenance.attempt == 2
    assert sorted(path.name for path in published.folder.iterdir()) == [f"{video_id}.mp4", RECORD]
    assert [path.name for path in house.root.iterdir() if path.name != LOCKS] == [video_id]


def test_pictures_make_it_a_composite(house: House, tmp_path: Path) -> None:
    from PIL import Image

    picture = tmp_path / "p.png"
    Image.new("RGB", (8, 8), (9, 9, 9)).save(picture)
    video_id = house.request(images=(picture,), rights={"p.png": Rights(credit="Test Bureau", licence="own")})
    house.attempt(video_id, report=quality())
    found = verify_file(house.publisher.publish(video_id).video)
    assert (found.source_type or "").endswith("compositeWithTrainedAlgorithmicMedia")
    assert found.record is not None
    assert found.record.pictures[0].sha256 == sha256(picture)


def test_withdrawing_removes_the_files_keeps_the_record_and_the_evidence(house: House) -> None:
    video_id = house.request()
    house.attempt(video_id, report=quality(), captions=house.captions)
    released = house.publisher.publish(video_id).record
    record = house.publisher.withdraw(video_id, "Ada Desk", "wrong flag")
    assert sorted(path.name for path in (house.root / video_id).iterdir()) == [NOTICE, RECORD]
    assert read_record(house.root, video_id) == record
    assert record.withdrawn is not None
    assert (record.withdrawn.operator, record.withdrawn.why) == ("Ada Desk", "wrong flag")
    evidence = house.artifacts.local_file(video_id, 1, "published_video.mp4")
    assert sha256(evidence) == released.sha256
    assert house.artifacts.load(video_id, 1, "release_record", ReleaseRecord) == released


def test_what_was_withdrawn_comes_back_only_by_a_persons_decision(house: House) -> None:
    video_id = house.request()
    house.attempt(video_id, report=quality())
    house.publisher.publish(video_id)
    house.publisher.withdraw(video_id, "Ada Desk", "wrong flag")
    with pytest.raises(ReleaseError, match=r"withdrawn by Ada Desk .* wrong flag"):
        house.publisher.publish(video_id)
    house.attempt(video_id, report=quality(score=0.9))
    with pytest.raises(ReleaseError, match="withdrawn by"):
        house.publisher.publish(video_id)
    assert house.publisher.publish(video_id, ADA).record.lifted == ("withdrawal",)
    assert not house.publisher.publish(video_id).is_new


def test_what_killed_processes_left_of_a_video_goes_with_the_next_change(house: House) -> None:
    video_id = house.request()
    house.attempt(video_id, report=quality())
    house.publisher.publish(video_id)
    left, young = (house.root / f".{video_id}.{digit * 12}.tmp" for digit in "ab")
    for folder in (left, young):
        folder.mkdir()
        (folder / "v.mp4").write_bytes(b"video")
    os.utime(left, (1, 1))
    house.publisher.withdraw(video_id, "Ada Desk", "wrong flag")
    assert sorted(path.name for path in house.root.iterdir() if path.name != LOCKS) == [young.name, video_id]


def test_only_what_is_published_can_be_withdrawn_and_only_once_and_with_a_reason(house: House) -> None:
    video_id = house.request()
    house.attempt(video_id, report=quality())
    with pytest.raises(ReleaseError, match="is not published"):
        house.publisher.withdraw(video_id, "Ada", "why not")
    house.publisher.publish(video_id)
    with pytest.raises(InputError, match="reason"):
        house.publisher.withdraw(video_id, "Ada", " ")
    house.publisher.withdraw(video_id, "Ada", "wrong flag")
    with pytest.raises(ReleaseError, match=r"was withdrawn by Ada on [\d-]+: wrong flag"):
        house.publisher.withdraw(video_id, "Ada", "again")


def test_nothing_to_publish_is_an_input_error(house: House) -> None:
    with pytest.raises(InputError, match="no attempt has a quality report"):
        house.publisher.publish(house.request())
    with pytest.raises(InputError, match=r"request \S+ does not exist"):
        house.publisher.publish("20260101-000000-000000-000000")


def test_a_crash_while_landing_leaves_the_old_release(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    video_id = house.request()
    house.attempt(video_id, report=quality(score=0.6))
    before = house.publisher.publish(video_id)
    house.attempt(video_id, report=quality(score=0.9))
    moves: list[Path] = []
    rename = Path.rename

    def refuse(self: Path, target: Path) -> Path:
        moves.append(self)
        if len(moves) == 2:
            raise OSError(28, "No space left on device")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", refuse)
    with pytest.raises(StorageError, match="No space left"):
        house.publisher.publish(video_id)
    assert read_record(house.root, video_id) == before.record
    assert sha256(before.video) == before.record.sha256
    assert [path.name for path in house.root.iterdir() if path.name != LOCKS] == [video_id]


def test_readers_never_see_a_part(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is visible under the video's name while it lands is whole."""
    import videogen.release.folder as folder

    video_id = house.request()
    house.attempt(video_id, report=quality())
    flush: Callable[[Path], None] = folder.flush
    seen: list[list[str]] = []

    def look(path: Path) -> None:
        visible = house.root / video_id
        seen.append(sorted(item.name for item in visible.iterdir()) if visible.exists() else [])
        flush(path)

    monkeypatch.setattr(folder, "flush", look)
    house.publisher.publish(video_id)
    assert {tuple(names) for names in seen} <= {(), (f"{video_id}.mp4", RECORD)}
    assert len(seen) > 2


def test_several_who_publish_at_once_leave_one_whole_release(house: House) -> None:
    video_id = house.request()
    house.attempt(video_id, report=quality())
    record = house.publisher.publish(video_id).record
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: land(house.root, video_id, record, {record.video: house.clip}), range(40)))
    assert sorted(path.name for path in (house.root / video_id).iterdir()) == [record.video, RECORD]
    assert (house.root / video_id / record.video).read_bytes() == house.clip.read_bytes()
    assert [path.name for path in house.root.iterdir() if path.name != LOCKS] == [video_id]


def test_who_publishes_and_who_withdraws_at_once_leave_one_or_the_other(house: House) -> None:
    """Both look at what is there, and then act: without a lock a withdrawn video is published all the same."""
    video_id = house.request()
    house.attempt(video_id, report=quality())
    for _ in range(4):
        with ThreadPoolExecutor(2) as pool:
            publishing = pool.submit(house.publisher.publish, video_id, ADA)
            withdrawing = pool.submit(house.publisher.withdraw, video_id, "Ada Desk", "wrong flag")
            record = publishing.result().record
            problem = withdrawing.exception()
        shown = sorted(path.name for path in (house.root / video_id).iterdir())
        found = read_record(house.root, video_id)
        assert found is not None
        # Where the withdrawal came first, it took down the release of the round before, and the override published it again.
        withdrawn_last = found.withdrawn is not None and shown == [NOTICE, RECORD]
        published_last = found == record and shown == [record.video, RECORD]
        assert withdrawn_last or published_last
        if problem is not None:
            # It was withdrawn, or not there yet, when the withdrawal had its turn.
            assert isinstance(problem, ReleaseError)
            assert published_last


@pytest.mark.parametrize("name", ["../x", "/etc", "a/b", ".hidden", ""])
def test_names_cannot_lead_out_of_the_folder(house: House, name: str) -> None:
    video_id = house.request()
    house.attempt(video_id, report=quality())
    record = house.publisher.publish(video_id).record
    with pytest.raises(Exception, match="cannot be the name"):
        land(house.root, name, record, {})


def test_the_package_loads_without_models_or_dagster() -> None:
    import subprocess
    import sys

    code = "import sys, videogen.release.publisher, videogen.release.verification; print(*{m.split('.')[0] for m in sys.modules})"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"torch", "dagster", "cv2", "c2pa", "cryptography", "pandas", "av"} & set(loaded)


def test_the_record_names_the_texts_that_attest_what_is_said(house: House) -> None:
    digest = "5" * 64
    checked = facts().model_copy(
        update={
            "verdict": "attested",
            "counts": {"attested": 1},
            "sources": (HandedIn(name="00-release.txt", sha256=digest),),
        }
    )
    video_id = house.request()
    house.attempt(video_id, report=quality(), checked=checked)
    record = house.publisher.publish(video_id).record
    assert [(source.name, source.sha256) for source in record.provenance.sources] == [("00-release.txt", digest)]
    (gate,) = (gate for gate in record.gates if gate.name == "facts")
    assert "attested" in gate.found
    assert digest in gate.found


def test_a_gate_closed_by_the_facts_names_the_commands_that_open_it(house: House) -> None:
    video_id = house.request()
    house.attempt(video_id, report=quality(), checked=facts(publishable=False))
    with pytest.raises(ReleaseError) as caught:
        house.publisher.publish(video_id)
    for command in (
        "--source release.txt",
        "videogen kb add",
        f"retry {video_id} --from fact_check_report",
        "--override",
    ):
        assert command in str(caught.value)
