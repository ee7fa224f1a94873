"""All stages in order (`make train`): each with a budget of minutes, each resuming where it was stopped.

    python -m training.run                  about eight hours on one core
    python -m training.run --scale 0.02     a few minutes, to see that everything works
    python -m training.run --from motion    begin later in the chain

A stage that has used up its budget ends at once when it is started again, so that the whole chain can be started
again after a crash. Everything that is not the result lies in training/runs/ (ignored by git).
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

# Name, module with options, minutes (None: no budget of its own).
STAGES: tuple[tuple[str, tuple[str, ...], float | None], ...] = (
    ("vae", ("training.vae",), 72.0),
    ("latents", ("training.latents", "--shards", "130"), None),
    ("decoder", ("training.decoder",), 30.0),
    ("planner", ("training.planner",), None),
    ("pictures", ("training.pictures",), 160.0),
    ("motion", ("training.motion",), 60.0),
    ("x4", ("training.upscaler", "--factor", "4"), 15.0),
    ("x2", ("training.upscaler", "--factor", "2"), 7.0),
    ("encoder", ("training.recogniser", "encoder"), 25.0),
    ("judge", ("training.recogniser", "judge"), 25.0),
    ("export", ("training.export",), None),
    ("evaluate", ("training.evaluate",), None),
    ("scores", ("training.scores",), None),
)


def command(options: tuple[str, ...], minutes: float | None, scale: float, threads: int) -> list[str]:
    """The command line of one stage."""
    line = [sys.executable, "-m", *options]
    if minutes is not None:
        line += ["--minutes", f"{minutes * scale:.2f}"]
    if options[0] == "training.latents" and scale < 1.0:
        line += ["--shards", str(max(10, round(130 * scale)))]
    if options[0] not in ("training.export", "training.evaluate", "training.scores"):
        line += ["--threads", str(threads)]
    return line


def main() -> None:
    names = [name for name, _, _ in STAGES]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--from", dest="first", choices=names, default=names[0])
    parser.add_argument("--scale", type=float, default=1.0, help="multiply every budget")
    parser.add_argument("--threads", type=int, default=1, help="threads a stage uses")
    options = parser.parse_args()
    for name, module, minutes in STAGES[names.index(options.first) :]:
        line = command(module, minutes, options.scale, options.threads)
        print(f"== {name}: {' '.join(line[1:])}", flush=True)
        subprocess.run(line, cwd=ROOT, check=True)


if __name__ == "__main__":
    main()
