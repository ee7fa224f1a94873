"""The monitoring service that stages use."""

# No "from __future__ import annotations": Dagster reads the annotation ResourceDependency when the class is made.

from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

import dagster as dg
from pydantic import PrivateAttr

from resources.settings import SettingsResource

if TYPE_CHECKING:
    from videogen.monitoring.service import MonitoringService


class MonitoringResource(dg.ConfigurableResource):
    """Hands out the service that records numbers of this process."""

    settings: dg.ResourceDependency[SettingsResource]
    _service: Any = PrivateAttr(default=None)

    @property
    def service(self) -> "MonitoringService | None":
        """The service; None: monitoring is off."""
        from videogen.monitoring.service import MonitoringService

        if self._service is None and self.settings.config.monitoring.enabled:
            self._service = MonitoringService(self.settings.config)
        found: MonitoringService | None = self._service
        return found

    def measured(self, operation: str) -> AbstractContextManager[None]:
        """Time a call of a model: ``with monitoring.measured("decode"):``; where monitoring is off, nothing is done."""
        return nullcontext() if self.service is None else self.service.collector.measure_latency(operation)
