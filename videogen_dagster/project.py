"""The configuration that all commands share, and the stores that it names."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from videogen.config.config import VideoGenConfig
    from videogen.storage.artifact_store import ArtifactStore
    from videogen.storage.request_store import RequestStore
    from videogen.storage.warehouse import Warehouse


@dataclass(frozen=True)
class Project:
    """The configuration that all commands share, and the stores that it names."""

    config_path: Path | None

    @cached_property
    def config(self) -> VideoGenConfig:
        """The configuration, read and checked once."""
        from videogen.config.config import VideoGenConfig

        return VideoGenConfig.load(self.config_path)

    @cached_property
    def requests(self) -> RequestStore:
        """The store of requests and attempts."""
        from videogen.storage.request_store import RequestStore

        return RequestStore(self.config.location(self.config.paths.store))

    @cached_property
    def artifacts(self) -> ArtifactStore:
        """The store of artifacts."""
        from videogen.storage.artifact_store import ArtifactStore

        return ArtifactStore(self.config.location(self.config.paths.store))

    @cached_property
    def warehouse(self) -> Warehouse:
        """The tables."""
        from videogen.storage.warehouse import Warehouse

        return Warehouse(self.config.location(self.config.paths.warehouse))
