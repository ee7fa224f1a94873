"""`make fleet`: eight videos on two machines, one of which is lost, and an alert in between; each published once.

Run by `python -m deploy.local.demonstration`; with `--cut`, as root, a machine loses its network instead of
its power; the end-to-end test calls `demonstrate`.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from deploy.local.fleet import Fleet, fleet, start_all, until

VIDEOS = 8
PATIENCE = 2400.0
SETTLING = 10.0
"""Seconds for whatever might still be published a second time."""
SMALL: dict[str, Any] = {
    "model.num_inference_steps": 4,
    "model.num_frames": 8,
    "processing.resolution": [640, 360],
    "processing.fps": 4,
    "quality.max_regeneration_attempts": 0,
    "release.automatic": True,
    "monitoring.enabled": False,
    "emergency.emergency_use_templates": True,
    "emergency.sound": False,
}
_COLOURS = ("red", "white", "blue", "green", "yellow", "black", "orange")


@dataclass(frozen=True)
class Outcome:
    """What was seen.

    alert_seconds: from the drop of the file to the published video. releases: how often each video was published.
    same: two videos with the same seed have the same latents, though a machine died while it made one of them.
    """

    alert_seconds: float
    alerts_published: int
    releases: dict[str, int]
    attempts: dict[str, int]
    same: bool
    seconds: float
    namespaces: bool


def demonstrate(
    made: Fleet,
    *,
    alert: bytes,
    tell: Callable[[str], None] = lambda line: None,
    profile: str | None = None,
    cut: bool = False,
    videos: int = VIDEOS,
) -> Outcome:
    """Run it; raises TimeoutError where something does not happen.

    Args:
        made: nothing runs on it yet; machines `alpha` and `beta`.
        alert: a CAP message.
        tell: is given a line at each step.
        profile: of the model; None: the configured one.
        videos: how many are asked for, 3 … 8.
        cut: alpha loses its network for a while instead of its power; it must not go on with what others begin.
    """
    from videogen.fleet.beats import FleetBoard
    from videogen.storage.artifact_store import ArtifactStore
    from videogen.storage.request_store import RequestStore

    begun = time.monotonic()
    os.environ.update({name: made.shared[name] for name in made.shared if name.startswith("AWS_")})
    start_all(made, {"alpha": ["gpu", "emergency"], "beta": ["gpu", "cpu", "emergency"]})
    board = FleetBoard(made.shared["VIDEOGEN_QUEUE_URL"])
    requests, artifacts = RequestStore(made.config.paths.store), ArtifactStore(made.config.paths.store)
    try:
        until(lambda: len(board.beats()) >= 5 and board.version(), PATIENCE, "all workers and the daemon are there")
        tell(f"workers are there after {time.monotonic() - begun:.0f} s: {', '.join(b.worker for b in board.beats())}")
        drop(made.inbox("alpha") / "batch.jsonl", "\n".join(map(json.dumps, _batch(profile)[:videos])).encode())
        ids = until(lambda: _all(requests.ids(), videos), PATIENCE, "all requests are taken")
        tell(f"{len(ids)} requests were dropped on alpha and are in the store")
        until(lambda: len(_busy(board)) == 2, PATIENCE, "both machines make a video")
        victim = until(lambda: _making(board, made, ids, artifacts), PATIENCE, "alpha is in the middle of a video")
        dropped = time.time()
        drop(made.inbox("beta") / "alerts" / "alert.xml", alert)
        tell(f"both machines are busy; an alert is dropped on beta, and alpha is lost while it makes {victim}")
        if cut:
            made.machines["alpha"].cut()
        else:
            made.kill("alpha")
        records = until(lambda: _alerts(made), PATIENCE, "the alert is published")
        latency = max(datetime.fromisoformat(one["published_at"]).timestamp() for one in records) - dropped
        tell(f"the alert is published {latency:.1f} s after it was dropped")
        until(lambda: len(published(made)) == videos, PATIENCE, "all videos are published")
        if cut:
            made.machines["alpha"].cut(off=False)
            until(lambda: "alpha" in {beat.machine for beat in board.beats()}, PATIENCE, "alpha is there again")
            tell("alpha has its network back, and takes part again")
        tell(f"all {videos} videos are published after {time.monotonic() - begun:.0f} s")
        # A row is written behind the file; and what should be there twice would need time to come.
        until(lambda: len(releases(made)) == videos, PATIENCE, "all releases are in the tables")
        time.sleep(SETTLING)
        return Outcome(
            alert_seconds=latency,
            alerts_published=len(_alerts(made)),
            releases=releases(made),
            attempts={one: len(requests.attempts(one)) for one in ids},
            same=_same(artifacts, ids),
            seconds=time.monotonic() - begun,
            namespaces=made.machines["alpha"].namespace is not None,
        )
    except TimeoutError as error:
        raise TimeoutError(f"{error}\n{made.logs()}") from error
    finally:
        board.close()


def _batch(profile: str | None) -> list[dict[str, Any]]:
    """The first two are alike, with the same seed."""
    chosen: dict[str, Any] = {"profile": profile} if profile else {}
    chosen["overrides"] = {"processing.resolution": [128, 80], "processing.fps": 16}
    prompts = [f"a {colour} boat on a lake" for colour in (_COLOURS[0], *_COLOURS)]
    return [{"prompt": prompt, "seed": 7, **chosen} for prompt in prompts]


def drop(path: Path, content: bytes) -> None:
    """Put a file into an inbox as a whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.write_bytes(content)
    part.rename(path)


