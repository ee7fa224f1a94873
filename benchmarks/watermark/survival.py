"""Measures the watermark: what it survives, false finds, how it changes the picture, and what it costs.

    python -m benchmarks.watermark.survival FOLDER

FOLDER holds mp4s whose names begin with their kind: `pib_` (videogen generate), `alert_`, `brief_` (a briefing), each
made with `delivery.watermark=false`, and `real_`: films of the packages that benchmarks/quality/footage_calibration.py
names. Films in `DEVELOPMENT` were looked at while parameters were chosen; the others were not.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from benchmarks.machine import description
from benchmarks.watermark.attacks import ASKED, FURTHER, Attack, Frames, scaled
from videogen.media.encoding import Encoding, write_mp4
from videogen.media.planes import Planes
from videogen.media.reading import iterate_frames, probe
from videogen.media.watermark.detection import find_in_frames
from videogen.media.watermark.embedding import Embedder, Watermark

DEVELOPMENT = {
    "pib_square", "alert_greek", "real_bikes", "real_bigbuckbunny", "real_small", "real_jwpIntro", "real_no_face",
    "real_shot_change", "real_WolfgangLanger_Pexels",
}  # fmt: skip
KEY = bytes(range(32))
FRAMES, LARGEST, CRF = 16, 720, 15
RESULTS = Path(__file__).parents[1] / "results" / "watermark.json"


def clips(folder: Path, each: int) -> Iterator[tuple[str, Frames, float]]:
    """Short pieces of every film (`FRAMES` frames: fewer than any published video has), evenly spread: name, frames, rate."""
    for path in sorted(folder.glob("*.mp4")):
        info = probe(path)
        starts = {round(i * max(0, info.num_frames - FRAMES) / max(1, each - 1)) for i in range(each)}
        if info.num_frames < 2 * FRAMES:
            starts = {0}
        frames = np.concatenate(list(iterate_frames(path))) if info.num_frames < 300 else None
        for number, start in enumerate(sorted(starts)):
            piece = frames[start : start + FRAMES] if frames is not None else _piece(path, start)
            factor = min(1.0, LARGEST / min(piece.shape[1:3]))
            height, width = (round(edge * factor) // 2 * 2 for edge in piece.shape[1:3])
            yield f"{path.stem}#{number}", scaled(piece, width, height), info.fps


def _piece(path: Path, start: int) -> Frames:
    found: list[Frames] = []
    number = 0
    for window in iterate_frames(path):
        low, high = max(start, number), min(start + FRAMES, number + len(window))
        if low < high:
            found.append(window[low - number : high - number])
        number += len(window)
        if number >= start + FRAMES:
            break
    return np.concatenate(found)


def luma(frames: Frames) -> list[np.ndarray]:
    """Luma as the detector reads it."""
    import cv2

    return [cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY) for frame in frames]


def found(frames: Frames, mark: Watermark) -> bool:
    """Whether exactly this watermark is found."""
    seen = find_in_frames(iter(luma(frames)), [mark.key])
    return seen is not None and seen.payload == mark.payload.hex()


def published(frames: Frames, fps: float, mark: Watermark | None) -> tuple[Frames, int, float]:
    """The frames of a file as it is delivered, its bytes, and the seconds of processor that encoding took."""
    with TemporaryDirectory(prefix="watermark-") as folder:
        path = Path(folder) / "published.mp4"
        size = (frames.shape[2], frames.shape[1])
        before = time.process_time()
        rate = Fraction(fps).limit_denominator(1001)
        write_mp4(path, iter(frames), Encoding(size, rate, CRF, threads=1), watermark=mark)
        return np.concatenate(list(iterate_frames(path))), path.stat().st_size, time.process_time() - before


def appearance(frames: Frames, mark: Watermark) -> dict[str, float]:
    """PSNR and SSIM of luma, before encoding, worst of three frames; seconds for embedding one frame."""
    from av import VideoFrame
    from skimage.metrics import structural_similarity

    embedder = Embedder(mark, (frames.shape[2], frames.shape[1]))
    psnr, ssim, seconds = [], [], []
    for index in (0, len(frames) // 2, len(frames) - 1):
        given = VideoFrame.from_ndarray(np.ascontiguousarray(frames[index]), format="rgb24").reformat(format="yuv420p")
        before = Planes.of(given).luma.copy()
        started = time.process_time()
        for _ in range(20):
            marked = embedder.marked(given)
        seconds.append((time.process_time() - started) / 20)
        after = Planes.of(marked).luma.copy()
        error = np.mean((after.astype(np.float64) - before) ** 2)
        psnr.append(10 * np.log10(255.0**2 / error))
        ssim.append(float(structural_similarity(before, after, gaussian_weights=True, sigma=1.5, data_range=255)))
    return {"psnr": float(min(psnr)), "ssim": min(ssim), "seconds_per_frame": float(np.median(seconds))}


def flicker(frames: Frames) -> float:
    """Mean absolute change of luma from frame to frame, in code values."""
    grey = np.stack(luma(frames)).astype(np.int16)
    return float(np.abs(np.diff(grey, axis=0)).mean())


def measure(name: str, frames: Frames, fps: float, attacks: dict[str, Attack]) -> dict[str, Any]:
    """Everything about one clip."""
    mark = Watermark.of(KEY, "benchmark", name)
    plain, plain_bytes, plain_seconds = published(frames, fps, None)
    marked, marked_bytes, _ = published(frames, fps, mark)
    looks = appearance(frames, mark)
    return {
        "clip": name,
        "kind": name.split("_")[0],
        "development": name.split("#")[0] in DEVELOPMENT,
        "size": f"{frames.shape[2]}x{frames.shape[1]}",
        **{key: round(value, 6) for key, value in looks.items()},
        "cost": round(looks["seconds_per_frame"] * len(frames) / plain_seconds, 4),
        "bytes": round(marked_bytes / plain_bytes - 1, 4),
        "flicker": [round(flicker(plain), 4), round(flicker(marked), 4)],
        "found": {
            "as published": found(marked, mark),
            **{a: found(do(marked, fps), mark) for a, do in attacks.items()},
        },
    }


def false_finds(clips_: list[tuple[str, Frames, float]], keys: int, limit: float) -> dict[str, int]:
    """Unmarked clips looked at with keys that marked none of them, until `limit` seconds have passed."""
    tried = seen = 0
    until = time.monotonic() + limit
    for number in range(keys):
        for _, frames, _ in clips_:
            if time.monotonic() > until:
                return {"tried": tried, "found": seen}
            key = bytes([number]) * 32
            seen += find_in_frames(iter(luma(frames)), [key]) is not None
            tried += 1
    return {"tried": tried, "found": seen}


def summary(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Shares and extremes over some clips."""
    if not rows:
        return {"clips": 0}
    names = dict.fromkeys(name for row in rows for name in row["found"])
    shares = {}
    for name in names:
        hits = [row["found"][name] for row in rows if name in row["found"]]
        shares[name] = f"{sum(hits)} of {len(hits)}"
    return {
        "clips": len(rows),
        "found": shares,
        "psnr_lowest": min(row["psnr"] for row in rows),
        "ssim_lowest": min(row["ssim"] for row in rows),
        "cost_median": float(np.median([row["cost"] for row in rows])),
        "cost_highest": max(row["cost"] for row in rows),
        "bytes_median": float(np.median([row["bytes"] for row in rows])),
        "flicker_added_code_values_highest": max(row["flicker"][1] - row["flicker"][0] for row in rows),
        "flicker_added_median": float(
            np.median([row["flicker"][1] / max(row["flicker"][0], 1e-3) - 1 for row in rows])
        ),
    }


