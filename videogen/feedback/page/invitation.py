"""Links to the page for raters."""

from __future__ import annotations

import base64
import secrets

from videogen.errors import InputError
from videogen.feedback.collector import FeedbackCollector
from videogen.feedback.privacy.links import make_link

PATH = "/v"


def invitation(
    collector: FeedbackCollector,
    video_id: str,
    attempt: int | None = None,
    *,
    compare: str | None = None,
    other_attempt: int | None = None,
    user: str | None = None,
    base: str | None = None,
) -> str:
    """The address of a page on which one person can rate a video.

    Args:
        attempt: None: the published one, or else the latest.
        compare: a second video; the same one with another attempt is fine, too.
        user: the rater; None: a pseudonym of the link's own.
        base: where the page is served; None: 127.0.0.1 at `feedback.port`.
        collector: takes and keeps the events.
        video_id: the video.
        other_attempt: attempt of the second video.

    Raises:
        InputError: a video or attempt does not exist, or both are the same.
    """
    first = collector.target(video_id, attempt)
    permits: dict[str, object] = {"video_id": video_id, "attempt": first.attempt}
    if compare is not None or other_attempt is not None:
        second = collector.target(compare or video_id, other_attempt)
        if (second.request.id, second.attempt) == (first.request.id, first.attempt):
            raise InputError("both are the same video", remedy="name another one, or another attempt of it")
        permits |= {"other_video_id": second.request.id, "other_attempt": second.attempt}
    permits["rater"] = collector.keys.pseudonym(user) if user else collector.keys.pseudonym(_nobody())
    token = make_link(collector.keys.link_key, days=collector.config.feedback.link_days, **permits)
    root = base or f"http://127.0.0.1:{collector.config.feedback.port}"
    return f"{root}{PATH}/{video_id}?t={token}"


def _nobody() -> str:
    return f"link {base64.b32encode(secrets.token_bytes(15)).decode()}"
