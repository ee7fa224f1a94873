"""What `/watch/…` plays: files of attempts and releases, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from resources.settings import SettingsResource
from resources.storage import StorageResource
from tests.dagster_helpers import places
from videogen.domain.requests import VideoRequest
from videogen.errors import VideogenError
from videogen_dagster.ui.media import find


@pytest.mark.parametrize(
    "place",
    [
        "", "/", "../../etc/passwd", "alert/../../x", "alert/", "alert/none", "{id}", "{id}/", "{id}/0", "{id}/1",
        "{id}/99999999999", "{id}/\u0661", "{id}/published", "{id}/../{id}/1", "{id}/1/rendered_video.mp4", "x/published",
        "../x/published",
    ],
)  # fmt: skip
def test_an_address_without_a_video_is_refused(tmp_path: Path, place: str) -> None:
    storage = StorageResource(settings=SettingsResource(overrides=places(tmp_path)))
    video_id = storage.requests.submit(VideoRequest(prompt="a red bus")).id
    with pytest.raises(VideogenError):
        find(storage, place.format(id=video_id))
