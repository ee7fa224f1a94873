"""`videogen status` and `videogen show`: what became of requests."""

from __future__ import annotations

from itertools import chain, islice
from typing import Annotated, Any

import typer

from videogen_dagster.commands.common import AsJson, project
from videogen_dagster.output import facts, print_json, say, show, stdout_kept_clean, table

_SHOWN = 60


def status(
    context: typer.Context,
    video_id: Annotated[str | None, typer.Argument(help="Id of a request; none: the latest ones.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many of the latest requests.")] = 20,
    state: Annotated[
        str | None,
        typer.Option(
            help="Only: waiting, queued, running, publishing, being cancelled, cancelled, unfinished, failed, "
            "below target, to be looked at, done, withdrawn, damaged."
        ),
    ] = None,
    json: AsJson = False,
) -> None:
    """Where requests stand; a finished video is to be looked at until somebody publishes it, and then done."""
    from videogen.errors import InputError
    from videogen_dagster.lookup import STATES, latest_runs, summary_or_fault, waits_for

    home = project(context)
    if state not in (None, *STATES):
        raise InputError(f"the state {state!r} is unknown", remedy=f"choose one of {', '.join(STATES)}")
    if video_id is not None:
        home.requests.get(video_id)
    ids = home.requests.newest() if video_id is None else iter([video_id])
    first = next(ids, None)
    with stdout_kept_clean():
        runs = latest_runs() if first else {}
    found = (summary_or_fault(home, one, runs) for one in chain([first] if first else [], ids))
    lines = list(islice((line for line in found if state in (None, line["state"])), limit))
    lines = [{**line, "waits_for": waits_for(home, line)} for line in lines]
    if json:
        print_json(lines if video_id is None else lines[0] if lines else None)
        return
    if not lines:
        say("no requests" if state is None else f"no requests that are {state}")
        return
    columns = ("video", "state", "release", "attempt", "stages", "prompt")
    show(table(columns, (_row(line) for line in lines)))
    for line in lines:
        if line["failure"]:
            say(f"{line['video_id']}: {line['failure']['stage']}: {line['failure']['problem']}")
        for missing in line["waits_for"]:
            say(f"{line['video_id']}: {missing}")
    if any(line["state"] == "to be looked at" for line in lines):
        say("look at a finished video (`videogen show ID` says where it is), then `videogen publish ID`")


def _row(line: dict[str, Any]) -> tuple[Any, ...]:
    stages = "" if line["stages_made"] is None else f"{line['stages_made']}/{line['stages']}"
    return line["video_id"], line["state"], line["release"], line["attempt"], stages, _short(line["prompt"])


def list_videos(
    context: typer.Context,
    limit: Annotated[int, typer.Option(min=1, help="How many of the latest videos.")] = 20,
    json: AsJson = False,
) -> None:
    """The latest videos by their titles."""
    from datetime import datetime

    from videogen_dagster.lookup import latest_runs, summary_or_fault

    home = project(context)
    ids = list(islice(home.requests.newest(), limit))
    with stdout_kept_clean():
        runs = latest_runs() if ids else {}
    lines = [summary_or_fault(home, one, runs) for one in ids]
    if json:
        print_json(lines)
        return
    if not lines:
        say('no videos yet; make one: videogen generate "a red bus driving left through the city at night"')
        return
    rows = (
        (
            line["video_id"],
            _short(line["title"] or line["prompt"]),
            line["state"],
            line["created_at"] and f"{datetime.fromisoformat(line['created_at']).astimezone():%Y-%m-%d %H:%M}",
        )
        for line in lines
    )
    show(table(("video", "title", "state", "asked for"), rows))


def _short(text: str | None) -> str:
    words = " ".join((text or "").split())
    return words if len(words) <= _SHOWN else f"{words[: _SHOWN - 1]}…"


def show_video(
    context: typer.Context,
    video_id: Annotated[str, typer.Argument(help="Id of a request, see `videogen status`.", show_default=False)],
    json: AsJson = False,
) -> None:
    """The lineage of a video: inputs, attempts, seeds, models, timings, and where every artifact is."""
    from videogen_dagster.lookup import details

    with stdout_kept_clean():
        found = details(project(context), video_id)
    if json:
        print_json(found)
        return
    request = found["request"]
    names = ("id", "created_at", "source", "requester", "title", "prompt", "narration", "negative_prompt", "seed",
             "profile", "pipeline", "duration", "emergency", "priority", "overrides", "output")  # fmt: skip
    show(facts({name: request[name] for name in names} | _origins(found)))
    if found["gate"]:
        _show_gate(found["gate"])
    if found["release"]:
        _show_release(found["release"])
    elif any(attempt["quality"].get("passed") for attempt in found["attempts"]):
        show("", facts({"to be looked at": f"then `videogen publish {video_id}`"}))
    for attempt in found["attempts"]:
        _show_attempt(attempt)


