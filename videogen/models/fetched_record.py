"""What `videogen models fetch` leaves in a folder: which commit its files are, so that nobody hashes them again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from videogen.errors import InputError
from videogen.runtime.structured_text import read_structured

RECORD = ".videogen-fetched.json"


def write_record(folder: Path, repository: str, revision: str, files: list[str]) -> None:
    """Note that the `files` of `folder` (names relative to it) are those of the hub's commit `revision`."""
    facts = {name: _facts(folder / name) for name in sorted(files)}
    data = {"repository": repository, "revision": revision, "files": facts}
    (folder / RECORD).write_text(json.dumps(data, indent=1), encoding="utf-8")


def recorded(folder: Path) -> dict[str, Any] | None:
    """The record of a folder; None: it was not fetched by this project, or a file has changed since."""
    try:
        data: dict[str, Any] = read_structured(folder / RECORD)
        unchanged = all(_facts(folder / name) == facts for name, facts in data["files"].items())
        whole = isinstance(data["revision"], str)
    except (OSError, InputError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return data if unchanged and whole else None


def recorded_revision(folder: Path) -> str | None:
    """The commit of a fetched folder whose files are unchanged; None: ask its contents."""
    found = recorded(folder)
    return None if found is None else str(found["revision"])


def _facts(path: Path) -> dict[str, int]:
    known = path.stat()
    return {"bytes": known.st_size, "changed": known.st_mtime_ns}
