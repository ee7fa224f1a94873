"""Importing a module of the project changes nothing else in the process that imports it."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from videogen.config.config import PROJECT_ROOT

PACKAGES = ("videogen", "resources", "assets", "sensors", "videogen_dagster")
# Networks are classes of torch's; other modules import these three inside of functions.
NETWORKS = (
    "videogen.models.planner_network",
    "videogen.models.temporal_attention",
    "videogen.quality.relevance.video_network",
)
# Dagster and the other libraries are imported first: what they change is theirs.
PROGRAM = """
import gc, importlib, json, logging, os, pkgutil, signal, sys, threading, warnings

import numpy, dagster, dagster._cli.workspace.cli_target, dagster_webserver.webserver, uvicorn, typer, pydantic_settings

def state():
    root = logging.getLogger()
    return {
        "collector": [gc.isenabled(), *gc.get_threshold(), gc.get_freeze_count()],
        "warnings": [str(entry) for entry in warnings.filters],
        "logging": [root.level, [str(handler) for handler in root.handlers], logging.root.manager.disable],
        "environment": dict(os.environ),
        "signals": {name.name: str(signal.getsignal(name)) for name in signal.valid_signals() if hasattr(name, "name")},
        "threads": sorted(thread.name for thread in threading.enumerate()),
        "exception hooks": [str(sys.excepthook), str(threading.excepthook), str(sys.unraisablehook)],
        "search path": list(sys.path),
        "working directory": os.getcwd(),
    }

before = state()
names = []
networks = sys.argv[1].split(",")
for package in sys.argv[2:]:
    names.append(package)
    found = importlib.import_module(package)
    names += [module.name for module in pkgutil.walk_packages(found.__path__, package + ".")]
for name in names:
    if name not in networks:
        importlib.import_module(name)
after = state()
heavy = {"torch", "diffusers", "transformers", "cv2", "basicsr", "realesrgan", "torchvision.transforms.functional_tensor"}
print(json.dumps({
    "modules": len(names),
    "changed": {key: [before[key], after[key]] for key in before if before[key] != after[key]},
    "heavy": sorted(heavy & set(sys.modules)),
    "made up": sorted(
        name for name, module in sys.modules.items()
        if name.startswith(("torchvision", "basicsr", "realesrgan")) and getattr(module, "__spec__", None) is None
    ),
}))
"""


@pytest.mark.slow
def test_importing_every_module_has_no_side_effect_and_loads_no_model_library() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, ",".join(NETWORKS), *PACKAGES],
        cwd=PROJECT_ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["modules"] > 300
    assert found["changed"] == {}
    assert (found["heavy"], found["made up"]) == ([], [])
    assert not done.stderr, "nothing is printed or logged"


def test_every_package_says_that_it_is_typed() -> None:
    assert [package for package in PACKAGES if not (PROJECT_ROOT / package / "py.typed").is_file()] == []
