"""All stages in order (`make train`): each with a budget of minutes, each resuming where it was stopped.

    python -m training.run                  about eight hours on one core
    python -m training.run --scale 0.02     a few minutes, to see that everything works
    python -m training.run --from motion    begin later in the chain
    python -m training.run --version 2 --stage vae      one stage of pib-mini 2

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

# Of pib-mini 2: minutes are those that are planned, on one core with AVX-512 BF16.
STAGES_2: tuple[tuple[str, tuple[str, ...], float | None], ...] = (
    ("cache", ("training.wide.cache",), None),
    ("vae", ("training.wide.vae",), 150.0),
    ("planner", ("training.wide.planner",), None),
    ("latents", ("training.wide.latents", "--shards", "100"), None),
    ("decoder", ("training.wide.decoder",), 60.0),
    ("pictures", ("training.wide.pictures",), 420.0),
    ("motion", ("training.wide.motion",), 200.0),
    ("eye", ("training.wide.recogniser", "eye"), 40.0),
    ("judge", ("training.wide.recogniser", "judge"), 40.0),
)
_WITHOUT_THREADS = ("training.export", "training.evaluate", "training.scores", "training.wide.cache")


def command(options: tuple[str, ...], minutes: float | None, scale: float, threads: int) -> list[str]:
    """The command line of one stage."""
    line = [sys.executable, "-m", *options]
    if minutes is not None:
        line += ["--minutes", f"{minutes * scale:.2f}"]
    if options[0] == "training.latents" and scale < 1.0:
        line += ["--shards", str(max(10, round(130 * scale)))]
    if options[0] not in _WITHOUT_THREADS:
        line += ["--threads", str(threads)]
    return line


def main() -> None:
    names = [name for name, _, _ in STAGES + STAGES_2]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--version", type=int, choices=(1, 2), default=1, help="1: what ships, 2: the wide world")
    parser.add_argument("--from", dest="first", choices=names, help="begin with this stage")
    parser.add_argument("--stage", choices=names, help="only this stage")
    parser.add_argument("--scale", type=float, default=1.0, help="multiply every budget")
    parser.add_argument("--threads", type=int, default=1, help="threads a stage uses")
    options = parser.parse_args()
    stages = STAGES if options.version == 1 else STAGES_2
    known = [name for name, _, _ in stages]
    first = options.stage or options.first or known[0]
    if first not in known:
        parser.error(f"version {options.version} has no stage {first!r}: {', '.join(known)}")
    last = known.index(first) + 1 if options.stage else len(known)
    for name, module, minutes in stages[known.index(first) : last]:
        line = command(module, minutes, options.scale, options.threads)
        print(f"== {name}: {' '.join(line[1:])}", flush=True)
        subprocess.run(line, cwd=ROOT, check=True)


if __name__ == "__main__":
    main()
