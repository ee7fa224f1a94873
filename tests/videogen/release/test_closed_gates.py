"""A closed gate lets nothing through; an override opens only what it may."""

from __future__ import annotations

import pytest

from tests.release_helpers import facts, prompt, quality, rendered
from tests.videogen.release.installation import ADA, House
from videogen.errors import ReleaseError
from videogen.release.folder import LOCKS
from videogen.release.override import Override
from videogen.release.record import ReleaseDecision
from videogen.release.trust import pinned
from videogen.release.verification import verify_file

CLOSED: list[tuple[str, dict]] = [
    ("quality", {"report": quality(passed=False)}),
    ("facts", {"report": quality(), "checked": facts(publishable=False)}),
    ("policy", {"report": quality(), "said": prompt(allowed=False)}),
    ("label", {"report": quality(label=False)}),
    ("label", {"report": quality(label=None)}),
]


@pytest.mark.parametrize(("gate", "options"), CLOSED)
def test_each_gate_alone_keeps_a_video_in(house: House, gate: str, options: dict) -> None:
    video_id = house.request()
    house.attempt(video_id, **options)
    with pytest.raises(ReleaseError, match=gate) as error:
        house.publisher.publish(video_id)
    assert error.value.exit_code == 11
    assert not house.root.exists() or [path.name for path in house.root.iterdir()] == [LOCKS]
    kept = house.artifacts.load(video_id, 1, "release_decision", ReleaseDecision)
    assert not kept.released
    assert kept.closed == (gate,)
    assert not house.artifacts.exists(video_id, 1, "published_video")


@pytest.mark.parametrize("stage", ["prompt_asset", "fact_check_report"])
def test_a_verdict_that_is_missing_or_damaged_keeps_a_video_in(house: House, stage: str) -> None:
    video_id = house.request()
    house.attempt(video_id, report=quality())
    house.artifacts.local_file(video_id, 1, f"{stage}.json").write_text("{}")
    with pytest.raises(ReleaseError, match="missing"):
        house.publisher.publish(video_id)
    house.artifacts.remove(video_id, 1, stage)
    with pytest.raises(ReleaseError, match="missing"):
        house.publisher.publish(video_id)
    assert not house.root.exists() or [path.name for path in house.root.iterdir()] == [LOCKS]


def test_a_video_made_again_after_its_report_is_not_published(house: House) -> None:
    video_id = house.request()
    house.attempt(video_id, report=quality())
    house.artifacts.save(video_id, 1, "rendered_video", rendered(house.clip))
    with pytest.raises(ReleaseError, match="newer than its quality report"):
        house.publisher.publish(video_id)


def test_a_video_that_was_changed_in_the_store_is_not_published(house: House) -> None:
    video_id = house.request()
    house.attempt(video_id, report=quality())
    path = house.artifacts.local_file(video_id, 1, "rendered_video.mp4")
    path.write_bytes(path.read_bytes() + b"\0")
    with pytest.raises(Exception, match="changed since it was written"):
        house.publisher.publish(video_id)
    assert not house.root.exists() or [path.name for path in house.root.iterdir()] == [LOCKS]


def test_an_override_publishes_below_target_and_says_so_in_file_and_record(house: House) -> None:
    video_id = house.request()
    house.attempt(video_id, report=quality(passed=False))
    published = house.publisher.publish(video_id, ADA)
    assert published.record.lifted == ("quality",)
    found = verify_file(published.video, [pinned(house.credentials.certificates[0])]).record
    assert found is not None
    assert found.below_target
    assert found.override == ADA


@pytest.mark.parametrize(("gate", "options"), CLOSED[2:])
def test_an_override_opens_neither_policy_nor_label(house: House, gate: str, options: dict) -> None:
    video_id = house.request()
    house.attempt(video_id, **options)
    with pytest.raises(ReleaseError, match="cannot be overridden"):
        house.publisher.publish(video_id, ADA)


@pytest.mark.parametrize("override", [None, ADA])
def test_a_label_that_is_not_the_operators_keeps_a_video_in(house: House, override: Override | None) -> None:
    video_id = house.request()
    house.attempt(video_id, report=quality(text="Live from the scene"))
    with pytest.raises(ReleaseError, match=r"the label is 'Live from the scene', delivery.label is 'AI-generated'"):
        house.publisher.publish(video_id, override)
    assert not (house.root / video_id).exists()
