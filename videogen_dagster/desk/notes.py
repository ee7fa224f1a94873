"""What a page says at its top after something was done. Addresses carry names only: nobody can put words there."""

from __future__ import annotations

from typing import Final

NOTES: Final[dict[str, str]] = {
    "logged-out": "You are logged out.",
    "saved": "Your changes are kept as a new revision. Earlier approvals do not count for it.",
    "asked": "It is asked for. It begins as soon as the system has room; this page and the queue show how far it is.",
    "planned": "The storyboard is made. Nothing is rendered yet: look it through, change it, then ask for the video.",
    "clip-asked": "The clip is asked for. It begins as soon as the system has room.",
    "another-take": "Another take is asked for. The takes before stay.",
    "commented": "Your comment is kept.",
    "resolved": "The comment is marked as done.",
    "reopened": "The comment is open again.",
    "approved": "Your approval is signed and kept.",
    "changes": "The author is asked for changes.",
    "held": "It is on hold: it cannot be published until the hold is lifted.",
    "lifted": "The hold is lifted.",
    "rated": "Thank you, your rating is kept.",
    "compared": "Thank you, your comparison is kept.",
    "published": "It is published.",
    "publishing": "It goes to the release gate now. This page shows what became of it.",
    "waits": "It is published by itself as soon as the list below is empty.",
    "corrects": "It is kept what this corrects. Approvals that were given before do not count any more.",
    "embargo": "The embargo is kept. Approvals that were given before do not count any more.",
    "withdrawn": "It is withdrawn. The record stays and says why.",
    "correction": "This is the correction: change what was wrong, then ask for the video. What is out stays meanwhile.",
    "password": "Your password is changed.",
}


def note(name: str) -> str:
    """The note of that name; "" for a name that nobody gave."""
    return NOTES.get(name, "")
