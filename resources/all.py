"""The resources as they are wired together, once for each code location."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from resources.compute import DeviceResource
from resources.emergency import EmergencyResource
from resources.feedback import FeedbackResource
from resources.io_manager import ArtifactIOManager
from resources.knowledge import KnowledgeResource
from resources.models import ModelsResource
from resources.monitoring import MonitoringResource
from resources.notifier import NotifierResource
from resources.settings import SettingsResource
from resources.signer import SignerResource
from resources.storage import StorageResource
from resources.upscaler import UpscalerResource


def build_resources(overrides: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return all resources by key; those in `overrides` replace the defaults, also inside other resources."""
    made: dict[str, Any] = dict(overrides or {})
    # Configured at launch, so that a run's configuration can name another file or change a setting.
    settings = made.setdefault("settings", SettingsResource.configure_at_launch())
    storage = made.setdefault("storage", StorageResource(settings=settings))
    device = made.setdefault("device", DeviceResource())
    models = made.setdefault("models", ModelsResource(device=device))
    made.setdefault("upscaler", UpscalerResource(device=device, models=models))
    made.setdefault("monitoring", MonitoringResource(settings=settings))
    made.setdefault("knowledge", KnowledgeResource())
    made.setdefault("emergency", EmergencyResource(storage=storage))
    made.setdefault("feedback", FeedbackResource(storage=storage))
    made.setdefault("signer", SignerResource(storage=storage))
    made.setdefault("notifier", NotifierResource(storage=storage))
    made.setdefault("io_manager", ArtifactIOManager(storage=storage))
    return made
