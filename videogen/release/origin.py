"""Where a file is from when its credentials do not tell: the watermark in its picture leads to the release record."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import AwareDatetime, Field, TypeAdapter, ValidationError

from videogen.domain.frozen_model import FrozenModel
from videogen.errors import MediaError
from videogen.media.watermark.detection import FoundWatermark, find_watermark
from videogen.media.watermark.keys import known_keys
from videogen.release.folder import RECORD
from videogen.release.record import ReleaseRecord
from videogen.release.trust import signers_for
from videogen.release.verification import Verification, is_picture, verify_file

if TYPE_CHECKING:
    from videogen.config.config import VideoGenConfig

_ALERTS, _ALERT_RECORD = "alerts", "record.json"
_ENDED = ("superseded", "cancelled", "expired")
_TIME = TypeAdapter(AwareDatetime)


class MarkedRelease(FrozenModel):
    """The release whose record names a watermark. file: the published video that carries it."""

    kind: str
    id: str
    attempt: int | None
    title: str
    file: str
    released_at: AwareDatetime
    withdrawn: str | None = Field(None, description="why it was taken back; None: it stands")
    notice: str | None = Field(None, description="the latest correction or hold, in one line; None: there was none")

    @property
    def summary(self) -> str:
        """A few words for people."""
        # All revisions of a briefing carry one watermark, so it cannot tell which of them the copy is.
        counted = "published as revision" if self.kind == "briefing" else "attempt"
        number = f", {counted} {self.attempt}" if self.attempt else ""
        ended = f", withdrawn since: {self.withdrawn}" if self.withdrawn else ""
        notice = f", {self.notice}" if self.notice else ""
        return f"{self.kind} {self.id}{number}, released {self.released_at:%Y-%m-%d %H:%M} UTC{ended}{notice}"


class Origin(FrozenModel):
    """What the picture of a file says of where it is from. release None: no record names this watermark."""

    watermark: FoundWatermark
    release: MarkedRelease | None

    @property
    def summary(self) -> str:
        """One line for people."""
        if self.release is None:
            return (
                f"the picture carries this installation's watermark {self.watermark.payload}, which no release record "
                "names: a draft, or the record was replaced or removed"
            )
        return f"the picture carries the watermark of {self.release.summary}"


class Checked(FrozenModel):
    """All that a file tells of itself. origin: of its watermark, looked for where the credentials are not trusted."""

    verification: Verification
    origin: Origin | None

    @property
    def summary(self) -> str:
        """One line for people."""
        found = self.verification.summary
        if self.origin is None:
            return found
        lost = "" if self.verification.signed else "; the credentials are gone: the file was changed since"
        return f"{self.origin.summary}{lost}" if not self.verification.signed else f"{found}; {self.origin.summary}"


def check_file(path: Path, config: VideoGenConfig) -> Checked:
    """Verify the credentials of a file and, where they are missing or not trusted, look for the watermark.

    Raises:
        MediaError: the file does not exist, or it cannot be read as media at all.
        ConfigError: a certificate or the watermark key cannot be read.
    """
    verification = verify_file(path, signers_for(config))
    if verification.trusted or is_picture(path):
        return Checked(verification=verification, origin=None)
    try:
        return Checked(verification=verification, origin=origin_of(path, config))
    except MediaError:
        # A damaged file may have no picture left to look at; that it is damaged stands in the verification.
        return Checked(verification=verification, origin=None)


def origin_of(path: Path, config: VideoGenConfig) -> Origin | None:
    """What the watermark in a video says; None: no watermark of this installation was found.

    Raises:
        MediaError: the file is not a video. ConfigError: the key cannot be read.
    """
    found = find_watermark(path, known_keys(config))
    if found is None:
        return None
    return Origin(watermark=found, release=marked_release(config.path(config.paths.published), found.payload))


def marked_release(root: Path, payload: str) -> MarkedRelease | None:
    """The release below the folder of published videos whose record names this payload."""
    for path in _records(root):
        text = path.read_bytes()
        # Most records are another's: they are not worth parsing.
        if payload.encode() not in text:
            continue
        found = _of_alert(path, text, payload) if path.name == _ALERT_RECORD else _of_record(text, payload)
        if found is not None:
            return found
    return None


def _records(root: Path) -> Iterator[Path]:
    yield from sorted(root.glob(f"*/{RECORD}"))
    yield from sorted(root.glob(f"{_ALERTS}/*/{_ALERT_RECORD}"))


def _of_record(text: bytes, payload: str) -> MarkedRelease | None:
    try:
        record = ReleaseRecord.model_validate_json(text)
    except ValidationError:
        return None
    file = next((name for name, mark in record.watermarks.items() if mark == payload), None)
    if file is None:
        return None
    made = record.provenance
    return MarkedRelease(
        kind=made.kind,
        id=made.id,
        attempt=made.attempt,
        title=made.title or made.prompt,
        file=file,
        released_at=_utc(made.released_at),
        withdrawn=record.withdrawn.why if record.withdrawn is not None else None,
        notice=record.notices[-1].line if record.notices else None,
    )


def _of_alert(path: Path, text: bytes, payload: str) -> MarkedRelease | None:
    """The record of an alert, which belongs to a room above this one, by the few names that are needed."""
    try:
        record: dict[str, Any] = json.loads(text)
        if record.get("payload") != payload:
            return None
        ended = next((state for state in _ENDED if (path.parent / f"{state}.json").is_file()), None)
        return MarkedRelease(
            kind="alert",
            id=record["key"],
            attempt=None,
            title=record["title"],
            file=record["video"],
            released_at=_TIME.validate_python(record["published_at"]),
            withdrawn=ended,
        )
    except (ValueError, KeyError, AttributeError):
        return None


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)
