"""kill -9 of each part of a fleet in each stage of a video: nothing lost, nothing doubled, and how soon it ends.

`python -m benchmarks.fleet.outages [PART …]`, parts worker, postgres, store, daemon and queue. For each part and each
stage a video is asked for; when it is in that stage, the part is killed, and comes back half a minute later.
The model is a tiny one with random weights; all else is what is deployed. The result is written after each outage, in the place of an earlier one of that part and stage.
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
FIRST = {"worker": 0, "postgres": 2, "store": 4, "daemon": 6, "queue": 8}
"""The stage that each part is struck in first, so that a run that is not finished has seen many."""
AWAY = 30.0
LIMIT = 180.0
"""Seconds from the return within which everything has to be published."""
PATIENCE = 900.0
WORKERS = {"alpha": ("gpu", "cpu"), "beta": ("gpu", "cpu")}


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
        "model.num_inference_steps": 30,
        "paths.models": str(models),
        "quality.weights": no_verdict(VideoGenConfig()),
    }


def strike(made: Fleet, part: str, machine: str) -> Callable[[], None]:
    """Kill a part; returns what brings it back. machine: that of the worker."""
    if part == "worker":
        made.kill(machine)
        return lambda: start(made, machine, WORKERS[machine])
    if part == "daemon":
        made.kill("main")
        return lambda: start(made, "main")
    server = made.services["redis" if part == "queue" else part]
    server.kill()
    return server.start


def stage_of(instance: Any, video_id: str) -> tuple[str, str] | None:
    """(stage, run) of a video: the step that has begun and not ended, or "waiting"; None: no run is under way."""
    import dagster as dg

    from resources.jobs_and_tags import PARTITION_TAG

    runs = instance.get_runs(dg.RunsFilter(tags={PARTITION_TAG: video_id}))
    now = [run for run in runs if not run.is_finished]
    if not now:
        return None
    kinds = {dg.DagsterEventType.STEP_START, dg.DagsterEventType.STEP_SUCCESS, dg.DagsterEventType.STEP_FAILURE}
    begun: list[str] = []
    for entry in instance.all_logs(now[0].run_id, of_type=kinds):
        if entry.dagster_event.event_type is dg.DagsterEventType.STEP_START:
            begun.append(entry.dagster_event.step_key)
        elif entry.dagster_event.step_key in begun:
            begun.remove(entry.dagster_event.step_key)
    return (begun[-1] if begun else "waiting", now[0].run_id)


def _generating(video_id: str) -> Any:
    import dagster as dg

    from resources.jobs_and_tags import PARTITION_TAG, Job

    return dg.RunsFilter(job_name=str(Job.GENERATE), tags={PARTITION_TAG: video_id})


def outage(made: Fleet, instance: Any, board: Any, part: str, moment: str) -> dict[str, Any]:
    """One video, and one part lost in one stage."""
    from videogen.storage.request_store import RequestStore

    requests = RequestStore(made.config.paths.store)
    before = set(requests.ids())
    order = {"prompt": f"a {part} on a lake", "seed": 1}
    drop(made.inbox("main") / f"{part}-{moment}.jsonl", json.dumps(order).encode())
    (video_id,) = until(lambda: set(requests.ids()) - before, PATIENCE, "the request is taken")

    def reached() -> tuple[str, str] | None:
        where = stage_of(instance, video_id)
        return where if where is not None and where[0] == moment else None

    run_id = until(reached, PATIENCE, f"the video is in {moment}")[1]
    at_work = [beat.machine for beat in board.beats() if run_id in beat.runs]
    bring_back = strike(made, part, at_work[0] if at_work else "alpha")
    time.sleep(AWAY)
    bring_back()
    returned, returned_at = time.monotonic(), time.time()
    until(lambda: video_id in published(made), PATIENCE, "the video is published")
    seconds = time.monotonic() - returned
    went_on = max(one.start_time or 0.0 for one in instance.get_run_records(_generating(video_id))) - returned_at
    until(lambda: video_id in releases(made), 60, "its release is in the tables")
    return {
        "part": part,
        "stage": moment,
        "seconds_until_it_goes_on": round(max(0.0, went_on), 1),
        "seconds_after_return": round(seconds, 1),
        "attempts": len(requests.attempts(video_id)),
        "published": releases(made)[video_id],
        "load": round(os.getloadavg()[0], 1),
    }


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
        until(lambda: len(board.beats()) == 4 and board.version(), PATIENCE, "all workers and the daemon are there")
        order = [(part, MOMENTS[(FIRST[part] + turn) % len(MOMENTS)]) for turn in range(len(MOMENTS)) for part in parts]
        try:
            for part, moment in order:
                with project_instance() as instance:
                    found.append(outage(made, instance, board, part, moment))
                tell(found)
                until(lambda: len(board.beats()) == 4, PATIENCE, "all workers are there again")
        except TimeoutError as error:
            raise TimeoutError(f"{part} in {moment}: {error}\n{made.logs()}") from error
        finally:
            board.close()
    return found


def main() -> None:
    """Entry point."""
    parts = [part for part in sys.argv[1:] if part in PARTS] or list(PARTS)
    machine = description()

    path = RESULTS / "fleet_outages.json"
    before = json.loads(path.read_text())["outages"] if path.exists() else []

    def tell(found: list[dict[str, Any]]) -> None:
        new = {(one["part"], one["stage"]) for one in found}
        outages = [*(one for one in before if (one["part"], one["stage"]) not in new), *found]
        done = {"machine": machine, "seconds_away": AWAY, "limit_seconds": LIMIT, "outages": outages}
        path.write_text(json.dumps(done, indent=1) + "\n")
        print(json.dumps(found[-1]), flush=True)

    with tempfile.TemporaryDirectory(prefix="videogen-outages-") as folder:
        Path(folder).chmod(0o755)
        found = measure(Path(folder), parts, tell)
    late = [one for one in found if one["seconds_after_return"] > LIMIT]
    wrong = [one for one in found if (one["published"], one["attempts"]) != (1, 1)]
    print(f"{len(found)} outages, {len(late)} ended late, {len(wrong)} lost or doubled something")
    sys.exit(1 if late or wrong else 0)


if __name__ == "__main__":
    main()
