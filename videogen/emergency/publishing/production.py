"""From a registered alert to its published video: plan, render down the ladder, check, sign, publish, say so.

Every step can be done again: what a killed process left half done is finished by the next one, and nothing is
published twice. Whatever the ladder, a video is published only if every gate holds.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from videogen.config.label_style import label_style
from videogen.emergency.advice import Advised, advised
from videogen.emergency.ladder import Choice, Rung
from videogen.emergency.manager import EmergencyModeManager, EmergencyRequest, fps_of
from videogen.emergency.publishing.approval import check_approved
from videogen.emergency.publishing.descent import descend, style_of
from videogen.emergency.publishing.production_parts import Making, Plan, Published, Rendered
from videogen.emergency.publishing.publish import (
    publish,
    publish_notice,
    say_published,
    take_down_ended,
    taken_at,
)
from videogen.emergency.rendering.renderer import AlertVideo, render_alert
from videogen.errors import LegibilityError, ReleaseError
from videogen.media.watermark.keys import watermark_for
from videogen.runtime.progress import Progress, listen

if TYPE_CHECKING:
    from videogen.config.config import VideoGenConfig
    from videogen.emergency.alerts.register import RegisteredAlert
    from videogen.emergency.layout.template import EmergencyTemplate
    from videogen.emergency.publishing.published_alerts import AlertRecord

CLEAR = "all_clear"
_log = logging.getLogger("videogen.emergency")


def plan(tools: Making, registered: RegisteredAlert) -> Plan:
    """Choose template, time, size and rung, and mark the alert as planned.

    Raises:
        AlertStateError: it has ended in the meantime, so that nothing is published.
        ConfigError: no template is usable.
    """
    started, now = time.perf_counter(), datetime.now(UTC)
    manager = tools.manager
    found = Advised(_template(manager, registered), ())
    if tools.config.emergency.missing_instruction == "advise":
        found = advised(found.template, registered.alert)
    template = found.template
    request = EmergencyRequest(
        key=registered.key,
        alert=registered.alert,
        rank=registered.rank,
        taken_at=taken_at(registered),
        template=template,
        wants_model=not tools.config.emergency.emergency_use_templates,
    )
    allocation = manager.allocate_resources(request)
    choice = allocation.choice(_switched_off(tools))
    manager.board.begin(registered.key, allocation.deadline, choice.rung)
    reason = f"template {template.name}, {choice.rung}, {allocation.seconds_left():.1f} s left"
    planned = manager.register.mark(registered.key, "planned", reason)
    return Plan(planned, template, allocation, choice, now, time.perf_counter() - started, found.languages)


def render(tools: Making, made: Plan, folder: Path) -> Rendered:
    """Draw the video, going down the ladder where a rung fails or the time runs out.

    Raises:
        LegibilityError: even the plain card would be wrong or unreadable.
        VideogenError: the last rung failed.
    """

    def attempt(choice: Choice) -> AlertVideo:
        return _attempt(tools, made, choice, folder / choice.rung.name.lower())

    return descend(made.allocation, _switched_off(tools), attempt, made.registered.key)


def process(tools: Making, key: str, on_plan: Callable[[Plan], None] | None = None) -> Published | None:
    """Bring one alert to its end; None: there is nothing to do for it.

    What it ends is taken down: for a Cancel at once, for an Update when the new video is up.

    Args:
        on_plan: called once the plan is made.

    Raises:
        AlertStateError: it has ended in the meantime.
        LegibilityError, ReleaseError: refused; the register says why. Only an alert that waits for approval stays.
        VideogenError: something failed; the alert stays planned and can be tried again.
    """
    manager = tools.manager
    registered = manager.register.get(key)
    done = tools.published.record(key)
    if registered.state == "published" or (done is not None and registered.state in ("taken", "planned")):
        return _finish(tools, registered, done)
    if registered.state not in ("taken", "planned"):
        return None
    check_approved(tools.config, manager.register, key)
    manager.hold_for(registered)
    try:
        if registered.alert.msg_type == "Cancel":
            take_down_ended(tools)
            if not registered.alert.infos:
                return publish_notice(tools, registered, "it cancels, and has nothing to show")
        try:
            return _make(tools, registered, on_plan)
        except (LegibilityError, ReleaseError) as error:
            if registered.alert.msg_type != "Cancel":
                manager.register.mark(key, "refused", str(error))
                raise
            # What it cancels is down already; a card that would be incomplete is not worth a second alarm.
            return publish_notice(tools, registered, f"it cancels; no card, for {error.problem}")
    finally:
        manager.mode.leave(key)


def _make(tools: Making, registered: RegisteredAlert, on_plan: Callable[[Plan], None] | None) -> Published:
    made = plan(tools, registered)
    if on_plan is not None:
        on_plan(made)
    with TemporaryDirectory(prefix="videogen-alert-") as scratch, listen(_note_progress(tools, registered.key)):
        folder = Path(scratch)
        tools.manager.board.move(registered.key, "rendering", rung=made.choice.rung)
        rendered = render(tools, made, folder)
        rendered.seconds["planning"] = made.seconds
        return publish(tools, made, rendered, folder)


def _finish(tools: Making, registered: RegisteredAlert, record: AlertRecord | None) -> Published | None:
    """What a process that was killed after publishing had left to do."""
    if record is None:
        return None
    place = tools.published.folder(registered.key)
    if registered.state != "published":
        say_published(tools, registered, place, "published before, by a process that was stopped")
    else:
        take_down_ended(tools)
    return Published(record, place)


def _attempt(tools: Making, made: Plan, choice: Choice, folder: Path) -> AlertVideo:
    folder.mkdir()
    limit = None if choice.limit is None else time.monotonic() + choice.limit
    background = None
    if choice.rung is Rung.MODEL_BACKGROUND:
        assert tools.background is not None
        background = tools.background(made.template, limit)
    emergency = tools.config.emergency
    return render_alert(
        made.registered.alert,
        made.template,
        folder,
        size=made.allocation.size,
        fps=fps_of(choice.rung, made.allocation.fps),
        timezone=emergency.timezone,
        background=background,
        watermark=made.registered.watermark,
        audio=emergency.sound,
        deadline=limit,
        style=style_of(choice.rung),
        label=label_style(tools.config.delivery).text,
        cache=_cache(tools.config),
        imperceptible=watermark_for(tools.config, "alert", made.registered.key) if emergency.embed_watermark else None,
    )


def _cache(config: VideoGenConfig) -> Path | None:
    """Where drawn backgrounds and speech are kept between alerts: beside the videos, where these are local."""
    root = config.paths.store
    return None if "://" in root else Path(config.location(root)) / "emergency" / "cache"


def _switched_off(tools: Making) -> dict[Rung, str]:
    return {} if tools.background is not None else {Rung.MODEL_BACKGROUND: "no video model was given"}


def _template(manager: EmergencyModeManager, registered: RegisteredAlert) -> EmergencyTemplate:
    if registered.alert.msg_type == "Cancel" and CLEAR in manager.library.ids():
        return manager.select_template(CLEAR)
    return manager.library.for_alert(registered.alert)


def _note_progress(tools: Making, key: str) -> Callable[[Progress], None]:
    noted = 0.0

    def listener(progress: Progress) -> None:
        nonlocal noted
        now = time.monotonic()
        if now - noted >= 1.0:
            noted = now
            tools.manager.board.move(key, "rendering", done=progress.done, total=progress.total, detail=progress.stage)

    return listener