def _show_gate(gate: dict[str, Any]) -> None:
    missing = [f"{item['gate']}: {item['found']} ({item['remedy']})" for item in gate["missing"]]
    show(
        "",
        facts(
            {
                "state": gate["state"],
                "decided": "\n".join(gate["decided"]),
                "missing for release": "\n".join(missing) or "nothing",
            }
        ),
    )


def _origins(found: dict[str, Any]) -> dict[str, Any]:
    """What the video was made from: pictures, a clip, another video."""
    request, origins = found["request"], {"pictures": ", ".join(found["pictures"])}
    if found["clip"] is not None:
        how = "its noise worked out of it" if request["invert"] else "with drawn noise"
        origins["made from"] = f"{found['clip']} ({how})"
        origins["strength"] = request["strength"]
    if request["varied_from"] is not None:
        origins["varied from"] = f"{request['varied_from']}, attempt {request['varied_attempt']}"
    return origins


def _show_release(release: dict[str, Any]) -> None:
    made, taken = release["provenance"], release["withdrawn"]
    show(
        "",
        facts(
            {
                "published": f"attempt {made['attempt']}, {made['released_at']}",
                "by": made["released_by"],
                "folder": release["folder"],
                "sha256": release["sha256"],
                "signer": release["signer"],
                "below target": "yes" if made["below_target"] else None,
                "approved by": ", ".join(decision["by"] for decision in made["approvals"]),
                "embargo": made["embargo"],
                "late": made["late"],
                "corrects": made["corrects"] and f"{made['corrects']['of']}: {made['corrects']['reason']}",
                "notices": "\n".join(f"{notice['kind']}: {notice['why']}" for notice in release["notices"]),
                "against rendered": _kept(release.get("fidelity")),
                "override": made["override"] and f"{made['override']['operator']}: {made['override']['why']}",
                "withdrawn": taken and f"{taken['at']} by {taken['operator']}: {taken['why']}",
            }
        ),
    )


def _kept(fidelity: dict[str, Any] | None) -> str | None:
    """What the published file keeps of the rendered one, in words."""
    from videogen.domain.fidelity import Fidelity

    return None if fidelity is None else Fidelity(**fidelity).words


def _show_attempt(attempt: dict[str, Any]) -> None:
    quality, checked = attempt["quality"], attempt["fact_check"]
    show(
        "",
        facts(
            {
                "attempt": f"{attempt['number']} ({attempt['reason']})",
                "seed": attempt["seed"],
                "changes": attempt["changes"],
                "inherits from": attempt["parent"] and f"attempt {attempt['parent']}, up to {attempt['from_stage']}",
                "model": " ".join(filter(None, (attempt["model"], attempt["revision"]))),
                "runs": ", ".join(attempt["runs"]),
                "warnings": "\n".join(attempt["warnings"]),
                "quality": quality and f"{'passed' if quality['passed'] else 'failed'}, score {quality['score']:.2f}",
                "upscaled against decoded": _kept(next(iter(quality.get("fidelity", ())), None)),
                "facts": checked and f"{checked['verdict']}, {'' if checked['publishable'] else 'not '}publishable",
                "failure": attempt["failure"] and f"{attempt['failure']['stage']}: {attempt['failure']['problem']}",
            }
        ),
        table(("stage", "attempt", "seconds", "bytes", "file"), _stage_rows(attempt["stages"])),
    )


def _stage_rows(stages: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = []
    for stage in stages:
        if not stage["attempt"]:
            rows.append((stage["stage"], "–", "", "", ""))
            continue
        seconds = "" if stage["seconds"] is None else f"{stage['seconds']:.2f}"
        for index, file in enumerate(stage["files"]):
            head = (stage["stage"], stage["attempt"], seconds) if index == 0 else ("", "", "")
            rows.append((*head, f"{file['bytes']:,}", file["path"]))
    return rows
