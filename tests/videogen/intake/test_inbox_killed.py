from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from contextlib import suppress
from pathlib import Path

import pytest

from tests.videogen.inboxes import begun, prompts, take
from tests.videogen.intake.request_files import picture, write
from videogen.storage.request_store import RequestStore

ROOT = Path(__file__).resolve().parents[3]


WORKER = """
    import pathlib, sys, time
    from videogen.intake.inbox import take_from_inbox
    from videogen.storage.request_store import RequestStore
    inbox, store = pathlib.Path({inbox!r}), RequestStore({store!r})
    print("ready", flush=True)
    sys.stdin.readline()
    while any(path.suffix == ".jsonl" for path in inbox.iterdir()) or any(pathlib.Path({store!r}).glob("inbox/*/plan.json")):
        for video_id in take_from_inbox(inbox, store, settle=0).accepted:
            print(video_id, flush=True)
"""


def start(inbox: Path, store: RequestStore) -> subprocess.Popen[str]:
    script = textwrap.dedent(WORKER.format(inbox=str(inbox), store=store.root))
    worker = subprocess.Popen(
        [sys.executable, "-c", script], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert worker.stdout.readline() == "ready\n"
    return worker


def go(worker: subprocess.Popen[str]) -> None:
    worker.stdin.write("go\n")
    worker.stdin.flush()


def drop(inbox: Path, files: int, rows: int) -> list[str]:
    for file in range(files):
        write(inbox, f"{file}.jsonl", "\n".join(json.dumps({"prompt": f"{file}/{row}"}) for row in range(rows)))
    return sorted(f"{file}/{row}" for file in range(files) for row in range(rows))


def test_two_processes_at_once_take_everything_once(inbox, store):
    wanted = drop(inbox, files=20, rows=2)
    workers = [start(inbox, store) for _ in range(2)]
    for worker in workers:
        go(worker)
    ids = [line for worker in workers for line in worker.communicate(timeout=120)[0].split()]
    assert prompts(store) == wanted
    assert sorted(ids) == store.ids()
    assert len(list((inbox / "accepted").glob("*.jsonl"))) == 20


def test_what_a_killed_process_left_half_taken_is_finished_by_the_next(inbox, store):
    wanted = drop(inbox, files=12, rows=8)
    interrupted = 0
    workers = [start(inbox, store) for _ in range(4)]
    for worker, share in zip(workers, (8, 30, 60, 80), strict=True):
        go(worker)
        while len(store.ids()) < share and worker.poll() is None:
            time.sleep(0.001)
        interrupted += stopped_amid(worker, store)
        worker.send_signal(signal.SIGKILL)
        worker.wait(timeout=120)
    assert interrupted > 0
    take(inbox, store)
    assert prompts(store) == wanted
    assert len(list((inbox / "accepted").glob("*.jsonl"))) == 12
    assert begun(store) == []
    assert not (inbox / "rejected").exists()


def stopped_amid(worker: subprocess.Popen[str], store: RequestStore) -> bool:
    """Stop the process at a moment when it has begun a file and not ended it; no such moment: it has ended itself."""
    while worker.poll() is None:
        worker.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, worker.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
        if begun(store):
            return True
        worker.send_signal(signal.SIGCONT)
        time.sleep(0.001)
    return False


@pytest.mark.parametrize("step", range(1, 30))
def test_killed_at_any_step_nothing_is_lost_or_doubled(inbox, store, step, monkeypatch):
    """Stops at the n-th rename, link or removal, as a kill would, and takes again."""

    class Killed(BaseException):
        pass

    (inbox / "p.png").write_bytes(picture())
    write(inbox, "a.jsonl", "\n".join(json.dumps({"prompt": str(n), "images": ["p.png"]}) for n in range(2)))
    write(inbox, "b.json", {"prompt": ""})
    count = 0

    def counted(real):
        def call(*args, **options):
            nonlocal count
            count += 1
            if count >= step:
                raise Killed
            return real(*args, **options)

        return call

    with monkeypatch.context() as patch:
        for name in ("rename", "replace", "link", "rmdir", "mkdir"):
            patch.setattr(os, name, counted(getattr(os, name)))
        with suppress(Killed):
            take(inbox, store)
    take(inbox, store)
    assert prompts(store) == ["0", "1"]
    kept = [path.read_bytes() for video_id in store.ids() for path in store.image_paths(store.get(video_id))]
    assert kept == [picture()] * 2
    assert (inbox / "accepted/a.jsonl").exists()
    assert (inbox / "rejected/b.json").exists()
    assert (inbox / "rejected/b.json.reason.txt").exists()
    assert begun(store) == []
