"""What does the model read of new words, directions, other languages and far prompts, without and with adaptation?

Read: the subject and direction that the model's planner takes from the text, which decide what is drawn. Drawn (--drawn,
about ten seconds a clip): what the judge of training/judge, which the product never uses, sees in clips of the held-out words
and of ordinary captions. Far prompts and ordinary captions: whether a warning is given before anything is drawn.

    python -m benchmarks.adaptation.words [--drawn]
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import torch
import yaml
from scipy.stats import binomtest

from benchmarks.machine import PROJECT, RESULTS, description
from training.world.captions import caption
from training.world.scenes import Scene, sample_scene
from videogen.adaptation.forecast import coverage_for, prompt_adapter
from videogen.config.config import VideoGenConfig
from videogen.domain.artifacts import PolicyVerdict
from videogen.models.loading import load_model, tokenizer_for
from videogen.models.motion_planner import Planner
from videogen.models.profile import load_profile
from videogen.preprocessing import TextPreprocessor

DATA = PROJECT / "benchmarks" / "data"
ORDINARY, SEED = 200, 41


class Reader:
    """The text that the model gets for a prompt, and what its planner reads in it."""

    def __init__(self) -> None:
        self.config = VideoGenConfig()
        self.profile = load_profile("pib-mini", PROJECT / "models")
        self.family = load_model(self.profile, torch.device("cpu"), torch.float32).family
        self.planner = Planner.load(PROJECT / "models" / "pib-mini" / "planner")

    def text(self, prompt: str, *, adapted: bool, seed: int = 0, domain: str | None = None) -> str:
        """The prompt as the product words it for the model."""
        config = self.config.updated({"adaptation.rewrite": adapted, "adaptation.domain": domain})
        processor = TextPreprocessor(
            config.preprocessing,
            config.processing,
            tokenizer_for(self.profile),
            choices=self.profile.open_choices,
            seed=seed,
            adapter=prompt_adapter(config),
        )
        return processor.process(prompt, "", PolicyVerdict(allowed=True)).enhanced

    def read(self, text: str, head: str) -> str:
        """The likeliest word of a head of the planner: "subject" or "direction"."""
        odds = self.planner.probabilities(self.family.encode_text([text])[0])[head]
        return str(self.planner.heads[head][int(odds.argmax())])

    def share(self, cases: Iterable[tuple[str, str]], head: str, *, adapted: bool) -> dict[str, Any]:
        """Of pairs (what is right, prompt) the share that is read right, with the 95 % interval and what was wrong."""
        pairs = list(cases)
        wrong = []
        for right, prompt in pairs:
            text = self.text(prompt, adapted=adapted)
            found = self.read(text, head)
            if found != right:
                wrong.append({"prompt": prompt, "text": text, "right": right, "read": found})
        warned = [one["prompt"] for one in wrong if self._is_warned_of(one["prompt"])]
        safe = proportion(len(pairs) - len(wrong) + len(warned), len(pairs))
        return {**proportion(len(pairs) - len(wrong), len(pairs)), "right_or_warned": safe, "wrong": wrong}

    def _is_warned_of(self, prompt: str) -> bool:
        found = coverage_for(prompt, self.config)
        return found is not None and bool(found.warning)


def main() -> None:
    """Measure and write adaptation_words.json; with --drawn, adaptation_drawn.json as well."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--drawn", action="store_true", help="also draw clips and ask the judge")
    options = parser.parse_args()
    sets = yaml.safe_load((DATA / "adaptation.yaml").read_text(encoding="utf-8"))
    reader = Reader()
    result: dict[str, Any] = {"machine": description(), "cost": cost(reader, sets)}
    for half in ("tuning", "held_out"):
        result[half] = {
            "words": both(reader, list(words(sets["words"][half])), "subject"),
            "directions": both(reader, list(prompts(sets["directions"][half])), "direction"),
            "far": flagged(sets["far"][half], reader.config),
        }
    languages = yaml.safe_load((DATA / "adaptation_languages.yaml").read_text(encoding="utf-8"))
    result["languages"] = foreign(reader, languages)
    scenes = ordinary()
    result["ordinary"] = {
        "flagged": flagged([text for _, text in scenes], reader.config),
        "subject": both(reader, [(scene.subject, text) for scene, text in scenes], "subject"),
        "direction": both(reader, [(scene.direction, text) for scene, text in scenes if scene.direction], "direction"),
    }
    write("adaptation_words.json", result)
    if options.drawn:
        write("adaptation_drawn.json", drawn(reader, list(words(sets["words"]["held_out"])), scenes[:64]))


