"""How many videos one, two and four workers make in a minute, each on a machine of its own.

`python -m benchmarks.fleet.throughput [asleep|real]`. The device of `asleep` is a stand-in that sleeps as a GPU works:
two seconds a step, and the processor is free meanwhile; what is measured is what the fleet itself costs. `real` draws with
pib-mini on the processor, for one worker and two.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import yaml

from benchmarks.machine import RESULTS, description
from deploy.local.demonstration import SMALL, drop
from deploy.local.fleet import Fleet, fleet, start, until

STEPS = 60
STEP_SECONDS = 2.0
VIDEOS = {1: 4, 2: 6, 4: 8}
"""By workers: as many as give each of them at least two in turn."""
AIMED_AT = {2: 1.9, 4: 3.6}
PATIENCE = 3600.0
MACHINES = ("a", "b", "c", "d")
ASLEEP = """\
import time

from videogen.models.families.animatediff import AnimateDiff


class Asleep(AnimateDiff):
    concurrent = False

    def predict(self, sample, timesteps, embeds, image_embeds, context):
        time.sleep(SECONDS)
        return sample * 0.1
"""


def sleeping(folder: Path, seconds: float = STEP_SECONDS) -> tuple[dict[str, Any], Path]:
    """Settings of a model whose steps take these seconds and no work, and the package that has it."""
    from tests.tiny_models import PROFILE, SETTINGS, write_models

    models = write_models(folder / "models")
    (models / "profiles" / "tiny.yaml").write_text(yaml.safe_dump(PROFILE | {"family": "asleep"}), encoding="utf-8")
    package = folder / "package"
    information = package / "asleep-1.0.dist-info"
    information.mkdir(parents=True)
    (package / "asleep.py").write_text(ASLEEP.replace("SECONDS", str(seconds)), encoding="utf-8")
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: asleep\nVersion: 1.0\n", encoding="utf-8")
    (information / "entry_points.txt").write_text(
        "[videogen.model_families]\nasleep = asleep:Asleep\n", encoding="utf-8"
    )
    found = SETTINGS | SMALL | {"paths.models": str(models), "processing.resolution": [128, 80], "processing.fps": 16}
    return {**found, "model.num_inference_steps": STEPS}, package


def rate(made: Fleet, instance: Any, workers: int) -> dict[str, Any]:
    """Videos a minute, from the start of the first run to the end of the last; the runs may overlap or follow each other."""
    import dagster as dg

    from resources.jobs_and_tags import Job

    count, runs = VIDEOS[workers], dg.RunsFilter(job_name=str(Job.GENERATE))
    known = {run.run_id for run in instance.get_runs(runs)}
    orders = [{"prompt": "a boat on a lake", "seed": seed} for seed in range(count)]
    drop(made.inbox("main") / f"for-{workers}.jsonl", "\n".join(map(json.dumps, orders)).encode())

    def done() -> list[Any] | None:
        new = [one for one in instance.get_run_records(runs) if one.dagster_run.run_id not in known]
        ended = [one for one in new if one.dagster_run.is_finished]
        return ended if len(ended) == count else None

    records = until(done, PATIENCE, f"{count} runs on {workers} workers")
    failed = [one.dagster_run.run_id for one in records if not one.dagster_run.is_success]
    if failed:
        raise RuntimeError(f"runs failed: {failed}\n{made.logs()}")
    seconds = max(one.end_time for one in records) - min(one.start_time for one in records)
    each = [round(one.end_time - one.start_time, 1) for one in records]
    return {"workers": workers, "videos": count, "seconds": round(seconds, 1), "of_each_run": each,
            "videos_a_minute": count / seconds * 60}  # fmt: skip


def measure(folder: Path, kind: str) -> list[dict[str, Any]]:
    """The rates, of more and more workers."""
    import os

    from videogen.fleet.beats import FleetBoard
    from videogen_dagster.home import project_instance

    settings: dict[str, Any] = SMALL
    packages: list[Path] = []
    counts = [1, 2]
    if kind == "asleep":
        settings, package = sleeping(folder)
        packages, counts = [package], [1, 2, 4]
    settings = {**settings, "release.automatic": False}
    found: list[dict[str, Any]] = []
    with fleet(folder / "fleet", MACHINES[: counts[-1]], settings, packages) as made:
        os.environ.update(made.environment("main"))
        start(made, "main")
        board = FleetBoard(made.shared["VIDEOGEN_QUEUE_URL"])
        try:
            for count in counts:
                for machine in MACHINES[:count]:
                    if machine not in made.running:
                        start(made, machine, ["gpu"])
                until(lambda: len(board.beats()) == count and board.version(), PATIENCE, f"{count} workers are there")  # noqa: B023
                time.sleep(5)
                with project_instance() as instance:
                    found.append(rate(made, instance, count))
                print(json.dumps(found[-1]), flush=True)
        except TimeoutError as error:
            raise TimeoutError(f"{error}\n{made.logs()}") from error
        finally:
            board.close()
    return found


def main() -> None:
    """Entry point."""
    kind = sys.argv[1] if len(sys.argv) > 1 else "asleep"
    machine = description()
    with tempfile.TemporaryDirectory(prefix="videogen-throughput-") as folder:
        Path(folder).chmod(0o755)
        found = measure(Path(folder), kind)
    ratios = {one["workers"]: one["videos_a_minute"] / found[0]["videos_a_minute"] for one in found}
    path = RESULTS / "fleet_throughput.json"
    kept = json.loads(path.read_text()) if path.exists() else {}
    kept[kind] = {"machine": machine, "rates": found, "ratios": ratios, "aimed_at": AIMED_AT}
    if kind == "asleep":
        kept[kind] |= {"steps": STEPS, "seconds_a_step": STEP_SECONDS}
    path.write_text(json.dumps(kept, indent=1) + "\n")
    print(json.dumps(ratios))


if __name__ == "__main__":
    main()
