"""Sessions: kept on this side, named by a random cookie of which only the hash is stored; and the tokens of forms."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from videogen_dagster.desk.database import Database

if TYPE_CHECKING:
    from videogen.release.people.person import Authentication
    from videogen.release.people.roles import Role

TABLES = """
DROP TABLE IF EXISTS sessions;
CREATE TABLE IF NOT EXISTS log_ins (
  cookie TEXT PRIMARY KEY, user TEXT NOT NULL, authentication TEXT NOT NULL, roles TEXT, begun REAL NOT NULL,
  seen REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS keys (name TEXT PRIMARY KEY, value BLOB NOT NULL);
"""
_BYTES = 32
_SEEN_EVERY = 60.0


@dataclass(frozen=True)
class Session:
    """Who has logged in, and how. roles: that the identity provider gives; None: those of the user here."""

    user: str
    authentication: Authentication
    roles: tuple[Role, ...] | None = None


class Sessions:
    """The sessions of one desk.

    Args:
        database: where they are kept, so that a killed desk logs nobody out.
        hours: how long one lasts without being used.
    """

    def __init__(self, database: Database, hours: float) -> None:
        self._database, self._lasts = database, hours * 3600.0
        database.write("INSERT OR IGNORE INTO keys VALUES ('forms', ?)", [secrets.token_bytes(_BYTES)])
        row = database.row("SELECT value FROM keys WHERE name = 'forms'")
        assert row is not None
        self._key: bytes = row["value"]

    def begin(self, user: str, authentication: Authentication, roles: Iterable[Role] | None = None) -> str:
        """Begin a session; returns its cookie, a new one at every log-in."""
        held = None if roles is None else ",".join(sorted(roles))
        cookie = new_cookie()
        now = time.time()
        with self._database.changing() as connection:
            connection.execute("DELETE FROM log_ins WHERE seen < ?", [now - self._lasts])
            connection.execute(
                "INSERT INTO log_ins VALUES (?, ?, ?, ?, ?, ?)",
                [_hashed(cookie), user, authentication, held, now, now],
            )
        return cookie

    def find(self, cookie: str) -> Session | None:
        """The session that a cookie names; None: there is none, or it was not used for too long."""
        if not cookie:
            return None
        name, now = _hashed(cookie), time.time()
        row = self._database.row("SELECT * FROM log_ins WHERE cookie = ?", [name])
        # A clock that was set back must not make a session last for ever.
        if row is None or not row["begun"] - _SEEN_EVERY <= now <= row["seen"] + self._lasts:
            return None
        if now - row["seen"] > _SEEN_EVERY:
            self._database.write("UPDATE log_ins SET seen = ? WHERE cookie = ?", [now, name])
        roles = None if row["roles"] is None else tuple(filter(None, row["roles"].split(",")))
        return Session(row["user"], row["authentication"], roles)

    def end(self, cookie: str) -> None:
        """End one session."""
        self._database.write("DELETE FROM log_ins WHERE cookie = ?", [_hashed(cookie)])

    def end_all(self, user: str) -> None:
        """End all sessions of a user, whose password or roles have changed."""
        self._database.write("DELETE FROM log_ins WHERE user = ?", [user])

    def token(self, cookie: str) -> str:
        """What forms of this visitor carry."""
        return hmac.new(self._key, f"form {cookie}".encode(), hashlib.sha256).hexdigest()

    def fits(self, cookie: str, token: str) -> bool:
        """Whether a form was shown to this visitor."""
        return bool(cookie) and hmac.compare_digest(self.token(cookie).encode(), token.encode())


def new_cookie() -> str:
    """A name that nobody can guess."""
    return secrets.token_urlsafe(_BYTES)


def _hashed(cookie: str) -> str:
    return hashlib.sha256(cookie.encode()).hexdigest()
