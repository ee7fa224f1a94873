"""An incident as Markdown and as HTML."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape

from videogen.monitoring.alerts.incidents.facts import Incident, RunFacts

_STYLE = """
body{font:15px/1.45 sans-serif;max-width:62em;margin:2em auto;padding:0 1em;color:#111}
h1{font-size:1.4em}h2{font-size:1.15em;margin-top:1.8em;border-bottom:1px solid #ccc}
table{border-collapse:collapse}td,th{padding:.25em .8em;border:1px solid #ddd;text-align:left;vertical-align:top}
pre{background:#f4f4f2;padding:.7em;overflow-x:auto;font-size:.85em}svg{max-width:100%}
"""
_OPEN = ("Cause", "What was done", "What keeps it from happening again")


def as_markdown(incident: Incident, dagster_url: str) -> str:
    """The report as Markdown; plots are in the HTML file."""
    return "\n".join(_markdown(incident, dagster_url)) + "\n"


def as_html(incident: Incident, dagster_url: str) -> str:
    """The report as one HTML file without scripts and without anything from elsewhere."""
    parts = [
        '<!doctype html><html lang="en"><meta charset="utf-8">',
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">",
        f"<title>{escape(incident.title)}</title><style>{_STYLE}</style><h1>{escape(incident.title)}</h1>",
        _table(incident.facts),
        f"<h2>Impact</h2>{_table(incident.impact)}",
        "<h2>Measured</h2>",
        "".join(f"<p>{plot}</p>" for plot in incident.plots),
        "<h2>Timeline (UTC)</h2><table>",
        "".join(f"<tr><td>{entry.at:%H:%M:%S}</td><td>{escape(entry.what)}</td></tr>" for entry in incident.timeline),
        "</table><h2>Runs</h2>",
        _runs_table(incident, dagster_url),
        *(_log_of(run) for run in incident.runs if run.lines),
        "<h2>Earlier incidents like it</h2>",
        "<ul>" + "".join(f"<li>{escape(text)}</li>" for text in incident.earlier or ("none is known",)) + "</ul>",
        *(f"<h2>{heading}</h2><p>to be filled in</p>" for heading in _OPEN),
    ]
    return "".join(parts)


def _markdown(incident: Incident, dagster_url: str) -> Iterator[str]:
    yield f"# {_plain(incident.title)}\n"
    yield from _markdown_table(incident.facts)
    yield "\n## Impact\n"
    yield from _markdown_table(incident.impact)
    yield "\n## Timeline (UTC)\n"
    yield from (f"- {entry.at:%H:%M:%S} {_plain(entry.what)}" for entry in incident.timeline)
    yield "\n## Runs\n"
    for run in incident.runs:
        yield f"- [{run.run_id[:8]}]({dagster_url}/runs/{run.run_id}) {run.job}: {run.status}"
    for run in incident.runs:
        if run.lines:
            yield f"\nLast lines of {run.run_id[:8]}:\n\n```text"
            yield from (line.replace("```", "'''") for line in run.lines)
            yield "```"
    yield "\n## Earlier incidents like it\n"
    yield from (f"- {_plain(text)}" for text in incident.earlier or ("none is known",))
    yield from (f"\n## {heading}\n\nto be filled in" for heading in _OPEN)


def _markdown_table(rows: Mapping[str, str]) -> Iterator[str]:
    yield "| | |\n| --- | --- |"
    yield from (f"| {name} | {_plain(text)} |" for name, text in rows.items())


def _plain(text: str) -> str:
    """Text in one line that draws nothing: brackets and bars of Markdown are escaped."""
    return "".join(f"\\{sign}" if sign in "|[]<>`*_" else sign for sign in " ".join(text.split()))


def _table(rows: Mapping[str, str]) -> str:
    return (
        "<table>" + "".join(f"<tr><th>{escape(a)}</th><td>{escape(b)}</td></tr>" for a, b in rows.items()) + "</table>"
    )


def _runs_table(incident: Incident, dagster_url: str) -> str:
    if not incident.runs:
        return "<p>No run was active.</p>"
    rows = []
    for run in incident.runs:
        link = escape(f"{dagster_url}/runs/{run.run_id}", quote=True)
        times = "".join(
            f"<td>{'' if moment is None else f'{moment:%H:%M:%S}'}</td>"
            for moment in (run.created_at, run.started_at, run.ended_at)
        )
        rows.append(
            f'<tr><td><a href="{link}">{run.run_id[:8]}</a></td><td>{escape(run.job)}</td>'
            f"<td>{escape(run.status)}</td>{times}<td>{escape(', '.join(run.videos))}</td></tr>"
        )
    head = "".join(f"<th>{name}</th>" for name in ("run", "job", "state", "created", "started", "ended", "videos"))
    return f"<table><tr>{head}</tr>{''.join(rows)}</table>"


def _log_of(run: RunFacts) -> str:
    lines = "\n".join(escape(line) for line in run.lines)
    return f"<details open><summary>Last lines of {run.run_id[:8]}</summary><pre>{lines}</pre></details>"
