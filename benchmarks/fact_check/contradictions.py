"""What the fact check makes of claims that follow from a passage, contradict it, or go beyond it.

    python -m benchmarks.fact_check.contradictions [--half HALF] [--stances DATA]

The pairs are made from `data/contradictions_*.yaml`. The held-out half has other sentences and other ways to contradict
than the one that the rules were developed on; the sets `attack`, `attack_unseen` and `attack_second` were written by
others, to make them pass what is false. With --stances, the pairs of Factcheck-GPT (Wang et al. 2023) are
measured too, their claims parted into two halves by a hash.

False support is the share of refuted pairs called supported; coverage the share of supported pairs found.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from benchmarks.machine import RESULTS, description
from videogen.fact_check.judging.stance import judge_passage

DATA = Path(__file__).parents[1] / "data"
LABELS = ("supported", "refuted", "unknown")
FOUND = {"supports": "supported", "refutes": "refuted", "irrelevant": "unknown"}
Pair = tuple[str, str, str, str]
_SLOT = re.compile(r"\{([a-z]+)(2?)\}")


def pairs(half: str, draws: int, seed: int = 7) -> Iterator[Pair]:
    """(evidence, claim, label, kind) with the slots of each template filled `draws` times."""
    content = yaml.safe_load((DATA / f"contradictions_{half}.yaml").read_text(encoding="utf-8"))
    rng = random.Random(seed)
    for template in content["templates"]:
        for _ in range(draws):
            values = {name: rng.sample(options, 2) for name, options in content["slots"].items()}

            def filled(text: str, values: dict[str, list[str]] = values) -> str:
                text = _SLOT.sub(lambda match: values[match[1]][1 if match[2] else 0], text)
                text = text[:1].upper() + text[1:]
                return re.sub(r"(?<=[.?!] )[a-z]", lambda match: match[0].upper(), text)

            evidence = filled(template["evidence"])
            for label in LABELS:
                for kind, claims in template.get(label, {}).items():
                    yield from ((evidence, filled(claim), label, kind) for claim in claims)


def stance_pairs(data: Path, half: int) -> Iterator[Pair]:
    """The pairs of Factcheck-GPT whose claim falls into one half. Partial support counts as unknown."""
    labels = {"completely-support": "supported", "refute": "refuted"}
    text = (data / "subtask3_claim_evidence_stance.jsonl").read_text(encoding="utf-8")
    for line in text.splitlines():
        item = json.loads(line)
        if hashlib.sha256(item["claim"].encode()).digest()[0] % 2 == half:
            yield item["evidence"], item["claim"], labels.get(item["stance"], "unknown"), item["stance"]


def measure(made: Iterator[Pair], show: bool = False) -> dict[str, Any]:
    """Counts and rates over pairs; wrong supports are listed with `show`."""
    counts: Counter[tuple[str, str]] = Counter()
    kinds: dict[str, Counter[str]] = defaultdict(Counter)
    for evidence, claim, label, kind in dict.fromkeys(made):
        found = FOUND[judge_passage(claim, evidence).stance]
        counts[label, found] += 1
        kinds[f"{label}: {kind}"][found] += 1
        if show and ((found == "supported") != (label == "supported") or (found == "refuted" and label != "refuted")):
            print(f"{label} → {found}: {claim} | {evidence}")
    total = {label: sum(counts[label, found] for found in LABELS) for label in LABELS}
    supported = sum(counts[label, "supported"] for label in LABELS)
    refuted = sum(counts[label, "refuted"] for label in LABELS)
    return {
        "pairs": total,
        "false_support_of_refuted": _share(counts["refuted", "supported"], total["refuted"]),
        "false_support_of_unknown": _share(counts["unknown", "supported"], total["unknown"]),
        "precision_of_supported": _share(counts["supported", "supported"], supported),
        "coverage_of_supported": _share(counts["supported", "supported"], total["supported"]),
        "precision_of_refuted": _share(counts["refuted", "refuted"], refuted),
        "coverage_of_refuted": _share(counts["refuted", "refuted"], total["refuted"]),
        "by_kind": {name: dict(found) for name, found in sorted(kinds.items())},
    }


def _share(part: int, whole: int) -> dict[str, Any]:
    return {"of": whole, "count": part, "share": round(part / whole, 4) if whole else None}


def main() -> None:
    """Measure and write JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--half",
        choices=("development", "held_out", "attack", "attack_unseen", "attack_second"),
        help="only this one; nothing is written",
    )
    parser.add_argument("--stances", type=Path, help="folder of Factcheck-GPT")
    parser.add_argument("--draws", type=int, default=12)
    parser.add_argument("--out", type=Path, default=RESULTS / "fact_check_contradictions.json")
    options = parser.parse_args()
    halves = (options.half,) if options.half else ("development", "held_out")
    result: dict[str, Any] = {"machine": description(), "draws": options.draws}
    for half in halves:
        result[half] = measure(pairs(half, options.draws), show=options.half == "development")
        if options.stances:
            chosen = stance_pairs(options.stances, int(half == "held_out"))
            result[f"{half} of Factcheck-GPT"] = measure(chosen, show=options.half == "development")
    if options.half is None:
        options.out.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(json.dumps({key: value for key, value in result.items() if key != "machine"}, indent=1))


if __name__ == "__main__":
    main()
