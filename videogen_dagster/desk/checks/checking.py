"""Files that strangers hand in to be checked: read in a process of their own with little memory and little time."""

from __future__ import annotations

import json
import re
import secrets
import shutil
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, BinaryIO

from videogen.errors import CapacityError, InputError
from videogen.storage.atomic import whole_file
from videogen.storage.atomic_folder import storage_errors

TICKET = re.compile(r"^[0-9a-f]{32}$")
_WORKERS, _MOST_WAITING = 2, 20
_SECONDS = 180.0
_KEPT = 3600.0
_SAID = "said.json"
_FILE = "file"
_TOO_LONG = {"problem": "the check took too long and was ended", "remedy": "send a shorter part of the video"}
_BROKEN = {"problem": "this file cannot be read", "remedy": "send it as it was published, in an mp4 file"}


class Checks:
    """The files that are being checked, and what was found about them for an hour.

    Args:
        folder: of the uploads; what lies in it from an earlier desk is removed.
        config_path: the file of settings that the process reads, for the signers that are trusted.
    """

    def __init__(self, folder: Path, config_path: Path | None) -> None:
        self._folder, self._config = folder, config_path
        shutil.rmtree(folder, ignore_errors=True)
        self._pool = ThreadPoolExecutor(_WORKERS, thread_name_prefix="check")
        self._lock = threading.Lock()
        self._waiting = 0
        self._processes: set[subprocess.Popen[bytes]] = set()

    def take(self, upload: BinaryIO, name: str) -> str:
        """Keep a copy of an upload and have it checked; returns the ticket under which the outcome is found.

        Raises:
            CapacityError: too many wait already. StorageError: the disk refused.
        """
        with self._lock:
            if self._waiting >= _MOST_WAITING:
                raise CapacityError("too many files are being checked", remedy="try again in a few minutes")
            self._waiting += 1
        ticket = secrets.token_hex(16)
        place = self._folder / ticket
        try:
            self._clear_up()
            with storage_errors(str(place)):
                place.mkdir(parents=True, mode=0o700)
                # The name says what kind of file it is, nothing else.
                path = place / f"{_FILE}{_ending(name)}"
                with path.open("xb") as copy:
                    shutil.copyfileobj(upload, copy, 1 << 20)
        except BaseException:
            self._free()
            shutil.rmtree(place, ignore_errors=True)
            raise
        self._pool.submit(self._check, place, path)
        return ticket

    def outcome(self, ticket: str) -> dict[str, Any] | None:
        """What was found; None: it is being looked at.

        Raises:
            InputError: the ticket does not exist, or it is older than an hour.
        """
        place = self._folder / ticket
        if not TICKET.fullmatch(ticket) or not place.is_dir():
            raise InputError("this check is over", remedy="send the file again")
        try:
            found: dict[str, Any] = json.loads((place / _SAID).read_bytes())
            return found
        except FileNotFoundError:
            return None

    def close(self) -> None:
        """End what is at work."""
        with self._lock:
            for process in self._processes:
                process.kill()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _check(self, place: Path, path: Path) -> None:
        try:
            said = self._asked(path)
            with whole_file(place / _SAID, durable=False) as temporary:
                temporary.write_text(json.dumps(said), encoding="utf-8")
        except FileNotFoundError:
            return  # cleared up meanwhile
        finally:
            path.unlink(missing_ok=True)
            self._free()

    def _asked(self, path: Path) -> dict[str, Any]:
        command = [sys.executable, "-m", "videogen_dagster.desk.checks.worker", str(path), str(self._config or "")]
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=Path.cwd()
        )
        with self._lock:
            self._processes.add(process)
        try:
            out, _ = process.communicate(timeout=_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            return _TOO_LONG
        finally:
            with self._lock:
                self._processes.discard(process)
        try:
            found: dict[str, Any] = json.loads(out)
            return found
        except ValueError:
            return _BROKEN

    def _free(self) -> None:
        with self._lock:
            self._waiting -= 1

    def _clear_up(self) -> None:
        if not self._folder.is_dir():
            return
        for place in self._folder.iterdir():
            try:
                if time.time() - place.stat().st_mtime > _KEPT:
                    shutil.rmtree(place, ignore_errors=True)
            except FileNotFoundError:
                continue


def _ending(name: str) -> str:
    ending = Path(name.replace("\\", "/")).suffix.lower()
    return ending if re.fullmatch(r"\.[a-z0-9]{1,5}", ending) else ".mp4"
