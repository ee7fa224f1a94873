from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import pytest

from tests.videogen.intake.request_files import picture
from videogen.config.groups import ProcessingSettings
from videogen.domain.artifacts import PolicyVerdict
from videogen.domain.requests import VideoRequest
from videogen.domain.stages import ONE_DRAW, STAGES
from videogen.domain.video_ids import new_video_id
from videogen.errors import ArtifactError, InputError
from videogen.storage.artifact_store import ArtifactStore
from videogen.storage.request_store import RequestStore, stored_name

ROOT = Path(__file__).resolve().parents[3]
JPEG = picture("JPEG")


class Stores:
    """A request store and the artifact store at the same root."""

    def __init__(self, root: str) -> None:
        self.requests, self.artifacts = RequestStore(root), ArtifactStore(root)

    def make(self, video_id: str, attempt: int, *stages: str) -> None:
        for stage in stages:
            self.artifacts.save(video_id, attempt, stage, PolicyVerdict(allowed=True))


@pytest.fixture(params=["local", "memory"])
def stores(request, tmp_path, monkeypatch) -> Stores:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return Stores(str(tmp_path / "store") if request.param == "local" else f"memory://{uuid4().hex}")


@pytest.fixture
def store(stores) -> RequestStore:
    return stores.requests


@pytest.fixture
def photo(tmp_path) -> Path:
    path = tmp_path / "a b.JPG"
    path.write_bytes(JPEG)
    return path


def test_a_request_comes_back_with_its_own_copies_of_the_pictures(store, photo):
    request = VideoRequest(prompt="a red bus", images=(photo, photo), captions=({"start": 0, "end": 1, "text": "x"},))
    stored = store.submit(request)
    photo.unlink()
    assert stored.images == (Path("00.jpg"), Path("01.jpg"))
    assert store.get(request.id) == stored
    assert [path.read_bytes() for path in store.image_paths(stored)] == [JPEG] * 2
    assert stored.model_copy(update={"images": request.images}) == request


def test_submitting_twice_changes_nothing(store, photo):
    request = VideoRequest(prompt="a red bus", images=(photo,))
    assert store.submit(request) == store.submit(request)
    assert store.ids() == [request.id]


def test_another_request_with_the_same_id_is_refused(store):
    request = store.submit(VideoRequest(prompt="a red bus"))
    with pytest.raises(InputError, match="another request has this id"):
        store.submit(request.model_copy(update={"prompt": "a blue bus"}))
    assert store.get(request.id).prompt == "a red bus"


def test_ids_are_listed_oldest_first_and_only_whole_requests(store, stores):
    ids = [store.submit(VideoRequest(prompt=str(n))).id for n in range(5)]
    stores.make(new_video_id(), 1, "prompt_asset")
    assert store.ids() == ids


def test_no_store_yet_means_no_requests(tmp_path):
    assert RequestStore(str(tmp_path / "none")).ids() == []


@pytest.mark.parametrize(
    "video_id", ["..", "../../etc", "", "20261122-110000-000000-abcdef\n", "20261122-110000-000000-ABCDEF"]
)
def test_what_is_no_video_id_is_refused_everywhere(store, video_id):
    for call in (
        lambda: store.get(video_id),
        lambda: store.exists(video_id),
        lambda: store.attempts(video_id),
        lambda: store.open_attempt(video_id, reason="x"),
        lambda: store.attempt_for_run(video_id, "run", STAGES),
        lambda: store.holder(video_id, 1, "prompt_asset"),
    ):
        with pytest.raises(InputError, match="is not a video id"):
            call()


def test_an_unknown_request_is_refused_with_where_to_look(store):
    with pytest.raises(InputError, match=r"request .* does not exist — see `videogen status`"):
        store.get(new_video_id())


@pytest.mark.parametrize("run_id", ["../x", "a/b", ""])
def test_a_run_id_cannot_lead_elsewhere(store, run_id):
    request = store.submit(VideoRequest(prompt="x"))
    with pytest.raises(ArtifactError, match="cannot be the id of a run"):
        store.attempt_for_run(request.id, run_id, STAGES)
    assert store.attempts(request.id) == []


# --- pictures --------------------------------------------------------------------------------------


def test_missing_pictures_folders_and_devices_are_refused(store, tmp_path):
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "loop.png").symlink_to(tmp_path / "loop.png")
    for path in (
        tmp_path / "none.png",
        tmp_path,
        tmp_path / "pipe.png",
        Path("/dev/zero"),
        tmp_path / "loop.png",
        Path("a\0b"),
    ):
        with pytest.raises(InputError):
            store.submit(VideoRequest(prompt="x", images=(path,)))
    assert store.ids() == []


