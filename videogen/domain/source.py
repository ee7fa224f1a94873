"""Where a request came from, and what follows from that."""

from __future__ import annotations

from enum import StrEnum


class Source(StrEnum):
    """The door through which a request came in."""

    COMMAND_LINE = "command-line"
    PYTHON = "python"
    LAUNCHPAD = "launchpad"
    INBOX = "inbox"
    BATCH = "batch"

    @property
    def trusted(self) -> bool:
        """Whether whoever asks runs this program themselves, and may name any place on the disk."""
        return self in (Source.COMMAND_LINE, Source.PYTHON)

    @property
    def runs_itself(self) -> bool:
        """Whether the process that submits a request also runs it; the sensor only steps in if that did not happen."""
        return self in (Source.COMMAND_LINE, Source.PYTHON)
