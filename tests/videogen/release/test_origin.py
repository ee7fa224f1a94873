"""A file whose credentials are gone still leads to its release, by the watermark in its picture."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.release_helpers import quality
from tests.videogen.media.watermark.pictures import decoded, moving_picture, written
from tests.videogen.release.installation import ADA, House
from videogen.config.config import VideoGenConfig
from videogen.media.watermark.keys import watermark_for
from videogen.release.origin import check_file, marked_release


@pytest.fixture
def config(house: House, tmp_path: Path) -> VideoGenConfig:
    """The installation's settings; another key of signatures than the house's, so that its signer is a stranger."""
    return VideoGenConfig.load(
        None, {"release.development_folder": str(tmp_path / "keys"), "paths.published": str(house.root)}
    )


def published_copy(house: House, config: VideoGenConfig, folder: Path) -> tuple[str, Path]:
    """The id of a published, marked video, and a copy of it that somebody has encoded again."""
    video_id = house.request(title="The red bus")
    mark = watermark_for(config, "video", video_id, "1")
    assert mark is not None
    marked = written(folder / "marked.mp4", moving_picture(), mark)
    house.attempt(video_id, report=quality(), clip=marked, watermark=mark.payload.hex())
    published = house.publisher.publish(video_id)
    assert published.record.watermarks == {f"{video_id}.mp4": mark.payload.hex()}
    return video_id, written(folder / "copy.mp4", decoded(published.video), None, crf=28)


def test_it_leads_to_the_release_and_says_when_that_was_withdrawn(
    house: House, config: VideoGenConfig, tmp_path: Path
) -> None:
    video_id, copy = published_copy(house, config, tmp_path)
    found = check_file(copy, config)
    assert not found.verification.signed
    assert found.origin is not None
    assert found.origin.release is not None
    release = found.origin.release
    assert (release.kind, release.id, release.attempt, release.title) == ("video", video_id, 1, "The red bus")
    assert found.summary.startswith(f"the picture carries the watermark of video {video_id}, attempt 1, released ")
    assert found.summary.endswith("; the credentials are gone: the file was changed since")
    house.publisher.withdraw(video_id, ADA.operator, "the wrong flag")
    again = marked_release(house.root, found.origin.watermark.payload)
    assert again is not None
    assert again.withdrawn == "the wrong flag"
    assert "withdrawn since: the wrong flag" in again.summary


def test_a_mark_that_no_record_names_is_not_taken_for_a_release(config: VideoGenConfig, tmp_path: Path) -> None:
    draft = written(tmp_path / "draft.mp4", moving_picture(), watermark_for(config, "video", "draft", "1"))
    found = check_file(draft, config)
    assert found.origin is not None
    assert found.origin.release is None
    assert "which no release record names" in found.summary


def test_a_file_without_anything_has_no_origin(config: VideoGenConfig, tmp_path: Path) -> None:
    found = check_file(written(tmp_path / "plain.mp4", moving_picture(2), None), config)
    assert (found.origin, found.summary) == (None, "no content credentials")


def test_records_from_before_watermarks_and_damaged_ones_are_passed_over(tmp_path: Path) -> None:
    for name, text in {"old": '{"signer": "0123456789ab"}', "broken": "0123456789ab"}.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "release.json").write_text(text)
    alert = tmp_path / "alerts" / "a-1"
    alert.mkdir(parents=True)
    (alert / "record.json").write_text('{"payload": "0123456789ab"}')
    assert marked_release(tmp_path, "0123456789ab") is None


def test_an_alert_is_found_by_its_record(tmp_path: Path) -> None:
    alert = tmp_path / "alerts" / "a-1"
    alert.mkdir(parents=True)
    record = '"key": "a-1", "title": "Flood", "video": "alert.mp4", "published_at": "2026-11-30T12:00:00Z"'
    (alert / "record.json").write_text(f'{{{record}, "payload": "0123456789ab"}}')
    release = marked_release(tmp_path, "0123456789ab")
    assert release is not None
    assert release.summary == "alert a-1, released 2026-11-30 12:00 UTC"
    (alert / "cancelled.json").write_text("{}")
    ended = marked_release(tmp_path, "0123456789ab")
    assert ended is not None
    assert ended.withdrawn == "cancelled"
