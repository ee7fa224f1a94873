"""Publishing an alert's video: gate, signature, files in place, register, and taking down what it ends."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from videogen.emergency.history import Rendering
from videogen.emergency.manager import fps_of, title_of
from videogen.emergency.publishing.check_names import BEFORE_SIGNING, REQUIRED
from videogen.emergency.publishing.checks import check_alert_video, decode
from videogen.emergency.publishing.production_parts import STAGE, Making, Plan, Published, Rendered
from videogen.emergency.publishing.published_alerts import RECORD, VIDEO, AlertRecord, PublishedFile
from videogen.errors import AlertStateError, ReleaseError
from videogen.quality.metrics.technical import Expected
from videogen.release.decision import Gate, decide
from videogen.release.gate import signature_gate
from videogen.storage.atomic_folder import sha256

if TYPE_CHECKING:
    from videogen.emergency.alerts.register import RegisteredAlert


SHOWN = 8


def publish(tools: Making, made: Plan, rendered: Rendered, folder: Path) -> Published:
    """Check, sign, put the files in place, mark the alert as published, and take down what it ends.

    Raises:
        ReleaseError: a gate does not hold; the register says "refused".
        AlertStateError: the alert has ended in the meantime; nothing is left in the published place.
    """
    register, key = tools.manager.register, made.registered.key
    now = datetime.now(UTC)
    clock = time.perf_counter()
    tools.manager.board.move(key, "checking", rung=rendered.rung)
    current = register.get(key)
    width, height = made.allocation.size
    facts = rendered.video.facts
    rate = fps_of(rendered.rung, made.allocation.fps)
    expected = Expected(width, height, float(rate), facts.num_frames, facts.duration)
    numbers = numbers_to_show(facts.num_frames)
    decoded = decode(rendered.video.path, numbers)
    gates = check_alert_video(current, rendered.video, expected, decoded, now)
    rendered.seconds["checking"] = time.perf_counter() - clock
    _refuse_unless(tools, made, gates, BEFORE_SIGNING)
    clock = time.perf_counter()
    signed, signature = _signed(tools, made, rendered, gates, folder)
    gates.append(signature)
    _refuse_unless(tools, made, gates, REQUIRED)
    rendered.seconds["signing"] = time.perf_counter() - clock
    clock = time.perf_counter()
    tools.manager.board.move(key, "publishing", rung=rendered.rung)
    files = {VIDEO: signed, **{f"alert.{tag}.vtt": path for tag, path in rendered.video.captions.items()}}
    record = _record(tools, made, rendered, tuple(gates), files)
    place = tools.published.put(record, files)
    say_published(tools, current, place, f"{rendered.rung}, template {made.template.name}")
    rendered.seconds["publishing"] = time.perf_counter() - clock
    _learn(tools, made, rendered)
    kept = tools.published.record(key)
    assert kept is not None
    return Published(kept, place, decoded.frames, numbers)


def publish_notice(tools: Making, registered: RegisteredAlert, why: str) -> Published:
    """Publish the record of a message that has nothing to show, e.g. a Cancel without an info block."""
    now = datetime.now(UTC)
    record = _bare_record(tools, registered, now).model_copy(update={"note": why})
    place = tools.published.put(record, {})
    say_published(tools, registered, place, why)
    return Published(record, place)


def take_down_ended(tools: Making) -> list[str]:
    """Withdraw what has ended but is still in the published place; returns the keys.

    What an Update ended stays up until the Update itself is up, has ended, or has taken too long.
    """
    register, now = tools.manager.register, datetime.now(UTC)
    taken_down = []
    for registered in _still_up(tools):
        if _waits_for_its_update(tools, registered, now):
            continue
        notice = tools.published.withdraw(registered, now)
        if registered.on_air:
            register.mark(registered.key, "withdrawn", notice.reason, by=notice.by)
        taken_down.append(registered.key)
    return taken_down


def _refuse_unless(tools: Making, made: Plan, gates: list[Gate], required: tuple[str, ...]) -> None:
    decision = decide(gates, required=required)
    if not decision.released:
        raise ReleaseError(
            decision.summary,
            remedy="correct the alert, the template or the machine, and send the alert again",
            stage=STAGE,
            video_id=made.registered.key,
        )


def _signed(tools: Making, made: Plan, rendered: Rendered, gates: list[Gate], folder: Path) -> tuple[Path, Gate]:
    """A signed copy of the mp4, and the finding on its signature: the one place where alerts are signed."""
    from videogen.release.credentials import credentials_for
    from videogen.release.record import Provenance
    from videogen.release.signing import sign_file
    from videogen.release.trust import signers_for
    from videogen.release.verification import verify_file

    alert, facts = made.registered.alert, rendered.video.facts
    record = Provenance(
        kind="alert",
        id=made.registered.key,
        title=title_of(alert),
        source=made.registered.record.origin,
        requester=alert.sender,
        requested_at=taken_at(made.registered),
        released_at=datetime.now(UTC),
        model=facts.background or f"template {made.template.name}",
        label=facts.label or "",
        watermark=facts.payload,
        origin="composite" if facts.background else "template",
        gates=tuple(gates),
        details={
            "identifier": alert.identifier,
            "sender": alert.sender,
            "sent": alert.sent.isoformat(),
            "template": made.template.name,
        },
    )
    credentials = credentials_for(tools.config)
    target = folder / f"signed-{rendered.video.path.name}"
    sign_file(rendered.video.path, record, credentials, target)
    return target, signature_gate(verify_file(target, signers_for(tools.config)))


def _record(
    tools: Making, made: Plan, rendered: Rendered, gates: tuple[Gate, ...], files: dict[str, Path]
) -> AlertRecord:
    facts = rendered.video.facts
    bare = _bare_record(tools, made.registered, made.planned_at)
    return bare.model_copy(
        update={
            "template": made.template.id,
            "template_version": made.template.version,
            "rung": rendered.rung,
            "skipped": {**rendered.skipped, **rendered.failed},
            "background": facts.background,
            "payload": facts.payload,
            "languages": facts.languages,
            "own_advice": made.own_advice,
            "checks": gates,
            "seconds": {**facts.seconds, **rendered.seconds},
            "estimates": made.allocation.estimates,
            "video": VIDEO,
            "files": tuple(
                PublishedFile(name=name, sha256=sha256(path), bytes=path.stat().st_size) for name, path in files.items()
            ),
            "note": "; ".join(facts.notes),
        }
    )


def _bare_record(tools: Making, registered: RegisteredAlert, planned_at: datetime) -> AlertRecord:
    alert = registered.alert
    return AlertRecord(
        key=registered.key,
        identity=alert.identity,
        status=alert.status,
        msg_type=alert.msg_type,
        title=title_of(alert),
        watermark=registered.watermark,
        supersedes=tuple(one.key for one in tools.manager.register.replaced_by(registered.key)),
        sent_at=alert.sent,
        taken_at=taken_at(registered),
        planned_at=planned_at,
        published_at=datetime.now(UTC),
        ends_at=registered.ends,
        budget_seconds=tools.config.emergency.emergency_max_generation_time,
        run_id=tools.run_id,
    )


def say_published(tools: Making, registered: RegisteredAlert, place: Path, reason: str) -> None:
    """Mark it; should it have ended in the meantime, take it down again. Then take down what it ends."""
    try:
        tools.manager.register.mark(registered.key, "published", reason, by=tools.run_id)
    except AlertStateError:
        take_down_ended(tools)
        raise
    take_down_ended(tools)


def _still_up(tools: Making) -> list[RegisteredAlert]:
    """Alerts that have ended while their files are still there, whatever the register has heard of it."""
    register = tools.manager.register
    found = {one.key: one for one in register.to_withdraw()}
    root = tools.published.root
    for path in sorted(root.iterdir()) if root.is_dir() else []:
        if path.name.startswith(".") or path.name in found or not (path / RECORD).is_file():
            continue
        # A process that was killed between putting a video up and saying so has left it here.
        if (path / VIDEO).is_file():
            registered = register.get(path.name)
            if registered.state in ("superseded", "cancelled", "expired"):
                found[path.name] = registered
    return [found[key] for key in sorted(found)]


def _waits_for_its_update(tools: Making, registered: RegisteredAlert, now: datetime) -> bool:
    event = next(one for one in reversed(registered.history) if one.state != "withdrawn")
    if event.state != "superseded" or event.by is None:
        return False
    update = tools.manager.register.get(event.by)
    waited = (now - event.at).total_seconds()
    limit = 2 * tools.config.emergency.emergency_max_generation_time
    return update.state in ("taken", "planned") and waited < limit


def _learn(tools: Making, made: Plan, rendered: Rendered) -> None:
    facts = rendered.video.facts
    tools.manager.history.record(
        Rendering(
            made_at=datetime.now(UTC),
            template=made.template.id,
            version=str(made.template.version),
            rung=rendered.rung,
            width=facts.width,
            height=facts.height,
            frames=facts.num_frames,
            seconds=sum(rendered.seconds.values()),
        )
    )


def numbers_to_show(num_frames: int) -> tuple[int, ...]:
    """Frames for the contact sheet: the middle of each of up to eight equal parts."""
    count = min(SHOWN, num_frames)
    return tuple((2 * part + 1) * num_frames // (2 * count) for part in range(count))


def taken_at(registered: RegisteredAlert) -> datetime:
    """When the work on the alert could begin: when it came in, or when an exercise was released."""
    return next(
        (event.at for event in reversed(registered.history) if event.state == "taken"), registered.history[0].at
    )
