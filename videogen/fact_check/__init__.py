"""Fact checking: compares the claims of a text with a knowledge base, with sources and confidence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from videogen.fact_check.checker import FactChecker
    from videogen.fact_check.judging.confidence import ConfidenceCalculator
    from videogen.fact_check.knowledge.facts import Batch
    from videogen.fact_check.knowledge.knowledge_base import KnowledgeBase
    from videogen.fact_check.knowledge.verdict import ClaimVerdict
    from videogen.fact_check.report import FactCheckReport

__all__ = ["Batch", "ClaimVerdict", "ConfidenceCalculator", "FactCheckReport", "FactChecker", "KnowledgeBase"]


def __getattr__(name: str) -> Any:
    """The names above, imported when they are asked for: the code location needs the report, not the checker."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from videogen.fact_check.checker import FactChecker
    from videogen.fact_check.judging.confidence import ConfidenceCalculator
    from videogen.fact_check.knowledge.facts import Batch
    from videogen.fact_check.knowledge.knowledge_base import KnowledgeBase
    from videogen.fact_check.knowledge.verdict import ClaimVerdict
    from videogen.fact_check.report import FactCheckReport

    public = (Batch, ClaimVerdict, ConfidenceCalculator, FactCheckReport, FactChecker, KnowledgeBase)
    return next(found for found in public if found.__name__ == name)
