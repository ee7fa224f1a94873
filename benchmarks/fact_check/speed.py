"""Speed of the fact check: 200 claims against 100,000 facts and 10,000 documents, in a fresh process.

    python -m benchmarks.fact_check.speed [--base FOLDER] [--out benchmarks/results/fact_check_speed.json]

Timed from the start of Python to the finished report: imports, opening and verifying the base, reading its names,
loading the sentence model, checking. Half of the claims are decided by facts, half go to the documents. The base is
invented; `--base` keeps it between runs, for embedding 10,000 documents takes minutes on one core (also reported).
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.fact_check.press import TODAY, press_base
from benchmarks.machine import RESULTS, command, description
from videogen.fact_check import Batch, KnowledgeBase
from videogen.fact_check.knowledge.facts import Document, Source

FACTS, DOCUMENTS, CLAIMS = 100_000, 10_000, 200
LIMIT = 10.0
_WORK = ["dam", "bridge", "school", "road", "hospital", "market", "library", "canal", "harbour", "station"]
_DONE = [
    "repaired",
    "opened",
    "closed",
    "rebuilt",
    "inspected",
    "extended",
    "sold",
    "painted",
    "handed over",
    "measured",
]
_WHO = ["engineers", "farmers", "teachers", "officers", "students", "doctors", "fishers", "weavers", "pilots", "nurses"]
_TOWN = ["Norhaven", "Lowmere", "Eastgarh", "Highpur", "Westmoor", "Southfell", "Northvale", "Lowstead", "Highmarch", "Eastnagar"]  # fmt: skip
_TIMED = """
import json, sys, time
started = time.perf_counter()
from datetime import date
from videogen.fact_check import FactChecker, KnowledgeBase
from videogen.config.groups.all import FactCheckSettings
base = KnowledgeBase(sys.argv[1])
base.names
opened = time.perf_counter()
checker = FactChecker(FactCheckSettings(), base, today=date.fromisoformat(sys.argv[3]))
report = checker.check_content(open(sys.argv[2], encoding="utf-8").read())
print(json.dumps({"open": opened - started, "check": time.perf_counter() - opened, "cpu": time.process_time(),
                  "claims": len(report.claims), "cached": sum(v.cached for v in report.claims), "counts": report.counts}))
"""


def sentence(number: int, rng: random.Random) -> str:
    """What document `number` tells; each document is about a work of its own."""
    return (
        f"In {rng.choice(_TOWN)} the {rng.choice(_WORK)} of ward {number} was {rng.choice(_DONE)} by "
        f"{rng.randint(2, 90)} {rng.choice(_WHO)} in {rng.randint(1990, 2025)}."
    )


def documents(count: int) -> list[Document]:
    """Reports of about 45 words."""
    made = []
    for number in range(count):
        rng = random.Random(number)
        text = sentence(number, rng)
        text += (
            f" The {rng.choice(_WHO)} thanked the {rng.choice(_WHO)} for their help with the {rng.choice(_WORK)} nearby. Work on a "
            f"{rng.choice(_WORK)} of ward {number + count} goes on until the {rng.choice(['spring', 'summer', 'autumn', 'winter'])}."
        )
        made.append(
            Document(id=f"report/{number}", title=f"Report {number}", text=text, source="gazette", published=TODAY)
        )
    return made


def claims(count: int, batch: Batch) -> str:
    """Half about facts of the base, half about what documents tell; every other one is wrong."""
    rng = random.Random(1)
    lines = []
    budgets = [fact for fact in batch.facts if fact.attribute == "budget" and fact.number]
    for index, fact in enumerate(rng.sample(budgets, count // 2)):
        crore = (fact.number or 0.0) / 1e7 * (1 if index % 2 else 2)
        lines.append(f"The budget of the {fact.entity} is Rs {crore:,.0f} crore.")
    for index, number in enumerate(rng.sample(range(DOCUMENTS), count - count // 2)):
        told = sentence(number, random.Random(number))
        lines.append(told if index % 2 else told.replace("was ", "was not "))
    rng.shuffle(lines)
    return "\n".join(lines)


def build(folder: Path, batch: Batch) -> dict[str, float]:
    """Fill an empty base; seconds of each part."""
    seconds = {}
    started = time.perf_counter()
    knowledge = KnowledgeBase(folder)
    seconds["starter"] = time.perf_counter() - started
    started = time.perf_counter()
    knowledge.add(batch)
    seconds["facts"] = time.perf_counter() - started
    started = time.perf_counter()
    source = Source(id="gazette", name="Gazette (invented)", reliability=0.9)
    knowledge.add(Batch("gazette", [source], documents=documents(DOCUMENTS)))
    knowledge.search(["the dam"], 1)
    seconds["documents"] = time.perf_counter() - started
    return {name: round(value, 1) for name, value in seconds.items()}


def main() -> None:
    """Build, time three fresh processes, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--base", type=Path, help="folder of the base; made if it is not there")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--out", type=Path, default=RESULTS / "fact_check_speed.json")
    options = parser.parse_args()
    batch = press_base(7, schemes=FACTS // 5)
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.base or Path(scratch) / "base"
        built = build(folder, batch) if not folder.exists() else "made in an earlier run"
        counts = KnowledgeBase(folder).counts()
        text = Path(scratch) / "claims.txt"
        text.write_text(claims(CLAIMS, batch), encoding="utf-8")
        runs = [_run(folder, text) for _ in range(options.runs)]
    cores = len(os.sched_getaffinity(0))
    result: dict[str, Any] = {
        "machine": description() | {"cores_used": cores},
        "base": counts,
        "built_in_seconds": built,
        "limit_seconds": LIMIT,
        "seconds": min(run["seconds"] for run in runs),
        "runs": runs,
    }
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=1))


def _run(folder: Path, text: Path) -> dict[str, Any]:
    for verdict in (folder / "cache").glob("*.json"):
        verdict.unlink()
    timed = command([sys.executable, "-c", _TIMED, str(folder), str(text), TODAY.isoformat()])
    inside = json.loads(timed.output.splitlines()[-1])
    rounded = {name: round(value, 2) if isinstance(value, float) else value for name, value in inside.items()}
    return {"seconds": round(timed.seconds, 2), "peak_mb": round(timed.peak_bytes / 1e6), **rounded}


if __name__ == "__main__":
    main()
