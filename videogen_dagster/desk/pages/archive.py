"""The archive: everything that was ever asked for, by words, kind, state, person and day."""

from __future__ import annotations

import math
from datetime import date
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from starlette.responses import Response

from videogen_dagster.desk.call import Call
from videogen_dagster.desk.index.catalogue import Search
from videogen_dagster.desk.item import STATES
from videogen_dagster.desk.templating import page

if TYPE_CHECKING:
    from videogen_dagster.desk.desk import Desk

ON_A_PAGE = 25


def show(desk: Desk, call: Call) -> Response:
    """A page of what was found, the latest first."""
    given = call.query
    wanted = Search(
        text=given.get("q", "")[:200],
        kind=given.get("kind", "") if given.get("kind") in ("video", "briefing") else "",
        state=given.get("state", "") if given.get("state") in STATES else "",
        by=given.get("by", "")[:200],
        since=_day(given.get("since", "")),
        until=_day(given.get("until", "")),
    )
    number = call.whole("page", 1)
    items, total = desk.catalogue.find(wanted, (number - 1) * ON_A_PAGE, ON_A_PAGE)
    named = {
        "q": wanted.text, "kind": wanted.kind, "state": wanted.state, "by": wanted.by, "since": wanted.since,
        "until": wanted.until,
    }  # fmt: skip
    return page(
        call,
        "archive.html",
        wanted=wanted,
        states=STATES,
        people=desk.catalogue.people(),
        items=items,
        total=total,
        running=desk.live.now(),
        number=number,
        pages=max(1, math.ceil(total / ON_A_PAGE)),
        query=urlencode({name: value for name, value in named.items() if value}),
    )


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        return ""
