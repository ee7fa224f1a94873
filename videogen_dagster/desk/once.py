"""Forms that were sent twice, by a double click or from two tabs: what they ask for is done once."""

from __future__ import annotations

import time

from videogen_dagster.desk.database import Database

TABLES = """
CREATE TABLE IF NOT EXISTS once (key TEXT PRIMARY KEY, at REAL NOT NULL, location TEXT);
"""
_KEPT = 86_400.0
_PATIENCE = 10.0
_LOOK = 0.05


class Once:
    """The numbers of forms that were taken, with where the person was sent afterwards."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, key: str) -> bool:
        """Whether this form comes for the first time."""
        now = time.time()
        with self._database.changing() as connection:
            connection.execute("DELETE FROM once WHERE at < ?", [now - _KEPT])
            return connection.execute("INSERT OR IGNORE INTO once VALUES (?, ?, NULL)", [key, now]).rowcount == 1

    def done(self, key: str, location: str) -> None:
        """Keep where the person was sent."""
        self._database.write("UPDATE once SET location = ? WHERE key = ?", [location, key])

    def forget(self, key: str) -> None:
        """The form was refused: the same one may be sent again."""
        self._database.write("DELETE FROM once WHERE key = ?", [key])

    def outcome(self, key: str) -> str | None:
        """Where the first one led, once it has; None: it is still at work, or was refused."""
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline:
            row = self._database.row("SELECT location FROM once WHERE key = ?", [key])
            if row is None or row["location"] is not None:
                return None if row is None else str(row["location"])
            time.sleep(_LOOK)
        return None
