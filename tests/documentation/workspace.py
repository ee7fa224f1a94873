"""A folder like a checkout, with what the pages take for granted: pictures, films, texts, and videos made before."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.documentation.pages import blocks
from tests.documentation.warm import CALLER
from tests.tiny_models import SETTINGS
from tests.videogen_dagster.front import no_verdict, picture
from videogen.config.config import PROJECT_ROOT, VideoGenConfig
from videogen.config.environment import variable

# Of one line, in seconds: a limit for what hangs, not for what is slow.
LONGEST = 600
# The smallest picture on which an alert can be read; other videos may be smaller.
_OF_ALERTS = {variable("processing", "resolution"): "640x360"}
_EXERCISE = (PROJECT_ROOT / "examples" / "flood_warning.xml").read_text(encoding="utf-8")


@dataclass(frozen=True)
class Ended:
    """What a line left behind."""

    line: str
    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        return json.loads(self.out)


class Workspace:
    """The folder, and the shell in it.

    Args:
        prepared: a folder that was made in the same way, to begin with a copy of.
    """

    def __init__(self, folder: Path, models: Path, address: str, prepared: Path | None = None) -> None:
        self.folder = folder
        programs = folder / ".programs"
        self.environment = (
            os.environ
            | _settings(models)
            | {
                "VIDEOGEN_HOME": str(folder),
                "HOME": str(folder),
                "PATH": f"{programs}:{Path(sys.executable).parent}:{os.environ['PATH']}",
                "PYTHONPATH": str(PROJECT_ROOT),
            }
        )
        for name in ("DAGSTER_HOME", "VIDEOGEN_CONFIG"):
            self.environment.pop(name, None)
        if prepared is not None:
            shutil.copytree(prepared, folder, symlinks=True)
            return
        programs.mkdir(parents=True)
        for program in ("videogen", "dagster", "warm-python"):
            path = programs / program
            path.write_text(CALLER.format(python=sys.executable, address=address, program=program), encoding="utf-8")
            path.chmod(0o755)
        _fill(folder)

    @property
    def store(self) -> Path:
        """Where the videos are."""
        return self.folder / "dagster_home" / "storage" / "videos"

    def run(self, line: str) -> Ended:
        """The line, in a shell in the folder."""
        line = self.filled_in(line)
        done = subprocess.run(
            ["bash", "-c", f"set -o pipefail; {line}"],
            cwd=self.folder,
            env=self.environment | (_OF_ALERTS if "videogen alert" in line else {}),
            capture_output=True,
            text=True,
            timeout=LONGEST,
            check=False,
        )
        return Ended(line, done.returncode, done.stdout, done.stderr)

    def python(self, program: str) -> Ended:
        """The program, in a process of its own in the folder."""
        (self.folder / "program.py").write_text(program, encoding="utf-8")
        return self.run("warm-python program.py")

    def filled_in(self, line: str) -> str:
        """The line with what the pages leave to the reader: ids, keys, files, texts, and folders outside of the test."""
        verb = line.split()[1] if line.startswith("videogen ") else ""
        if "ID" in line.split() or "/ID/" in line:
            line = line.replace("ID", self.waiting() if verb == "cancel" else self.latest())
        if "KEY" in line.split():
            line = line.replace("KEY", self.alert_key())
        files = {"assess": "film.mp4", "config": "config/production_config.yaml", "alert": "broken.xml"}
        if "FILE" in line.split():
            line = line.replace("FILE", self.published() if verb == "verify" else files.get(verb, "batch.csv"))
        line = line.replace("factcheck TEXT", 'factcheck "The capital of France is Paris."')
        line = line.replace("--from STAGE", "--from rendered_video")
        return line.replace("/srv/videogen", str(self.folder / "srv"))

    def latest(self) -> str:
        """The id of the latest finished video."""
        return max(path.parents[1].name for path in self.store.glob("*/attempt-*/quality_report.json"))

    def waiting(self) -> str:
        """The id of a request that nobody has begun."""
        (self.folder / "wish.txt").write_text("a white boat", encoding="utf-8")
        return self.run("videogen submit wish.txt --json").data["submitted"][0]

    def published(self) -> str:
        """The latest published file."""
        return max(map(str, self.folder.glob("published/2*/*.mp4")))

    def alert_key(self) -> str:
        """The key of an exercise that is not on air."""
        self.run("videogen alert examples/flood_warning.xml")
        return self.run("videogen alerts --json").data[0]["key"]


def _settings(models: Path) -> dict[str, str]:
    """The tiny model, small pictures, and reports that pass."""
    changes = SETTINGS | {
        "processing.fps": 8,
        "model.num_inference_steps": 2,
        "delivery.preset": "ultrafast",
        "paths.models": str(models),
        "emergency.emergency_reduced_resolution": [96, 80],
        "quality.weights": no_verdict(VideoGenConfig()),
    }
    return {
        variable(*name.split(".")): value if isinstance(value, str) else json.dumps(value)
        for name, value in changes.items()
    }


def _fill(folder: Path) -> None:
    for name in ("config", "examples", "input"):
        (folder / name).symlink_to(PROJECT_ROOT / name)
    shutil.copytree(PROJECT_ROOT / "templates", folder / "templates")
    (folder / ".venv").symlink_to(Path(sys.prefix))
    (folder / "dagster_home" / "inbox").mkdir(parents=True)
    for name in ("logo.png", "farm.jpg", "house.jpg"):
        picture(folder / name)
    readme = (PROJECT_ROOT / "README.md").read_text(encoding="utf-8")
    ((batch, _),) = blocks(readme, "csv")
    for name in ("batch.csv", "evening.csv"):
        (folder / name).write_text(batch, encoding="utf-8")
    (folder / "request.json").write_text('{"prompt": "a flood rising around a house"}', encoding="utf-8")
    (folder / "facts.csv").write_text(_facts(), encoding="utf-8")
    (folder / "releases").mkdir()
    (folder / "releases" / "solar.md").write_text("The Solar Mission has a target of 100 GW.\n", encoding="utf-8")
    actual = _EXERCISE.replace(">Exercise<", ">Actual<")
    for name in ("message", "flood"):
        (folder / f"{name}.xml").write_text(actual.replace("example-flood", name), encoding="utf-8")
    broken = actual.replace("example-flood", "broken").replace("Riverside district", "Rivers & Sons", 1)
    (folder / "broken.xml").write_text(broken, encoding="utf-8")
    for name in ("film.mp4", "talk.mp4", "old.mp4", "clip.mp4"):
        film(folder / name)


def _facts() -> str:
    page = (PROJECT_ROOT / "docs" / "fact_check.md").read_text(encoding="utf-8")
    ((table, _),) = blocks(page, "csv")
    return table


def film(path: Path, count: int = 6) -> Path:
    """A few frames in which something moves."""
    import av
    import numpy as np

    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=24)
        stream.width, stream.height, stream.pix_fmt = 128, 72, "yuv420p"
        for number in range(count):
            frame = np.full((72, 128, 3), 90, np.uint8)
            frame[20:50, 10 + 8 * number : 40 + 8 * number] = (200, 60, 40)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        container.mux(stream.encode(None))
    return path
