"""The webserver and the daemon of a project in a folder of its own, with the code location of workspace.yaml."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import dagster as dg
import yaml

from resources.jobs_and_tags import WORKER_TAG
from tests.dagster_helpers import places
from tests.tiny_models import PROFILE, SETTINGS
from videogen.config.config import PROJECT_ROOT, VideoGenConfig

SECONDS = 420
RUNS = """
query ($filter: RunsFilter!) { runsOrError(filter: $filter) { ... on Runs { results {
  runId jobName status assetMaterializations { assetKey { path } partition } } } } }
"""
STATUSES = "query ($filter: RunsFilter!) { runsOrError(filter: $filter) { ... on Runs { results { status } } } }"
ENDED = ("SUCCESS", "FAILURE", "CANCELED")
# A family like the built-in one, which also writes down in which process it is loaded.
COUNTED = """
import os

from videogen.models.families.animatediff import AnimateDiff


class Counted(AnimateDiff):
    @classmethod
    def load(cls, profile, device, dtype):
        with open(os.environ["MODEL_LOADS"], "a") as loads:
            loads.write(f"{os.getpid()}\\n")
        return super().load(profile, device, dtype)
"""


class Server:
    """Both processes, the folder they work in, and what is asked of them. Everybody shares the one `folder`."""

    def __init__(self, folder: Path, tiny_models: Path) -> None:
        self.folder = folder
        self.config_file = folder / "config.yaml"
        self.config_file.write_text(_config(folder, tiny_models).to_yaml(), encoding="utf-8")
        self.config = VideoGenConfig.load(self.config_file)
        self.home = folder / "home"
        self.home.mkdir()
        (self.home / "dagster.yaml").write_bytes((PROJECT_ROOT / "dagster_home" / "dagster.yaml").read_bytes())
        # Two processes that begin with an empty folder could both try to set up its database.
        dg.DagsterInstance.from_config(str(self.home)).dispose()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self) -> None:
        """Both processes; waits for the webserver."""
        self._start("webserver", sys.executable, "-m", "dagster_webserver", "-h", "127.0.0.1", "-p", str(self._port))
        self.start_daemon()
        until(lambda: self.ask("{ version }"))

    def start_daemon(self) -> None:
        self._start("daemon", sys.executable, "-m", "tests.end_to_end.quick_daemon", "run")

    def stop_daemon(self) -> None:
        _stop(self._running.pop("daemon"))

    def stop(self) -> None:
        while self._running:
            _stop(self._running.popitem()[1])

    def ask(self, query: str, **variables: Any) -> Any:
        """What the webserver answers over GraphQL."""
        body = json.dumps({"query": query, "variables": variables}).encode()
        address = f"http://127.0.0.1:{self._port}/graphql"
        request = urllib.request.Request(address, body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)["data"]

    def runs(self, **filters: Any) -> list[dict[str, Any]]:
        """Runs that fit Dagster's RunsFilter, newest first; their tags, hidden ones too, as a dictionary."""
        found = self.ask(RUNS, filter=filters)["runsOrError"]["results"]
        with dg.DagsterInstance.from_config(str(self.home)) as instance:
            known = {run["runId"]: instance.get_run_by_id(run["runId"]) for run in found}
        return [run | {"tags": dict(ended.tags) if (ended := known[run["runId"]]) else {}} for run in found]

    def ended(self, **filters: Any) -> list[dict[str, Any]]:
        """The same, once there are some and all have come to an end."""

        def look() -> bool:
            found = self.ask(STATUSES, filter=filters)["runsOrError"]["results"]
            return bool(found) and all(run["status"] in ENDED for run in found)

        until(look)
        return self.runs(**filters)

    def drop(self, name: str, rows: Sequence[dict[str, Any]]) -> list[str]:
        """Put a request file into the inbox; the ids, once the daemon has taken it."""
        inbox = Path(self.config.paths.inbox)
        inbox.mkdir(exist_ok=True)
        part = inbox / f"{name}.part"
        part.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
        part.rename(inbox / name)
        ids: list[str] = until(lambda: (inbox / "accepted" / f"{name}.ids.txt").read_text(encoding="utf-8").split())
        until(lambda: set(ids) <= set(self.partitions()))
        return ids

    def partitions(self) -> list[str]:
        """The partition keys of the videos, in Dagster's order."""
        query = '{ assetNodeOrError(assetKey: {path: ["rendered_video"]}) { ... on AssetNode { partitionKeys } } }'
        keys: list[str] = self.ask(query)["assetNodeOrError"]["partitionKeys"]
        return keys

    def model_loads(self) -> list[int]:
        """The processes that have loaded the profile `tiny`, in order; one that does it twice is there twice."""
        loads = self.folder / "loads"
        return [int(line) for line in loads.read_text(encoding="utf-8").split()] if loads.exists() else []

    @staticmethod
    def process(run: dict[str, Any]) -> int:
        """The number of the process that works, or worked, on this run."""
        return int(run["tags"][WORKER_TAG].rsplit(":", 2)[1])

    def _start(self, name: str, *command: str) -> None:
        environment = os.environ | {
            "DAGSTER_HOME": str(self.home),
            "VIDEOGEN_CONFIG": str(self.config_file),
            "MODEL_LOADS": str(self.folder / "loads"),
            "PYTHONPATH": str(_plugin(self.folder / "site")),
        }
        with (self.folder / f"{name}.log").open("ab") as log:
            self._running[name] = subprocess.Popen(
                [*command, "-w", "workspace.yaml"],
                cwd=PROJECT_ROOT,
                env=environment,
                stdout=log,
                stderr=subprocess.STDOUT,
            )


def until(ready: Callable[[], Any], seconds: float = SECONDS) -> Any:
    """The first answer that is not empty."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            if answer := ready():
                return answer
        except (OSError, TypeError):
            pass
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(0.5)


def _config(folder: Path, tiny_models: Path) -> VideoGenConfig:
    """pib-mini, small and quick, where it is there; otherwise the tiny model. A request may ask for `tiny`.

    No video goes on to the release gate: a process for each of them, which no test here looks at.
    """
    models = folder / "models"
    (models / "profiles").mkdir(parents=True)
    (models / "tiny").symlink_to(tiny_models / "tiny")
    (models / "profiles" / "tiny.yaml").write_text(yaml.safe_dump(PROFILE | {"family": "counted"}), encoding="utf-8")
    changes = {"paths.models": str(models), "release.automatic": False}
    config = VideoGenConfig.load(None, SETTINGS | places(folder) | changes)
    real = PROJECT_ROOT / "models"
    if not (real / "pib-mini" / "unet").is_dir():
        return config
    (models / "pib-mini").symlink_to(real / "pib-mini")
    for name in ("pib-mini.yaml", "pib-mini-fast.yaml"):
        (models / "profiles" / name).symlink_to(real / "profiles" / name)
    return config.updated(
        {
            "model.profile": "pib-mini",
            "model.num_inference_steps": 2,
            "model.num_frames": 8,
            "processing.resolution": [640, 360],
        }
    )


def _plugin(place: Path) -> Path:
    """A distribution with the family `counted`, found on the path like an installed one."""
    info = place / "counted-1.0.dist-info"
    if not info.is_dir():
        info.mkdir(parents=True)
        (place / "counted.py").write_text(COUNTED, encoding="utf-8")
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: counted\nVersion: 1.0\n", encoding="utf-8")
        entry = "[videogen.model_families]\ncounted = counted:Counted\n"
        (info / "entry_points.txt").write_text(entry, encoding="utf-8")
    return place


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    process.wait(timeout=60)
