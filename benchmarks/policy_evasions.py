"""The content policy: how many evasions are refused, and how many ordinary press sentences.

    python -m benchmarks.policy_evasions [--out benchmarks/results/policy_evasions.json]

`data/policy/evasions.jsonl` holds what must be refused, in five sets: `development`, which the rules and the reading
of texts were built with; `unseen`, other sentences under other kinds of tricks, written before that, first run
afterwards (94 of 105 refused) and then used to correct what it showed; `unseen again`, written after that, run
once (75 of 84) and then used, too; `unseen third`, written before the rules of their last change (50 of 60 refused) and
only counted after it; `attack`, by somebody who knew none of the others (62 of 97 refused at their first run) and then
used. Ordinary sentences are written by hand in the same sets, with words near to forbidden ones, and made
from `press_templates.yaml`, 1,000 together. Captions are joined as in a video.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from benchmarks.machine import PROJECT, RESULTS, description
from videogen.domain.requests import Caption, VideoRequest
from videogen.preprocessing.policy.policy import ContentPolicy, load_policy

DATA = Path(__file__).parent / "data/policy"
SETS = ("development", "unseen", "unseen again", "unseen third", "attack")
SENTENCES = 1000
SEED = 2026


@dataclass(frozen=True)
class Evasion:
    """Something that a rule forbids, disguised. captions: what a viewer reads, cue by cue."""

    captions: tuple[str, ...]
    family: str
    set: str

    def refused_by(self, policy: ContentPolicy) -> bool:
        """Whether a video with these captions is refused."""
        cues = tuple(Caption(start=n, end=n + 1, text=text) for n, text in enumerate(self.captions))
        return not policy.screen(VideoRequest(prompt="a city at night", captions=cues).words()).allowed


def evasions() -> list[Evasion]:
    """The list of evasions."""
    rows = map(json.loads, (DATA / "evasions.jsonl").read_text(encoding="utf-8").splitlines())
    return [Evasion(tuple(row["captions"]), row["family"], row["set"]) for row in rows]


def hand_written(name: str) -> list[str]:
    """Ordinary sentences of one of the `SETS`."""
    return (DATA / f"press_{name.replace(' ', '_')}.txt").read_text(encoding="utf-8").splitlines()


def generated(count: int, seed: int = SEED) -> list[str]:
    """`count` different press sentences from the templates."""
    content = yaml.safe_load((DATA / "press_templates.yaml").read_text(encoding="utf-8"))
    templates, slots = content["templates"], content["slots"]
    rng = random.Random(seed)
    made: dict[str, None] = {}
    while len(made) < count:
        template = templates[len(made) % len(templates)]
        made[template.format_map({name: rng.choice(words) for name, words in slots.items()})] = None
    return list(made)


def measure(policy: ContentPolicy) -> dict[str, Any]:
    """Shares refused, and what came out wrong."""
    result: dict[str, Any] = {}
    for name in SETS:
        of_set = [evasion for evasion in evasions() if evasion.set == name]
        missed = [evasion for evasion in of_set if not evasion.refused_by(policy)]
        result[f"evasions {name}"] = {
            "count": len(of_set),
            "refused": round(1 - len(missed) / len(of_set), 4),
            "missed_by_family": dict(Counter(evasion.family for evasion in missed)),
            "missed": [" | ".join(evasion.captions) for evasion in missed],
        }
    written = {name: hand_written(name) for name in SETS}
    written["generated"] = generated(SENTENCES - sum(map(len, written.values())))
    refused: dict[str, Any] = {}
    for name, sentences in written.items():
        hit = {text: verdict.rule for text in sentences if not (verdict := policy.screen(text)).allowed}
        refused[name] = {"count": len(sentences), "refused": round(len(hit) / len(sentences), 4), "which": hit}
    wrong = sum(len(part["which"]) for part in refused.values())
    return result | {"press": {"count": SENTENCES, "refused": round(wrong / SENTENCES, 4)}, "press_by_set": refused}


def main() -> None:
    """Measure and write the result."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=RESULTS / "policy_evasions.json")
    out = parser.parse_args().out
    policy = load_policy(PROJECT / "config/policy.yaml")
    machine = description()
    started = time.perf_counter()
    found = measure(policy)
    seconds = round(time.perf_counter() - started, 1)
    out.write_text(json.dumps({"machine": machine, "seconds": seconds, **found}, indent=1, ensure_ascii=False) + "\n")
    for name in (*(f"evasions {one}" for one in SETS), "press"):
        print(name, found[name]["count"], f"{found[name]['refused']:.1%} refused")


if __name__ == "__main__":
    main()