def test_a_picture_that_is_too_large_is_not_copied(tmp_path, photo):
    photo.write_bytes(JPEG + bytes(100_000))
    store = RequestStore(str(tmp_path / "store"), limits=ProcessingSettings(max_image_bytes=100_000))
    with pytest.raises(InputError, match="larger than 100,000 bytes"):
        store.submit(VideoRequest(prompt="x", images=(photo,)))


@pytest.mark.parametrize("trick", ["outside", "dots", "link"])
def test_pictures_from_outside_of_the_allowed_folders_are_refused(tmp_path, photo, trick):
    allowed = tmp_path / "allowed"
    allowed.mkdir()
    path = {"outside": photo, "dots": allowed / ".." / photo.name, "link": allowed / "link.jpg"}[trick]
    (allowed / "link.jpg").symlink_to(photo)
    store = RequestStore(str(tmp_path / "store"), allowed_inputs=[allowed])
    with pytest.raises(InputError, match="outside of the allowed folders"):
        store.submit(VideoRequest(prompt="x", images=(path,), source="batch"))
    (allowed / "fine.jpg").write_bytes(JPEG)
    fine = VideoRequest(prompt="x", images=(allowed / "fine.jpg",), source="batch")
    assert store.submit(fine).images == (Path("00.jpg"),)


@pytest.mark.parametrize("source", ["python", "command-line"])
def test_what_the_callers_own_process_names_may_lie_anywhere(tmp_path, photo, source):
    (tmp_path / "allowed").mkdir()
    store = RequestStore(str(tmp_path / "store"), allowed_inputs=[tmp_path / "allowed"])
    assert store.submit(VideoRequest(prompt="x", images=(photo,), source=source)).images == (Path("00.jpg"),)


@pytest.mark.parametrize("name", ["x.sh", "x.jpg.exe", "x", "x.../../y"])
def test_a_picture_without_a_pictures_suffix_is_refused(store, tmp_path, name):
    path = tmp_path / Path(name).name
    path.write_bytes(JPEG)
    with pytest.raises(InputError, match="but holds a JPEG picture"):
        store.submit(VideoRequest(prompt="x", images=(path,)))
    assert store.ids() == []


def test_a_stored_request_that_names_a_picture_elsewhere_is_not_followed(store):
    request = VideoRequest(prompt="x", images=(Path("../../../etc/passwd"),))
    with pytest.raises(ArtifactError, match="not the name of a stored picture"):
        store.image_paths(request)


# --- attempts --------------------------------------------------------------------------------------


@pytest.fixture
def video_id(store) -> str:
    return store.submit(VideoRequest(prompt="x")).id


def test_attempts_count_up(store, video_id):
    assert [store.open_attempt(video_id, reason=str(n)).number for n in range(12)] == list(range(1, 13))
    assert [(a.number, a.reason) for a in store.attempts(video_id)] == [(n + 1, str(n)) for n in range(12)]


def test_threads_that_open_attempts_at_once_get_different_numbers(store, video_id):
    with ThreadPoolExecutor(8) as pool:
        numbers = list(pool.map(lambda n: store.open_attempt(video_id, reason=str(n)).number, range(24)))
    assert sorted(numbers) == list(range(1, 25))
    assert {a.number: a.reason for a in store.attempts(video_id)} == {
        number: str(n) for n, number in enumerate(numbers)
    }


def test_processes_that_open_attempts_at_once_get_different_numbers(tmp_path):
    store = RequestStore(str(tmp_path))
    video_id = store.submit(VideoRequest(prompt="x")).id
    script = f"""
        import sys, time
        from videogen.storage.request_store import RequestStore, stored_name
        store = RequestStore({str(tmp_path)!r})
        print("ready", flush=True)
        sys.stdin.readline()
        print(*(store.open_attempt({video_id!r}, reason="race").number for _ in range(25)))
    """
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(script)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    for worker in workers:
        assert worker.stdout.readline() == "ready\n"
    for worker in workers:
        worker.stdin.write("go\n")
        worker.stdin.flush()
    numbers = [int(number) for worker in workers for number in worker.communicate(timeout=120)[0].split()]
    assert sorted(numbers) == list(range(1, 76))


def test_an_attempt_of_no_request_is_refused(store):
    with pytest.raises(InputError, match=r"request \S+ does not exist"):
        store.open_attempt(new_video_id(), reason="x")


def test_an_unknown_stage_is_refused(store, video_id):
    with pytest.raises(InputError, match="unknown stage 'decode'"):
        store.open_attempt(video_id, reason="x", from_stage="decode")


def test_a_crash_before_the_attempt_was_written_leaves_no_gap(tmp_path):
    store = RequestStore(str(tmp_path))
    video_id = store.submit(VideoRequest(prompt="x")).id
    (tmp_path / video_id / "attempt-1").mkdir()
    assert store.attempts(video_id) == []
    assert store.open_attempt(video_id, reason="x").number == 1