def words(entries: Mapping[str, list[str]]) -> Iterable[tuple[str, str]]:
    """Subject and a prompt of each word."""
    return ((subject, f"a {word} by day") for subject, found in entries.items() for word in found)


def prompts(entries: Mapping[str, list[str]]) -> Iterable[tuple[str, str]]:
    """What is right and the prompt."""
    return ((right, prompt) for right, found in entries.items() for prompt in found)


def both(reader: Reader, cases: list[tuple[str, str]], head: str) -> dict[str, Any]:
    """The shares without and with adaptation."""
    return {
        "without": reader.share(cases, head, adapted=False),
        "with": reader.share(cases, head, adapted=True),
    }


def foreign(reader: Reader, entries: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    """Language → share of subjects read right, and share that is read right or warned of."""
    found: dict[str, Any] = {}
    for language in sorted({code for entry in entries.values() for code in entry}):
        cases = [(subject, entry[language]) for subject, entry in entries.items()]
        found[language] = reader.share(cases, "subject", adapted=True)
    return found


def flagged(texts: list[str], config: VideoGenConfig) -> dict[str, Any]:
    """The share of prompts that are warned of before anything is drawn."""
    warned = [text for text in texts if (found := coverage_for(text, config)) is not None and found.warning]
    return {**proportion(len(warned), len(texts)), "warned": warned}


def ordinary() -> list[tuple[Scene, str]]:
    """Captions of random scenes, as the model was trained with them, from a seed that no training used."""
    rng = np.random.default_rng(SEED)
    scenes = [sample_scene(rng) for _ in range(ORDINARY)]
    return [(scene, caption(scene, rng, complete=True)) for scene in scenes]


def cost(reader: Reader, sets: Mapping[str, Any]) -> dict[str, float]:
    """Seconds a prompt, after the first one (which loads the sentence encoder)."""
    texts = [prompt for _, prompt in words(sets["words"]["tuning"])][:20]
    reader.text(texts[0], adapted=True)
    found: dict[str, float] = {}
    for name, adapted in (("without", False), ("with", True)):
        start = time.perf_counter()
        for text in texts:
            reader.text(text, adapted=adapted)
        found[name] = round((time.perf_counter() - start) / len(texts), 4)
    return found


def drawn(reader: Reader, new: list[tuple[str, str]], scenes: list[tuple[Scene, str]]) -> dict[str, Any]:
    """What the judge sees in clips of new words and of ordinary captions, without and with adaptation."""
    from training.clips import Maker
    from training.published import FOLDER
    from videogen.quality.relevance.embedded_encoder import EmbeddedEncoder

    judge = EmbeddedEncoder(PROJECT / "training" / "judge")
    make = Maker(FOLDER, reader.profile.steps, reader.profile.guidance_scale)
    known = judge.classes["subject"]

    def seen(prompt: str, number: int, adapted: bool) -> str:
        clip = make([reader.text(prompt, adapted=adapted, seed=number)], [number])
        return str(known[int(judge.subjects(clip)[0].argmax())])

    def share(cases: list[tuple[str, str]], adapted: bool) -> dict[str, Any]:
        right = [seen(prompt, number, adapted) == subject for number, (subject, prompt) in enumerate(cases)]
        return proportion(sum(right), len(right))

    usual = [(scene.subject, text) for scene, text in scenes]
    return {
        "machine": description(),
        "new_words": {"without": share(new, False), "with": share(new, True)},
        "ordinary": {"without": share(usual, False), "with": share(usual, True)},
    }


def proportion(right: int, count: int) -> dict[str, Any]:
    """A share with its 95 % interval (Wilson 1927)."""
    interval = binomtest(right, count).proportion_ci(confidence_level=0.95, method="wilson")
    return {
        "share": round(right / count, 4),
        "of": count,
        "interval": [round(float(interval.low), 4), round(float(interval.high), 4)],
    }


def write(name: str, result: Mapping[str, Any]) -> None:
    """Keep a result and print what is not a list of cases."""
    (RESULTS / name).write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(json.dumps(_short(result), indent=1, ensure_ascii=False))


def _short(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _short(one) for key, one in value.items() if key not in ("wrong", "warned", "machine")}
    return value


if __name__ == "__main__":
    main()
