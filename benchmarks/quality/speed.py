"""How long quality assessment takes: its share of making one default video, and PSNR, SSIM and flicker beside other libraries.

    python -m benchmarks.quality.speed

But for that share: processor seconds of one thread, so that other work on the machine does not matter. Written to
benchmarks/results/quality_speed.json.
"""

from __future__ import annotations

import json
import os
import tempfile
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np

from benchmarks.machine import RESULTS, description
from benchmarks.plain import PROMPTS
from training.world.render import render_clip, sample_scene
from videogen.config.config import VideoGenConfig
from videogen.media.encoding import Encoding, write_mp4
from videogen.media.label import Label
from videogen.quality.assessor import QualityAssessor
from videogen.quality.calculator import MetricsCalculator
from videogen.quality.metrics.technical import Expected
from videogen.quality.metrics.window import Pixels

SIZE, FPS, FRAMES, COMPARED = (1280, 720), 24, 48, 4


def seconds(work: Callable[[], object], repeats: int = 3) -> float:
    """Fewest processor seconds of `repeats` runs after one to warm up."""
    work()
    taken = []
    for _ in range(repeats):
        started = time.process_time()
        work()
        taken.append(time.process_time() - started)
    return min(taken)


def assessment(clip: Pixels, folder: Path) -> float:
    """Seconds to assess one default video."""
    config = VideoGenConfig()
    label = Label.fitted(config.delivery.label, SIZE, config.delivery.label_position)
    for frame in clip:
        label.draw(frame)
    path = folder / "video.mp4"
    write_mp4(path, list(clip), Encoding(SIZE, Fraction(FPS)))
    assessor = QualityAssessor(config)
    return seconds(lambda: assessor.assess_video(path, "a bus", expected=Expected.from_config(config)))


def share_of_generation(folder: Path) -> dict[str, float]:
    """Wall seconds of the stage `quality_report` and of all others of one default video through Dagster, models cold."""
    from videogen_dagster.generator import VideoGenerator

    os.environ["DAGSTER_HOME"] = str(folder)
    places = {"paths.store": str(folder / "videos"), "paths.warehouse": str(folder / "warehouse")}
    timings = VideoGenerator(overrides=places).generate_video(PROMPTS[0], seed=0).timings
    assessing = timings["quality_report"]
    others = sum(timings.values()) - assessing
    return {"quality_report": assessing, "other_stages": others, "share": assessing / others, "target": 0.15}


def comparisons(clip: Pixels) -> dict[str, dict[str, float]]:
    """Metric → library → seconds per frame of 1280×720."""
    import torch
    from skimage.metrics import peak_signal_noise_ratio, structural_similarity
    from torchmetrics.functional.image import (
        peak_signal_noise_ratio as torch_psnr,
    )
    from torchmetrics.functional.image import (
        structural_similarity_index_measure as torch_ssim,
    )

    ours = MetricsCalculator()
    noise = np.random.default_rng(0).normal(0, 8, clip.shape)
    other = np.clip(clip + noise, 0, 255).astype(np.uint8)

    def tensors(frames: Pixels) -> torch.Tensor:
        return torch.from_numpy(frames.astype(np.float32)).permute(0, 3, 1, 2)

    def skimage_ssim() -> None:
        for one, reference in zip(other, clip, strict=True):
            structural_similarity(
                reference, one, channel_axis=2, gaussian_weights=True, sigma=1.5, use_sample_covariance=False
            )

    def numpy_flicker() -> float:
        return float(np.abs(np.diff(clip.astype(np.float32), axis=0)).mean())

    work: dict[str, dict[str, Callable[[], object]]] = {
        "psnr": {
            "videogen": lambda: ours.compute_psnr(other, clip),
            "scikit-image": lambda: [peak_signal_noise_ratio(a, b) for a, b in zip(clip, other, strict=True)],
            "torchmetrics": lambda: torch_psnr(tensors(other), tensors(clip), data_range=255.0),
        },
        "ssim": {
            "videogen": lambda: ours.compute_ssim(other, clip),
            "scikit-image": skimage_ssim,
            "torchmetrics": lambda: torch_ssim(tensors(other), tensors(clip), data_range=255.0),
        },
        "flicker": {"videogen": lambda: ours.compute_flicker(clip), "numpy": numpy_flicker},
    }
    return {
        metric: {name: round(seconds(run) / len(clip), 6) for name, run in libraries.items()}
        for metric, libraries in work.items()
    }


def main() -> None:
    """Measure and write the results."""
    import cv2
    import torch

    with tempfile.TemporaryDirectory() as folder:
        share = {name: round(value, 3) for name, value in share_of_generation(Path(folder)).items()}
    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    clip = render_clip(sample_scene(np.random.default_rng(3), subject="bus"), SIZE, FRAMES)
    with tempfile.TemporaryDirectory() as folder:
        taken = assessment(clip.copy(), Path(folder))
    result = {
        "machine": description(),
        "one_default_video": share,
        "assess_default_video_seconds": round(taken, 3),
        "seconds_per_frame": comparisons(clip[:COMPARED]),
    }
    RESULTS.mkdir(parents=True, exist_ok=True)
    (RESULTS / "quality_speed.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
