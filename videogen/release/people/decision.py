"""A decision of a person about one exact state of a video or briefing, signed and chained to the one before."""

from __future__ import annotations

import hashlib
import json
from typing import Any, Literal

from pydantic import AwareDatetime, Field

from videogen.domain.frozen_model import FrozenModel
from videogen.release.people.person import Authentication
from videogen.release.people.roles import Action, Role

Kind = Literal["video", "briefing", "alert"]


class SignedDecision(FrozenModel):
    """What somebody decided.

    sha256: of the exact state that was decided on, see `videogen.release.people.subject`. previous: digest of the
    decision before, of the same subject. key, signature: "" where nobody vouches for the name.
    """

    form: Literal[1] = 1
    sequence: int = Field(ge=1)
    kind: Kind
    id: str = Field(max_length=200)
    revision: int = Field(ge=0)
    sha256: str = Field(pattern=r"^([0-9a-f]{64})?$")
    action: Action
    by: str = Field(min_length=1, max_length=200)
    roles: tuple[Role, ...] = ()
    authentication: Authentication
    at: AwareDatetime
    comment: str = Field("", max_length=5000)
    comment_sha256: str = Field("", description="what is signed of the comment: a public copy leaves the comment out")
    data: dict[str, Any] = Field(default_factory=dict, description="what the action sets: an embargo, rights, …")
    previous: str = Field("", pattern=r"^([0-9a-f]{64})?$")
    key: str = Field("", pattern=r"^([0-9a-f]{64})?$")
    signature: str = Field("", max_length=200)

    @property
    def message(self) -> bytes:
        """The bytes that are signed: everything but the signature and the comment, which has its hash, as JSON."""
        return canonical(self.model_dump(mode="json", exclude={"signature", "comment"}))

    @property
    def digest(self) -> str:
        """SHA-256 of the signed decision, hexadecimal; the same for the public copy."""
        return hashlib.sha256(canonical(self.model_dump(mode="json", exclude={"comment"}))).hexdigest()

    @property
    def is_whole(self) -> bool:
        """Whether the comment is the one that was signed."""
        return self.comment_sha256 == comment_digest(self.comment)

    def public(self) -> SignedDecision:
        """A copy for everybody: remarks among colleagues stay in the house, and the signature still fits."""
        return self.model_copy(update={"comment": ""})

    @property
    def is_authenticated(self) -> bool:
        """Whether somebody vouches for the name."""
        return self.authentication != "none"


def comment_digest(comment: str) -> str:
    """SHA-256 of a comment; "" of none."""
    return hashlib.sha256(comment.encode()).hexdigest() if comment else ""


def canonical(value: Any) -> bytes:
    """JSON with sorted keys and no white space: the same value gives the same bytes (cf. RFC 8785)."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()
