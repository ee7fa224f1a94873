"""What drawing an emergency video costs beside encoding the same frames handed over raw.

    python -m benchmarks.emergency.renderer

Processor seconds of all threads and child processes, so that other work on the machine does not matter; the least of
two runs, taken in turns. The rival is the ffmpeg program, or where there is none PyAV with the same library and the
same settings. Written to benchmarks/results/emergency_renderer.json.
"""

from __future__ import annotations

import json
import resource
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path

import numpy as np
from av import VideoFrame
from numpy.typing import NDArray

from benchmarks.machine import PROJECT, RESULTS, description
from videogen.cards.geography import Circle, Point
from videogen.emergency.cap.model import Alert, Area, Info
from videogen.emergency.rendering import renderer
from videogen.emergency.rendering.frame_stream import FrameStream
from videogen.emergency.templates.library import EmergencyTemplateLibrary
from videogen.media.encoding import Encoding, write_mp4
from videogen.media.planes import Planes

SIZE, FPS, ROUNDS, GOAL = (1280, 720), 24, 2, 1.5


def alert() -> Alert:
    """An alert that is shown for about twenty seconds."""
    sent = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
    coast = ((44.10, 12.50), (44.30, 12.30), (44.45, 12.20), (44.45, 12.30), (44.20, 12.62), (44.10, 12.50))
    info = Info(
        language="en-GB",
        categories=("Met",),
        event="Coastal flood",
        urgency="Immediate",
        severity="Severe",
        certainty="Likely",
        onset=sent,
        expires=sent + timedelta(hours=6),
        sender_name="Flood Centre",
        headline="Flood on the coast: go to upper floors",
        instruction="Go to upper floors now. Stay off the beach. Listen to the radio.",
        areas=(
            Area(
                description="Ravenna to Rimini",
                polygons=(tuple(Point(*corner) for corner in coast),),
                circles=(Circle(Point(44.05, 12.57), 6.0),),
            ),
        ),
    )
    return Alert(
        identifier="benchmark",
        sender="benchmark@example.org",
        sent=sent,
        status="Actual",
        msg_type="Alert",
        scope="Public",
        infos=(info,),
    )


def processor_seconds() -> float:
    """Of this process, its threads and its ended children."""
    times = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in times)


def least(works: dict[str, Callable[[], object]]) -> dict[str, float]:
    """Fewest processor seconds of each work, in turns."""
    taken: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(ROUNDS):
        for name, work in works.items():
            before = processor_seconds()
            work()
            taken[name].append(processor_seconds() - before)
    return {name: min(seconds) for name, seconds in taken.items()}


def raw_frames(folder: Path, cache: Path) -> NDArray[np.uint8]:
    """Every frame that the renderer hands to the encoder: N × bytes of a yuv420p frame."""
    frames: list[NDArray[np.uint8]] = []
    original = FrameStream.__iter__

    def listening(stream: FrameStream) -> Iterator[VideoFrame]:
        for frame in original(stream):
            frames.append(Planes.of(frame).packed())
            yield frame

    FrameStream.__iter__ = listening  # type: ignore[method-assign]
    try:
        render(folder, cache)
    finally:
        FrameStream.__iter__ = original  # type: ignore[method-assign]
    return np.stack(frames)


def render(folder: Path, cache: Path, *, audio: bool = False) -> renderer.AlertVideo:
    library = EmergencyTemplateLibrary(PROJECT / "templates")
    message = alert()
    return renderer.render_alert(
        message, library.for_alert(message), folder, size=SIZE, fps=FPS, audio=audio, cache=cache
    )


def by_ffmpeg(frames: NDArray[np.uint8], folder: Path) -> None:
    """The frames through a pipe into the ffmpeg program."""
    settings = Encoding(SIZE, Fraction(FPS))
    command = ["ffmpeg", "-y", "-loglevel", "error", "-f", "rawvideo", "-pix_fmt", "yuv420p"]
    command += ["-s", f"{SIZE[0]}x{SIZE[1]}", "-r", str(FPS), "-i", "-", "-c:v", "libx264"]
    command += ["-preset", settings.preset, "-crf", str(settings.crf), "-g", str(2 * FPS), "-movflags", "+faststart"]
    with subprocess.Popen([*command, str(folder / "raw.mp4")], stdin=subprocess.PIPE) as process:
        assert process.stdin is not None
        for frame in frames:
            process.stdin.write(frame.data)
        process.stdin.close()


def by_pyav(frames: NDArray[np.uint8], folder: Path) -> None:
    """The frames through the same library in this process."""
    height, width = SIZE[1] * 3 // 2, SIZE[0]
    pictures = (VideoFrame.from_ndarray(frame.reshape(height, width), format="yuv420p") for frame in frames)
    write_mp4(folder / "raw.mp4", pictures, Encoding(SIZE, Fraction(FPS)))


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="videogen-") as name:
        folder, cache = Path(name), Path(name) / "cache"
        before = processor_seconds()
        first = render(folder, cache).facts
        cold = processor_seconds() - before
        frames = raw_frames(folder, cache)
        rival = by_ffmpeg if shutil.which("ffmpeg") else by_pyav
        seconds = least(
            {
                "encoding_raw_frames": lambda: rival(frames, folder),
                "renderer": lambda: render(folder, cache),
            }
        )
        before = processor_seconds()
        spoken = render(folder, cache, audio=True).facts
        with_sound = processor_seconds() - before
    ratio = seconds["renderer"] / seconds["encoding_raw_frames"]
    result = {
        "machine": description(),
        "video": {"size": SIZE, "fps": FPS, "frames": first.num_frames, "seconds": first.duration},
        "rival": "ffmpeg" if rival is by_ffmpeg else "PyAV, libx264",
        "processor_seconds": {name: round(taken, 3) for name, taken in seconds.items()},
        "first_rendering_without_cache": round(cold, 3),
        "ratio": round(ratio, 3),
        "with_tone_and_speech": {"frames": spoken.num_frames, "processor_seconds": round(with_sound, 3)},
        "goal": GOAL,
        "reached": ratio <= GOAL,
    }
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "emergency_renderer.json").write_text(json.dumps(result, indent=2) + "\n")
    print(json.dumps(result, indent=2))
    if ratio > GOAL:
        raise SystemExit(f"the renderer takes {ratio:.2f} times what encoding takes; the goal is {GOAL}")


if __name__ == "__main__":
    main()