def _all(ids: list[str], videos: int) -> list[str] | None:
    return ids if len(ids) == videos else None


def _busy(board: Any) -> set[str]:
    return {beat.machine for beat in board.beats() if beat.queue == "gpu" and beat.runs}


def _making(board: Any, made: Fleet, ids: list[str], artifacts: Any) -> str | None:
    """A video of one of alpha's runs that has its noise, and not yet its latents; one of the two alike if possible."""
    runs = {run for beat in board.beats() if beat.machine == "alpha" for run in beat.runs}
    for video_id in ids:
        if not artifacts.exists(video_id, 1, "base_noise_latents") or artifacts.exists(video_id, 1, "rendered_video"):
            continue
        if artifacts.manifest(video_id, 1, "base_noise_latents").run_id in runs:
            return video_id
    return None


def _alerts(made: Fleet) -> list[Mapping[str, Any]]:
    folder = Path(made.config.paths.published) / "alerts"
    return [json.loads(path.read_text(encoding="utf-8")) for path in folder.glob("*/record.json")]


def published(made: Fleet) -> set[str]:
    """Ids of the videos that people can see."""
    return {path.parent.name for path in Path(made.config.paths.published).glob("*/*.mp4")}


def releases(made: Fleet) -> dict[str, int]:
    """How often each video was published, by the tables."""
    from videogen.storage.warehouse import Warehouse

    rows = Warehouse(made.config.paths.warehouse).query("SELECT video_id FROM releases WHERE event = 'published'")
    return dict(Counter(rows["video_id"]))


def _same(artifacts: Any, ids: list[str]) -> bool:
    """The numbers, that is; the artifacts also say how long it took."""
    import torch

    from videogen.domain.artifacts import VideoLatents

    first, second = (artifacts.load(one, 1, "video_latents", VideoLatents).latents for one in ids[:2])
    return torch.equal(first, second)


def flood(now: datetime | None = None) -> bytes:
    """A CAP alert of this moment."""
    from videogen.emergency.alerts.form import alert_from_form
    from videogen.emergency.cap.writer import write_alert

    moment = now or datetime.now(UTC)
    form = {
        "headline": "Flood in the lower valley",
        "area": "Lower Elm valley",
        "instruction": "Leave cellars.\nGo to higher ground.",
        "sender": "River Office",
        "event": "Flood",
        "category": "Met",
        "severity": "Severe",
        "urgency": "Immediate",
        "certainty": "Observed",
        "expires": moment + timedelta(hours=6),
    }
    return write_alert(alert_from_form(form, now=moment))


def main() -> None:
    """Show it, and say what was seen."""
    from videogen.config.config import VideoGenConfig

    # Also where the shell has them ignored: everything that was started ends.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)

    nothing_counts = {
        f"quality.weights.{kind}.{name}": 0.0
        for kind, weights in VideoGenConfig().quality.weights.items()
        for name in weights
    }
    with tempfile.TemporaryDirectory(prefix="videogen-fleet-") as folder:
        Path(folder).chmod(0o755)
        with fleet(Path(folder) / "fleet", ("alpha", "beta"), {**SMALL, **nothing_counts}) as made:
            cut = "--cut" in sys.argv
            outcome = demonstrate(made, alert=flood(), tell=lambda line: print(line, flush=True), cut=cut)
            print(made.videogen("doctor").stdout)
    where = "in network namespaces" if outcome.namespaces else "on one network: namespaces need root"
    print(f"two machines {where}; alert after {outcome.alert_seconds:.1f} s; published: {outcome.releases}")
    print(f"the video whose machine died has the same latents as its twin: {'yes' if outcome.same else 'NO'}")
    good = outcome.same and set(outcome.releases.values()) == {1} and len(outcome.releases) == VIDEOS
    sys.exit(0 if good and outcome.alerts_published == 1 else 1)


if __name__ == "__main__":
    main()
