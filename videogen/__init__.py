"""The engine: everything that makes, measures and writes videos. It knows nothing of Dagster.

The classes of the architecture are here by their names, ``from videogen import TextPreprocessor``; each is imported
from its room when it is first asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from videogen.adaptation.adapter import ZeroShotAdapter
    from videogen.adaptation.parameters import ParameterManager
    from videogen.adaptation.prompts import PromptEngineer
    from videogen.config.config import VideoGenConfig
    from videogen.emergency.layout.template import EmergencyTemplate
    from videogen.emergency.manager import EmergencyModeManager
    from videogen.emergency.templates.library import EmergencyTemplateLibrary
    from videogen.fact_check.checker import FactChecker
    from videogen.fact_check.judging.confidence import ConfidenceCalculator
    from videogen.fact_check.knowledge.knowledge_base import KnowledgeBase
    from videogen.feedback.collector import FeedbackCollector
    from videogen.feedback.improver import ModelImprover
    from videogen.feedback.integration import FeedbackIntegration
    from videogen.models.temporal_attention import TemporalAttention
    from videogen.monitoring.alerts.manager import AlertManager
    from videogen.monitoring.collector import MetricsCollector
    from videogen.monitoring.service import MonitoringService
    from videogen.noise.adaptive_scheduler import AdaptiveScheduler
    from videogen.noise.decomposer import NoiseDecomposer
    from videogen.noise.manipulator import LatentManipulator
    from videogen.preprocessing.images import ImagePreprocessor
    from videogen.preprocessing.text import TextPreprocessor
    from videogen.preprocessing.validation import InputValidator
    from videogen.quality.assessor import QualityAssessor
    from videogen.quality.calculator import MetricsCalculator
    from videogen.quality.reporting.report import QualityReport
    from videogen.super_resolution.details import DetailEnhancer
    from videogen.super_resolution.processor import SuperResolutionProcessor
    from videogen.super_resolution.temporal import TemporalConsistencyEnforcer
    from videogen.synthesis.scheduler import DiffusionScheduler
    from videogen.synthesis.synthesizer import LatentSynthesizer

_HOMES = {
    # One floor above the engine, and never imported by it: named here for whoever reads the architecture.
    "VideoGenerator": "videogen_dagster.generator",
    "VideoGenConfig": "videogen.config.config",
    "TextPreprocessor": "videogen.preprocessing.text",
    "ImagePreprocessor": "videogen.preprocessing.images",
    "InputValidator": "videogen.preprocessing.validation",
    "LatentSynthesizer": "videogen.synthesis.synthesizer",
    "DiffusionScheduler": "videogen.synthesis.scheduler",
    "TemporalAttention": "videogen.models.temporal_attention",
    "NoiseDecomposer": "videogen.noise.decomposer",
    "AdaptiveScheduler": "videogen.noise.adaptive_scheduler",
    "LatentManipulator": "videogen.noise.manipulator",
    "SuperResolutionProcessor": "videogen.super_resolution.processor",
    "DetailEnhancer": "videogen.super_resolution.details",
    "TemporalConsistencyEnforcer": "videogen.super_resolution.temporal",
    "QualityAssessor": "videogen.quality.assessor",
    "MetricsCalculator": "videogen.quality.calculator",
    "QualityReport": "videogen.quality.reporting.report",
    "FactChecker": "videogen.fact_check.checker",
    "KnowledgeBase": "videogen.fact_check.knowledge.knowledge_base",
    "ConfidenceCalculator": "videogen.fact_check.judging.confidence",
    "EmergencyModeManager": "videogen.emergency.manager",
    "EmergencyTemplateLibrary": "videogen.emergency.templates.library",
    "EmergencyTemplate": "videogen.emergency.layout.template",
    "ZeroShotAdapter": "videogen.adaptation.adapter",
    "PromptEngineer": "videogen.adaptation.prompts",
    "ParameterManager": "videogen.adaptation.parameters",
    "MonitoringService": "videogen.monitoring.service",
    "MetricsCollector": "videogen.monitoring.collector",
    "AlertManager": "videogen.monitoring.alerts.manager",
    "FeedbackIntegration": "videogen.feedback.integration",
    "FeedbackCollector": "videogen.feedback.collector",
    "ModelImprover": "videogen.feedback.improver",
}
"""Class → the module in which it lives."""

__all__ = [
    "AdaptiveScheduler",
    "AlertManager",
    "ConfidenceCalculator",
    "DetailEnhancer",
    "DiffusionScheduler",
    "EmergencyModeManager",
    "EmergencyTemplate",
    "EmergencyTemplateLibrary",
    "FactChecker",
    "FeedbackCollector",
    "FeedbackIntegration",
    "ImagePreprocessor",
    "InputValidator",
    "KnowledgeBase",
    "LatentManipulator",
    "LatentSynthesizer",
    "MetricsCalculator",
    "MetricsCollector",
    "ModelImprover",
    "MonitoringService",
    "NoiseDecomposer",
    "ParameterManager",
    "PromptEngineer",
    "QualityAssessor",
    "QualityReport",
    "SuperResolutionProcessor",
    "TemporalAttention",
    "TemporalConsistencyEnforcer",
    "TextPreprocessor",
    "VideoGenConfig",
    "VideoGenerator",
    "ZeroShotAdapter",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'videogen' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
