"""Does the product know, before it draws, which prompts its model cannot draw? And would the check afterwards let them pass?

Takes 80 prompts inside and 80 outside of pib-mini's world (data/prompt_coverage.yaml), most of which were not looked
at while the rule was made. Of each: the coverage found before drawing; and, of a native clip drawn by the model, the
text relevance and the share of the prompt's subject, held against the limits in use. Outside, the share is that of the
nearest subject: what the eye would have been asked, had the prompt not been recognised.

    python -m benchmarks.prompt_coverage [--clips FOLDER]

FOLDER keeps the clips (about ten seconds each), so that another run need not draw them again.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from benchmarks.machine import PROJECT, RESULTS, description
from training.clips import Maker
from training.published import FOLDER
from videogen.adaptation.forecast import coverage_for
from videogen.config.config import VideoGenConfig
from videogen.quality.metrics.window import Pixels
from videogen.quality.relevance.alignment import subject_share, text_relevance
from videogen.quality.relevance.encoders import encoder_for
from videogen.quality.thresholds import LEVELS

PROMPTS = PROJECT / "benchmarks" / "data" / "prompt_coverage.yaml"
STEPS, GUIDANCE = 16, 3.0


def main() -> None:
    """Measure and write prompt_coverage.json."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clips", type=Path, help="where the clips are kept; none: they are not kept")
    options = parser.parse_args()
    machine, prompts = description(), yaml.safe_load(PROMPTS.read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as scratch:
        found = [
            {"half": half, "kind": kind, **measured(prompt, options.clips or Path(scratch))}
            for half, kinds in prompts.items()
            for kind, wordings in kinds.items()
            for prompt in wordings
        ]
    limits = {name: LEVELS[name].threshold for name in ("text_relevance", "subject_seen")}
    result = {"machine": machine, "limits": limits, "summary": summary(found), "prompts": found}
    text = json.dumps(result, indent=1, ensure_ascii=False)
    (RESULTS / "prompt_coverage.json").write_text(text + "\n", encoding="utf-8")
    print(json.dumps(result["summary"], indent=1))


def measured(prompt: str, folder: Path) -> dict[str, Any]:
    """Coverage of one prompt, and what the eye sees in its clip."""
    config = VideoGenConfig()
    coverage, encoder, clip = coverage_for(prompt, config), encoder_for(config), drawn(prompt, folder)
    assert coverage is not None
    assert encoder is not None
    near = (coverage.nearest,) if coverage.nearest else ()
    relevance = text_relevance(encoder, clip, prompt).relevance
    share = subject_share(encoder, clip, coverage.subjects or near)
    assert relevance is not None
    passes = LEVELS["text_relevance"].passes(relevance) and LEVELS["subject_seen"].passes(share or 0.0)
    return {
        "prompt": prompt,
        "warned": bool(coverage.warning),
        "likeness": coverage.likeness,
        "subjects": list(coverage.subjects),
        "nearest": coverage.nearest,
        "text_relevance": round(relevance, 3),
        "subject_seen": None if share is None else round(share, 3),
        "relevance_and_subject_pass": passes,
        "passes": passes and coverage.inside,
    }


def drawn(prompt: str, folder: Path) -> Pixels:
    """The native clip of the prompt, worded as the product does; its seed follows from the prompt."""
    digest = hashlib.sha256(prompt.encode()).hexdigest()
    path = folder / f"{digest[:16]}.npz"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        seed = int(digest[:6], 16)
        np.savez_compressed(path, clip=_maker()([_maker().worded(prompt, seed)], [seed])[0])
    return np.asarray(np.load(path, allow_pickle=False)["clip"])


_makers: list[Maker] = []


def _maker() -> Maker:
    if not _makers:
        _makers.append(Maker(FOLDER, STEPS, GUIDANCE))
    return _makers[0]


def summary(found: list[dict[str, Any]]) -> dict[str, dict[str, float]]:
    """Shares by half and kind: warned before drawing; passing the eye alone; passing by themselves."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for entry in found:
        side = "inside" if entry["kind"] == "inside" else "outside"
        for half in (entry["half"], "all"):
            groups.setdefault(f"{side}, {half}", []).append(entry)
    return {
        name: {
            "prompts": len(entries),
            **{
                share: sum(entry[key] for entry in entries) / len(entries)
                for share, key in (
                    ("warned", "warned"),
                    ("pass_the_eye", "relevance_and_subject_pass"),
                    ("pass_by_themselves", "passes"),
                )
            },
        }
        for name, entries in sorted(groups.items())
    }


if __name__ == "__main__":
    main()
