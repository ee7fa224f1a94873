"""`videogen measure`: numbers of videos, without a verdict: one by one, against a reference, and as a set."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from videogen_dagster.commands.common import AsJson, project
from videogen_dagster.output import facts, print_json, say, show, stdout_kept_clean

if TYPE_CHECKING:
    from videogen.config.config import VideoGenConfig
    from videogen.quality.calculator import MetricsCalculator
    from videogen.quality.metrics.distribution import SetScore


def measure(
    context: typer.Context,
    files: Annotated[list[Path], typer.Argument(help="Video files.", show_default=False)],
    prompt: Annotated[str | None, typer.Option(help="What they are meant to show.")] = None,
    reference: Annotated[
        list[Path] | None,
        typer.Option(help="One file: the original, for PSNR and SSIM. Several: the set for the Fréchet distance."),
    ] = None,
    json: AsJson = False,
) -> None:
    """Every metric of each file, its likeness to prompt and original, and FVD and inception score of them all."""
    from videogen.quality.calculator import MetricsCalculator

    config = project(context).config
    calculator = MetricsCalculator(config)
    with stdout_kept_clean():
        single = {str(path): _of_one(config, calculator, path, prompt, reference or []) for path in files}
        together = _of_all(config, calculator, files, reference or [])
    if json:
        print_json({"files": single, "set": together})
        return
    for path, numbers in single.items():
        show(facts({"file": path, **numbers}))
    show(facts(together))


def _of_one(
    config: VideoGenConfig, calculator: MetricsCalculator, path: Path, prompt: str | None, reference: Sequence[Path]
) -> dict[str, Any]:
    from videogen.media.frame_input import as_frames
    from videogen.quality.assessor import QualityAssessor

    assessor = QualityAssessor(config)
    numbers: dict[str, Any] = {name: _rounded(value) for name, value in assessor.compute_metrics(path).items()}
    frames = as_frames(path)
    if len(frames) > 2:
        coherence = assessor.evaluate_temporal_coherence(frames)
        numbers |= {"temporal_coherence": _rounded(coherence.score), "coherent": coherence.passed}
        numbers["warp_error"] = _rounded(calculator.compute_temporal_metrics(frames)["warp_error"])
    if prompt is not None:
        relevance = assessor.check_content_relevance(path, prompt)
        numbers["text_relevance"] = relevance.note if relevance.relevance is None else _rounded(relevance.relevance)
        numbers["clip_similarity"] = _rounded(calculator.compute_clip_similarity(path, prompt))
    if len(reference) == 1:
        numbers["psnr"] = _rounded(calculator.compute_psnr(path, reference[0]))
        numbers["ssim"] = _rounded(calculator.compute_ssim(path, reference[0]))
    return numbers


def _of_all(
    config: VideoGenConfig, calculator: MetricsCalculator, files: Sequence[Path], reference: Sequence[Path]
) -> dict[str, Any]:
    """FVD and inception score with their targets; a target that cannot be reached is named as such."""
    from videogen.errors import InputError

    others = list(reference) if len(reference) > 1 else None
    found: dict[str, Any] = {}
    for name, work in (
        ("fvd", lambda: calculator.compute_fvd(list(files), others)),
        ("inception_score", lambda: calculator.compute_inception_score(list(files))),
    ):
        try:
            score: SetScore = work()
        except InputError as error:
            found[name] = f"not measured: {error.problem}"
            continue
        found[name] = {"value": _rounded(score.value), "error": _rounded(score.standard_error), "clips": score.clips}
        found[name]["features"] = score.features
    found["target_fvd"], found["target_is"] = config.quality.target_fvd, config.quality.target_is
    highest = calculator.number_of_classes
    if highest is not None and highest < config.quality.target_is:
        say(
            f"note: an inception score is at most the number of classes, here {highest}: "
            f"target_is {config.quality.target_is:g} cannot be reached with this classifier"
        )
    return found


def _rounded(value: float) -> float:
    return round(float(value), 4)
