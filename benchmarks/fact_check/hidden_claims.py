"""The fact check: how many claims without a plain statement are found, and how many ordinary texts are held back.

    python -m benchmarks.fact_check.hidden_claims [--out benchmarks/results/hidden_claims.json]

`data/hidden_claims.yaml` holds names, asides, questions and other languages that assert something false or unproven,
and prompts and press sentences that assert nothing, in three sets: `development`, which the rules were built with,
`unseen`, which was written before the rules and only measured, and `places unseen`, of places and fragments, written
before the rules for them were counted. Each text is the title of a video; the question is
whether its fact check lets the video be published. The base is the starter base.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

import yaml

from benchmarks.machine import RESULTS, description
from videogen.config.groups.all import FactCheckSettings
from videogen.domain.viewer_text import viewer_text
from videogen.fact_check import FactChecker, KnowledgeBase
from videogen.fact_check.viewer_check import check_viewer_text

DATA = Path(__file__).parents[1] / "data/hidden_claims.yaml"
SETS = ("development", "unseen", "places unseen")
PROMPT = "a city at night"


def texts(name: str) -> dict[str, list[str]]:
    """The texts of one of the `SETS`: "hidden" and "ordinary"."""
    content: dict[str, dict[str, list[str]]] = yaml.safe_load(DATA.read_text(encoding="utf-8"))
    return content[name]


def is_publishable(checker: FactChecker, title: str) -> bool:
    """Whether the fact check of a video with this title opens its gate."""
    return check_viewer_text(checker, viewer_text(title, PROMPT, (), "")).publishable


def measure(checker: FactChecker) -> dict[str, Any]:
    """How many texts of each kind and set are held back."""
    result: dict[str, Any] = {}
    for name in SETS:
        for kind, listed in texts(name).items():
            held = sum(not is_publishable(checker, text) for text in listed)
            result[f"{kind} {name}"] = {"count": len(listed), "held_back": held, "share": round(held / len(listed), 4)}
    return result


def main() -> None:
    """Measure and write the result."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=RESULTS / "hidden_claims.json")
    out = parser.parse_args().out
    with tempfile.TemporaryDirectory() as folder:
        found = measure(FactChecker(FactCheckSettings(), KnowledgeBase(Path(folder))))
    out.write_text(json.dumps({"machine": description(), **found}, indent=1) + "\n", encoding="utf-8")
    for name, row in found.items():
        print(f"{name}: {row['held_back']} of {row['count']} held back ({row['share']:.1%})")


if __name__ == "__main__":
    main()
