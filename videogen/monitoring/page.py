"""What `videogen monitor` serves: metrics for Prometheus, health for supervisors, a page for people."""

from __future__ import annotations

import json
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from html import escape
from typing import TYPE_CHECKING, Any, Final

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from videogen.errors import VideogenError
from videogen.monitoring.alerts.alert import AlertBook
from videogen.monitoring.alerts.alertmanager import alerts_of, check_payload
from videogen.monitoring.alerts.routing import muted
from videogen.monitoring.metrics.durations import shown
from videogen.monitoring.panels.definitions import DASHBOARDS
from videogen.monitoring.panels.drawing import panel_svg

if TYPE_CHECKING:
    from videogen.monitoring.exporter import Exporter
    from videogen.monitoring.health import SystemHealth

_HEALTH_FOR: Final = 10.0
_MAX_BODY: Final = 1_000_000
HOURS: Final = (1, 6, 24)
_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
_STYLE: Final = """
body{font:14px sans-serif;margin:1.5em;color:#111;background:#f6f6f4}h1{font-size:1.3em}
h2{font-size:1.1em;margin-top:1.6em}table{border-collapse:collapse;background:#fff}
td,th{padding:.3em .7em;border:1px solid #ddd;text-align:left;vertical-align:top}
.critical{background:#fbdcdc}.warning{background:#fdf0d0}
.unhealthy{color:#b00}.degraded{color:#8a5a00}.healthy{color:#060}
.panels{display:flex;flex-wrap:wrap;gap:12px}svg{border:1px solid #ddd}code{font-size:.95em}
"""


def monitor_app(exporter: Exporter, health: Callable[[], SystemHealth], hosts: frozenset[str]) -> Starlette:
    """The application.

    Args:
        health: carries out the checks; asked at most every ten seconds.
        hosts: what may stand in the header Host: other names lead here by a trick (DNS rebinding).
    """
    cached: list[tuple[float, SystemHealth]] = []

    def checked() -> SystemHealth:
        if not cached or time.monotonic() - cached[0][0] > _HEALTH_FOR:
            cached[:] = [(time.monotonic(), health())]
        return cached[0][1]

    async def metrics(request: Request) -> Response:
        """The text of the last round: nothing is asked now, so a scrape never waits."""
        is_open = "application/openmetrics-text" in request.headers.get("accept", "")
        kind = "application/openmetrics-text; version=1.0.0" if is_open else "text/plain; version=0.0.4"
        text = exporter.exposition(openmetrics=is_open)
        return Response(text, 200 if text else 503, media_type=f"{kind}; charset=utf-8")

    async def healthz(request: Request) -> Response:
        late = exporter.round_at is None or datetime.now(UTC) - exporter.round_at > timedelta(seconds=60)
        word = "no round within a minute" if late else "ok"
        return PlainTextResponse(f"{word}\n", 503 if late else 200)

    async def readyz(request: Request) -> Response:
        found = await run_in_threadpool(checked)
        return JSONResponse(found.model_dump(mode="json"), 503 if found.status == "unhealthy" else 200)

    async def page(request: Request) -> Response:
        asked = request.query_params.get("hours", "1")
        hours = int(asked) if asked.isdecimal() and int(asked) in HOURS else HOURS[0]
        return HTMLResponse(await run_in_threadpool(_page, exporter, checked(), hours))

    async def from_alertmanager(request: Request) -> Response:
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > _MAX_BODY:
                return PlainTextResponse("too large\n", 413)
        try:
            payload = check_payload(json.loads(bytes(body)))
            await run_in_threadpool(alerts_of, exporter.alerts, payload)
        except (ValueError, VideogenError) as error:
            return PlainTextResponse(f"{error}\n", 400)
        return Response(status_code=204)

    async def guarded(request: Request, call: Callable[[Request], Awaitable[Response]]) -> Response:
        if request.headers.get("host", "") not in hosts:
            return PlainTextResponse("unknown host\n", 421, headers=_HEADERS)
        answer = await call(request)
        answer.headers.update(_HEADERS)
        return answer

    def route(path: str, call: Callable[[Request], Awaitable[Response]], method: str = "GET") -> Route:
        async def endpoint(request: Request) -> Response:
            return await guarded(request, call)

        return Route(path, endpoint, methods=[method])

    routes = [route("/metrics", metrics), route("/healthz", healthz), route("/readyz", readyz), route("/", page)]
    if exporter.config.monitoring.evaluation == "prometheus":
        routes.append(route("/alertmanager", from_alertmanager, "POST"))
    return Starlette(routes=routes)


def _page(exporter: Exporter, health: SystemHealth, hours: int) -> str:
    end = (exporter.round_at or datetime.now(UTC)).timestamp()
    history = exporter.alerts.evaluator.history
    links = " · ".join(f'<a href="/?hours={number}">{number} h</a>' for number in HOURS)
    parts = [
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Videogen: monitor</title>',
        f'<meta http-equiv="refresh" content="30"><style>{_STYLE}</style><h1>Videogen: monitor</h1>',
        f'<p>System: <b class="{health.status}">{health.status}</b>. {exporter.rounds} rounds, the last one at '
        f"{datetime.fromtimestamp(end, UTC):%Y-%m-%d %H:%M:%S} UTC. Shown: {hours} h ({links}); times are UTC.</p>",
        _alerts_table(exporter, exporter.alerts.book()),
        _health_table(health),
    ]
    for dashboard in DASHBOARDS:
        panels = "".join(panel_svg(panel, history, end - 3600 * hours, end) for panel in dashboard.panels)
        parts.append(f'<h2>{escape(dashboard.title)}</h2><div class="panels">{panels}</div>')
    return "".join(parts)


def _alerts_table(exporter: Exporter, book: AlertBook) -> str:
    firing = [alert for alert in book.alerts.values() if alert.state == "firing"]
    if not firing:
        return "<h2>Alerts</h2><p>No alert fires.</p>"
    rows = []
    now = datetime.now(UTC)
    for alert in sorted(firing, key=lambda one: one.severity):
        told = muted(exporter.alerts.rules, book, alert, now) or (
            f"acknowledged by {alert.acknowledged_by}" if alert.acknowledged_at else ""
        )
        since = shown((now - (alert.fired_at or now)).total_seconds(), "duration")
        cells = [alert.severity, alert.rule, alert.summary, alert.remedy, since, told]
        columns = "".join(f"<td>{escape(cell)}</td>" for cell in cells)
        rows.append(f'<tr class="{alert.severity}">{columns}<td><code>{alert.id}</code></td></tr>')
    head = "".join(f"<th>{name}</th>" for name in ("", "rule", "what", "what to do", "for", "", "id"))
    return f"<h2>Alerts</h2><table><tr>{head}</tr>{''.join(rows)}</table>"


def _health_table(health: SystemHealth) -> str:
    rows: list[str] = []
    for check in health.checks:
        cells: list[Any] = [check.found, check.remedy]
        columns = "".join(f"<td>{escape(str(cell))}</td>" for cell in cells)
        rows.append(f'<tr><td>{escape(check.name)}</td><td class="{check.status}">{check.status}</td>{columns}</tr>')
    return f"<h2>System</h2><table>{''.join(rows)}</table>"
