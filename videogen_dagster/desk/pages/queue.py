"""The queue: what is to be checked, what is being made, what is mine, what went out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from starlette.responses import Response

from videogen_dagster.desk.call import Call
from videogen_dagster.desk.ids import known_id
from videogen_dagster.desk.item import Item
from videogen_dagster.desk.templating import fragment, page

if TYPE_CHECKING:
    from videogen_dagster.desk.desk import Desk
    from videogen_dagster.desk.index.live import Progress

_MOST = 12


def show(desk: Desk, call: Call) -> Response:
    """The whole page."""
    catalogue, name = desk.catalogue, call.user.name
    running = desk.live.now()
    return page(
        call,
        "queue.html",
        judges=call.user.may("approve") or call.user.may("publish"),
        reading=desk.indexer.reading,
        running=running,
        being_made=_being_made(desk, running),
        to_check=catalogue.in_states(("to check", "approved", "held"), 2 * _MOST, but_by=name),
        mine=catalogue.in_states(
            ("draft", "changes requested", "failed", "to check", "held", "approved", "waiting", "damaged"),
            _MOST,
            by=name,
        ),
        published=catalogue.in_states(("published",), _MOST // 2),
    )


def live(desk: Desk, call: Call) -> Response:
    """What is being made, or how far one item is, for the script that asks every second."""
    running = desk.live.now()
    if item_id := call.query.get("item"):
        return fragment(call, "at_work.html", running=running.get(known_id(item_id)))
    return fragment(call, "live.html", running=running, being_made=_being_made(desk, running))


def _being_made(desk: Desk, running: Mapping[str, Progress]) -> list[Item]:
    known = [desk.catalogue.get(item_id) for item_id in list(running)[:50]]
    at_work = [item for item in known if item is not None]
    waiting = [item for item in desk.catalogue.in_states(("waiting",), _MOST) if item.id not in running]
    return [*at_work, *waiting]