def test_changes_of_the_parent_hold_on_and_new_ones_win(store, video_id):
    store.open_attempt(video_id, reason="first", changes={"seed": 5, "model.guidance_scale": 6})
    second = store.open_attempt(video_id, reason="y", from_stage="video_latents", changes={"model.guidance_scale": 9})
    assert (second.parent, second.changes) == (1, {"seed": 5, "model.guidance_scale": 9})
    assert store.open_attempt(video_id, reason="all anew", changes={"seed": 8}).changes == {"seed": 8}


@pytest.mark.parametrize("stage", ONE_DRAW)
def test_an_attempt_from_one_half_of_the_noise_makes_the_other_half_too(stores, video_id, stage):
    stores.requests.open_attempt(video_id, reason="first")
    stores.make(video_id, 1, *STAGES)
    again = stores.requests.open_attempt(video_id, reason="another seed", from_stage=stage, changes={"seed": 99})
    assert again.makes_anew() == set(STAGES[STAGES.index("base_noise_latents") :])
    for half in ONE_DRAW:
        with pytest.raises(ArtifactError, match=f"attempt 2 has no {half}"):
            stores.requests.holder(video_id, 2, half)


@pytest.mark.parametrize(
    ("start", "changes"),
    [
        ("video_latents", {"seed": 8}),
        ("decoded_frames", {"model.guidance_scale": 9}),
        ("decoded_frames", {"delivery.crf": 20, "model": {"guidance_scale": 9}}),
        ("base_noise_latents", {"synthesis.keyword_emphasis": False}),
    ],
)
def test_a_change_that_would_be_recorded_but_not_used_opens_no_attempt(store, video_id, start, changes):
    store.open_attempt(video_id, reason="first")
    with pytest.raises(InputError, match=r"is read by .*, which an attempt from .* inherits: .* use --from "):
        store.open_attempt(video_id, reason="x", from_stage=start, changes=changes)
    assert [attempt.number for attempt in store.attempts(video_id)] == [1]


def test_a_change_to_what_the_parent_has_already_is_none_and_starts_anywhere(store):
    video_id = store.submit(VideoRequest(prompt="x", seed=8, overrides={"model.guidance_scale": 9})).id
    store.open_attempt(video_id, reason="first", changes={"model": {"num_inference_steps": 5}})
    changes = {"seed": 8, "model.guidance_scale": 9, "model.num_inference_steps": 5}
    assert store.open_attempt(video_id, reason="x", from_stage="rendered_video", changes=changes).number == 2


def test_what_an_attempt_does_not_make_it_inherits(stores, video_id):
    store = stores.requests
    store.open_attempt(video_id, reason="first")
    stores.make(video_id, 1, *STAGES)
    store.open_attempt(video_id, reason="again", from_stage="upscaled_frames")
    stores.make(video_id, 2, "upscaled_frames")
    store.open_attempt(video_id, reason="again", from_stage="rendered_video")
    stores.make(video_id, 3, "rendered_video")
    assert store.holder(video_id, 3, "rendered_video") == 3
    assert store.holder(video_id, 3, "upscaled_frames") == 2
    assert store.holder(video_id, 3, "decoded_frames") == 1
    assert store.holder(video_id, 3, "fact_check_report") == 1
    with pytest.raises(ArtifactError, match="attempt 3 has no quality_report"):
        store.holder(video_id, 3, "quality_report")
    with pytest.raises(ArtifactError, match="attempt 2 has no rendered_video"):
        store.holder(video_id, 2, "rendered_video")


def test_an_attempt_without_parent_inherits_nothing(stores, video_id):
    stores.requests.open_attempt(video_id, reason="first")
    stores.make(video_id, 1, *STAGES)
    stores.requests.open_attempt(video_id, reason="all anew")
    with pytest.raises(ArtifactError, match="attempt 2 has no prompt_asset"):
        stores.requests.holder(video_id, 2, "prompt_asset")


# --- runs ------------------------------------------------------------------------------------------


def test_a_run_always_gets_the_same_attempt(stores, video_id):
    store = stores.requests
    first = store.attempt_for_run(video_id, "run-a", STAGES)
    stores.make(video_id, 1, "prompt_asset")
    assert store.attempt_for_run(video_id, "run-a", STAGES) == first
    second = store.attempt_for_run(video_id, "run-b", STAGES)
    assert (first.number, second.number) == (1, 2)
    assert store.attempt_for_run(video_id, "run-a", {"decoded_frames"}) == first
    assert store.attempt_for_run(video_id, "run-b", STAGES) == second


