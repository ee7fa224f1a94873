"""kill -9 of each part of a fleet in each stage of a video: nothing lost, nothing doubled, and how soon it ends.

`python -m benchmarks.fleet.outages [PART …]`, parts worker, postgres, store, daemon and queue. For each part and each
stage two videos are asked for; when one of them is in that stage, the part is killed, and comes back half a minute later.
The model is a tiny one with random weights; all else is what is deployed. The result is written after each outage.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.machine import RESULTS, description
from deploy.local.demonstration import SMALL, drop, published, releases
from deploy.local.fleet import Fleet, fleet, start, start_all, until

PARTS = ("worker", "postgres", "store", "daemon", "queue")
MOMENTS = (
    "waiting", "prompt_asset", "conditioning_embeddings", "initial_noise", "video_latents", "decoded_frames",
    "upscaled_frames", "rendered_video", "quality_report", "published_video",
)  # fmt: skip
AWAY = 30.0
LIMIT = 180.0
"""Seconds from the return within which everything has to be published."""
PATIENCE = 900.0
WORKERS = {"alpha": ("gpu", "cpu", "emergency"), "beta": ("gpu", "cpu", "emergency")}


def settings(models: Path) -> dict[str, Any]:
    """Every report passes, and denoising takes long enough to be hit."""
    from tests.tiny_models import SETTINGS
    from tests.videogen_dagster.front import no_verdict
    from videogen.config.config import VideoGenConfig

    return {
        **SETTINGS,
        **SMALL,
        "processing.resolution": [128, 80],
        "processing.fps": 16,
        "model.num_inference_steps": 60,
        "paths.models": str(models),
        "quality.weights": no_verdict(VideoGenConfig()),
    }


def strike(made: Fleet, part: str) -> Callable[[], None]:
    """Kill a part; returns what brings it back."""
    if part == "worker":
        made.kill("alpha")
        return lambda: start(made, "alpha", WORKERS["alpha"])
    if part == "daemon":
        made.kill("main")
        return lambda: start(made, "main")
    server = made.services["redis" if part == "queue" else part]
    server.kill()
    return server.start


def stages(instance: Any, ids: list[str]) -> dict[str, tuple[str, str]]:
    """(stage, run) of each video: the step that has begun and not ended, or "waiting"."""
    import dagster as dg

    from resources.names import PARTITION_TAG

    found = {}
    for video_id in ids:
        runs = instance.get_runs(dg.RunsFilter(tags={PARTITION_TAG: video_id}))
        now = [run for run in runs if not run.is_finished]
        if not now:
            continue
        kinds = {dg.DagsterEventType.STEP_START, dg.DagsterEventType.STEP_SUCCESS, dg.DagsterEventType.STEP_FAILURE}
        begun: list[str] = []
        for entry in instance.all_logs(now[0].run_id, of_type=kinds):
            if entry.dagster_event.event_type is dg.DagsterEventType.STEP_START:
                begun.append(entry.dagster_event.step_key)
            elif entry.dagster_event.step_key in begun:
                begun.remove(entry.dagster_event.step_key)
        found[video_id] = (begun[-1] if begun else "waiting", now[0].run_id)
    return found


def outage(made: Fleet, instance: Any, board: Any, part: str, moment: str) -> dict[str, Any]:
    """One: two videos, one part lost in one stage."""
    from videogen.storage.request_store import RequestStore

    requests = RequestStore(made.config.paths.store)
    before = set(requests.ids())
    orders = [{"prompt": f"a {part} on a lake", "seed": seed} for seed in (1, 2)]
    drop(made.inbox("main") / f"{part}-{moment}.jsonl", "\n".join(map(json.dumps, orders)).encode())
    ids = until(lambda: _two(requests, before), PATIENCE, "both requests are taken")

    def is_there() -> dict[str, tuple[str, str]] | None:
        where = stages(instance, ids)
        runs = {run for beat in board.beats() if beat.machine == "alpha" for run in beat.runs}
        hit = [stage for stage, run in where.values() if part != "worker" or run in runs or moment == "waiting"]
        return where if moment in hit else None

    hit = until(is_there, PATIENCE, f"a video is in {moment}")
    bring_back = strike(made, part)
    time.sleep(AWAY)
    bring_back()
    returned = time.monotonic()
    until(lambda: set(ids) <= published(made), PATIENCE, "both videos are published")
    seconds = time.monotonic() - returned
    until(lambda: set(ids) <= set(releases(made)), 60, "both releases are in the tables")
    counts = releases(made)
    return {
        "part": part,
        "moment": moment,
        "hit": sorted(stage for stage, _ in hit.values()),
        "seconds_after_return": round(seconds, 1),
        "attempts": [len(requests.attempts(one)) for one in ids],
        "published": [counts[one] for one in ids],
    }


def _two(requests: Any, before: set[str]) -> list[str] | None:
    new = sorted(set(requests.ids()) - before)
    return new if len(new) == 2 else None


def measure(folder: Path, parts: list[str], tell: Callable[[list[dict[str, Any]]], None]) -> list[dict[str, Any]]:
    """All outages; parts and stages in turn, so that those that come early are not all of one kind."""
    from tests.tiny_models import write_models
    from videogen.fleet.beats import FleetBoard
    from videogen_dagster.home import project_instance

    found: list[dict[str, Any]] = []
    models = write_models(folder / "models")
    with fleet(folder / "fleet", tuple(WORKERS), settings(models)) as made:
        os.environ.update(made.environment("main"))
        start_all(made, WORKERS)
        board = FleetBoard(made.shared["VIDEOGEN_QUEUE_URL"])
        until(lambda: len(board.beats()) == 6 and board.version(), PATIENCE, "all workers and the daemon are there")
        order = [(part, MOMENTS[(turn + 2 * index) % len(MOMENTS)]) for turn in range(len(MOMENTS))
                 for index, part in enumerate(parts)]  # fmt: skip
        try:
            for part, moment in order:
                with project_instance() as instance:
                    found.append(outage(made, instance, board, part, moment))
                tell(found)
                until(lambda: len(board.beats()) == 6, PATIENCE, "all workers are there again")
        except TimeoutError as error:
            raise TimeoutError(f"{part} in {moment}: {error}\n{made.logs()}") from error
        finally:
            board.close()
    return found


def main() -> None:
    """Entry point."""
    parts = [part for part in sys.argv[1:] if part in PARTS] or list(PARTS)
    machine = description()

    def tell(found: list[dict[str, Any]]) -> None:
        done = {"machine": machine, "seconds_away": AWAY, "limit_seconds": LIMIT, "outages": found}
        (RESULTS / "fleet_outages.json").write_text(json.dumps(done, indent=1) + "\n")
        print(json.dumps(found[-1]), flush=True)

    with tempfile.TemporaryDirectory(prefix="videogen-outages-") as folder:
        Path(folder).chmod(0o755)
        found = measure(Path(folder), parts, tell)
    late = [one for one in found if one["seconds_after_return"] > LIMIT]
    wrong = [one for one in found if set(one["published"]) != {1} or set(one["attempts"]) != {1}]
    print(f"{len(found)} outages, {len(late)} ended late, {len(wrong)} lost or doubled something")
    sys.exit(1 if late or wrong else 0)


if __name__ == "__main__":
    main()
