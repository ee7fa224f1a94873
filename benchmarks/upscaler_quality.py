"""pib-mini's upscaler beside bicubic and Lanczos, on what its autoencoder gives for pictures no training has seen.

``python -m benchmarks.upscaler_quality`` writes ``benchmarks/results/upscaler_quality.json`` and the picture
``docs/images/upscaler_comparison.png``, and puts the numbers into ``docs/super_resolution.md``.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from functools import partial
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.machine import PROJECT, RESULTS
from training.world.render import SIZE, render_frame, sample_scene
from videogen.quality.calculator import MetricsCalculator

Pictures = NDArray[np.uint8]

MODEL = PROJECT / "models/pib-mini"
PAGE = PROJECT / "docs/super_resolution.md"
PICTURE = PROJECT / "docs/images/upscaler_comparison.png"
FACTOR = 8
# No training draws from seeds near this one.
SEED = 990_400
SHOWN, CROP = (0, 2, 5), (300, 300)
BEGIN, END = "<!-- numbers: begin -->", "<!-- numbers: end -->"


def held_out(count: int) -> tuple[Pictures, Pictures]:
    """(what the renderer draws at 128×80, the same at 1024×640), both N×H×W×3 uint8."""
    small, large = [], []
    for number in range(count):
        rng = np.random.default_rng(SEED + number)
        scene, index = sample_scene(rng), int(rng.integers(16))
        small.append(render_frame(scene, index, SIZE))
        large.append(render_frame(scene, index, (SIZE[0] * FACTOR, SIZE[1] * FACTOR)))
    return np.stack(small), np.stack(large)


def reconstructed(pictures: Pictures) -> Pictures:
    """The pictures as the profile's autoencoder gives them back."""
    import torch
    from diffusers import AutoencoderKL

    vae = AutoencoderKL.from_pretrained(MODEL / "vae", local_files_only=True).float().eval()
    with torch.inference_mode():
        pixels = torch.from_numpy(pictures).permute(0, 3, 1, 2).float() / 127.5 - 1.0
        back = torch.cat([vae.decode(vae.encode(one[None]).latent_dist.mode()).sample for one in pixels])
    return ((back.clamp(-1, 1) + 1.0) * 127.5).round().to(torch.uint8).permute(0, 2, 3, 1).contiguous().numpy()


def upscalers() -> dict[str, Callable[[Pictures], Pictures]]:
    """Name → how N×H×W×3 pictures become eight times as large."""
    from videogen.config.config import VideoGenConfig
    from videogen.super_resolution import build_processor

    network = build_processor(VideoGenConfig(), MODEL / "upscaler", "cpu").upscaler
    return {
        "bicubic": partial(_resized, kind=cv2.INTER_CUBIC),
        "Lanczos": partial(_resized, kind=cv2.INTER_LANCZOS4),
        "pib-mini": lambda pictures: network.enlarge(pictures, float(FACTOR)),
    }


def _resized(pictures: Pictures, kind: int) -> Pictures:
    size = (pictures.shape[2] * FACTOR, pictures.shape[1] * FACTOR)
    return np.stack([cv2.resize(picture, size, interpolation=kind) for picture in pictures])


def edge_error(made: Pictures, truth: Pictures) -> float:
    """Mean difference of the brightness gradients (Sobel, levels per pixel): blur and ripples both count."""

    def gradients(picture: Pictures) -> NDArray[np.float32]:
        gray = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(np.float32)
        return np.stack([cv2.Sobel(gray, cv2.CV_32F, *way, scale=0.125) for way in ((1, 0), (0, 1))])

    return float(np.mean([np.abs(gradients(a) - gradients(b)).mean() for a, b in zip(made, truth, strict=True)]))


def measure(made: Pictures, truth: Pictures) -> dict[str, float]:
    """Means over the pictures: PSNR in dB, SSIM, edge error."""
    metrics = MetricsCalculator()
    return {
        "psnr_db": round(metrics.compute_psnr(made, truth), 2),
        "ssim": round(metrics.compute_ssim(made, truth), 4),
        "edge_error": round(edge_error(made, truth), 3),
    }


def comparison(results: dict[str, Pictures], truth: Pictures) -> Pictures:
    """Rows of crops, one for each shown picture; columns: the upscalers, then the truth, named above."""
    columns = {**results, "drawn at 1024×640": truth}
    rows = [_captions(list(columns), CROP[1])]
    for number in SHOWN:
        top, left = _busiest(truth[number])
        crops = [pictures[number, top : top + CROP[0], left : left + CROP[1]] for pictures in columns.values()]
        rows.append(np.concatenate([np.pad(crop, ((2, 2), (2, 2), (0, 0))) for crop in crops], axis=1))
    return np.concatenate(rows)


def _busiest(picture: Pictures) -> tuple[int, int]:
    """(top, left) of the crop in which most happens."""
    edges = cv2.Laplacian(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), cv2.CV_32F)
    amount = cv2.boxFilter(np.abs(edges), -1, CROP[::-1], anchor=(0, 0), borderType=cv2.BORDER_CONSTANT)
    inside = amount[: picture.shape[0] - CROP[0], : picture.shape[1] - CROP[1]]
    top, left = np.unravel_index(int(np.argmax(inside)), inside.shape)
    return int(top), int(left)


def _captions(names: list[str], width: int) -> Pictures:
    from PIL import Image, ImageDraw

    from videogen.media.fonts import font_for

    line = Image.new("RGB", ((width + 4) * len(names), 34), "white")
    drawn = ImageDraw.Draw(line)
    for column, name in enumerate(names):
        drawn.text((column * (width + 4) + 8, 5), name, fill="black", font=font_for(name, 20))
    return np.asarray(line)


def table(scores: dict[str, dict[str, float]], count: int) -> str:
    """The scores as Markdown."""
    lines = [
        f"{count} held-out pictures, 128×80 from the autoencoder → 1024×640, against the same scene drawn at 1024×640:",
        "",
        "| | PSNR (dB, higher is better) | SSIM (higher) | edge error (levels per pixel, lower) |",
        "| --- | --- | --- | --- |",
    ]
    for name, found in scores.items():
        lines.append(f"| {name} | {found['psnr_db']:.2f} | {found['ssim']:.4f} | {found['edge_error']:.3f} |")
    return "\n".join(lines)


def write(scores: dict[str, dict[str, float]], count: int, picture: Pictures) -> None:
    """Results, picture and the documentation's table."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    result: dict[str, Any] = {"pictures": count, "from": "128×80", "to": "1024×640", "scores": scores}
    text = json.dumps(result, indent=1, ensure_ascii=False)
    (RESULTS / "upscaler_quality.json").write_text(text + "\n", encoding="utf-8")
    cv2.imwrite(str(PICTURE), cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_PNG_COMPRESSION, 9])
    page = PAGE.read_text(encoding="utf-8")
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}\n{table(scores, count)}\n{END}{after}", encoding="utf-8")
    print(text)


def main() -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--pictures", type=int, default=24)
    count = max(parser.parse_args().pictures, max(SHOWN) + 1)
    small, truth = held_out(count)
    inputs = reconstructed(small)
    results = {name: enlarge(inputs) for name, enlarge in upscalers().items()}
    scores = {name: measure(made, truth) for name, made in results.items()}
    write(scores, count, comparison(results, truth))


if __name__ == "__main__":
    main()
