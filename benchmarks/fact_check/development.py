"""The fact check on a development set with labels of people: what is worth checking, and what passages decide.

    python -m benchmarks.fact_check.development DATA

DATA is a folder with the five subtasks of Factcheck-GPT (Wang et al. 2023, arXiv 2311.09000, Apache-2.0).
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from sklearn.metrics import classification_report

from benchmarks.machine import RESULTS, description
from videogen.fact_check import KnowledgeBase
from videogen.fact_check.judging.stance import judge_passage
from videogen.fact_check.reading.claims import extract
from videogen.fact_check.reading.names import NameIndex

Array = np.ndarray[Any, Any]
# Partial support is none: a claim that is supported in part says something that nobody supports.
STANCES = {"completely-support": "supports", "refute": "refutes"}


def lines(data: Path, name: str) -> list[dict[str, str]]:
    """One of the subtasks."""
    found = list(data.glob(f"{name}*.jsonl"))
    return [json.loads(line) for line in found[0].read_text(encoding="utf-8").splitlines()]


def worth(items: list[dict[str, str]], text: str, positive: str, names: NameIndex) -> dict[str, Any]:
    """F1 of what is found worth checking, beside the trivial baseline that checks everything."""
    wanted = np.array([item["checkworthy"] == positive for item in items])
    found = np.array([any(claim.check_worthy for claim in extract(item[text], names)) for item in items])
    everything = np.ones_like(wanted)

    def scores(guess: Array) -> dict[str, float]:
        report = classification_report(wanted, guess, output_dict=True, zero_division=0.0)
        return {
            "f1_worthy": round(report["True"]["f1-score"], 4),
            "f1_not_worthy": round(report["False"]["f1-score"], 4),
            "macro_f1": round(report["macro avg"]["f1-score"], 4),
        }

    return {
        "items": len(items),
        "worthy": int(wanted.sum()),
        "found": scores(found),
        "everything is worthy": scores(everything),
    }


def stances(items: list[dict[str, str]]) -> dict[str, Any]:
    """What the comparison with a passage decides, and how often that is right."""
    wanted = [STANCES.get(item["stance"], "irrelevant") for item in items]
    found = [judge_passage(item["claim"], item["evidence"]).stance for item in items]
    counts = Counter(zip(found, wanted, strict=True))
    return {
        "pairs": len(items),
        "claims": len({item["claim"] for item in items}),
        "labels": dict(Counter(wanted)),
        "decided": {f"{said}, labelled {label}": number for (said, label), number in sorted(counts.items()) if said != "irrelevant"},
    }  # fmt: skip


def main() -> None:
    """Measure and write JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--out", type=Path, default=RESULTS / "fact_check_development.json")
    options = parser.parse_args()
    with TemporaryDirectory() as folder:
        names = KnowledgeBase(folder).names
    result = {
        "machine": description(),
        "worth_of_sentences": worth(lines(options.data, "subtask1"), "sentence", "yes", names),
        "worth_of_claims": worth(lines(options.data, "subtask2"), "claim", "factual", names),
        "stance": stances(lines(options.data, "subtask3")),
    }
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(json.dumps({key: value for key, value in result.items() if key != "machine"}, indent=1))


if __name__ == "__main__":
    main()
