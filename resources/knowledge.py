"""The knowledge base that claims are checked against."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import dagster as dg
from pydantic import PrivateAttr

if TYPE_CHECKING:
    from videogen.config.config import VideoGenConfig
    from videogen.fact_check.checker import FactChecker


class KnowledgeResource(dg.ConfigurableResource):
    """Hands out a fact checker on the configured knowledge base, opened once for all videos of a step."""

    _checkers: dict[str, Any] = PrivateAttr(default_factory=dict)

    def checker(self, config: VideoGenConfig) -> FactChecker:
        """The checker that `config.fact_check` describes."""
        from videogen.fact_check.checker import FactChecker
        from videogen.fact_check.knowledge.knowledge_base import KnowledgeBase

        settings = config.fact_check
        key = settings.model_dump_json()
        if key not in self._checkers:
            self._checkers[key] = FactChecker(settings, KnowledgeBase(config.path(settings.knowledge_base)))
        checker: FactChecker = self._checkers[key]
        return checker

    def teardown_after_execution(self, context: dg.InitResourceContext) -> None:
        """Let go of the knowledge bases."""
        self._checkers.clear()
