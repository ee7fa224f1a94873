"""Signing credentials, and the publisher that uses them."""

# No "from __future__ import annotations": Dagster reads the annotation ResourceDependency when the class is made.

from typing import TYPE_CHECKING

import dagster as dg

from resources.storage import StorageResource

if TYPE_CHECKING:
    from videogen.release.credentials import Credentials
    from videogen.release.publisher import Publisher


class SignerResource(dg.ConfigurableResource):
    """Hands out the configured credentials (`release.certificate`, or those for development) and a publisher."""

    storage: dg.ResourceDependency[StorageResource]

    def credentials(self) -> "Credentials":
        """Return the signing credentials. Raises ConfigError where the configured ones cannot be used."""
        from videogen.release.credentials import credentials_for

        return credentials_for(self.storage.settings.config)

    def publisher(self) -> "Publisher":
        """Publishes and withdraws videos of this installation."""
        from videogen.config.label_style import label_style
        from videogen.release.approval.conditions import Conditions
        from videogen.release.publisher import Publisher

        config = self.storage.settings.config
        return Publisher(
            self.storage.requests,
            self.storage.artifacts,
            config.path(config.paths.published),
            self.credentials(),
            label=label_style(config.delivery).text,
            conditions=Conditions.of(config),
        )
