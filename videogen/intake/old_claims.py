"""Cleans ``inbox/.taking``, which killed earlier versions left behind; its content is not trusted."""

from __future__ import annotations

import errno
import os
import time
from pathlib import Path

from videogen.intake.watched_folder import file_away

_BEGUN = (
    "an earlier version was killed while it submitted this file: some of its requests may exist. Compare it "
    "with `videogen status`, and drop the missing ones again"
)


def clear_old_claims(inbox: Path) -> list[tuple[str, str]]:
    """Return unstarted files to the inbox and reject started ones; nothing in the folder is trusted.

    The rest of ``.taking`` is kept as one folder in ``rejected/``.

    Returns:
        names of the files put away, with the reason.
    """
    taking = inbox / ".taking"
    if taking.is_symlink() or not taking.is_dir():
        return []
    rejected = []
    for claim in sorted(taking.iterdir()):
        begun = os.path.lexists(claim / "requests.json")
        for path in sorted((claim / "file").iterdir()) if _is_folder(claim) and _is_folder(claim / "file") else ():
            if begun or os.path.lexists(inbox / path.name):
                file_away(path, inbox / "rejected", ".reason.txt", _BEGUN)
                rejected.append((path.name, _BEGUN))
            else:
                os.rename(path, inbox / path.name)
    (inbox / "rejected").mkdir(exist_ok=True)
    if not _is_folder(inbox / "rejected"):
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(inbox / "rejected"))
    os.rename(taking, inbox / "rejected" / f"left-by-an-earlier-version-{time.time_ns()}")
    return rejected


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()
