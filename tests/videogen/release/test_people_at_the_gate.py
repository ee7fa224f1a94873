"""People and time at the gate of single videos: what they decide, change or tamper with while something goes out."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.release_helpers import quality
from tests.videogen.release.installation import ADA, House
from videogen.domain.rights import Rights
from videogen.errors import InputError, ReleaseError
from videogen.release import publisher as publishing
from videogen.release.approval.conditions import Conditions
from videogen.release.folder import read_record
from videogen.release.people.people import People
from videogen.release.people.person import Person, typed_name
from videogen.release.publisher import Publisher


class Desk:
    """A house where people must be known, and those who are."""

    def __init__(self, house: House, **asked: int) -> None:
        self.house = house
        self.people = People(house.root.parent / "people", house.root.parent / "keys", must_be_known=True)
        self.publisher = Publisher(
            house.requests, house.artifacts, house.root, house.credentials, label="AI-generated",
            conditions=Conditions(self.people, **asked),
        )  # fmt: skip

    def person(self, name: str, *roles: str) -> Person:
        found = self.people.vouched_for(name, "proxy", roles)  # type: ignore[arg-type]
        assert found is not None
        return found

    def decide(self, name: str, role: str, action, video_id: str, comment: str = "", **data) -> None:
        subject = self.publisher.subject(video_id)
        self.people.record(self.person(name, role), action, subject, comment=comment, data=data)


@pytest.fixture
def desk(house: House) -> Desk:
    return Desk(house, required=1)


@pytest.fixture
def typed(house: House) -> str:
    """A video under a name that somebody typed, as in the inbox or in Dagster's Launchpad."""
    video_id = house.request(requester="asha")
    house.attempt(video_id, report=quality(), captions=house.captions)
    return video_id


@pytest.fixture
def video(desk: Desk, typed: str) -> str:
    desk.decide("asha", "author", "submit", typed)
    return typed


def test_who_types_another_name_as_the_author_cannot_approve_alone(desk: Desk, typed: str) -> None:
    desk.decide("ben", "checker", "approve", typed)
    desk.decide("dara", "publisher", "publish", typed)
    with pytest.raises(ReleaseError, match="1 of 2 approvals of this revision, one more than usual: nobody vouches"):
        desk.publisher.publish(typed, by="dara")
    assert not (desk.house.root / typed).exists()
    desk.decide("chen", "checker", "approve", typed)
    made = desk.publisher.publish(typed, by="dara").record.provenance
    assert [one.by for one in made.approvals] == ["ben", "chen"]
    assert (made.requester, made.requester_recognised_by) == ("asha", "none")


def test_whose_name_was_typed_cannot_approve_it(desk: Desk, typed: str) -> None:
    with pytest.raises(InputError, match="asha"):
        desk.decide("asha", "checker", "approve", typed)


def test_a_change_by_a_typed_name_takes_one_more_approval_as_well(desk: Desk, video: str) -> None:
    subject = desk.publisher.subject(video)
    desk.people.book.record(typed_name("batch"), "edit", kind="video", subject_id=video, revision=1)
    desk.decide("ben", "checker", "approve", video)
    assert subject.sha256 == desk.publisher.subject(video).sha256
    gates = {gate.name: gate for gate in desk.publisher.look(video).gates}
    assert "1 of 2 approvals" in gates["approval"].found


def test_a_rule_that_asks_for_no_approval_asks_for_none_from_a_typed_name(house: House, typed: str) -> None:
    gates = {gate.name: gate for gate in Desk(house, required=0).publisher.look(typed).gates}
    assert gates["approval"].holds


def test_two_people_and_a_publisher_let_it_out_and_stand_in_the_signed_record(desk: Desk, video: str) -> None:
    desk.decide("ben", "checker", "approve", video, "the mayor will not like it")
    desk.decide("dara", "publisher", "publish", video)
    made = desk.publisher.publish(video, by="whoever typed this").record.provenance
    assert made.approvals[0].comment == "", "remarks among colleagues stay in the house"
    assert made.approvals[0].digest == desk.people.decisions(video)[1].digest
    assert (made.released_by, [one.by for one in made.approvals]) == ("dara", ["ben"])
    assert (made.requester, made.requester_recognised_by) == ("asha", "proxy")
    assert made.state == desk.publisher.subject(video).sha256
    assert made.log_head == desk.people.log.head


def test_no_override_replaces_the_second_person(desk: Desk, video: str) -> None:
    desk.decide("dara", "publisher", "override", video, "it is urgent")
    with pytest.raises(ReleaseError, match="approval missing") as caught:
        desk.publisher.publish(video, ADA, by="dara")
    assert "goes out when that holds" in caught.value.remedy
    assert not (desk.house.root / video).exists()


def test_an_override_that_was_only_typed_opens_nothing(desk: Desk, house: House) -> None:
    video_id = house.request()
    house.attempt(video_id, report=quality(passed=False))
    desk.decide("asha", "author", "submit", video_id)
    desk.decide("ben", "checker", "approve", video_id)
    desk.decide("dara", "publisher", "publish", video_id)
    with pytest.raises(ReleaseError, match="quality failed"):
        desk.publisher.publish(video_id, ADA, by="Ada Desk")


