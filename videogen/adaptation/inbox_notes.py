"""Warnings for people who drop request files into the inbox: what of a file the model cannot draw.

The sensor that takes the files runs in a process that loads no models, so another one compares the prompts, and writes
`FILE.warnings.txt` beside the accepted file. The run says the same before it draws; a nightly one says it hours later.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from videogen.config.config import VideoGenConfig

SUFFIX = ".warnings.txt"
_at_work: list[subprocess.Popen[str]] = []


def tell_later(folder: Path, files: Mapping[str, Sequence[str]], config: VideoGenConfig) -> None:
    """Have another process write the warnings; return at once.

    Args:
        folder: where the accepted files lie.
        files: name of a file → ids of its requests.
        config: of this installation; its paths are absolute or relative to its home.
    """
    _at_work[:] = [process for process in _at_work if process.poll() is None]
    process = subprocess.Popen(
        [sys.executable, "-m", "videogen.adaptation.inbox_notes"],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    _at_work.append(process)
    assert process.stdin is not None  # it was asked for
    told = {"folder": str(folder), "files": dict(files), "config": config.model_dump(mode="json")}
    # A process that could not begin has said why; the requests are taken all the same.
    with suppress(BrokenPipeError), process.stdin as pipe:
        json.dump(told, pipe)


def write_warnings(folder: Path, files: Mapping[str, Sequence[str]], config: VideoGenConfig) -> None:
    """Write `FILE.warnings.txt`, a line a request that the model cannot draw; no file where it can draw all of them.

    Raises:
        ConfigError, ModelError: see `videogen.adaptation.forecast`. InputError: an id is not that of a request.
    """
    from videogen.adaptation.forecast import forecast
    from videogen.intake.watched_folder import put_into
    from videogen.storage.request_store import RequestStore

    requests = RequestStore(config.location(config.paths.store))
    for name, ids in files.items():
        lines = [f"{key}: {warning}\n" for key in ids for warning in forecast(requests.get(key), config)]
        if lines:
            put_into(folder, f"{name}{SUFFIX}", "".join(lines).encode())


def _main() -> None:
    told = json.load(sys.stdin)
    from videogen.config.config import VideoGenConfig

    write_warnings(Path(told["folder"]), told["files"], VideoGenConfig.model_validate(told["config"]))


if __name__ == "__main__":
    _main()
