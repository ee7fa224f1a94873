"""The device that models run on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import dagster as dg

if TYPE_CHECKING:
    import torch

    from videogen.config.config import VideoGenConfig


class DeviceResource(dg.ConfigurableResource):
    """Device and precision, chosen from what the machine has unless the configuration says otherwise."""

    def device(self, config: VideoGenConfig) -> torch.device:
        """Return the device that models run on."""
        from videogen.runtime.device import choose_device

        return choose_device(config.model.device)

    def dtype(self, config: VideoGenConfig, preferred: str | None = None) -> torch.dtype:
        """The floating-point type; preferred: the profile's precision, which counts where none is configured."""
        from videogen.runtime.device import choose_dtype

        return choose_dtype(config.model.precision, self.device(config), preferred)

    def describe(self, config: VideoGenConfig) -> dict[str, Any]:
        """The device in words and numbers, for metadata."""
        from videogen.runtime.device import describe

        return describe(self.device(config))
