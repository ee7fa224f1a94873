"""Records of a released file: `Provenance` is signed inside the file, `ReleaseRecord` is stored beside it."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import AwareDatetime, Field

from videogen.domain.fidelity import Fidelity
from videogen.domain.frozen_model import FrozenModel
from videogen.release.approval.correction import Correction, Notice
from videogen.release.decision import Gate
from videogen.release.override import Override
from videogen.release.people.decision import SignedDecision
from videogen.release.people.person import Authentication

Origin = Literal["generated", "composite", "template"]


class Picture(FrozenModel):
    """An input file, as it was submitted."""

    name: str
    sha256: str


class Provenance(FrozenModel):
    """Who made a video, from what and how.

    id: of the request, alert or briefing. attempt, seed: None where nothing was drawn by chance. model: profile, or
    the template of an alert. origin: "composite" where pictures or a clip went in, "template" where no model did.
    """

    kind: Literal["video", "alert", "briefing"] = "video"
    id: str
    attempt: int | None = None
    title: str = ""
    prompt: str = ""
    requester: str | None = None
    requester_recognised_by: Authentication | None = Field(
        None, description="how the requester was recognised; none: the name was typed; null: an older record"
    )
    source: str = ""
    requested_at: datetime
    released_at: datetime
    model: str
    revision: str = ""
    seed: int | None = None
    label: str
    watermark: str | None = Field(None, description="payload of the imperceptible watermark; None: there is none")
    origin: Origin = "generated"
    pictures: tuple[Picture, ...] = ()
    sources: tuple[Picture, ...] = Field((), description="texts of the issuer that the facts were compared with")
    gates: tuple[Gate, ...] = ()
    override: Override | None = None
    released_by: str = Field("", description="the person who published it, or the sensor that did")
    approvals: tuple[SignedDecision, ...] = Field((), description="of exactly what is published, with their signatures")
    state: str = Field("", description="SHA-256 of the exact state that was approved and released")
    embargo: AwareDatetime | None = None
    late: str = Field("", description="by how much it came after its embargo")
    corrects: Correction | None = Field(None, description="the release that this one corrects, and what was wrong")
    log_head: str = Field("", description="head of the log of decisions at the release: what is before it is fixed")
    below_target: bool = False
    software: str = Field("", description="name and version; filled in when the file is signed")
    details: dict[str, str] = Field(
        default_factory=dict, description="further facts, e.g. identifier and sender of an alert"
    )


class Withdrawal(FrozenModel):
    """Who took a released video back, when and why."""

    operator: str
    why: str
    at: datetime


class ReleaseRecord(FrozenModel):
    """``release.json`` beside a published video; sha256, bytes: of the signed mp4.

    After a withdrawal the record stays and the files are gone.
    """

    provenance: Provenance
    gates: tuple[Gate, ...] = Field(description="all gates, that of the signature included")
    lifted: tuple[str, ...] = Field((), description="gates that were closed and opened by the override")
    signer: str
    video: str
    captions: str | None = None
    sha256: str
    bytes: int
    files: dict[str, str] = Field(
        default_factory=dict,
        description="of a briefing, or with a signature beside the video: each SHA-256",
    )
    watermarks: dict[str, str] = Field(default_factory=dict, description="video file → payload of its watermark")
    withdrawn: Withdrawal | None = None
    fidelity: Fidelity | None = Field(None, description="of the published file against the rendered one")
    notices: tuple[Notice, ...] = Field((), description="corrections, holds: marks on what was published, latest last")


class ReleaseDecision(FrozenModel):
    """The latest decision of the gate, kept beside the attempt's artifacts."""

    released: bool
    attempt: int
    asked_at: datetime
    gates: tuple[Gate, ...]
    closed: tuple[str, ...]
    summary: str
