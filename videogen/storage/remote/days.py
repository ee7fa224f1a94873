"""Lists what is named by its day, without fetching the names of all years."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

from videogen.storage.atomic_folder import Folder

MOST_DAYS = 40
"""More days are listed as a whole: that is fewer requests to the store."""


def days_since(name: str, today: date) -> list[date] | None:
    """The days from that of a name, ``20261130-…``, to tomorrow (clocks differ); None: too many, or it has none."""
    try:
        first = datetime.strptime(name[:8], "%Y%m%d").replace(tzinfo=UTC).date()
    except ValueError:
        return None
    count = (today - first).days + 2
    return [first + timedelta(days=number) for number in range(count)] if 0 < count <= MOST_DAYS else None


def names_since(folder: Folder, after: str) -> list[str]:
    """Names in `folder` that come after the name `after`, sorted; a remote one is asked for the days since then."""
    days = None if folder.is_local else days_since(after, datetime.now(UTC).date())
    prefixes = [""] if days is None else [f"{day:%Y%m%d}" for day in days]
    return [name for prefix in prefixes for name in folder.names(prefix=prefix) if name > after]


def newest_first(folder: Folder, today: date | None = None) -> Iterator[str]:
    """All names in `folder` that begin with a day, the latest first; older ones of a remote one only when needed."""
    day = today or datetime.now(UTC).date()
    days = [f"{day + timedelta(days=offset):%Y%m%d}" for offset in (1, 0, -1)]
    months = [f"{day:%Y%m}", f"{day.replace(day=1) - timedelta(days=1):%Y%m}"]
    given: set[str] = set()
    for prefix in [""] if folder.is_local else [*days, *months, ""]:
        names = [name for name in folder.names(prefix=prefix) if name[:8].isdecimal() and name not in given]
        given.update(names)
        yield from reversed(names)
