"""As an editor uses it: webserver and daemon run, the Launchpad is filled in, a video comes out."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from videogen.artifacts import Frames, RenderedVideo
from videogen.config import PROJECT_ROOT, VideoGenConfig
from videogen.store import ArtifactStore

LAUNCH = """
mutation ($params: ExecutionParams!) { launchRun(executionParams: $params) {
  __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message }
  ... on RunConfigValidationInvalid { errors { message } } } }
"""
RUNS = """
query ($job: String!) { runsOrError(filter: {pipelineName: $job}) { ... on Runs { results {
  runId status tags { key value } assetMaterializations { assetKey { path } } } } } }
"""
SECONDS = 420


@pytest.fixture
def config(tiny_profile: Path, tmp_path: Path) -> Path:
    """pib-mini, small and quick, where it is there; otherwise the tiny model."""
    if not (PROJECT_ROOT / "models" / "pib-mini" / "unet").is_dir():
        return tiny_profile
    tiny = VideoGenConfig.load(tiny_profile)
    changes = {
        "model.profile": "pib-mini",
        "model.num_inference_steps": 4,
        "model.num_frames": 16,
        "processing.resolution": [640, 360],
        "paths.models": "models",
        "quality.max_regeneration_attempts": 0,
    }
    path = tmp_path / "quick.yaml"
    path.write_text(tiny.updated(changes).to_yaml(), encoding="utf-8")
    return path


@pytest.fixture
def graphql(config: Path, tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """A function that asks the webserver; a daemon runs beside it."""
    home = tmp_path / "home"
    home.mkdir()
    (home / "dagster.yaml").write_bytes((PROJECT_ROOT / "dagster_home" / "dagster.yaml").read_bytes())
    # Two processes that begin with an empty folder could both try to set up its database.
    dg.DagsterInstance.from_config(str(home)).dispose()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = os.environ | {"DAGSTER_HOME": str(home), "VIDEOGEN_CONFIG": str(config)}
    folder = Path(sys.executable).parent
    commands = {
        "webserver": [
            str(folder / "dagster-webserver"),
            "-h",
            "127.0.0.1",
            "-p",
            str(port),
            "-w",
            "workspace.yaml",
        ],
        "daemon": [str(folder / "dagster-daemon"), "run", "-w", "workspace.yaml"],
    }
    running = []
    for name, command in commands.items():
        with (tmp_path / f"{name}.log").open("wb") as log:
            running.append(
                subprocess.Popen(command, cwd=PROJECT_ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT)
            )

    def ask(query: str, **variables: Any) -> Any:
        body = json.dumps({"query": query, "variables": variables}).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{port}/graphql", body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)["data"]

    try:
        until(lambda: ask("{ version }"))
        yield ask
    finally:
        for process in reversed(running):
            process.terminate()
        for process in running:
            process.wait(timeout=60)


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


@pytest.mark.timeout(900)
def test_a_launchpad_request_becomes_a_labelled_video(graphql: Callable[..., Any], config: Path) -> None:
    selector = {
        "repositoryLocationName": "videogen",
        "repositoryName": "__repository__",
        "jobName": "submit_video",
    }
    wish = {"prompt": "a red bus driving left through the city at night", "seed": 7}
    answer = graphql(
        LAUNCH,
        params={"selector": selector, "runConfigData": json.dumps({"ops": {"store_request": {"config": wish}}})},
    )
    assert answer["launchRun"]["__typename"] == "LaunchRunSuccess", answer

    def finished() -> Any:
        runs = graphql(RUNS, job="generate_video")["runsOrError"]["results"]
        return [run for run in runs if run["status"] in ("SUCCESS", "FAILURE", "CANCELED")]

    (run,) = until(finished)
    assert run["status"] == "SUCCESS", run
    tags = {tag["key"]: tag["value"] for tag in run["tags"]}
    video_id = tags["dagster/partition"]
    assert tags["dagster/priority"] == "10"
    assert ["rendered_video"] in [event["assetKey"]["path"] for event in run["assetMaterializations"]]
    check_video(VideoGenConfig.load(config), video_id)
    assert len(graphql(RUNS, job="generate_video")["runsOrError"]["results"]) == 1


def check_video(config: VideoGenConfig, video_id: str) -> None:
    """Decode the mp4 with OpenCV, which took no part in making it, and hold it against the frames before."""
    import cv2

    store = ArtifactStore(config.paths.store)
    facts = store.load(video_id, 1, "rendered_video", RenderedVideo)
    reader = cv2.VideoCapture(str(store.local_file(video_id, 1, "rendered_video.mp4")))
    assert reader.get(cv2.CAP_PROP_FPS) == config.processing.fps
    frames = []
    while True:
        found, frame = reader.read()
        if not found:
            break
        frames.append(cv2.cvtColor(frame, cv2.COLOR_BGR2RGB).astype(int))
    native = store.load(video_id, 1, "upscaled_frames", Frames)
    seconds = len(native.frames) / native.fps
    width, height = config.processing.resolution
    assert len(frames) == facts.num_frames == round(seconds * config.processing.fps)
    assert {frame.shape for frame in frames} == {(height, width, 3)}
    unlabelled = native.frames[0].numpy().astype(int)
    letters = (frames[0].min(axis=2) > 215) & (unlabelled.min(axis=2) < 170)
    letters[height // 4 :] = letters[:, : width // 3] = False
    assert letters.sum() > 20, "no bright label in the corner at the top right"
    assert all(frame[letters].mean() > 200 for frame in frames), "the label is not there all the time"
