"""Which file of an artifact is the video: its ending depends on the container that it was written as."""

from __future__ import annotations

from pathlib import Path

from videogen.domain.stages import Stage
from videogen.errors import ArtifactError
from videogen.storage.artifact_store import ArtifactStore

_BESIDE = (".json", ".vtt")


def video_name(artifacts: ArtifactStore, video_id: str, attempt: int, name: str = Stage.RENDERED_VIDEO) -> str:
    """The name of the video's file, e.g. ``rendered_video.webm``.

    Raises:
        ArtifactError: the attempt has no such artifact, or no video in it.
    """
    for file in artifacts.manifest(video_id, attempt, name).files:
        if Path(file.name).suffix not in _BESIDE:
            return file.name
    raise ArtifactError(f"the artifact {name} holds no video", stage=name, video_id=video_id)


def video_file(artifacts: ArtifactStore, video_id: str, attempt: int, name: str = Stage.RENDERED_VIDEO) -> Path:
    """A local path of the video of an artifact; a remote one is downloaded.

    Raises:
        ArtifactError: it does not exist, or has changed since it was written.
    """
    return artifacts.local_file(video_id, attempt, video_name(artifacts, video_id, attempt, name))
