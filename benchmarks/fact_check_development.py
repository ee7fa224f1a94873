"""The fact check on a development set with labels of people: what is worth checking, stance, calibration.

    python -m benchmarks.fact_check_development DATA [--embeddings FILE]

DATA is a folder with the five subtasks of Factcheck-GPT (Wang et al. 2023, arXiv 2311.09000, Apache-2.0). Stance and
confidence are measured by cross-validation grouped by claim: every pair is judged by a classifier, calibration and
thresholds that saw no pair of its claim. "Path" is what the embedded backend does with a passage: near-literal
agreement or clash first, then the classifier where it is sure, else nothing.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from sklearn.metrics import brier_score_loss, classification_report, f1_score

from benchmarks.machine import RESULTS, description
from training.fact_check_classifier import Pairs, fit, load_pairs
from videogen.fact_check import ConfidenceCalculator, KnowledgeBase
from videogen.fact_check.claims import extract
from videogen.fact_check.facts import Source
from videogen.fact_check.names import NameIndex
from videogen.fact_check.report import Evidence
from videogen.fact_check.stance import CLASSES, Stance, StanceClassifier

Array = np.ndarray[Any, Any]
STANCES = {"supports": "support", "refutes": "refute", "irrelevant": "irrelevant"}
WEB = Source(id="web", name="A page of the web", reliability=0.9)


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


def held_out(pairs: Pairs, texts: list[dict[str, str]], folds: int) -> tuple[Array, list[Stance]]:
    """Calibrated probabilities over `CLASSES` and the path's decision for every pair, by models of the other folds."""
    from sklearn.model_selection import GroupKFold

    probabilities = np.zeros((len(texts), len(CLASSES)))
    decisions: list[Stance | None] = [None] * len(texts)
    for seen, unseen in GroupKFold(folds).split(pairs.rows, groups=pairs.groups):
        part = Pairs(
            [pairs.claims[i] for i in seen], pairs.rows[seen], pairs.stance4[seen], np.unique(pairs.groups[seen], return_inverse=True)[1]
        )  # fmt: skip
        classifier = StanceClassifier(fit(part))
        probabilities[unseen] = classifier.probabilities(pairs.rows[unseen])
        for index in unseen:
            text = texts[index]
            decisions[index] = classifier.settle(text["claim"], text["evidence"], probabilities[index])
    return probabilities, [decision for decision in decisions if decision is not None]


def stance(pairs: Pairs, probabilities: Array, decisions: list[Stance]) -> dict[str, Any]:
    """Macro-F1 over three classes of the path, of the likeliest class, and of the baselines."""
    wanted = pairs.stance3
    path = np.array([STANCES[decision.stance] for decision in decisions])
    priors = np.array([(wanted == name).mean() for name in CLASSES])
    likeliest = np.array(CLASSES)[(probabilities / priors).argmax(axis=1)]
    decided = path != "irrelevant"
    return {
        "pairs": len(wanted),
        "claims": len(set(pairs.claims)),
        "labels": {name: int((wanted == name).sum()) for name in CLASSES},
        "path": _scores(wanted, path),
        "path_precision_where_it_decides": round(float((path == wanted)[decided].mean()), 4),
        "path_decides": round(float(decided.mean()), 4),
        "likeliest_class_balanced": _scores(wanted, likeliest),
        "always_irrelevant": _scores(wanted, np.full_like(wanted, "irrelevant")),
        "word_overlap_only": _scores(wanted, _one_feature(pairs, "recall")),
        "cosine_only": _scores(wanted, _one_feature(pairs, "cosine")),
        "brier_support": _brier(wanted == "support", probabilities[:, CLASSES.index("support")]),
        "brier_refute": _brier(wanted == "refute", probabilities[:, CLASSES.index("refute")]),
    }


def _scores(wanted: Array, found: Array) -> dict[str, Any]:
    each = f1_score(wanted, found, labels=list(CLASSES), average=None, zero_division=0.0)
    return {"macro_f1": round(float(each.mean()), 4)} | {
        name: round(float(value), 4) for name, value in zip(CLASSES, each, strict=True)
    }


def _one_feature(pairs: Pairs, name: str) -> Array:
    """The baseline: balanced logistic regression on one number, by the same folds."""
    from sklearn.model_selection import GroupKFold, cross_val_predict

    from training.fact_check_classifier import model
    from videogen.fact_check.stance_features import FEATURES

    column = pairs.rows[:, [FEATURES.index(name)]]
    found: Array = cross_val_predict(model(), column, pairs.stance3, groups=pairs.groups, cv=GroupKFold(5))
    return found


def _brier(wanted: Array, probability: Array) -> dict[str, float]:
    rate = float(wanted.mean())
    return {
        "score": round(float(brier_score_loss(wanted, probability)), 4),
        "of_the_base_rate": round(rate * (1 - rate), 4),
        "calibration_error": round(calibration_error(wanted, probability), 4),
    }


