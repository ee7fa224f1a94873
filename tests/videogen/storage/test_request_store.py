from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.videogen.intake.request_files import picture
from videogen.config.groups.all import ProcessingSettings
from videogen.domain.requests import VideoRequest
from videogen.domain.stages import STAGES
from videogen.domain.video_ids import new_video_id
from videogen.errors import ArtifactError, InputError
from videogen.storage.inputs.request_inputs import stored_name
from videogen.storage.request_store import RequestStore

JPEG = picture("JPEG")


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


def test_every_extension_that_a_picture_may_have_is_kept():
    from videogen.storage.inputs.picture_file import EXTENSIONS

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
