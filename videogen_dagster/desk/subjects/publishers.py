"""What says of a video or briefing in which exact state it is, and which gates are closed."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

from resources.all import build_resources
from resources.settings import SettingsResource
from videogen_dagster.desk.ids import is_briefing

if TYPE_CHECKING:
    from resources.storage import StorageResource
    from videogen.config.config import VideoGenConfig
    from videogen.release.decision import Decision
    from videogen.release.people.subject import Subject


class Publishing(Protocol):
    """Both publishers, as far as the desk asks them."""

    def subject(self, subject_id: str, /) -> Subject:
        """The exact state that people decide on."""

    def look(self, subject_id: str, /) -> Decision:
        """What the gate would say now."""


class Publishers:
    """The publishers of a configuration; nothing is signed or published over them here."""

    def __init__(self, config: VideoGenConfig) -> None:
        self._config = config

    @cached_property
    def _resources(self) -> dict[str, Any]:
        return build_resources({"settings": SettingsResource.of(self._config)})

    @property
    def storage(self) -> StorageResource:
        """The stores, as sensors and assets get them."""
        storage: StorageResource = self._resources["storage"]
        return storage

    @cached_property
    def _of_videos(self) -> Publishing:
        publisher: Publishing = self._resources["signer"].publisher()
        return publisher

    @cached_property
    def _of_briefings(self) -> Publishing:
        from videogen.briefing.production.publishing import BriefingPublisher
        from videogen.release.approval.conditions import Conditions

        config = self._config
        return BriefingPublisher(
            self.storage.briefing_maker,
            config.path(config.paths.published),
            self._resources["signer"].credentials(),
            conditions=Conditions.of(config),
        )

    def of(self, item_id: str) -> Publishing:
        """The one for an id."""
        return self._of_briefings if is_briefing(item_id) else self._of_videos
