"""`videogen assess`: the quality report of any video on disk, made by anyone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from videogen_dagster.commands.common import AsJson, parse_settings, project
from videogen_dagster.output import print_json, progress_bars, say, show, stdout_kept_clean, table, write
from videogen_dagster.project import Project

if TYPE_CHECKING:
    from videogen.config.config import VideoGenConfig
    from videogen.quality.metrics.technical import Expected
    from videogen.quality.reporting.report import Comparison, QualityReport


def assess(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="A video file.", show_default=False)],
    prompt: Annotated[str, typer.Option(help="What it is meant to show.")] = "",
    content_type: Annotated[
        str | None, typer.Option(help="illustration, briefing, alert, footage or an own one; none: the configured one.")
    ] = None,
    label: Annotated[str | None, typer.Option(help="Text that must be burnt into every frame.")] = None,
    ordered: Annotated[
        bool, typer.Option("--ordered", help="It must have the configured size, rate and label as well.")
    ] = False,
    settings: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="A setting, e.g. quality.thresholds.")
    ] = None,
    details: Annotated[bool, typer.Option("--details", help="Every metric with its limit; what to change.")] = False,
    html: Annotated[Path | None, typer.Option(help="Write the report as a page with plots and worst frames.")] = None,
    json: AsJson = False,
) -> None:
    """Measure a video and say whether it passes, why not, and what to change. Exit code 1: it does not pass."""
    from videogen.quality.assessor import QualityAssessor
    from videogen.quality.relevance.encoders import encoder_for

    home = project(context)
    config = _config(home, content_type, settings)
    with stdout_kept_clean(), progress_bars():
        assessor = QualityAssessor(config, encoder=encoder_for(config))
        report = assessor.assess_video(file, prompt, expected=_expected(config, label, ordered))
    if html is not None:
        _write_page(html, report, file)
    if json:
        print_json(report.model_dump(mode="json"))
    else:
        write(report.generate_summary())
        if details:
            _show_details(report)
        if html is not None:
            say(f"the report is in {html}")
    if not report.passed:
        raise typer.Exit(1)


def _show_details(report: QualityReport) -> None:
    limits = {one.name: one for one in report.compare_to_thresholds()}
    for group, results in report.get_detailed_breakdown().items():
        rows = ((one["title"], one["value"], _limit(limits.get(one["name"])), one["passed"]) for one in results)
        show(table((group, "value", "limit", "passed"), rows))
    for suggestion in report.suggest_improvements():
        say(f"{suggestion.problem}: {suggestion.why}")


def _limit(compared: Comparison | None) -> str:
    if compared is None or compared.threshold is None:
        return ""
    return f"{compared.direction} {compared.threshold:.4g}"


def _config(home: Project, content_type: str | None, settings: list[str] | None) -> VideoGenConfig:
    changes = parse_settings(settings)
    if content_type is not None:
        changes["quality.content_type"] = content_type
    return home.config.updated(changes) if changes else home.config


def _expected(config: VideoGenConfig, label: str | None, ordered: bool) -> Expected:
    from dataclasses import replace

    from videogen.config.label_style import label_style
    from videogen.quality.metrics.technical import Expected

    expected = (
        Expected.from_config(config) if ordered else Expected(label_position=label_style(config.delivery).position)
    )
    return expected if label is None else replace(expected, label=label)


def _write_page(path: Path, report: QualityReport, video: Path) -> None:
    from videogen.quality.reporting.html import render_page
    from videogen.storage.atomic import whole_file
    from videogen.storage.atomic_folder import storage_errors

    place = path.expanduser().absolute()
    page = render_page(report, video).encode("utf-8")
    with storage_errors(str(place)):
        place.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(place) as temporary:
            temporary.write_bytes(page)
