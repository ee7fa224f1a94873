"""Links for raters: whoever has one may rate that one video until it expires, and may do nothing else.

The link itself is the permission (a capability): no cookie, no log-in, so that no foreign page can act for a rater.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import secrets
import time
from datetime import UTC, datetime, timedelta

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from videogen.domain.video_ids import VIDEO_ID
from videogen.errors import InputError
from videogen.storage.warehouse_tables_of_feedback import RATER_FORM

_SIGNATURE = 16
_LONGEST = 1000


class RaterLink(BaseModel):
    """What a link permits. other_video_id, other_attempt: what the video is compared with.

    rater: the pseudonym that the answers are kept under; never a name. expires: seconds since the epoch.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    video_id: str = Field(pattern=VIDEO_ID.pattern)
    attempt: int = Field(ge=1)
    other_video_id: str | None = Field(None, pattern=VIDEO_ID.pattern)
    other_attempt: int | None = Field(None, ge=1)
    rater: str = Field(pattern=rf"^(?:{RATER_FORM})$")
    expires: int
    serial: str = Field(default_factory=lambda: secrets.token_hex(6), pattern=r"^[0-9a-f]{12}$")

    def swapped(self) -> bool:
        """Whether the second video stands on the left: fixed for a link, even over all links."""
        return int(self.serial, 16) % 2 == 1


def make_link(key: bytes, *, days: float, **permits: object) -> str:
    """The token of a link that can be used for `days`."""
    expires = int((datetime.now(UTC) + timedelta(days=days)).timestamp())
    link = RaterLink.model_validate({**permits, "expires": expires})
    body = json.dumps(link.model_dump(exclude_none=True), separators=(",", ":")).encode()
    return f"{_text(body)}.{_text(_sign(key, body))}"


def read_link(key: bytes, token: str, now: float | None = None) -> RaterLink:
    """What a token permits.

    Raises:
        InputError: it was made by somebody else, was changed, or has expired.
    """
    refused = InputError("this link is not valid", remedy="ask for a new link, and copy the whole of it")
    body, dot, signature = token.partition(".")
    if not dot or len(token) > _LONGEST:
        raise refused
    try:
        content, given = _bytes(body), _bytes(signature)
    except (ValueError, binascii.Error):
        raise refused from None
    if not hmac.compare_digest(given, _sign(key, content)):
        raise refused
    try:
        link = RaterLink.model_validate_json(content)
    except ValidationError:
        raise refused from None
    if link.expires < (time.time() if now is None else now):
        raise InputError("this link has expired", remedy="ask for a new link")
    return link


def _sign(key: bytes, body: bytes) -> bytes:
    return hmac.new(key, body, hashlib.sha256).digest()[:_SIGNATURE]


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
