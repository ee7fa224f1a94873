"""Fits the stance classifier of the embedded fact-check backend and measures it by cross-validation.

    python -m training.fact_check_classifier DATA --out videogen/fact_check/data/stance.json

DATA holds `subtask3_claim_evidence_stance.jsonl` of Factcheck-GPT (Wang et al. 2023, Apache-2.0): claim,
evidence, stance. The result is a JSON file of coefficients; no text of the data set is in it.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from videogen.fact_check.embeddings import embed
from videogen.fact_check.stance import CLASSES, INTERACTION_SCALE, feature_row
from videogen.fact_check.stance_features import FEATURES

PENALTY = 0.0005
FOLDS = 5
# Decisions must be right at least this often, in cross-validation; else the classifier abstains.
PRECISION = {"support": 0.75, "refute": 0.75}


@dataclass(frozen=True)
class Pairs:
    """Claim–evidence pairs. rows: N×F features; groups: one number for each distinct claim."""

    claims: list[str]
    rows: np.ndarray[Any, Any]
    stance4: np.ndarray[Any, Any]
    groups: np.ndarray[Any, Any]

    @property
    def stance3(self) -> np.ndarray[Any, Any]:
        """Both kinds of support in one."""
        return np.array(["support" if "support" in item else item for item in self.stance4])


def load_pairs(data: Path, embeddings: Path | None = None) -> Pairs:
    """Read the pairs and compute their features; `embeddings` keeps the vectors between runs."""
    lines = (data / "subtask3_claim_evidence_stance.jsonl").read_text(encoding="utf-8").splitlines()
    items = [json.loads(line) for line in lines]
    claims, evidence = [item["claim"] for item in items], [item["evidence"] for item in items]
    if embeddings and embeddings.exists():
        stored = np.load(embeddings, allow_pickle=False)
        left, right = stored["claims"], stored["evidence"]
    else:
        left, right = embed(claims), embed(evidence)
        if embeddings:
            embeddings.parent.mkdir(parents=True, exist_ok=True)
            np.savez(embeddings, claims=left, evidence=right)
    rows = np.array([feature_row(c, e, p) for c, e, p in zip(claims, evidence, left * right, strict=True)])
    groups = np.unique(claims, return_inverse=True)[1]
    return Pairs(claims, rows, np.array([item["stance"] for item in items]), groups)


def model(balanced: bool = True) -> Any:
    """Standardised logistic regression; balanced, so that the rare refutations count as much as the rest."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    weight = "balanced" if balanced else None
    return make_pipeline(StandardScaler(), LogisticRegression(C=PENALTY, class_weight=weight, max_iter=500))


def out_of_fold(pairs: Pairs, labels: np.ndarray[Any, Any], groups: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Balanced class probabilities of every pair by models that saw no pair of its group; columns are sorted labels."""
    from sklearn.model_selection import GroupKFold, cross_val_predict

    found: np.ndarray[Any, Any] = cross_val_predict(
        model(), pairs.rows, labels, groups=groups, cv=GroupKFold(FOLDS), method="predict_proba"
    )
    return found


def calibration(balanced: np.ndarray[Any, Any], labels: np.ndarray[Any, Any]) -> tuple[float, np.ndarray[Any, Any]]:
    """Temperature and class offsets that turn balanced log-probabilities into calibrated ones (vector scaling, least log loss)."""
    from scipy.optimize import minimize

    logs = np.log(np.clip(balanced, 1e-9, 1.0))
    wanted = np.array([CLASSES.index(label) for label in labels])

    def loss(values: np.ndarray[Any, Any]) -> float:
        scores = logs * np.exp(values[0]) + np.append(values[1:], 0.0)
        scores -= scores.max(axis=1, keepdims=True)
        return float(np.mean(np.log(np.exp(scores).sum(axis=1)) - scores[np.arange(len(wanted)), wanted]))

    best = minimize(loss, np.zeros(len(CLASSES)), method="Nelder-Mead", options={"maxiter": 2000})
    return float(np.exp(best.x[0])), np.append(best.x[1:], 0.0)


def calibrated(
    balanced: np.ndarray[Any, Any], temperature: float, offsets: np.ndarray[Any, Any]
) -> np.ndarray[Any, Any]:
    """Apply `calibration`."""
    scores = np.log(np.clip(balanced, 1e-9, 1.0)) * temperature + offsets
    exponentials = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(exponentials / exponentials.sum(axis=1, keepdims=True))


def threshold(probabilities: np.ndarray[Any, Any], labels: np.ndarray[Any, Any], name: str) -> float:
    """The lowest probability from which decisions for class `name` reach its precision; 2 (never) if none does."""
    column = probabilities[:, CLASSES.index(name)]
    for level in np.arange(0.2, 0.99, 0.01):
        chosen = column >= level
        if chosen.sum() >= 20 and (labels[chosen] == name).mean() >= PRECISION[name]:
            return round(float(level), 2)
    return 2.0


def fit(pairs: Pairs) -> dict[str, Any]:
    """Everything that `StanceClassifier` needs, as plain data."""
    labels = pairs.stance3
    held_out = out_of_fold(pairs, labels, pairs.groups)
    temperature, offsets = calibration(held_out, labels)
    probabilities = calibrated(held_out, temperature, offsets)
    fitted = model().fit(pairs.rows, labels)
    scaler, regression = fitted[0], fitted[1]
    assert tuple(regression.classes_) == CLASSES
    return {
        "features": list(FEATURES),
        "interaction_scale": INTERACTION_SCALE,
        "mean": _rounded(scaler.mean_),
        "scale": _rounded(scaler.scale_),
        # Log-probabilities differ from scores by a constant for each pair, so scaling the scores is the same.
        "coefficients": _rounded(regression.coef_ * temperature),
        "intercepts": _rounded(regression.intercept_ * temperature + offsets),
        "thresholds": {name: threshold(probabilities, labels, name) for name in PRECISION},
        "pairs": len(labels),
    }


def _rounded(values: np.ndarray[Any, Any]) -> Any:
    """Six significant digits: some products of embeddings vary by less than a millionth."""
    return np.vectorize(lambda value: float(f"{value:.6g}"))(values).tolist()


def main() -> None:
    """Fit and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--embeddings", type=Path, help="npz file that keeps the embeddings between runs")
    options = parser.parse_args()
    weights = fit(load_pairs(options.data, options.embeddings))
    options.out.write_text(json.dumps(weights), encoding="utf-8")
    print(json.dumps({"pairs": weights["pairs"], "thresholds": weights["thresholds"]}))


if __name__ == "__main__":
    main()