def main() -> None:
    """Measure and write the results after every clip, so that a stopped run leaves what it has."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--each", type=int, default=2, help="pieces of each film")
    parser.add_argument("--further", type=int, default=4, help="every n-th clip also goes through what may break it")
    parser.add_argument("--keys", type=int, default=40, help="wrong keys for every unmarked clip")
    parser.add_argument("--false-seconds", type=float, default=1800.0, help="time for false finds")
    parser.add_argument("--out", type=Path, default=RESULTS)
    parser.add_argument("--more", action="store_true", help="clips beside those that --out has: these are kept")
    given = parser.parse_args()
    before = json.loads(given.out.read_text()) if given.more else {}
    rows: list[dict[str, Any]] = before.get("clips", [])
    known = {row["clip"] for row in rows}
    kept: list[tuple[str, Frames, float]] = []
    results: dict[str, Any] = {"machine": description(), "false_finds": before.get("false_finds")}

    def write() -> None:
        held_out = [row for row in rows if not row["development"]]
        results["held_out"], results["development"] = summary(held_out), summary([r for r in rows if r["development"]])
        results["kinds"] = {kind: summary([r for r in rows if r["kind"] == kind]) for kind in {r["kind"] for r in rows}}
        given.out.write_text(json.dumps({**results, "clips": rows}, indent=1) + "\n")

    for number, (name, frames, fps) in enumerate(clips(given.folder, given.each)):
        if name in known:
            continue
        row = measure(name, frames, fps, {**ASKED, **(FURTHER if number % given.further == 0 else {})})
        rows.append(row)
        kept.append((name, frames[::6], fps))
        missed = [attack for attack, hit in row["found"].items() if not hit]
        print(
            f"{name:36s} {row['psnr']:.1f} dB, SSIM {row['ssim']:.4f}, cost {row['cost']:.1%}, missed: {missed}",
            flush=True,
        )
        write()
    if not given.more:
        results["false_finds"] = false_finds(kept, given.keys, given.false_seconds)
    write()


if __name__ == "__main__":
    main()
