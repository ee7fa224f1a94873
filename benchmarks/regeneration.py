"""How many prompts pass their quality report at the first attempt, and how many after regeneration.

The prompts are the fixed and free ones of training/prompts.py.

    python -m benchmarks.regeneration [--prompts 40] [--attempts 3]

Seeds are the prompts' places in the list. The sensor's own function opens each further attempt. Writes
``benchmarks/results/regeneration.json``.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.machine import RESULTS, description
from training.prompts import FIXED_PROMPTS, FREE_PROMPTS

PROMPTS = (*FIXED_PROMPTS, *FREE_PROMPTS)


def main() -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--prompts", type=int, default=len(PROMPTS))
    parser.add_argument("--attempts", type=int, default=3, help="further attempts at most")
    options = parser.parse_args()
    machine = description()
    with tempfile.TemporaryDirectory(prefix="regeneration-") as folder:
        os.environ["DAGSTER_HOME"] = folder
        videos = made(PROMPTS[: options.prompts], Path(folder), options.attempts)
    result = {"machine": machine, **summary(videos, options.attempts), "videos": videos}
    RESULTS.mkdir(parents=True, exist_ok=True)
    text = json.dumps(result, indent=1, ensure_ascii=False)
    (RESULTS / "regeneration.json").write_text(text + "\n", encoding="utf-8")
    print(json.dumps({key: value for key, value in result.items() if key != "videos"}, indent=1))


def made(prompts: tuple[str, ...], folder: Path, attempts: int) -> list[dict[str, Any]]:
    """What became of every prompt: its attempts with verdict, score, changes and what failed."""
    from resources.all import build_resources
    from resources.settings import SettingsResource
    from videogen.config.config import VideoGenConfig
    from videogen.domain.requests import VideoRequest
    from videogen.release.regeneration import open_next
    from videogen_dagster.home import project_instance
    from videogen_dagster.runs.videos import run_videos, submit_all

    places = {"paths.store": str(folder / "videos"), "paths.warehouse": str(folder / "warehouse")}
    config = VideoGenConfig.load(overrides={**places, "quality.max_regeneration_attempts": attempts})
    resources = build_resources({"settings": SettingsResource(overrides=config.model_dump(mode="json"))})
    storage, instance = resources["storage"], project_instance()
    requests = [VideoRequest(prompt=prompt, seed=seed) for seed, prompt in enumerate(prompts)]
    waiting = [request.id for request in submit_all(requests, instance, config)]
    found: dict[str, dict[str, Any]] = {
        video_id: {"prompt": request.prompt, "attempts": []}
        for video_id, request in zip(waiting, requests, strict=True)
    }
    for _ in range(attempts + 1):
        outcome = run_videos(waiting, config=config, instance=instance)
        for video_id in waiting:
            if failure := outcome.failures().get(video_id):
                raise RuntimeError(f"{found[video_id]['prompt']!r}: {failure}")
            found[video_id]["attempts"].append(attempt_of(storage, video_id))
        waiting = [
            video_id
            for video_id in waiting
            if open_next(storage.requests, storage.artifacts, config, video_id, len(found[video_id]["attempts"]))[0]
        ]
        if not waiting:
            break
    return list(found.values())


def attempt_of(storage: Any, video_id: str) -> dict[str, Any]:
    """Verdict of the latest attempt."""
    from videogen.quality.reporting.report import QualityReport

    latest = storage.requests.attempts(video_id)[-1]
    report = storage.artifacts.load(video_id, latest.number, "quality_report", QualityReport)
    failed = [result.name for result in report.metrics if result.passed is False]
    return {"passed": report.passed, "score": report.score, "changes": latest.changes, "failed": failed}


def summary(videos: list[dict[str, Any]], attempts: int) -> dict[str, Any]:
    """Pass rates and best scores after each number of attempts."""
    rates, scores = [], []
    for number in range(1, attempts + 2):
        so_far = [video["attempts"][:number] for video in videos]
        rates.append(sum(any(one["passed"] for one in tried) for tried in so_far) / len(videos))
        scores.append(sum(max(one["score"] for one in tried) for tried in so_far) / len(videos))
    return {
        "prompts": len(videos),
        "pass_rate_after_attempts": [round(rate, 3) for rate in rates],
        "mean_best_score_after_attempts": [round(score, 3) for score in scores],
    }


if __name__ == "__main__":
    main()
