"""How long briefings take, how much memory they need, and how exactly speech and captions are placed.

``python -m benchmarks.briefing.times [speed|placement|memory|selection]``: ratios within one run, so that the machine
matters little.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from benchmarks.briefing.selection import RELEASES, every, wrong_charts
from videogen.audio.loudness import sound_of
from videogen.briefing.checks.file_check import worst_lag
from videogen.briefing.production.making import BriefingMaker
from videogen.briefing.production.ordering import take_order
from videogen.briefing.production.store import BriefingStore
from videogen.briefing.storyboard.model import FormatName
from videogen.config.config import VideoGenConfig

_SENTENCE = (
    "The {name} quay of the river handled {number} thousand tonnes of ore, timber and grain in the month of March.\n\n"
)
_NAMES = [
    "north",
    "south",
    "east",
    "west",
    "upper",
    "lower",
    "inner",
    "outer",
    "old",
    "new",
    "first",
    "second",
    "third",
    "far",
    "near",
    "long",
    "short",
    "high",
    "deep",
    "wide",
]


def long_release(sentences: int) -> str:
    """A release with so many sentences of about six seconds."""
    body = "".join(
        _SENTENCE.format(name=f"{_NAMES[n % len(_NAMES)]}{'' if n < len(_NAMES) else ' side'}", number=21 + 7 * n)
        for n in range(sentences)
    )
    return f"Ministry of Inland Ports\n\n1 April 2026\n\nCargo of all quays in March\n\n{body}"


@dataclass(frozen=True)
class Cost:
    """What something took. seconds: by the clock; processor: of all threads and of the programs that were called."""

    seconds: float
    processor: float


@contextmanager
def measured() -> Iterator[Callable[[], Cost]]:
    """How long the block takes; to be asked behind it."""
    started, before = time.perf_counter(), _processor()
    found: list[Cost] = []
    yield lambda: found[0]
    found.append(Cost(time.perf_counter() - started, _processor() - before))


def _processor() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def made(folder: Path, release: Path, formats: tuple[FormatName, ...], target: int) -> tuple[BriefingMaker, str, Cost]:
    """A briefing from its release to its files: what made it, its id, and what that took."""
    config = VideoGenConfig.load(None, {"paths.store": str(folder / "store")})
    maker = BriefingMaker(BriefingStore(config.location(config.paths.store)), config)
    with measured() as cost:
        order = take_order(maker.store, [release], source="python", formats=formats, target=target)
        maker.plan(order.id)
        maker.narrate(order.id, 1)
        maker.assemble(order.id, 1)
    return maker, order.id, cost()


def speed(folder: Path) -> dict[str, float]:
    """One format in times of its length, three formats in times of one, and a changed word in times of the first.

    Ratios by the clock are those of a machine that does nothing else; those of processor time hold on a busy one, too.
    """
    release = RELEASES / "en-01-river-cargo.txt"
    maker, briefing, one = made(folder / "one", release, ("wide",), 60)
    seconds = maker.variants(briefing, 1).made[0].facts.seconds
    _, _, three = made(folder / "three", release, ("wide", "square", "tall"), 60)
    text = maker.store.storyboard_text(briefing).decode()
    changed = text.replace("Grain traffic reached", "Grain traffic has reached")
    assert changed != text
    with measured() as cost:
        revision = maker.edit(briefing, changed.encode(), name="edited", by="benchmark", why="a word")
        maker.narrate(briefing, revision.number)
        maker.assemble(briefing, revision.number)
    again = cost()
    return {
        "seconds": seconds,
        "real_time": one.seconds / seconds,
        "processor_seconds_a_second": one.processor / seconds,
        "three_formats": three.seconds / one.seconds,
        "three_formats_processor": three.processor / one.processor,
        "changed_word": again.seconds / one.seconds,
        "changed_word_processor": again.processor / one.processor,
        "load_before": os.getloadavg()[1],
    }


def placement(folder: Path) -> dict[str, float]:
    """120 s in 30 shots: the worst distance of a sentence from its place in the decoded file, in milliseconds."""
    path = folder / "long.txt"
    path.write_text(long_release(40), encoding="utf-8")
    maker, briefing, _ = made(folder / "place", path, ("square",), 180)
    timeline = maker.language(briefing, 1, "en").timeline
    facts = maker.variants(briefing, 1).made[0].facts
    blocks = list(sound_of(maker.store.file(briefing, 1, facts.video)))
    lag, _ = worst_lag(np.concatenate([block[0] for block in blocks]), timeline)
    return {"shots": float(len(timeline.shots)), "seconds": timeline.seconds, "worst_ms": 1000 * lag}


def memory(target: int) -> dict[str, float]:
    """Peak resident memory of a process that makes a briefing of that length at 1920×1080."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.briefing.times", "--memory", str(target)], capture_output=True, check=True
    )
    found: dict[str, float] = json.loads(done.stdout.decode().splitlines()[-1])
    return found


def _measure_memory(target: int) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "long.txt"
        path.write_text(long_release(80), encoding="utf-8")
        maker, briefing, _ = made(Path(folder), path, ("wide",), target)
        facts = maker.variants(briefing, 1).made[0].facts
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sys.stdout.write(json.dumps({"seconds": facts.seconds, "peak_mb": peak}) + "\n")


def selection() -> dict[str, float]:
    """Shares over the written releases."""
    found = list(every())
    marked = sum(len(one.key) for one in found)
    missed = sum(len(one.missed) for one in found)
    return {
        "releases": float(len(found)),
        "key_figures": (marked - missed) / marked,
        "wrong_charts": float(sum(len(wrong_charts(one)) for one in found)),
    }


def main() -> None:
    """Entry point."""
    if "--memory" in sys.argv:
        _measure_memory(int(sys.argv[-1]))
        return
    wanted = sys.argv[1:] or ["selection", "speed", "placement", "memory"]
    results: dict[str, Any] = {}
    with TemporaryDirectory() as folder:
        parts: dict[str, Callable[[], Any]] = {
            "selection": selection,
            "speed": lambda: speed(Path(folder)),
            "placement": lambda: placement(Path(folder)),
            "memory": lambda: [memory(60), memory(290)],
        }
        for name in wanted:
            results[name] = parts[name]()
    sys.stdout.write(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
