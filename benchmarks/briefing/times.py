"""How long briefings take, how much memory they need, and how exactly speech and captions are placed.

``python -m benchmarks.briefing.times [selection] [speed] [placement] [memory] [clips]``: ratios within one run, so that
the machine matters little. Each part is written into ``benchmarks/results/briefing.json`` when it is done.
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
from benchmarks.machine import RESULTS, description
from videogen.audio.loudness import sound_of
from videogen.briefing.checks.file_check import worst_lag
from videogen.briefing.production.making import BriefingMaker
from videogen.briefing.production.ordering import take_order
from videogen.briefing.production.store import BriefingStore
from videogen.briefing.storyboard.model import FormatName
from videogen.briefing.timing.captions import FORMS, captions_of
from videogen.config.config import VideoGenConfig

_SENTENCE = (
    "The {name} quay of the river handled {number} thousand tonnes of ore, timber and grain in the month of March."
)
_SHORT = "The {name} quay handled {number} tonnes."
_SHOTS, _SHOTS_SECONDS = 30, 120
_CLIPS = (
    "a red boat moving left on the coast at sunset",
    "wind turbines in the hills by day",
    "a blue train moving right in the fields by day",
    "trees in the city by day",
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


def long_release(sentences: int, wording: str = _SENTENCE) -> str:
    """A release with so many sentences, of about six seconds as they are worded here."""
    body = "\n\n".join(
        wording.format(name=f"{_NAMES[n % len(_NAMES)]}{'' if n < len(_NAMES) else ' side'}", number=21 + 7 * n)
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
    path.write_text(long_release(_SHOTS - 2, _SHORT), encoding="utf-8")
    maker, briefing, _ = made(folder / "place", path, ("square",), 2 * _SHOTS_SECONDS)
    timeline = maker.language(briefing, 1, "en").timeline
    facts = maker.variants(briefing, 1).made[0].facts
    video = maker.store.file(briefing, 1, facts.video)
    blocks = list(sound_of(video))
    lag, _ = worst_lag(np.concatenate([block[0] for block in blocks]), timeline)
    captions = [caption.start for caption in captions_of(timeline, FORMS["square"])]
    spoken = [cue.start / float(timeline.fps) for timed in timeline.shots for cue in timed.cues]
    beside = max(min(abs(start - caption) for caption in captions) for start in spoken)
    return {
        "shots": float(len(timeline.shots)),
        "seconds": timeline.seconds,
        "sentences": float(len(spoken)),
        "worst_speech_ms": 1000 * lag,
        "worst_caption_ms": 1000 * (beside + lag),
    }


def clips(folder: Path) -> dict[str, Any]:
    """A briefing of about 60 s with four clips of pib-mini, drawn in one run: in times of its length.

    The four shortest shots show the clips. The run is a process of its own, as a user starts it.
    """
    import yaml

    release, command = RELEASES / "en-01-river-cargo.txt", [sys.executable, "-m", "videogen_dagster.cli", "briefing"]
    kept = {"VIDEOGEN_PATHS__STORE": str(folder / "videos"), "VIDEOGEN_PATHS__WAREHOUSE": str(folder / "warehouse")}
    environment = {**os.environ, **kept, "DAGSTER_HOME": str(folder)}
    plan = [*command, str(release), "--formats", "wide", "--target", "75", "--plan-only", "--json"]
    planned = json.loads(subprocess.run(plan, env=environment, capture_output=True, check=True).stdout)
    show = subprocess.run([*command, "show", planned["id"], "--yaml"], env=environment, capture_output=True, check=True)
    board = yaml.safe_load(show.stdout)
    usable = [shot for shot in board["shots"] if shot["kind"] in ("figure", "statement", "chart")]
    shortest = sorted(usable, key=lambda shot: sum(len(one["text"]["en"]) for one in shot["narration"]))[: len(_CLIPS)]
    for number, (shot, prompt) in enumerate(zip(shortest, _CLIPS, strict=True)):
        shot.update(kind="clip", clip={"prompt": prompt, "seed": number})
        for part in ("figures", "chart"):
            shot.pop(part, None)
    edited = folder / "edited.yaml"
    edited.write_text(yaml.safe_dump(board, allow_unicode=True), encoding="utf-8")
    with measured() as cost:
        edit = [*command, "edit", planned["id"], str(edited), "--json"]
        done = json.loads(subprocess.run(edit, env=environment, stdout=subprocess.PIPE, check=True).stdout)
    took, seconds = cost(), done["seconds"]["en"]
    gates = {gate["name"]: gate["found"] for gate in done["gates"]}
    return {
        "seconds": seconds,
        "real_time": took.seconds / seconds,
        "processor_seconds_a_second": took.processor / seconds,
        "shown_as_sentences": float(len(done["notes"])),
        "load_before": os.getloadavg()[1],
        **gates,
    }


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
    wanted = sys.argv[1:] or ["selection", "speed", "placement", "memory", "clips"]
    with TemporaryDirectory() as folder:
        parts: dict[str, Callable[[], Any]] = {
            "selection": selection,
            "speed": lambda: speed(Path(folder)),
            "placement": lambda: placement(Path(folder)),
            "memory": lambda: [memory(60), memory(290)],
            "clips": lambda: clips(Path(folder)),
        }
        for name in wanted:
            _keep(name, parts[name]())


def _keep(part: str, found: Any) -> None:
    """Write one part into the results; the others stay as they were measured."""
    path = RESULTS / "briefing.json"
    before: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    before |= {part: found, "machine": description()}
    path.write_text(json.dumps(before, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    sys.stdout.write(json.dumps({part: found}, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