def test_a_hold_that_comes_while_it_is_signed_keeps_it_in(
    desk: Desk, video: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.decide("ben", "checker", "approve", video)
    desk.decide("dara", "publisher", "publish", video)
    sign = publishing.sign_file

    def slowly(*given, **named):
        signed = sign(*given, **named)
        desk.decide("ben", "checker", "hold", video, "a call came in")
        return signed

    monkeypatch.setattr(publishing, "sign_file", slowly)
    with pytest.raises(ReleaseError, match="held by ben: a call came in"):
        desk.publisher.publish(video, by="dara")
    assert not (desk.house.root / video).exists()


def test_decisions_that_were_tampered_with_close_the_gate(desk: Desk, video: str) -> None:
    desk.decide("ben", "checker", "request_changes", video, "wrong minister")
    path = next((desk.people.folder / "decisions" / video).glob("*.json"))
    path.write_text(json.dumps(json.loads(path.read_text()) | {"action": "approve"}))
    found = {gate.name: gate for gate in desk.publisher.look(video).gates}
    assert not found["approval"].holds
    assert not found["embargo"].holds, "an embargo that was deleted must not let anything out"
    assert "was changed after it was made" in found["approval"].found


def test_a_file_that_was_replaced_on_the_disk_does_not_go_out(desk: Desk, house: House, video: str) -> None:
    desk.decide("ben", "checker", "approve", video)
    desk.decide("dara", "publisher", "publish", video)
    rendered = next(Path(house.artifacts.root).rglob("rendered_video.mp4"))
    rendered.write_bytes(rendered.read_bytes()[:-1] + b"x")
    with pytest.raises(Exception, match=r"has changed since it was written|no attempt has a quality report"):
        desk.publisher.publish(video, by="dara")
    assert not (desk.house.root / video).exists()


def test_a_published_file_that_was_deleted_by_hand_comes_back(desk: Desk, video: str) -> None:
    desk.decide("ben", "checker", "approve", video)
    desk.decide("dara", "publisher", "publish", video)
    first = desk.publisher.publish(video, by="dara")
    first.video.unlink()
    again = desk.publisher.publish(video, by="dara")
    assert again.is_new
    assert again.video.is_file()
    assert not desk.publisher.publish(video, by="dara").is_new


def test_a_correction_is_a_new_state_with_a_note_in_its_captions(desk: Desk, house: House, video: str) -> None:
    other = house.request()
    house.attempt(other, report=quality())
    desk.decide("asha", "author", "submit", other)
    for one in (other, video):
        desk.decide("ben", "checker", "approve", one)
        desk.decide("dara", "publisher", "publish", one)
        desk.publisher.publish(one, by="dara")
    correction = {"kind": "CORRECTED", "of": other, "reason": "the date was wrong"}
    desk.decide("dara", "publisher", "correct", video, correction=correction)
    with pytest.raises(ReleaseError, match="another state"):
        desk.publisher.publish(video, by="dara")
    # The publisher has changed what it says, and so needs a second person again; whoever edits cannot check.
    desk.decide("ben", "checker", "approve", video)
    desk.decide("dara", "publisher", "publish", video)
    published = desk.publisher.publish(video, by="dara")
    assert published.is_new
    captions = (published.folder / f"{video}.vtt").read_text()
    assert captions.startswith(f"WEBVTT\n\nNOTE CORRECTED: the date was wrong (corrects {other})\n")
    marked = read_record(house.root, other)
    assert marked is not None
    assert [(notice.kind, notice.other) for notice in marked.notices] == [("CORRECTED", video)]


@pytest.mark.parametrize(("critical", "state"), [(True, "missing"), (False, "holds")])
def test_critical_claims_need_the_larger_number(house: House, video: str, critical: bool, state: str) -> None:
    conditions = Conditions(Desk(house).people, required=0, critical=2)
    subject = house.publisher.subject(video)
    standing = conditions.standing(
        subject, conditions.decided(video), embargo=None, files=(), has_critical_claims=critical
    )
    assert standing.gates[0].state == state


def test_an_embargo_of_the_request_is_kept_and_a_later_one_wins(house: House) -> None:
    until = datetime.now(UTC) + timedelta(hours=1)
    video_id = house.request(embargo=until)
    house.attempt(video_id, report=quality())
    with pytest.raises(ReleaseError, match="embargo failed"):
        house.publisher.publish(video_id, ADA)
    subject = house.publisher.subject(video_id)
    house.people.record(house.people.operator("Ada Desk"), "embargo", subject, data={"until": None})
    assert house.publisher.publish(video_id, ADA).is_new


def test_rights_given_later_open_the_gate_until_they_expire(house: House, tmp_path: Path) -> None:
    from PIL import Image

    Image.new("RGB", (8, 8)).save(tmp_path / "p.png")
    video_id = house.request(images=(tmp_path / "p.png",))
    house.attempt(video_id, report=quality())
    ada = house.people.operator("Ada Desk")
    for expires, opens in (("2020-01-01", False), (None, True)):
        rights = Rights(credit="Bureau", licence="own", expires=expires).model_dump(mode="json")  # type: ignore[arg-type]
        data = {"file": "00.png", "rights": rights}
        house.people.record(ada, "rights", house.publisher.subject(video_id), data=data)
        gate = next(gate for gate in house.publisher.look(video_id).gates if gate.name == "rights")
        assert gate.holds == opens
