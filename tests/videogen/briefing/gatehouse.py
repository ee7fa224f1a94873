"""A finished briefing at its gate, for tests of what lets it out."""

from __future__ import annotations

import shutil
from pathlib import Path

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
from videogen.release.people.person import Person


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
