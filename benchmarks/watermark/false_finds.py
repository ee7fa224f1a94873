"""Looks for the watermark where there is none, until enough has been looked at to say how often it is found by chance.

    OMP_NUM_THREADS=1 nice -n 19 python -m benchmarks.watermark.false_finds FOLDER [--searches 2000]

FOLDER holds unmarked films (benchmarks/watermark/survival.py says which). Each is cut into pieces of 16 frames, and each
piece is looked at with keys that marked nothing, a different one each time. The results are written after every piece,
and a run that was ended goes on where it stopped; pieces that an older detector has looked at do not count.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.machine import description
from benchmarks.watermark.attacks import Frames
from benchmarks.watermark.survival import luma
from videogen.media import watermark
from videogen.media.reading import iterate_frames, probe
from videogen.media.watermark.code import decoded
from videogen.media.watermark.observing import observations
from videogen.media.watermark.pattern import Layout
from videogen.media.watermark.search import Search
from videogen.storage.atomic import whole_file

FRAMES, FEWEST = 16, 8
RESULTS = Path(__file__).parents[1] / "results" / "watermark_false_finds.json"
DETECTOR = ("code", "detection", "folding", "observing", "pattern", "search")


def detector() -> str:
    """What the finder is, so that results of another one are not counted."""
    folder = Path(watermark.__file__).parent
    return hashlib.sha256(b"".join((folder / f"{name}.py").read_bytes() for name in DETECTOR)).hexdigest()[:16]


def pieces(films: list[Path]) -> Iterator[tuple[str, Frames]]:
    """Pieces of all films, each film's first piece first, so that a run that is ended has seen every film."""
    for number in range(max(probe(film).num_frames for film in films) // FRAMES + 1):
        for film in films:
            frames = piece(film, number * FRAMES)
            if len(frames) >= FEWEST:
                yield f"{film.stem}#{number}", frames


def piece(film: Path, start: int) -> Frames:
    """Up to `FRAMES` frames of a film from number `start` on; none after its end."""
    found: list[Frames] = []
    at = 0
    for window in iterate_frames(film):
        found.append(window[max(0, start - at) : max(0, start + FRAMES - at)])
        at += len(window)
        if at >= start + FRAMES:
            break
    return np.concatenate(found)


def looked_at(name: str, frames: Frames, keys: int) -> dict[str, Any]:
    """One piece, looked at with so many keys."""
    started = time.process_time()
    seen = observations(iter(luma(frames)))
    readings = finds = 0
    for number in range(keys):
        key = hashlib.sha256(f"no mark {name} {number}".encode()).digest()
        for _, soft in Search(Layout.of(key), seen).readings():
            readings += 1
            finds += decoded(soft) is not None
    size = f"{frames.shape[2]}x{frames.shape[1]}"
    seconds = round(time.process_time() - started, 2)
    return {"piece": name, "size": size, "searches": keys, "readings": readings, "found": finds, "seconds": seconds}


def main() -> None:
    """Go on until so many searches have been made, or every piece has been looked at."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--searches", type=int, default=2000)
    parser.add_argument("--keys", type=int, default=12, help="for each piece")
    parser.add_argument("--out", type=Path, default=RESULTS)
    given = parser.parse_args()
    films = sorted(path for path in given.folder.iterdir() if path.suffix in {".mp4", ".mov"})
    if not films:
        parser.error(f"no mp4 or mov in {given.folder}")
    before = json.loads(given.out.read_text()) if given.out.exists() else {}
    rows: list[dict[str, Any]] = before["pieces"] if before.get("detector") == detector() else []
    done = {row["piece"] for row in rows}
    for name, frames in pieces(films):
        searches = sum(row["searches"] for row in rows)
        if searches >= given.searches:
            break
        if name in done:
            continue
        rows.append(looked_at(name, frames, given.keys))
        totals = {total: sum(row[total] for row in rows) for total in ("searches", "readings", "found")}
        results = {"machine": description(), "detector": detector(), **totals, "pieces": rows}
        with whole_file(given.out) as temporary:
            temporary.write_text(json.dumps(results, indent=1) + "\n")
        print(f"{name:32s} {totals['searches']} of {given.searches} searches, found {totals['found']}", flush=True)


if __name__ == "__main__":
    main()
