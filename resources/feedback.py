"""The feedback loop for assets and sensors."""

# No "from __future__ import annotations": Dagster reads the annotation ResourceDependency when the class is made.

from typing import TYPE_CHECKING

import dagster as dg

from resources.storage import StorageResource

if TYPE_CHECKING:
    from videogen.feedback.integration import FeedbackIntegration


class FeedbackResource(dg.ConfigurableResource):
    """Hands out the engine's feedback loop over the configured stores."""

    storage: dg.ResourceDependency[StorageResource]

    @property
    def integration(self) -> "FeedbackIntegration":
        """Collector, analysis, experiments."""
        from videogen.feedback import FeedbackIntegration

        return FeedbackIntegration(self.storage.settings.config)
