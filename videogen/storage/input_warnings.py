"""Collects the warnings of preprocessing about the prompt, the images and the clip of an attempt."""

from __future__ import annotations

from videogen.domain.stages import Stage
from videogen.errors import ArtifactError
from videogen.storage.artifact_store import ArtifactStore
from videogen.storage.request_store import RequestStore

STAGES_THAT_WARN = (Stage.PROMPT_ASSET, Stage.REFERENCE_IMAGES, Stage.CONDITIONING_EMBEDDINGS)


def input_warnings(requests: RequestStore, artifacts: ArtifactStore, video_id: str, attempt: int) -> tuple[str, ...]:
    """Return the warnings about the prompt, the images, and the clip that the video is made from, without duplicates.

    A stage that has not been made yet, or whose artifact has been cleaned away, says nothing.

    Raises:
        ArtifactError: an artifact is there and damaged.
    """
    found: list[str] = []
    for stage in STAGES_THAT_WARN:
        try:
            holder = requests.holder(video_id, attempt, stage)
        except ArtifactError:
            continue
        fields = artifacts.read_json(video_id, holder, stage)
        found += fields.get("warnings") or fields.get("extra", {}).get("clip_warnings", ())
    return tuple(dict.fromkeys(found))
