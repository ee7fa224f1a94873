"""Published alerts: one folder each, there as a whole or not at all; what is withdrawn leaves a notice behind.

Layout: ``<published>/alerts/<key>/``: ``alert.mp4``, ``alert.<language>.vtt``, ``record.json``. After a withdrawal the
video is gone and ``superseded.json``, ``cancelled.json`` or ``expired.json`` says why; what was on air is kept in the
store, under ``emergency/withdrawn/<key>/``.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Literal

from pydantic import AwareDatetime, Field, ValidationError

from videogen.domain.frozen_model import FrozenModel
from videogen.emergency.alerts.register import RegisteredAlert
from videogen.emergency.cap.model import Reference
from videogen.emergency.ladder import Rung
from videogen.errors import ArtifactError
from videogen.release.decision import Gate
from videogen.storage.atomic import whole_folder
from videogen.storage.atomic_folder import SAFE_NAME, Folder, copy, storage_errors

RECORD, VIDEO = "record.json", "alert.mp4"
WITHDRAWN = "emergency/withdrawn"


class PublishedFile(FrozenModel):
    """One file of a published alert."""

    name: str
    sha256: str
    bytes: int


class AlertRecord(FrozenModel):
    """What lies beside a published alert: what it is, with what it was made, what was checked, and when.

    video None: a message without anything to show, e.g. a Cancel without an info block; `note` says why.
    supersedes: keys of the alerts that it ended. seconds: of each part of the work. own_advice: languages in which the
    template's general advice is shown, for the sender says nothing of what to do.
    """

    key: str
    identity: Reference
    status: str
    msg_type: str
    title: str
    watermark: str | None
    template: str | None = None
    template_version: int | None = None
    rung: Rung | None = None
    skipped: dict[Rung, str] = Field(default_factory=dict)
    background: str | None = None
    payload: str | None = Field(None, description="of the imperceptible watermark")
    languages: tuple[str, ...] = ()
    own_advice: tuple[str, ...] = ()
    checks: tuple[Gate, ...] = ()
    supersedes: tuple[str, ...] = ()
    sent_at: AwareDatetime
    taken_at: AwareDatetime
    planned_at: AwareDatetime
    published_at: AwareDatetime
    ends_at: AwareDatetime
    seconds: dict[str, float] = Field(default_factory=dict)
    estimates: dict[Rung, float] = Field(default_factory=dict)
    budget_seconds: float
    run_id: str | None = None
    video: str | None = None
    files: tuple[PublishedFile, ...] = ()
    note: str = ""

    @property
    def latency(self) -> float:
        """Seconds from taking the alert to publishing it."""
        return (self.published_at - self.taken_at).total_seconds()


class Notice(FrozenModel):
    """Why a published alert was withdrawn.

    by: key of the alert, or name of the person, that ended it.
    """

    key: str
    state: Literal["superseded", "cancelled", "expired"]
    reason: str
    by: str | None
    ended_at: AwareDatetime
    withdrawn_at: AwareDatetime
    title: str


class PublishedAlerts:
    """The published place of alerts.

    Args:
        root: local folder that viewers read, one folder for each alert below it.
        store: root of the artifact store, where withdrawn videos are kept.
    """

    def __init__(self, root: Path, store: str) -> None:
        self.root = root
        self._store = Folder(store)

    def folder(self, key: str) -> Path:
        """The folder of one alert, there or not."""
        if not SAFE_NAME.fullmatch(key):
            raise ArtifactError(f"{key!r} is not the key of an alert", remedy="see `videogen alerts`")
        return self.root / key

    def record(self, key: str) -> AlertRecord | None:
        """What was published under this key; None: nothing yet.

        Raises:
            ArtifactError: the record is there but cannot be read.
        """
        path = self.folder(key) / RECORD
        try:
            return AlertRecord.model_validate_json(path.read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, ValidationError) as error:
            raise ArtifactError(f"{path} cannot be read: {error}", remedy="restore that file") from error

    def is_up(self, key: str) -> bool:
        """Whether viewers find the video (or, without one, the record) now."""
        record = self.record(key)
        if record is None or self.notice(key) is not None:
            return False
        return record.video is None or (self.folder(key) / record.video).is_file()

    def put(self, record: AlertRecord, files: dict[str, Path]) -> Path:
        """Publish: all files and the record appear at once. Putting the same alert again changes nothing.

        Args:
            files: name in the published folder → file to copy.

        Raises:
            StorageError: the disk refused; nothing is there then.
        """
        target = self.folder(record.key)
        if self.record(record.key) is not None:
            return target
        with storage_errors(str(target)):
            self.root.mkdir(parents=True, exist_ok=True)
            # Another process may have been faster: its alert is the same, and counts.
            with whole_folder(target, lambda folder: (folder / RECORD).is_file()) as temporary:
                made = Folder(temporary)
                for name, source in files.items():
                    with made.writing(name) as path:
                        copy(source, path)
                made.write(RECORD, record.model_dump_json(indent=1).encode())
        return target

    def notice(self, key: str) -> Notice | None:
        """Why the alert was withdrawn; None: it was not."""
        for state in ("superseded", "cancelled", "expired"):
            path = self.folder(key) / f"{state}.json"
            if path.is_file():
                return Notice.model_validate_json(path.read_bytes())
        return None

    def withdraw(self, registered: RegisteredAlert, now: datetime) -> Notice:
        """Take a video down: first the notice appears, then the files move into the store. It can be done again.

        Raises:
            ArtifactError: the alert has not ended.
            StorageError: the disk or remote store refused.
        """
        event = next((one for one in reversed(registered.history) if one.state != "withdrawn"), None)
        if event is None or event.state not in ("superseded", "cancelled", "expired"):
            raise ArtifactError(f"alert {registered.key} has not ended", remedy="cancel it first")
        notice = self.notice(registered.key)
        if notice is None:
            record = self.record(registered.key)
            notice = Notice(
                key=registered.key,
                state=event.state,
                reason=event.reason,
                by=event.by,
                ended_at=event.at,
                withdrawn_at=now,
                title=record.title if record else registered.alert.identifier,
            )
            with storage_errors(str(self.folder(registered.key))):
                self.folder(registered.key).mkdir(parents=True, exist_ok=True)
            place = Folder(self.folder(registered.key))
            place.write(f"{event.state}.json", notice.model_dump_json(indent=1).encode())
        self._keep_and_remove(registered.key)
        return notice

    def _keep_and_remove(self, key: str) -> None:
        for path in sorted(self.folder(key).iterdir()):
            if path.suffix in (".mp4", ".vtt"):
                with self._store.writing(f"{WITHDRAWN}/{key}/{path.name}") as kept:
                    copy(path, kept)
                path.unlink()
