"""The request for a variation of a finished video: the same words, settings and files, other noise."""

from __future__ import annotations

import codecs
import hashlib
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Literal

from videogen.config.setting_names import flat
from videogen.domain.requests import Attempt, VideoRequest
from videogen.domain.source import Source
from videogen.errors import InputError

if TYPE_CHECKING:
    from videogen.config.config import VideoGenConfig
    from videogen.storage.inputs.source_files import SourceText
    from videogen.storage.request_store import RequestStore

_OWN = {
    "id", "created_at", "source", "priority", "output", "experiment", "arm", "arm_share", "overrides", "seed",
    "images", "sources", "logo", "from_video", "varied_from", "varied_attempt", "settled_by",
}  # fmt: skip
"""Fields of a request that its variation does not take over as they are."""


@dataclass(frozen=True)
class Change:
    """What is turned, how far, and towards the noise of which seed; None: a seed that is drawn and kept."""

    strength: float = 0.3
    of: Literal["motion", "content", "both"] = "motion"
    seed: int | None = None


def variation_of(
    request: VideoRequest,
    attempt: Attempt,
    settled_by: int,
    change: Change,
    config: VideoGenConfig,
    files: dict[str, Any],
    *,
    source: Source,
) -> VideoRequest:
    """A new request that leads to the video of `attempt`, but for the change of its noise.

    Args:
        request: of the video that is varied.
        attempt: which attempt at it; its settings become the new request's own.
        settled_by: the seed that settled what the prompt leaves open.
        change: of the noise.
        config: the configuration, which may itself vary the noise.
        files: the fields of `VideoRequest` that name files, as `with_files` gives them.
        source: how the new request arrives.

    Raises:
        InputError: an emergency video has no noise to vary, or the strength lies outside of 0 … 1.
    """
    if request.emergency:
        raise InputError(
            "a video of an emergency is made of the pages of a template, which have no variations",
            remedy="make another one with `videogen generate … --emergency`",
            video_id=request.id,
        )
    if not 0.0 < change.strength <= 1.0:
        raise InputError(
            f"the strength of a variation is a number above 0 and at most 1, not {change.strength:g}",
            remedy="0.3 is a little different, 1 as different as another seed",
        )
    before = request.settings(config, attempt).noise.variations
    turned = {
        "seed": secrets.randbelow(2**31) if change.seed is None else change.seed,
        "strength": change.strength,
        "of": change.of,
    }
    changes = {name: value for name, value in attempt.changes.items() if name != "seed"}
    return VideoRequest(
        **request.model_dump(exclude=_OWN),
        **files,
        seed=attempt.seed(request),
        overrides={
            **flat(request.overrides),
            **flat(changes),
            "noise.variations": [*(one.model_dump() for one in before), turned],
        },
        source=source,
        varied_from=request.id,
        varied_attempt=attempt.number,
        settled_by=settled_by,
    )


@contextmanager
def with_files(store: RequestStore, request: VideoRequest) -> Iterator[dict[str, Any]]:
    """The files of a stored request as files that another request can name, until the block ends."""
    with TemporaryDirectory(prefix="videogen-variation-") as folder:
        sources = []
        for index, text in enumerate(store.source_texts(request)):
            # Stored names begin with a number, which the new request's copy gets again.
            copy = Path(folder) / str(index) / text.name.partition("-")[2]
            copy.parent.mkdir()
            copy.write_bytes(_content(text))
            sources.append(copy)
        yield {
            "images": tuple(store.image_paths(request)),
            "logo": store.logo_path(request),
            "from_video": store.clip_path(request),
            "sources": tuple(sources),
        }


def _content(text: SourceText) -> bytes:
    """The bytes of a source as they were handed in: its SHA-256 is what attests it."""
    content = text.text.encode()
    return content if hashlib.sha256(content).hexdigest() == text.sha256 else codecs.BOM_UTF8 + content
