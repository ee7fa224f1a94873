"""The head of a Ray cluster on loopback, with one processor to give: for tests and measurements, not for production."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from deploy.local.servers import answers, free_port

_ROOT = Path(__file__).resolve().parents[2]
_PATIENCE = 120.0


@contextmanager
def ray_head() -> Iterator[str]:
    """Start a head; gives its address, host and port. It ends with all that it started.

    Raises:
        TimeoutError: it does not answer, with what it printed.
    """
    # Not in a folder of the caller's: Ray's sockets do not fit into long paths.
    folder = Path(tempfile.mkdtemp(prefix="vgr-", dir="/tmp"))
    port = free_port()
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join([str(_ROOT), os.environ.get("PYTHONPATH", "")]),
        "RAY_USAGE_STATS_ENABLED": "0",
        "RAY_raylet_start_wait_time_s": "180",
        "OMP_NUM_THREADS": "1",
    }
    options = ["--head", f"--port={port}", "--node-ip-address=127.0.0.1", f"--temp-dir={folder}", "--num-cpus=1"]
    command = [sys.executable, "-m", "ray.scripts.scripts", "start", *options, "--include-dashboard=false", "--block"]
    with (folder / "printed").open("wb") as log:
        head = subprocess.Popen([*command, "--disable-usage-stats"], env=environment, stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + _PATIENCE
        while b"Ray runtime started" not in (folder / "printed").read_bytes() or not answers(port):
            if head.poll() is not None or time.monotonic() > deadline:
                raise TimeoutError((folder / "printed").read_text(errors="replace"))
            time.sleep(0.2)
        yield f"127.0.0.1:{port}"
    finally:
        _end(head)
        shutil.rmtree(folder, ignore_errors=True)


def _end(head: subprocess.Popen[bytes]) -> None:
    started = psutil.Process(head.pid).children(recursive=True) if head.poll() is None else []
    head.terminate()
    for one in started:
        try:
            one.kill()
        except psutil.NoSuchProcess:
            continue
    head.wait()
