"""Cleans ``inbox/.taking``, which killed earlier versions left behind; its content is not trusted."""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from videogen.intake.watched_folder import file_away, opened_folder

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
    rejected: list[tuple[str, str]] = []
    with ExitStack() as stack:
        taking = _folder(stack, inbox / ".taking")
        if taking is None:
            return []
        for claim in sorted(os.listdir(taking)):
            with ExitStack() as inner:
                opened = _folder(inner, claim, taking)
                files = None if opened is None else _folder(inner, "file", opened)
                if opened is not None and files is not None:
                    begun = "requests.json" in os.listdir(opened)
                    rejected += _give_back(files, inbox, begun)
        (inbox / "rejected").mkdir(exist_ok=True)
        origin, place = (stack.enter_context(opened_folder(one)) for one in (inbox, inbox / "rejected"))
        name = f"left-by-an-earlier-version-{time.time_ns()}"
        os.rename(".taking", name, src_dir_fd=origin, dst_dir_fd=place)
    return rejected


def _give_back(files: int, inbox: Path, begun: bool) -> Iterator[tuple[str, str]]:
    for name in sorted(os.listdir(files)):
        if begun or os.path.lexists(inbox / name):
            file_away(inbox / name, inbox / "rejected", ".reason.txt", _BEGUN, source=files)
            yield name, _BEGUN
        else:
            os.rename(name, inbox / name, src_dir_fd=files)


def _folder(stack: ExitStack, path: Path | str, inside: int | None = None) -> int | None:
    """The descriptor of a folder; None: there is none, or something else of that name."""
    try:
        return stack.enter_context(opened_folder(path, inside))
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.ENOTDIR, errno.ELOOP):
            return None
        raise
