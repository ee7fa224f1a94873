"""What lies beside a refused message: its reasons, and where it can be repaired, a proposal for the operator."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

from videogen.emergency.cap.repair import repaired
from videogen.intake.watched_folder import put_into

LONGEST_REASON = 20_000
"""Characters of a reason file."""


def shortened(reasons: str) -> str:
    """Reasons of a readable length."""
    left = len(reasons) - LONGEST_REASON
    return reasons if left <= 0 else f"{reasons[:LONGEST_REASON]}\n… and {left:,} characters more"


def proposed_repair(message: bytes, folder: Path, name: str, max_bytes: int) -> str:
    """Where a message is not well-formed and can be repaired: put the repaired one into the folder.

    Args:
        name: of the message as it came.

    Returns:
        What was changed and what to do, for the reasons; empty: nothing can be proposed.
    """
    found = repaired(message, max_bytes)
    if found is None:
        return ""
    file = f"repaired-{sha256(message).hexdigest()[:16]}.xml"
    put_into(folder, file, found.data)
    return (
        f"proposal: {found}\n"
        f"{name} with these changes is in {folder / file}; if that is what its sender meant, "
        f"run: videogen alert {folder / file}"
    )
