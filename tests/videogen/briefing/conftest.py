"""A finished briefing that several tests look at: made once a session."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from tests.dagster_helpers import places
from videogen.briefing.production.making import BriefingMaker
from videogen.briefing.production.ordering import take_order
from videogen.briefing.production.store import BriefingStore
from videogen.config.config import VideoGenConfig

SHORT = """\
Ministry of Wells

Posted On: 03 MAY 2026 3:41PM

Forty new wells for the towns

Sorvik, 3 May 2026: The Ministry of Wells opened 40 wells in 12 towns. The count rose from 300 wells in May 2025 \
to 340 wells in May 2026.
"""


class Finished(NamedTuple):
    """What makes it, its id, and the folder of its files."""

    maker: BriefingMaker
    id: str
    folder: Path


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Finished:
    """A short briefing in the square format, encoded."""
    folder = tmp_path_factory.mktemp("briefing")
    config = VideoGenConfig.load(None, places(folder))
    maker = BriefingMaker(BriefingStore(config.location(config.paths.store)), config)
    release = folder / "wells.txt"
    release.write_text(SHORT, encoding="utf-8")
    order = take_order(maker.store, [release], source="python", formats=("square",), target=30)
    maker.plan(order.id)
    maker.narrate(order.id, 1)
    variants = maker.assemble(order.id, 1)
    assert not variants.failed
    return Finished(maker, order.id, Path(maker.store.location(order.id, 1)))


@pytest.fixture(scope="module")
def checker(tmp_path_factory: pytest.TempPathFactory):
    """A fact checker on an empty knowledge base."""
    from videogen.config.groups.all import FactCheckSettings
    from videogen.fact_check.checker import FactChecker
    from videogen.fact_check.knowledge.knowledge_base import KnowledgeBase

    return FactChecker(FactCheckSettings(), KnowledgeBase(tmp_path_factory.mktemp("knowledge")))


@pytest.fixture(scope="module")
def policy():
    """The shipped content policy."""
    from videogen.config.config import VideoGenConfig
    from videogen.preprocessing.policy.policy import load_policy

    config = VideoGenConfig.load(None)
    return load_policy(config.path(config.preprocessing.policy_file))
