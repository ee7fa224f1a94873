"""Tags by which people know what a run makes: the title and the prompt of its videos."""

from __future__ import annotations

from typing import TYPE_CHECKING

import dagster as dg

from resources.jobs_and_tags import PARTITION_TAG, PROMPT_TAG, RANGE_TAGS, TITLE_TAG
from resources.runs.partitions import keys_for, videos_of_run
from videogen.domain.requests import VideoRequest
from videogen.domain.video_ids import VIDEO_ID
from videogen.errors import VideogenError
from videogen.text.shown_text import visible

if TYPE_CHECKING:
    from resources.storage import StorageResource

_LONGEST = 80


def title_tags(request: VideoRequest, videos: int = 1) -> dict[str, str]:
    """What a run over `videos` videos is called, the first of which is that of `request`."""
    more = "" if videos == 1 else f" and {videos - 1} more"
    return {TITLE_TAG: f"{_one_line(request.heading)}{more}", PROMPT_TAG: _one_line(request.plain_prompt)}


def tag_titles(instance: dg.DagsterInstance, run: dg.DagsterRun, storage: StorageResource) -> None:
    """Give a run over videos its title and prompt, unless whoever asked for it did: pages start runs without them."""
    if TITLE_TAG in run.tags or not {PARTITION_TAG, *RANGE_TAGS} & set(run.tags):
        return
    single = run.tags.get(PARTITION_TAG)
    if single is not None and not VIDEO_ID.fullmatch(single):
        return
    videos = [single] if single else videos_of_run(run, keys_for(instance, [run]))
    if not videos or not VIDEO_ID.fullmatch(videos[0]):
        return
    try:
        request = storage.requests.get(videos[0])
    except VideogenError:
        # The run itself says what is wrong with it.
        return
    instance.add_run_tags(run.run_id, title_tags(request, len(videos)))


def _one_line(text: str) -> str:
    shown = " ".join(visible(text).split())
    return shown if len(shown) <= _LONGEST else f"{shown[: _LONGEST - 1].rstrip()}…"
