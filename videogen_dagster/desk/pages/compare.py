"""Two versions in step, with what changed in the storyboard between them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import Response

from videogen_dagster.desk.call import Call
from videogen_dagster.desk.editing.diffs import changed_lines
from videogen_dagster.desk.ids import is_briefing, known_id
from videogen_dagster.desk.pages.review import item_of, reviewed
from videogen_dagster.desk.subjects.parts import Medium, Reviewed
from videogen_dagster.desk.templating import page

if TYPE_CHECKING:
    from videogen_dagster.desk.desk import Desk


def show(desk: Desk, call: Call) -> Response:
    """By default the latest version beside the one before."""
    item_id = known_id(call.item_id)
    item = item_of(desk, item_id)
    latest = max(1, item.version)
    second = call.whole("b", latest, latest)
    first = call.whole("a", max(1, second - 1), latest)
    a, b = reviewed(desk, item_id, first), reviewed(desk, item_id, second)
    keys = list(dict.fromkeys([*(m.key for m in b.media), *(m.key for m in a.media)]))
    key = call.query.get("medium", "")
    key = key if key in keys else (keys[0] if keys else "")
    return page(
        call,
        "compare.html",
        subject=item,
        a=a,
        b=b,
        left=_of(a, key),
        right=_of(b, key),
        keys=keys,
        medium_key=key,
        diff=_changes(desk, item_id, first, second) if is_briefing(item_id) else [],
        can_rate=item.kind == "video",
    )


def _of(version: Reviewed, key: str) -> Medium | None:
    return next((medium for medium in version.media if medium.key == key), None)


def _changes(desk: Desk, item_id: str, first: int, second: int) -> list[tuple[str, str]]:
    before, after = (desk.briefings.storyboard_text(item_id, n).decode("utf-8") for n in (first, second))
    return changed_lines(before, after)
