"""`videogen experiments`: changes are tested, and adopted by a person only after they were shown to help."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from videogen_dagster.commands.common import AsJson, parse_settings, project
from videogen_dagster.output import facts, print_json, say, show, table

if TYPE_CHECKING:
    from videogen.feedback.experiments.decision import Decision
    from videogen.feedback.improver import ModelImprover

app = typer.Typer(no_args_is_help=True, help="Changes are tested, and adopted by a person once they are shown to help.")
ExperimentId = Annotated[str, typer.Argument(help="Id of an experiment, see `status`.", show_default=False)]
Operator = Annotated[str, typer.Option(help="Who answers for it.", show_default=False)]


def _improver(context: typer.Context) -> ModelImprover:
    from videogen.feedback import ModelImprover

    return ModelImprover(project(context).config)


@app.command()
def suggest(
    context: typer.Context,
    period: Annotated[str, typer.Option(help="7d, 2026-11 or 2026-11-30.")] = "90d",
    keep: Annotated[bool, typer.Option("--keep", help="Keep each as a draft experiment.")] = False,
    json: AsJson = False,
) -> None:
    """Changes that the feedback makes worth a test. Nothing is changed by it."""
    from videogen.feedback import FeedbackIntegration

    integration = FeedbackIntegration(project(context).config)
    found = integration.improver.suggest_parameter_adjustments(integration.analyze_feedback_trends(period))
    drafts = integration.improver.keep_suggestions(found) if keep else []
    if json:
        print_json({"suggestions": [one.model_dump(mode="json") for one in found], "drafts": drafts})
        return
    rows = ((one.setting, one.current, one.suggested, one.evidence, one.why) for one in found)
    show(table(("setting", "now", "suggested", "evidence", "why"), rows))
    if not found:
        say("nothing is suggested: `videogen feedback report` says what is missing")
    for draft in drafts:
        say(f"draft {draft}: videogen experiments start {draft}")


@app.command()
def draft(
    context: typer.Context,
    change: Annotated[list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="What is tested.")] = None,
    against: Annotated[
        list[str] | None, typer.Option(metavar="NAME=VALUE", help="What it is compared with; none: as it is now.")
    ] = None,
    model: Annotated[str | None, typer.Option(help="A model profile to test instead of settings.")] = None,
    design: Annotated[Literal["paired", "split", "bandit"], typer.Option(help="How units are compared.")] = "paired",
    outcome: Annotated[
        Literal["score", "preference", "rating", "approved", "completion"], typer.Option(help="What decides.")
    ] = "score",
    units: Annotated[int, typer.Option(help="Most pairs or requests.")] = 200,
    share: Annotated[float, typer.Option(help="Share of requests that take part.")] = 1.0,
    days: Annotated[float, typer.Option(help="Not decided as better before so many days.")] = 0.0,
    why: Annotated[str, typer.Option(help="What is expected of it.")] = "",
    operator: Annotated[str, typer.Option(help="Who makes it.")] = "command line",
    json: AsJson = False,
) -> None:
    """Plan a test of a setting or a model; `start` begins it."""
    improver = _improver(context)
    improved: Any = model if model is not None else parse_settings(change)
    record = improver.setup_ab_test(
        parse_settings(against), improved, by=operator, why=why, design=design, outcome=outcome, most_units=units,
        share=share, days=days,
    )  # fmt: skip
    if json:
        print_json(record.model_dump(mode="json"))
        return
    say(f"draft {record.experiment.id}: videogen experiments start {record.experiment.id}")


@app.command()
def start(context: typer.Context, experiment_id: ExperimentId, operator: Operator = "command line") -> None:
    """Let requests be drawn into it from now on."""
    record = _improver(context).trials.store.start(experiment_id, operator)
    say(f"{experiment_id} is running: {record.experiment.design}, {record.experiment.outcome} decides")


@app.command()
def status(
    context: typer.Context,
    experiment_id: Annotated[str | None, typer.Argument(help="None: all.")] = None,
    json: AsJson = False,
) -> None:
    """What is known so far; look as often as you like, the error rates hold all the same."""
    trials = _improver(context).trials
    if experiment_id is None:
        records = trials.store.all()
        if json:
            print_json([record.model_dump(mode="json") for record in records])
            return
        listing = ((r.experiment, r) for r in records)
        tests = ((e.id, r.state, e.design, e.outcome, r.decision, r.winner, r.why or e.why) for e, r in listing)
        show(table(("experiment", "state", "design", "outcome", "decision", "winner", "why"), tests))
        return
    decision, record = trials.look(experiment_id), trials.store.get(experiment_id)
    if json:
        print_json({"record": record.model_dump(mode="json"), "decision": _plain(decision)})
        return
    units = ", ".join(f"{name} {count}" for name, count in decision.units.items())
    show(facts({"experiment": experiment_id, "state": record.state, "verdict": decision.verdict, "why": decision.why,
                "units": units, "winner": record.winner or decision.winner}))  # fmt: skip
    rows = (
        (one.arm, one.measure, *_shown(one.improvement), _margin(one.margin), one.verdict, one.improvement.n)
        for one in decision.readings
    )
    show(table(("arm", "measure", "improvement", "at any look, 95 %", "margin", "verdict", "n"), rows))


@app.command()
def review(context: typer.Context, experiment_id: ExperimentId) -> None:
    """Do now what the daily job does: end what is decided, move a bandit's shares, write the table ab_tests."""
    decision = _improver(context).trials.review(experiment_id)
    say(f"{experiment_id}: {decision.verdict}: {decision.why}")


