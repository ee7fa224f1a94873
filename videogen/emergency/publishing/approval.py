"""Approval of alerts, where a setting asks for it: of the message as it came in, before anything is drawn."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from videogen.errors import ReleaseError
from videogen.release.approval.approving import approval_gate, approval_state
from videogen.release.people.people import People
from videogen.release.people.subject import Subject

if TYPE_CHECKING:
    from videogen.config.config import VideoGenConfig
    from videogen.emergency.alerts.register import AlertRegister


def alert_subject(register: AlertRegister, key: str) -> Subject:
    """The message that people decide on, byte for byte."""
    registered = register.get(key)
    message = hashlib.sha256(register.original(key)).hexdigest()
    title = next((info.headline or info.event for info in registered.alert.infos), key)
    return Subject(kind="alert", id=key, revision=0, parts={"message": message}, title=title)


def check_approved(config: VideoGenConfig, register: AlertRegister, key: str) -> None:
    """Let an alert pass if `release.approvals_of_alerts` people have approved it; by default it waits for nobody.

    Raises:
        ReleaseError: approvals are missing, or somebody holds it. The alert stays as it is, and can be tried again.
    """
    needed = config.release.approvals_of_alerts
    if not needed:
        return
    people, subject = People.of(config), alert_subject(register, key)
    gate = approval_gate(approval_state(subject, people.decisions(key), needed))
    if not gate.holds:
        raise ReleaseError(
            f"the alert waits: {gate.found}",
            remedy=f"a checker approves it (`videogen approve {key}`); then hand the alert in again",
            stage="emergency_video",
            video_id=key,
        )
