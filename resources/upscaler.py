"""Super-resolution networks, loaded once per process."""

# No "from __future__ import annotations": Dagster reads the annotation ResourceDependency when the class is made.

from typing import TYPE_CHECKING

import dagster as dg

from resources.compute import DeviceResource
from resources.models import ModelsResource

if TYPE_CHECKING:
    from videogen.config.config import VideoGenConfig
    from videogen.super_resolution.processor import SuperResolutionProcessor


class UpscalerResource(dg.ConfigurableResource):
    """Hands out the upscaler that goes with a configuration and its profile."""

    device: dg.ResourceDependency[DeviceResource]
    models: dg.ResourceDependency[ModelsResource]

    def processor(self, config: "VideoGenConfig") -> "SuperResolutionProcessor":
        """Return what enlarges the frames of a video with these settings."""
        from videogen.super_resolution.processor import build_processor

        folder = self.models.profile(config).upscaler_folder
        return build_processor(config, folder, str(self.device.device(config)))
