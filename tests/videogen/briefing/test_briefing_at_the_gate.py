"""People and time at the gate of a briefing: approval of one revision, rights of every shot, withdrawal."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.videogen.briefing.conftest import Finished
from tests.videogen.briefing.gatehouse import Gatehouse
from videogen.release.people.person import NotAllowedError

PICTURE = """  - id: minister
    kind: picture
    picture: {file: minister.jpg, credit: Bureau, licence: press, expires: EXPIRES, alt: {en: The Minister}}
    narration: [{text: {en: 'At least 340 barges now carry satellite trackers.'}}]
"""


@pytest.fixture
def gatehouse(finished: Finished, tmp_path: Path) -> Gatehouse:
    made = Gatehouse(finished, tmp_path)
    made.examine(1)
    return made


def test_an_approval_is_of_one_revision_and_an_edit_makes_it_void(gatehouse: Gatehouse) -> None:
    assert gatehouse.gate("approval", 1).state == "missing"
    gatehouse.people.book.record(
        gatehouse.person("asha"), "submit", kind="briefing", subject_id=gatehouse.id, revision=0
    )
    gatehouse.people.record(gatehouse.person("ben"), "approve", gatehouse.state.subject(gatehouse.id, 1))
    assert gatehouse.gate("approval", 1).holds
    second = gatehouse.edit("target: ", "# edited\ntarget: ")
    assert "another state" in gatehouse.gate("approval", second).found


def test_what_is_measured_again_is_another_state(gatehouse: Gatehouse) -> None:
    before = gatehouse.state.subject(gatehouse.id, 1)
    gatehouse.people.record(gatehouse.person("ben"), "approve", before)
    gatehouse.examine(1)
    assert gatehouse.state.subject(gatehouse.id, 1).sha256 != before.sha256
    assert not gatehouse.gate("approval", 1).holds


def test_no_editor_of_any_revision_approves(gatehouse: Gatehouse) -> None:
    gatehouse.edit("target: ", "# by Ben\ntarget: ", by="ben")
    last = gatehouse.edit("target: ", "# by Asha\ntarget: ", by="asha")
    for name in ("ben", "asha"):
        with pytest.raises(NotAllowedError, match="cannot approve it"):
            gatehouse.people.record(gatehouse.person(name), "approve", gatehouse.state.subject(gatehouse.id, last))


@pytest.mark.parametrize(("expires", "holds"), [("2999-12-31", True), ("2020-12-31", False)])
def test_rights_that_have_expired_name_the_shot(gatehouse: Gatehouse, expires: str, holds: bool) -> None:
    number = gatehouse.edit("  - id: end\n", f"{PICTURE.replace('EXPIRES', expires)}  - id: end\n")
    gate = gatehouse.gate("rights", number)
    assert gate.holds == holds
    assert "minister.jpg" in gate.found
    assert holds or gate.found.startswith("shot minister: ")


def test_a_correction_is_part_of_what_is_approved(gatehouse: Gatehouse) -> None:
    revision = gatehouse.maker.say_that_it_corrects(gatehouse.id, "The date was wrong.", by="Asha")
    storyboard = gatehouse.maker.store.storyboard(gatehouse.id, revision.number)
    assert storyboard.corrects["en"] == "The date was wrong."
    before = gatehouse.state.subject(gatehouse.id, revision.number)
    data = {"correction": {"kind": "CORRECTED", "of": "b-old", "reason": "The date was wrong."}}
    publisher = gatehouse.people.vouched_for("dara", "proxy", ["publisher"])
    assert publisher is not None
    gatehouse.people.record(publisher, "correct", before, data=data)
    after = gatehouse.state.subject(gatehouse.id, revision.number)
    assert after.sha256 != before.sha256
    assert after.parts["corrects"] == "CORRECTED: The date was wrong. (corrects b-old)"