@app.command("run")
def run_second_arms(context: typer.Context, experiment_id: ExperimentId) -> None:
    """Make the other arm of all requests of a paired test that have one. For those of Dagster a sensor does it."""
    from videogen.feedback.experiments.second_attempts import open_second, waiting_requests
    from videogen_dagster.output import progress_bars, stdout_kept_clean
    from videogen_dagster.runs.videos import run_videos

    home, trials = project(context), _improver(context).trials
    videos = waiting_requests(trials, home.requests, home.artifacts, experiment_id)
    for video_id in videos:
        open_second(trials, home.requests, home.artifacts, video_id, 1)
    if videos:
        with stdout_kept_clean(), progress_bars():
            outcome = run_videos(videos, config=home.config)
        for video_id, failure in outcome.failures().items():
            say(f"warning: {video_id}: {failure.problem}")
    say(f"{len(videos)} second arms")


@app.command()
def stop(
    context: typer.Context,
    experiment_id: ExperimentId,
    why: Annotated[str, typer.Option(help="The reason.", show_default=False)],
    operator: Operator = "command line",
) -> None:
    """End a draft or a running test without a decision."""
    _improver(context).trials.store.end(experiment_id, operator, "stopped", why)
    say(f"{experiment_id} is stopped")


@app.command()
def adopt(
    context: typer.Context,
    experiment_id: ExperimentId,
    operator: Operator,
    override: Annotated[
        str | None, typer.Option(help="Adopt it although it was not shown to help; the reason.")
    ] = None,
    json: AsJson = False,
) -> None:
    """Make the winner's settings those of all requests; `videogen config show` marks them, `revert` takes them back."""
    change = _improver(context).trials.adopt(experiment_id, operator, override or "", override=override is not None)
    if json:
        print_json(change.model_dump(mode="json"))
        return
    settings = ", ".join(f"{name} = {value}" for name, value in change.settings.items())
    say(f"{change.change_id} is in force: {settings}")


@app.command()
def revert(
    context: typer.Context,
    change_id: Annotated[str, typer.Argument(help="Id of the change, see `impact`.", show_default=False)],
    operator: Operator,
    why: Annotated[str, typer.Option(help="The reason.")] = "",
) -> None:
    """Take an adopted change back, at once."""
    change = _improver(context).trials.revert(change_id, operator, why)
    say(f"{change.change_id} is reverted: {', '.join(change.settings)} as before")


@app.command()
def impact(
    context: typer.Context,
    change_id: Annotated[str | None, typer.Argument(help="None: all adopted changes.")] = None,
    json: AsJson = False,
) -> None:
    """Whether the effect of adopted changes holds."""
    from videogen.feedback import FeedbackIntegration

    integration = FeedbackIntegration(project(context).config)
    ids = [change_id] if change_id else [one.change_id for one in integration.improver.trials.changes()]
    found = [integration.track_improvement_impact(one) for one in ids]
    if json:
        print_json([{**vars(one), "difference": _bounds(one.difference)} for one in found])
        return
    rows = ((one.change_id, one.state, one.verdict, one.evidence, *_shown(one.difference), one.why) for one in found)
    show(table(("change", "state", "verdict", "evidence", "difference", "95 %", "why"), rows))
    if not found:
        say("nothing was adopted")


def _number(value: float) -> str:
    return f"{value:+.3g}" if math.isfinite(value) else "–"


def _margin(margin: float | None) -> str:
    return "" if margin is None else f"{margin:.3g}"


def _shown(bounds: Any) -> tuple[str, str]:
    return _number(bounds.estimate), f"{_number(bounds.lower)} … {_number(bounds.upper)}"


def _bounds(bounds: Any) -> dict[str, Any]:
    def known(value: Any) -> Any:
        return None if isinstance(value, float) and not math.isfinite(value) else value

    return {name: known(value) for name, value in vars(bounds).items()}


def _plain(decision: Decision) -> dict[str, Any]:
    readings = [{**vars(one), "improvement": _bounds(one.improvement)} for one in decision.readings]
    return {**vars(decision), "readings": readings, "units": dict(decision.units)}
