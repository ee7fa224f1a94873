"""The source of a request, and what is allowed from it."""

from __future__ import annotations

from enum import StrEnum


class Source(StrEnum):
    """The way by which a request arrived."""

    COMMAND_LINE = "command-line"
    PYTHON = "python"
    LAUNCHPAD = "launchpad"
    INBOX = "inbox"
    BATCH = "batch"
    DESK = "desk"

    @property
    def trusted(self) -> bool:
        """Return whether the caller runs this program directly, and so may name any path on the disk."""
        return self in (Source.COMMAND_LINE, Source.PYTHON)

    @property
    def runs_itself(self) -> bool:
        """Return whether the submitting process also runs the request; the sensor only helps if it did not."""
        return self in (Source.COMMAND_LINE, Source.PYTHON)
