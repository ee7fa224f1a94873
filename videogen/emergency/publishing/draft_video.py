"""The video of a request in an emergency: template, headline, place and advice over the model's clip, in time."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from videogen.config.label_style import label_style
from videogen.domain.artifacts import EmergencyFacts, RenderedVideo, VideoFile
from videogen.emergency.draft import Draft
from videogen.emergency.ladder import Choice, Rung
from videogen.emergency.manager import EmergencyModeManager, EmergencyRequest, fps_of
from videogen.emergency.publishing.descent import descend, style_of
from videogen.emergency.rendering.renderer import AlertVideo, Background, render_alert
from videogen.media.encoding import CODEC
from videogen.media.render import CAPTIONS, VIDEO
from videogen.media.watermark.keys import watermark_for

if TYPE_CHECKING:
    from videogen.config.config import VideoGenConfig

SMALLEST = 360
"""Pixels of the shorter edge below which no page of an alert is legible."""


def draft_video(
    draft: Draft,
    key: str,
    number: int,
    taken_at: datetime,
    manager: EmergencyModeManager,
    folder: Path,
    background: Background | None,
) -> VideoFile:
    """Write ``rendered_video.mp4`` and its captions into `folder`, before the deadline where that can be kept.

    Args:
        key: the request's id. number: of its attempt. taken_at: when it came in, from which the deadline counts.
        background: the model's clip; None: the template's own background.

    Raises:
        LegibilityError: even the plain card cannot be read. VideogenError: the last rung failed.
    """
    config = manager.config
    request = EmergencyRequest(key, draft.alert, 0, taken_at, draft.template, wants_model=background is not None)
    allocation = manager.allocate_resources(request)
    imperceptible = watermark_for(config, "video", key, str(number)) if config.emergency.embed_watermark else None
    missing = {} if background is not None else {Rung.MODEL_BACKGROUND: "the model made no clip"}

    def attempt(choice: Choice) -> AlertVideo:
        place = folder / choice.rung.name.lower()
        place.mkdir()
        return render_alert(
            draft.alert,
            draft.template,
            place,
            size=allocation.size,
            fps=fps_of(choice.rung, allocation.fps),
            timezone=config.emergency.timezone,
            background=background if choice.rung is Rung.MODEL_BACKGROUND else None,
            watermark=draft.watermark,
            audio=config.emergency.sound,
            deadline=None if choice.limit is None else time.monotonic() + choice.limit,
            style=style_of(choice.rung),
            label=label_style(config.delivery).text,
            always_labelled=True,
            imperceptible=imperceptible,
        )

    manager.board.begin(key, allocation.deadline, allocation.choice(missing).rung)
    manager.board.move(key, "rendering")
    rendered = descend(allocation, missing, attempt, key)
    manager.board.move(key, "rendered", rung=rendered.rung)
    return _placed(rendered.video, draft, rendered.rung, {**rendered.skipped, **rendered.failed}, folder, config)


def _placed(
    video: AlertVideo, draft: Draft, rung: Rung, skipped: Mapping[Rung, str], folder: Path, config: VideoGenConfig
) -> VideoFile:
    """The files under the names of the stage, with their facts."""
    path, captions = folder / VIDEO, folder / CAPTIONS
    video.path.replace(path)
    (written,) = video.captions.values()
    written.replace(captions)
    facts = video.facts
    described = RenderedVideo(
        video=VIDEO,
        captions=CAPTIONS,
        width=facts.width,
        height=facts.height,
        fps=facts.fps,
        num_frames=facts.num_frames,
        duration=facts.duration,
        codec=CODEC,
        label=facts.label or "",
        watermark=facts.payload,
        sha256=facts.sha256,
        bytes=facts.bytes,
        metadata={"alert": draft.alert.identifier, "template": draft.template.name},
        emergency=EmergencyFacts(
            template=draft.template.name,
            rung=str(rung),
            skipped={str(one): why for one, why in skipped.items()},
            missing=draft.missing,
        ),
    )
    return VideoFile(path=path, captions_path=captions, facts=described)
