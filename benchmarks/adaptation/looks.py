"""How near do looks come to the truth? Six looks × 16 clips of the model's world, each beside the same clip as it would be.

A look is taken from eight pictures of other scenes in that look; the distance is the Fréchet distance of the pixels'
L*a*b* statistics (Heusel et al. 2017, on three channels), and the peak signal-to-noise ratio is given beside it, as it does
not match the same moments as the method.

    python -m benchmarks.adaptation.looks
    python -m benchmarks.adaptation.looks --write       writes models/pib-mini/palette.json and config/looks.yaml first
"""

from __future__ import annotations

import argparse
import json
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray
from scipy.linalg import sqrtm

from benchmarks.adaptation.styles import STYLES
from benchmarks.machine import PROJECT, RESULTS, description
from training.world.render import FRAMES, render_clip, render_frame
from training.world.scenes import sample_scene
from videogen.super_resolution.look import Moments, colour_map, moments

Frame = NDArray[np.uint8]
CLIPS, REFERENCES, WORLD = 16, 8, 400
NAMED = {
    "sepia": "brown tones of an old photograph",
    "night_vision": "green on black, as through a light amplifier",
    "snow": "pale and cold, as under snow",
    "watercolour": "soft and light, less saturated",
    "dust": "ochre haze of a dust storm, low contrast",
}
"""What is shipped: a blueprint is a drawing and is out of reach of a map of colours."""


def main() -> None:
    """Measure and write adaptation_looks.json; with --write, first the files that the product reads."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="write the palette and the named looks first")
    options = parser.parse_args()
    world = moments(scenes(WORLD, seed=1))
    if options.write:
        write(world)
    result = {"machine": description(), "clips": CLIPS, "references": REFERENCES, "looks": measured(world)}
    (RESULTS / "adaptation_looks.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(result["looks"], indent=1))


def scenes(count: int, seed: int) -> list[Frame]:
    """Single frames of random scenes."""
    rng = np.random.default_rng(seed)
    return [render_frame(sample_scene(rng), int(rng.integers(FRAMES))) for _ in range(count)]


def write(world: Moments) -> None:
    """The palette of the model's world, and the named looks from 64 styled scenes each."""
    path = PROJECT / "models" / "pib-mini" / "palette.json"
    path.write_text(json.dumps(rounded(world)) + "\n", encoding="utf-8")
    looks = {
        name: {"description": text, **rounded(moments([STYLES[name](frame) for frame in scenes(64, seed=2)]))}
        for name, text in NAMED.items()
    }
    head = (
        "# Named looks: mean of L*, a* and b* and their covariance, row by row (benchmarks/adaptation/looks.py --write).\n"
        "# An own look: `videogen adapt --look-of PICTURE…` prints an entry for this file.\n"
    )
    body = yaml.safe_dump({"looks": looks}, sort_keys=False, default_flow_style=None, width=120)
    (PROJECT / "config" / "looks.yaml").write_text(head + body, encoding="utf-8")


def rounded(found: Moments) -> dict[str, list[float]]:
    """As it is stored."""
    return {
        "mean": [round(value, 2) for value in found.mean],
        "covariance": [round(value, 2) for value in found.covariance],
    }


def measured(world: Moments) -> dict[str, dict[str, float]]:
    """Look → distance and PSNR to the truth, without and with it."""
    rng = np.random.default_rng(3)
    clips = [render_clip(sample_scene(rng))[::5] for _ in range(CLIPS)]
    found: dict[str, dict[str, float]] = {}
    for name, style in STYLES.items():
        target = moments([style(frame) for frame in scenes(REFERENCES, seed=hash_of(name))])
        change = colour_map(world, target)
        rows: dict[str, list[float]] = {"distance_before": [], "distance": [], "psnr_before": [], "psnr": []}
        for clip in clips:
            truth = [style(frame) for frame in clip]
            mapped = [change(frame) for frame in clip]
            rows["distance_before"].append(distance(clip, truth))
            rows["distance"].append(distance(mapped, truth))
            rows["psnr_before"].append(psnr(clip, truth))
            rows["psnr"].append(psnr(mapped, truth))
        found[name] = {key: round(float(np.mean(values)), 2) for key, values in rows.items()}
        pooled = [frame for clip in clips for frame in clip]
        found[name]["distance_of_all"] = round(
            distance([change(frame) for frame in pooled], [style(frame) for frame in pooled]), 2
        )
        found[name]["distance_of_all_before"] = round(distance(pooled, [style(frame) for frame in pooled]), 2)
    return found


def hash_of(name: str) -> int:
    """A seed for the references of a look."""
    return sum(map(ord, name))


def distance(first: Any, second: Any) -> float:
    """√(|μ − μ'|² + tr(A + B − 2·(A·B)^½)) of the pixels' L*a*b* statistics, in L*a*b* units."""
    a, b = moments(first), moments(second)
    one, two = np.reshape(a.covariance, (3, 3)), np.reshape(b.covariance, (3, 3))
    root = np.real(sqrtm(one @ two))
    square = float(np.sum((np.asarray(a.mean) - np.asarray(b.mean)) ** 2) + np.trace(one + two - 2.0 * root))
    return float(np.sqrt(max(square, 0.0)))


def psnr(first: Any, second: Any) -> float:
    """Peak signal-to-noise ratio in dB over all frames."""
    error = float(np.mean((np.asarray(first, np.float64) - np.asarray(second, np.float64)) ** 2))
    return float(10.0 * np.log10(255.0**2 / max(error, 1e-9)))


if __name__ == "__main__":
    main()
