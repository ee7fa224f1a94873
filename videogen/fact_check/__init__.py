"""Fact checking: compares the claims of a text with a knowledge base, with sources and confidence."""

from __future__ import annotations

from videogen.fact_check.checker import FactChecker
from videogen.fact_check.judging.confidence import ConfidenceCalculator
from videogen.fact_check.knowledge.facts import Batch
from videogen.fact_check.knowledge.knowledge_base import KnowledgeBase
from videogen.fact_check.knowledge.verdict import ClaimVerdict
from videogen.fact_check.report import FactCheckReport

__all__ = ["Batch", "ClaimVerdict", "ConfidenceCalculator", "FactCheckReport", "FactChecker", "KnowledgeBase"]