def calibration_error(wanted: Array, probability: Array, bins: int = 10) -> float:
    """Expected calibration error over bins of equal width."""
    return float(sum(share * abs(said - true) for said, true, share in reliability(wanted, probability, bins)))


def reliability(wanted: Array, probability: Array, bins: int = 10) -> list[tuple[float, float, float]]:
    """For each filled bin: mean probability, share that is true, share of all."""
    places = np.minimum((probability * bins).astype(int), bins - 1)
    chosen = [places == place for place in range(bins) if (places == place).any()]
    return [(float(probability[c].mean()), float(wanted[c].mean()), float(c.mean())) for c in chosen]


def confidence(
    pairs: Pairs, texts: list[dict[str, str]], decisions: list[Stance], labels: dict[str, str]
) -> tuple[dict[str, Any], Array, Array]:
    """Whole claims: the held-out evidence of each through `ConfidenceCalculator`, against whether people call it true."""
    calculator = ConfidenceCalculator()
    today = date(2026, 11, 22)
    evidence: dict[str, list[Evidence]] = defaultdict(list)
    for number, (item, decision) in enumerate(zip(texts, decisions, strict=True)):
        if decision.stance != "irrelevant":
            source = WEB.model_copy(update={"id": f"page {number}"})
            piece = Evidence.model_validate(
                {"stance": decision.stance, "strength": decision.strength, "text": item["evidence"], "kind": "passage", "source": source}
            )  # fmt: skip
            evidence[item["claim"]].append(calculator.weigh(piece, today))
    claims = [claim for claim in sorted(set(pairs.claims)) if labels.get(claim) in ("true", "false")]
    wanted = np.array([labels[claim] == "true" for claim in claims])
    probability = np.array([calculator.calculate_confidence(evidence[claim]).probability for claim in claims])
    outcome = np.array([calculator.resolve_conflicts(evidence[claim]).outcome for claim in claims])
    decided = np.isin(outcome, ("supported", "refuted"))
    right = np.where(outcome == "supported", wanted, ~wanted)
    told = {name: int((outcome == name).sum()) for name in sorted(set(outcome))}
    false_told = {name: int(((outcome == name) & ~wanted).sum()) for name in sorted(set(outcome))}
    return (
        {
            "claims": len(claims),
            "true": int(wanted.sum()),
            "outcomes": told,
            "outcomes_of_false_claims": false_told,
            "right_where_decided": round(float(right[decided].mean()), 4),
            "all": _brier(wanted, probability),
            "where_decided": _brier(wanted[decided], probability[decided]),
        },
        wanted[decided],
        probability[decided],
    )


def plot(pairs: Pairs, probabilities: Array, claims: tuple[Array, Array], path: Path) -> None:
    """Reliability diagrams: what is said, what is so."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4.6), layout="constrained")
    for name, colour in (("support", "#1b6b2f"), ("refute", "#9c1c12")):
        points = reliability(pairs.stance3 == name, probabilities[:, CLASSES.index(name)])
        _curve(left, points, colour, f"passage: {name}s")
    left.set_title("One passage (claim–evidence pairs, held out)")
    _curve(right, reliability(*claims), "#22427c", "claim is true")
    right.set_title("Whole claims that were decided")
    for axes in (left, right):
        axes.plot([0, 1], [0, 1], color="#999999", linewidth=1, linestyle="--")
        axes.set(xlim=(0, 1), ylim=(0, 1), xlabel="probability said", ylabel="share that is so")
        axes.legend(loc="upper left", frameon=False)
    figure.savefig(path, dpi=110)


def _curve(axes: Any, points: list[tuple[float, float, float]], colour: str, label: str) -> None:
    said, true, share = zip(*points, strict=True)
    axes.plot(said, true, color=colour, linewidth=1.5, label=label)
    axes.scatter(said, true, s=[20 + 400 * value for value in share], color=colour, alpha=0.5)


def main() -> None:
    """Measure and write JSON and plot."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--embeddings", type=Path, help="npz file that keeps the embeddings between runs")
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--out", type=Path, default=RESULTS / "fact_check_development.json")
    options = parser.parse_args()
    with TemporaryDirectory() as folder:
        names = KnowledgeBase(folder).names
    texts = lines(options.data, "subtask3")
    pairs = load_pairs(options.data, options.embeddings)
    probabilities, decisions = held_out(pairs, texts, options.folds)
    labels = {item["claim"]: item["label"] for item in lines(options.data, "subtask4")}
    claims, wanted, probability = confidence(pairs, texts, decisions, labels)
    result = {
        "machine": description(),
        "folds": options.folds,
        "worth_of_sentences": worth(lines(options.data, "subtask1"), "sentence", "yes", names),
        "worth_of_claims": worth(lines(options.data, "subtask2"), "claim", "factual", names),
        "stance": stance(pairs, probabilities, decisions),
        "claims": claims,
    }
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    plot(pairs, probabilities, (wanted, probability), options.out.with_suffix(".png"))
    print(json.dumps({key: value for key, value in result.items() if key != "machine"}, indent=1))


if __name__ == "__main__":
    main()