def test_a_run_that_goes_on_where_another_stopped_works_on_the_same_attempt(stores, video_id):
    store = stores.requests
    store.attempt_for_run(video_id, "run-a", STAGES[:7])
    stores.make(video_id, 1, *STAGES[:7])
    assert store.attempt_for_run(video_id, "run-b", STAGES[7:]).number == 1


def test_a_run_that_makes_a_stage_again_gets_an_attempt_that_inherits_the_rest(stores, video_id):
    store = stores.requests
    store.attempt_for_run(video_id, "run-a", STAGES)
    stores.make(video_id, 1, *STAGES)
    again = store.attempt_for_run(video_id, "run-b", {"upscaled_frames", "rendered_video", "fact_check_report"})
    assert (again.number, again.parent, again.run_id) == (2, 1, "run-b")
    assert again.makes_anew() == {"upscaled_frames", "rendered_video", "quality_report", "fact_check_report"}
    assert store.holder(video_id, 2, "decoded_frames") == 1
    for stage in again.makes_anew():
        with pytest.raises(ArtifactError):
            store.holder(video_id, 2, stage)


def test_a_run_may_ask_for_an_attempt_by_number(store, video_id):
    store.open_attempt(video_id, reason="first")
    store.open_attempt(video_id, reason="second")
    assert store.attempt_for_run(video_id, "run-a", STAGES, 1).number == 1
    assert store.attempt_for_run(video_id, "run-a", STAGES).number == 1
    with pytest.raises(ArtifactError, match="attempt 7 does not exist"):
        store.attempt_for_run(video_id, "run-b", STAGES, 7)


def test_runs_at_once_on_one_video_do_not_share_an_attempt(store, video_id):
    running = {"run-a", "run-b"}
    first = store.attempt_for_run(video_id, "run-a", STAGES, is_running=running.__contains__)
    second = store.attempt_for_run(video_id, "run-b", STAGES, is_running=running.__contains__)
    assert (first.number, second.number) == (1, 2)
    running.clear()
    assert store.attempt_for_run(video_id, "run-c", STAGES, is_running=running.__contains__).number == 2


def test_attempts_are_readable_json(tmp_path):
    store = RequestStore(str(tmp_path))
    video_id = store.submit(VideoRequest(prompt="x")).id
    store.open_attempt(video_id, reason="quality", changes={"seed": 3}, run_id="run-a")
    written = json.loads((tmp_path / video_id / "attempt-1" / "attempt.json").read_text())
    assert (written["number"], written["reason"], written["changes"]) == (1, "quality", {"seed": 3})
    assert (tmp_path / video_id / "attempt-1" / "runs" / "run-a").exists()


def test_every_extension_that_a_picture_may_have_is_kept():
    from videogen.storage.picture_file import EXTENSIONS

    for extension in {extension for known in EXTENSIONS.values() for extension in known}:
        assert stored_name(0, Path(f"p{extension.upper()}")) == f"00{extension}"


def test_a_damaged_request_is_named_in_one_line_with_its_video(tmp_path):
    store = RequestStore(str(tmp_path))
    video_id = store.submit(VideoRequest(prompt="x")).id
    (tmp_path / video_id / "request.json").write_text("{")
    with pytest.raises(ArtifactError, match=r"request\.json cannot be read: Invalid JSON") as caught:
        store.get(video_id)
    assert caught.value.video_id == video_id
    assert "\n" not in str(caught.value)


# --- damage ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["request.json", "attempt-1/attempt.json"])
def test_a_folder_or_a_loop_in_place_of_a_file_is_damage_that_is_named(tmp_path, name):
    store = RequestStore(str(tmp_path))
    request = store.submit(VideoRequest(prompt="x"))
    store.open_attempt(request.id, reason="x")
    file = tmp_path / request.id / name
    file.unlink()
    file.mkdir()
    with pytest.raises(ArtifactError, match=f"{name} cannot be read: Is a directory"):
        store.attempts(store.get(request.id).id)
    assert store.ids() == [request.id]
    file.rmdir()


def test_one_unreadable_request_does_not_stop_the_others(tmp_path):
    from videogen.intake.waiting_requests import look_up

    store = RequestStore(str(tmp_path))
    bad, good = (store.submit(VideoRequest(prompt=prompt)) for prompt in ("bad", "good"))
    (tmp_path / bad.id / "request.json").unlink()
    (tmp_path / bad.id / "request.json").mkdir()
    assert [waiting.request for waiting in look_up(store)] == [good]


def test_a_request_has_no_more_pictures_than_are_taken(tmp_path, photo):
    store = RequestStore(str(tmp_path / "store"), limits=ProcessingSettings(max_images=2))
    with pytest.raises(InputError, match="3 pictures are given, at most 2"):
        store.submit(VideoRequest(prompt="x", images=(photo,) * 3))
    assert store.ids() == []
