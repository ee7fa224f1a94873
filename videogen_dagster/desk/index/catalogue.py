"""The catalogue: all videos and briefings in a SQLite table with a full-text index. Pages read only this."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from videogen_dagster.desk.database import Database
from videogen_dagster.desk.item import COLUMNS, Item, Kind, State

_FORM = 3
_SCRIPT = f"""
CREATE TABLE IF NOT EXISTS items (
  number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, signature TEXT NOT NULL, kind TEXT NOT NULL,
  title TEXT NOT NULL, state TEXT NOT NULL, version INTEGER NOT NULL, by TEXT NOT NULL, created TEXT NOT NULL,
  changed TEXT NOT NULL, languages TEXT NOT NULL, note TEXT NOT NULL, closed INTEGER NOT NULL,
  released INTEGER NOT NULL, embargo TEXT NOT NULL, has_picture INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS by_state ON items (state, changed);
CREATE INDEX IF NOT EXISTS by_person ON items (by, state, changed);
CREATE INDEX IF NOT EXISTS by_change ON items (changed);
CREATE VIRTUAL TABLE IF NOT EXISTS texts USING fts5 (
  title, words, tokenize = "unicode61 remove_diacritics 2 categories 'L* N* Co Mn Mc'"
);
PRAGMA user_version = {_FORM};
"""
_NAMES = ", ".join(f"items.{name}" for name in COLUMNS)
_MOST_WORDS = 12


@dataclass(frozen=True)
class Search:
    """What the archive is asked for. text: words that must all occur; empty fields limit nothing."""

    text: str = ""
    kind: str = ""
    state: str = ""
    by: str = ""
    since: str = ""
    until: str = ""


class Catalogue:
    """The index of one desk, in a file that can be removed at any time: it is made again from the stores."""

    def __init__(self, path: Path) -> None:
        if path.exists() and _form(path) != _FORM:
            path.unlink()
        self._database = Database(path, _SCRIPT)

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def put(self, items: Iterable[tuple[Item, str]]) -> None:
        """Keep items with the signature of what each was read from."""
        with self._database.changing() as connection:
            for item, signature in items:
                values = [getattr(item, name) for name in COLUMNS]
                marks = ", ".join("?" * (len(COLUMNS) + 1))
                renewed = ", ".join(f"{name} = excluded.{name}" for name in (*COLUMNS, "signature"))
                number = connection.execute(
                    f"INSERT INTO items ({', '.join(COLUMNS)}, signature) VALUES ({marks}) "  # noqa: S608  # own names
                    f"ON CONFLICT (id) DO UPDATE SET {renewed} RETURNING number",
                    [*values, signature],
                ).fetchone()["number"]
                connection.execute("DELETE FROM texts WHERE rowid = ?", [number])
                connection.execute(
                    "INSERT INTO texts (rowid, title, words) VALUES (?, ?, ?)", [number, item.title, item.words]
                )

    def remove(self, ids: Iterable[str]) -> None:
        """Forget items whose folders are gone."""
        with self._database.changing() as connection:
            for item_id in ids:
                row = connection.execute("DELETE FROM items WHERE id = ? RETURNING number", [item_id]).fetchone()
                if row is not None:
                    connection.execute("DELETE FROM texts WHERE rowid = ?", [row["number"]])

    def signatures(self) -> dict[str, tuple[str, int]]:
        """Id → what it was read from, and the version that was the latest then."""
        rows = self._database.rows("SELECT id, signature, version FROM items")
        return {row["id"]: (row["signature"], row["version"]) for row in rows}

    def get(self, item_id: str) -> Item | None:
        """The item of that id."""
        rows = self._items("WHERE id = ?", [item_id])
        return rows[0] if rows else None

    def in_states(self, states: Sequence[State], most: int, *, by: str = "", but_by: str = "") -> list[Item]:
        """The latest items in these states. by: of this person only; but_by: not of this one."""
        where, values = [f"state IN ({', '.join('?' * len(states))})"], list(states)
        if by:
            where.append("by = ?")
            values.append(by)  # type: ignore[arg-type]  # a name among states
        if but_by:
            where.append("by <> ?")
            values.append(but_by)  # type: ignore[arg-type]
        return self._items(f"WHERE {' AND '.join(where)} ORDER BY changed DESC LIMIT {int(most)}", values)

    def count(self) -> int:
        """How many items there are."""
        row = self._database.row("SELECT count(*) AS count FROM items")
        return int(row["count"]) if row else 0

    def counts(self) -> dict[str, int]:
        """State → how many."""
        rows = self._database.rows("SELECT state, count(*) AS count FROM items GROUP BY state")
        return {row["state"]: row["count"] for row in rows}

    def people(self) -> list[str]:
        """Everybody who has asked for something."""
        rows = self._database.rows("SELECT DISTINCT by FROM items WHERE by <> '' ORDER BY by LIMIT 500")
        return [row["by"] for row in rows]

    def find(self, wanted: Search, offset: int, most: int) -> tuple[list[Item], int]:
        """Items that answer a search, the latest first; and how many there are in all."""
        where, values = ["1"], list[Any]()
        match = _match(wanted.text)
        if wanted.text.strip() and not match:
            return [], 0
        if match:
            where.append("number IN (SELECT rowid FROM texts WHERE texts MATCH ?)")
            values.append(match)
        for column, value in (("kind", wanted.kind), ("state", wanted.state), ("by", wanted.by)):
            if value:
                where.append(f"{column} = ?")
                values.append(value)
        if wanted.since:
            where.append("created >= ?")
            values.append(wanted.since)
        if wanted.until:
            where.append("created < date(?, '+1 day')")
            values.append(wanted.until)
        condition = " AND ".join(where)
        total = self._database.row(f"SELECT count(*) AS count FROM items WHERE {condition}", values)  # noqa: S608
        found = self._items(f"WHERE {condition} ORDER BY created DESC LIMIT {int(most)} OFFSET {int(offset)}", values)
        return found, int(total["count"]) if total else 0

    def of_kind(self, kind: Kind, most: int) -> list[Item]:
        """The latest items of one kind."""
        return self._items(f"WHERE kind = ? ORDER BY changed DESC LIMIT {int(most)}", [kind])

    def _items(self, rest: str, values: Sequence[Any]) -> list[Item]:
        rows = self._database.rows(f"SELECT {_NAMES} FROM items {rest}", values)  # noqa: S608  # values are bound
        return [Item(**dict(row)) for row in rows]


def _match(text: str) -> str:
    """The words as FTS5 takes them: each quoted, so that none is an operator; the last one may be a beginning."""
    words = re.findall(r"[\w\u0900-\u0dff]+", text)[:_MOST_WORDS]
    return " ".join(f'"{word}"' for word in words[:-1]) + (f' "{words[-1]}"*' if words else "")


def _form(path: Path) -> int:
    import sqlite3

    connection = sqlite3.connect(path)
    try:
        return int(connection.execute("PRAGMA user_version").fetchone()[0])
    except sqlite3.DatabaseError:
        return -1
    finally:
        connection.close()
