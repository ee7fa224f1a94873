"""People and time at the gate of a briefing: approval of one revision, rights of every shot, withdrawal."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.dagster_helpers import places
from tests.videogen.briefing.conftest import Finished
from videogen.briefing.production.briefing_state import BriefingState
from videogen.briefing.production.examining import examine
from videogen.briefing.production.making import BriefingMaker
from videogen.briefing.production.store import BriefingStore
from videogen.briefing.storyboard.yaml_text import as_yaml
from videogen.config.config import VideoGenConfig
from videogen.config.groups.all import FactCheckSettings
from videogen.fact_check.checker import FactChecker
from videogen.fact_check.knowledge.knowledge_base import KnowledgeBase
from videogen.preprocessing.policy.policy import load_policy
from videogen.release.approval.conditions import Conditions
from videogen.release.decision import Gate
from videogen.release.people.people import People
from videogen.release.people.person import NotAllowedError, Person

PICTURE = """  - id: minister
    kind: picture
    picture: {file: minister.jpg, credit: Bureau, licence: press, expires: EXPIRES, alt: {en: The Minister}}
    narration: [{text: {en: 'At least 340 barges now carry satellite trackers.'}}]
"""


class Gatehouse:
    """A finished briefing, and what its gate says."""

    def __init__(self, finished: Finished, folder: Path) -> None:
        # A copy: other tests share the briefing.
        shutil.copytree(finished.folder.parents[1], folder / "store" / "briefings")
        config = VideoGenConfig.load(None, places(folder))
        self.maker, self.id = BriefingMaker(BriefingStore(config.location(config.paths.store)), config), finished.id
        self.people = People(folder / "people", folder / "keys", must_be_known=True)
        self.state = BriefingState(self.maker, folder / "published", Conditions(self.people, required=1))
        self._checker = FactChecker(FactCheckSettings(), KnowledgeBase(folder / "knowledge"))
        self._policy = load_policy(config.path(config.preprocessing.policy_file))

    def examine(self, number: int) -> None:
        examine(self.maker, self.id, number, self._checker, self._policy)

    def edit(self, old: str, new: str, by: str = "Asha") -> int:
        text = as_yaml(self.maker.store.storyboard(self.id)).replace(old, new, 1)
        number = self.maker.edit(self.id, text.encode(), name="e.yaml", by=by, why="a test").number
        self.examine(number)
        return number

    def person(self, name: str) -> Person:
        found = self.people.vouched_for(name, "proxy", ["checker", "author"])
        assert found is not None
        return found

    def gate(self, name: str, number: int) -> Gate:
        gates = self.state.gates(self.id, number, self.state.standing(self.id, number))
        return next(gate for gate in gates if gate.name == name)


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
