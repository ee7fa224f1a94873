"""Where requests, attempts, artifacts and tables are kept."""

# No "from __future__ import annotations": Dagster reads the annotation ResourceDependency when the class is made.

from typing import TYPE_CHECKING, Any

import dagster as dg
from pydantic import PrivateAttr

from resources.settings import SettingsResource
from videogen.emergency.alerts.intake import AlertIntake
from videogen.emergency.alerts.register import AlertRegister
from videogen.emergency.mode import EmergencyMode
from videogen.storage.artifact_store import ArtifactStore
from videogen.storage.request_store import RequestStore
from videogen.storage.warehouse import Warehouse

if TYPE_CHECKING:
    from videogen.briefing.production.making import BriefingMaker
    from videogen.briefing.production.store import BriefingStore


class StorageResource(dg.ConfigurableResource):
    """The stores, opened at the places that the configuration names."""

    settings: dg.ResourceDependency[SettingsResource]
    _timings: dict[str, list[dict[str, Any]]] = PrivateAttr(default_factory=dict)

    _videos: dict[tuple[str, str], Any] = PrivateAttr(default_factory=dict)

    @property
    def videos(self) -> dict[tuple[str, str], Any]:
        """Videos by run and video id, as `resources.runs.videos.find_video` has read them for an earlier stage."""
        return self._videos

    def timings(self, run_id: str) -> list[dict[str, Any]]:
        """Rows of `stage_timings` of this run so far; a run's stages share this resource."""
        return self._timings.setdefault(run_id, [])

    @property
    def artifacts(self) -> ArtifactStore:
        """The store of artifacts."""
        return ArtifactStore(self.settings.root(self.settings.config.paths.store))

    @property
    def requests(self) -> RequestStore:
        """The store of requests and attempts."""
        config = self.settings.config
        return RequestStore(
            self.settings.root(config.paths.store),
            allowed_inputs=[config.path(folder) for folder in config.paths.allowed_inputs],
            limits=config.processing,
        )

    @property
    def emergency(self) -> EmergencyMode:
        """The emergency mode."""
        return EmergencyMode(self.settings.root(self.settings.config.paths.store))

    @property
    def alerts(self) -> AlertRegister:
        """The register of alerts."""
        return AlertRegister(f"{self.settings.root(self.settings.config.paths.store)}/alerts")

    @property
    def briefings(self) -> "BriefingStore":
        """The store of briefings."""
        from videogen.briefing.production.store import BriefingStore

        return BriefingStore(self.settings.root(self.settings.config.paths.store))

    @property
    def briefing_maker(self) -> "BriefingMaker":
        """What plans and makes briefings."""
        from videogen.briefing.production.making import BriefingMaker

        return BriefingMaker(self.briefings, self.settings.config)

    @property
    def intake(self) -> AlertIntake:
        """What accepts alerts into the register."""
        config = self.settings.config
        return AlertIntake(self.alerts, config.emergency, config.path(config.emergency.alert_certificates))

    @property
    def warehouse(self) -> Warehouse:
        """The tables."""
        return Warehouse(self.settings.root(self.settings.config.paths.warehouse))
