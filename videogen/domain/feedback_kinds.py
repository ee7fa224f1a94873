"""The vocabulary of feedback: kinds of events, channels, purposes, categories and tags."""

from __future__ import annotations

from typing import Literal, get_args

Explicit = Literal["rating", "approved", "rejected", "preference", "tag", "comment"]
Implicit = Literal["play", "completion", "skip", "download", "re_edit", "publish", "withdraw", "retry"]
Kind = Literal[Explicit, Implicit]
Channel = Literal["command-line", "python", "inbox", "csv", "web", "system"]
Purposes = Literal["analysis", "analysis+training"]
Category = Literal[
    "picture quality", "subject", "colour", "place and time", "motion", "direction", "captions and label", "facts",
    "sound", "pace", "style", "emergency wording", "praise", "other",
]  # fmt: skip

EXPLICIT: tuple[str, ...] = get_args(Explicit)
IMPLICIT: tuple[str, ...] = get_args(Implicit)
KINDS: tuple[str, ...] = (*EXPLICIT, *IMPLICIT)
CHANNELS: tuple[str, ...] = get_args(Channel)
PURPOSES: tuple[str, ...] = get_args(Purposes)
CATEGORIES: tuple[str, ...] = get_args(Category)
LAST_WORD_COUNTS: tuple[str, ...] = ("rating", "decision", "preference", "tag", "comment")
"""What one rater says about one thing once; `decision` is approved or rejected."""

TAGS: dict[str, Category] = {
    "blurry": "picture quality",
    "flicker": "picture quality",
    "wrong-subject": "subject",
    "missing-object": "subject",
    "wrong-colour": "colour",
    "wrong-place": "place and time",
    "jerky": "motion",
    "frozen": "motion",
    "wrong-direction": "direction",
    "caption-error": "captions and label",
    "wrong-fact": "facts",
    "bad-sound": "sound",
    "too-long": "pace",
    "good": "praise",
}
"""Every tag that a rater may give, and the category that it belongs to."""
