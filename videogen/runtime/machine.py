"""What this machine is called among others."""

from __future__ import annotations

import os
import re
import socket

VARIABLE = "VIDEOGEN_MACHINE"
"""Names the machine where its host name does not last, as in containers."""
_UNSAFE = re.compile(r"[^A-Za-z0-9._=-]")
_LONGEST = 100


def machine() -> str:
    """Its name, of letters, digits and ``. _ = -``: the variable `VARIABLE`, else the host name."""
    name = _UNSAFE.sub("-", os.environ.get(VARIABLE) or socket.gethostname())[:_LONGEST]
    return name if name[:1].isalnum() else f"m{name}"
