"""Checks a file of a stranger, prints what was found as JSON: `python -m videogen_dagster.desk.checks.worker FILE`.

A process of its own: whatever a file built for that does to a decoder ends here, within limits of memory and time.
"""

from __future__ import annotations

import hashlib
import json
import os
import resource
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from videogen.errors import VideogenError

if TYPE_CHECKING:
    from videogen.release.origin import Origin

_MEMORY = 6 * 2**30
_PROCESSOR_SECONDS = 170
_NICE = 10


def check(path: Path, config_path: Path | None) -> dict[str, Any]:
    """Credentials, watermark and SHA-256 of a file, as plain data; or problem and remedy."""
    from videogen.config.config import VideoGenConfig
    from videogen.release.folder import read_record
    from videogen.release.origin import check_file

    config = VideoGenConfig.load(config_path)
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    try:
        checked = check_file(path, config)
    except VideogenError as error:
        return {"sha256": digest.hexdigest(), "problem": _without_path(error.problem, path), "remedy": error.remedy}
    found = checked.verification
    said: dict[str, Any] = {
        "sha256": digest.hexdigest(),
        "summary": checked.summary,
        "watermark": None if checked.origin is None else _mark(checked.origin),
        **found.model_dump(mode="json", exclude={"file"}),
    }
    if found.record is not None and found.trusted:
        record = read_record(config.path(config.paths.published), found.record.id)
        said["withdrawn"] = None if record is None or record.withdrawn is None else record.withdrawn.why
        said["notices"] = [] if record is None else [notice.line for notice in record.notices]
        said["is_published"] = record is not None and digest.hexdigest() in (record.sha256, *record.files.values())
    return said


def _mark(origin: Origin) -> dict[str, Any]:
    """What the watermark in the picture says, as names and values."""
    release = origin.release
    said: dict[str, Any] = {"found": True, "payload": origin.watermark.payload, "summary": origin.summary}
    if release is None:
        return said
    return {**said, "title": release.title, "withdrawn": release.withdrawn, "notice": release.notice}


def _without_path(text: str, path: Path) -> str:
    """Where the file lies here is nobody's business."""
    return text.replace(str(path), "the file").replace(path.name, "the file")


def main() -> None:
    """Limit this process, check the file, print what was found."""
    os.nice(_NICE)
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_PROCESSOR_SECONDS, _PROCESSOR_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    config = Path(sys.argv[2]) if len(sys.argv) > 2 and sys.argv[2] else None
    json.dump(check(Path(sys.argv[1]), config), sys.stdout)


if __name__ == "__main__":
    main()
