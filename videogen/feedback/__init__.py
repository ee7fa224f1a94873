"""The feedback loop: what people say about videos, what follows from it, and the tests that a change has to pass."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from videogen.feedback.collector import FeedbackCollector
    from videogen.feedback.improver import ModelImprover
    from videogen.feedback.integration import FeedbackIntegration

__all__ = ["FeedbackCollector", "FeedbackIntegration", "ModelImprover"]
_MODULES = {"FeedbackCollector": "collector", "FeedbackIntegration": "integration", "ModelImprover": "improver"}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
