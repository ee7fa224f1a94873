"""Where requests, attempts, artifacts and tables are kept."""

# No "from __future__ import annotations": Dagster reads the annotation ResourceDependency when the class is made.

import dagster as dg

from resources.settings import SettingsResource
from videogen.emergency.alerts.intake import AlertIntake
from videogen.emergency.alerts.register import AlertRegister
from videogen.emergency.mode import EmergencyMode
from videogen.storage.artifact_store import ArtifactStore
from videogen.storage.request_store import RequestStore
from videogen.storage.warehouse import Warehouse


class StorageResource(dg.ConfigurableResource):
    """The stores, opened at the places that the configuration names."""

    settings: dg.ResourceDependency[SettingsResource]

    @property
    def artifacts(self) -> ArtifactStore:
        return ArtifactStore(self.settings.root(self.settings.config.paths.store))

    @property
    def requests(self) -> RequestStore:
        config = self.settings.config
        return RequestStore(
            self.settings.root(config.paths.store),
            allowed_inputs=[config.path(folder) for folder in config.paths.allowed_inputs],
            limits=config.processing,
        )

    @property
    def emergency(self) -> EmergencyMode:
        return EmergencyMode(self.settings.root(self.settings.config.paths.store))

    @property
    def alerts(self) -> AlertRegister:
        return AlertRegister(f"{self.settings.root(self.settings.config.paths.store)}/alerts")

    @property
    def intake(self) -> AlertIntake:
        config = self.settings.config
        return AlertIntake(self.alerts, config.emergency, config.path(config.emergency.alert_certificates))

    @property
    def warehouse(self) -> Warehouse:
        return Warehouse(self.settings.root(self.settings.config.paths.warehouse))
