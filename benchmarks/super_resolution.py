"""Super-resolution against `RealESRGANer.enhance` in a loop: speed, exactness, memory, share of temporal consistency.

``python -m benchmarks.super_resolution`` writes ``benchmarks/results/super_resolution.json``. Both sides use the same
weights and frames in one process and take turns. Memory is that of fresh processes.
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.machine import PROJECT, RESULTS, command, description
from benchmarks.plain import realesrganer

WEIGHTS = PROJECT / "models/pib-mini/upscaler"
FRAMES, FACTOR = 8, 8.0
SHORT, LONG = 16, 480


def seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def processor(**changes: Any) -> Any:
    from videogen.config.config import VideoGenConfig
    from videogen.super_resolution import build_processor

    config = VideoGenConfig().updated({key.replace("__", "."): value for key, value in changes.items()})
    return build_processor(config, WEIGHTS, "cpu"), config


def speed(clip: np.ndarray, rounds: int) -> dict[str, Any]:
    """Frames per second of both sides, 128×80 → 1024×640, the median of `rounds` in which they took turns."""
    upscaler = processor()[0].upscaler
    theirs = [realesrganer(WEIGHTS, file) for file in ("x4", "x2")]

    def loop() -> None:
        for frame in clip:
            picture = frame[..., ::-1]
            for one in theirs:
                picture, _ = one.enhance(picture)

    def ours() -> None:
        upscaler.enlarge(clip, FACTOR)

    loop()
    ours()
    pairs = [(len(clip) / seconds(loop), len(clip) / seconds(ours)) for _ in range(rounds)]
    plain, own = (statistics.median(side) for side in zip(*pairs, strict=True))
    return {
        "realesrganer_fps": round(plain, 3),
        "videogen_fps": round(own, 3),
        "ratio": round(statistics.median(mine / other for other, mine in pairs), 3),
        "target": 2.0,
    }


def limit(own_fps: float, shape: tuple[int, int]) -> dict[str, Any]:
    """What the arithmetic of this machine would give, were the networks one large matrix product.

    shape: (height, width) of a frame.
    """
    import torch

    from videogen.runtime.device import choose_dtype
    from videogen.super_resolution.weights import load_network, upscaler_weights

    # In the precision that feature maps have here.
    matrix = torch.rand(1536, 1536, dtype=choose_dtype("auto", torch.device("cpu")))
    matrix @ matrix
    rate = 2 * 1536**3 / min(seconds(lambda: matrix @ matrix) for _ in range(5))
    operations, (height, width) = 0.0, shape
    for weights in upscaler_weights(WEIGHTS):
        kernels = [layer for layer in load_network(weights).modules() if isinstance(layer, torch.nn.Conv2d)]
        operations += 2.0 * sum(layer.weight.numel() for layer in kernels) * height * width
        height, width = height * weights.factor, width * weights.factor
    fps = rate / operations
    return {
        "precision": str(matrix.dtype).removeprefix("torch."),
        "matrix_gflop_per_second": round(rate / 1e9, 1),
        "networks_gflop_per_frame": round(operations / 1e9, 2),
        "limit_fps": round(fps, 3),
        "share_of_limit": round(own_fps / fps, 3),
    }


def exactness(clip: np.ndarray) -> dict[str, Any]:
    """PSNR in dB against the untiled networks as the packages define them, in single precision."""
    import torch

    from videogen.super_resolution.compat import architecture
    from videogen.super_resolution.upscalers import _BORDER
    from videogen.super_resolution.weights import _state, upscaler_weights

    around = [(0, 0), (_BORDER, _BORDER), (_BORDER, _BORDER), (0, 0)]
    picture = torch.from_numpy(np.pad(clip, around, "symmetric")).permute(0, 3, 1, 2).float() / 255.0
    with torch.inference_mode():
        for weights in upscaler_weights(WEIGHTS):
            network = architecture(weights.architecture)(**weights.arguments).eval()
            network.load_state_dict(_state(weights.file))
            picture = network(picture).clamp(0.0, 1.0)
    cut = round(_BORDER * FACTOR)
    truth = (picture[..., cut:-cut, cut:-cut].permute(0, 2, 3, 1) * 255.0).double().numpy()

    def psnr(**changes: Any) -> float:
        made = processor(**changes)[0].upscaler.enlarge(clip, FACTOR)
        return round(20 * math.log10(255.0) - 10 * math.log10(float(np.square(made - truth).mean())), 2)

    # Rounding to whole levels alone gives 58.9 dB: more is not to be had in 8 bits.
    return {"whole_db": psnr(), "tiles_of_48_db": psnr(super_resolution__tile=48), "target_db": 50.0}


def temporal_share(clip: np.ndarray) -> dict[str, Any]:
    """Seconds of each step from 128×80 to 1280×720, and what temporal consistency adds to the others."""
    import torch

    from videogen.domain.artifacts import Frames
    from videogen.super_resolution import run_frame_steps

    made, config = processor()
    spent = run_frame_steps(Frames(torch.from_numpy(clip), 8.0), config, made).notes["seconds"]
    share = spent["temporal_consistency"] / (sum(spent.values()) - spent["temporal_consistency"])
    return {"seconds": spent, "added_share": round(share, 3), "target": 0.25}


def memory(clip: np.ndarray) -> dict[str, Any]:
    """Peak memory of fresh processes that enlarge videos of 16 and of 480 frames, and frames per second of the latter."""
    from videogen.media.encoding import Encoding, write_mp4

    peaks = []
    with tempfile.TemporaryDirectory() as folder:
        for count in (SHORT, LONG):
            source, target = (Path(folder) / f"{name}{count}.mp4" for name in ("in", "out"))
            frames = (clip[number % len(clip)] for number in range(count))
            write_mp4(source, frames, Encoding((clip.shape[2], clip.shape[1]), Fraction(24)))
            arguments = ["-m", "benchmarks.super_resolution", "--file", str(source), str(target)]
            run = command([sys.executable, *arguments])
            peaks.append(run.peak_bytes)
            took = json.loads(run.output.strip().splitlines()[-1])["seconds"]
    return {
        "size": "128×80 → 512×320",
        "peak_mb": {str(count): round(peak / 1e6, 1) for count, peak in zip((SHORT, LONG), peaks, strict=True)},
        "growth": round(peaks[1] / peaks[0] - 1.0, 4),
        "target": 0.10,
        "file_fps": round(LONG / took, 2),
    }


def one_file(source: Path, target: Path) -> None:
    """What `videogen upscale` does, in this process."""
    from videogen.config.config import VideoGenConfig
    from videogen.super_resolution.files.video_file import upscale_video

    made = upscale_video(source, target, VideoGenConfig(), WEIGHTS, "cpu", height=320)
    print(json.dumps({"seconds": made.seconds, "frames": made.num_frames}))


def main() -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--file", type=Path, nargs=2, metavar=("SOURCE", "TARGET"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.file:
        one_file(*options.file)
        return
    import torch

    from training.world.render import render_clip, sample_scene

    machine = description()
    clip = render_clip(sample_scene(np.random.default_rng(990_300), subject="bus"))
    fast = speed(clip[:FRAMES], options.rounds)
    result = {
        "machine": machine | {"threads": torch.get_num_threads()},
        "speed": fast,
        "arithmetic": limit(fast["videogen_fps"], clip.shape[1:3]),
        "exactness": exactness(clip[:2]),
        "temporal": temporal_share(clip),
        "memory": memory(clip),
    }
    RESULTS.mkdir(parents=True, exist_ok=True)
    text = json.dumps(result, indent=1, ensure_ascii=False)
    (RESULTS / "super_resolution.json").write_text(text + "\n", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
