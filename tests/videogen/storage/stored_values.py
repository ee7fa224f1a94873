"""Values as stages leave them, for tests of the store."""

from __future__ import annotations

from pathlib import Path

import torch

from videogen.domain.artifacts import Frames, RenderedVideo, VideoFile


def some_frames(shape=(4, 6, 8, 3), value: int | None = None) -> Frames:
    frames = (
        torch.randint(0, 256, shape, dtype=torch.uint8)
        if value is None
        else torch.full(shape, value, dtype=torch.uint8)
    )
    return Frames(frames, fps=8.0, notes={"tiles": [1, 2]})


def rendered(folder: Path, *, captions: bool = True) -> VideoFile:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "x.mp4").write_bytes(b"not really a video" * 100)
    if captions:
        (folder / "x.vtt").write_text("WEBVTT\n")
    facts = RenderedVideo(
        video="x.mp4",
        captions="x.vtt" if captions else None,
        width=8,
        height=6,
        fps=24,
        num_frames=48,
        duration=2,
        codec="h264",
        label="AI-generated",
        sha256="0" * 64,
        bytes=1800,
        metadata={"title": "x"},
    )
    return VideoFile(folder / "x.mp4", folder / "x.vtt" if captions else None, facts)
