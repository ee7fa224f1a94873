"""Log-in at an identity provider: what is under way, and who somebody is who comes back from there."""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from videogen.release.people.person import NotAllowedError
from videogen.release.people.roles import ROLES, Role
from videogen.release.people.user import USER_NAME
from videogen_dagster.desk.database import Database

if TYPE_CHECKING:
    from videogen.config.groups.desk import DeskSettings
    from videogen.release.people.people import People
    from videogen.release.people.person import Person
    from videogen_dagster.desk.login.provider import Provider

TABLES = """
CREATE TABLE IF NOT EXISTS under_way (
  state TEXT PRIMARY KEY, cookie TEXT NOT NULL, nonce TEXT NOT NULL, verifier TEXT NOT NULL, leads TEXT NOT NULL,
  at REAL NOT NULL
);
"""
_SECONDS: Final = 600.0


@dataclass(frozen=True)
class Oidc:
    """Log-in at an identity provider.

    Args:
        name: claim that names the user.
        claim: that holds groups; "": roles are those of the users here.
        roles: group → role.
    """

    provider: Provider
    database: Database
    name: str
    claim: str
    roles: Mapping[str, Role]

    @classmethod
    def of(cls, settings: DeskSettings, address: str, database: Database) -> Oidc:
        """The log-in of the settings. Raises ConfigError where it cannot be used."""
        from videogen_dagster.desk.login.provider import Provider

        claim = settings.oidc_roles_claim if settings.oidc_roles else ""
        return cls(Provider.of(settings, address), database, settings.oidc_name_claim, claim, settings.oidc_roles)

    def begin(self, cookie: str, leads: str) -> str:
        """Where this visitor is sent to log in.

        Args:
            cookie: of the visitor, who alone can use the answer.
            leads: page that is shown afterwards.

        Raises:
            ProviderError: the provider cannot be asked.
        """
        state, nonce, verifier = (secrets.token_urlsafe(48) for _ in range(3))
        address = self.provider.address(state=state, nonce=nonce, verifier=verifier)
        now = time.time()
        with self.database.changing() as connection:
            connection.execute("DELETE FROM under_way WHERE at NOT BETWEEN ? AND ?", [now - _SECONDS, now + _SECONDS])
            connection.execute(
                "INSERT INTO under_way VALUES (?, ?, ?, ?, ?, ?)",
                [_hashed(state), _hashed(cookie), nonce, verifier, leads, now],
            )
        return address

    def person(self, people: People, cookie: str, answer: Mapping[str, str]) -> tuple[Person, str]:
        """Who comes back from the provider, and which page is shown to them. An answer counts once.

        Args:
            people: of this installation.
            cookie: of the visitor.
            answer: the provider's, from the address: code, state, iss, or error.

        Raises:
            NotAllowedError: the log-in was not begun by this visitor, ended there, or gives no role here.
            ProviderError: the provider cannot be asked or believed.
        """
        with self.database.changing() as connection:
            row = connection.execute(
                "DELETE FROM under_way WHERE state = ? AND cookie = ? AND at BETWEEN ? AND ? RETURNING *",
                [_hashed(answer.get("state", "")), _hashed(cookie), time.time() - _SECONDS, time.time() + _SECONDS],
            ).fetchone()
        if row is None:
            raise NotAllowedError("this log-in was not begun here, or took too long", remedy="begin again")
        self.provider.check_answer(answer.get("iss", ""))
        if not answer.get("code"):
            raise NotAllowedError(
                f"the identity provider did not let you in: {answer.get('error', 'it gives no code')[:80]}",
                remedy="begin again, or ask its administrator",
            )
        claims = self.provider.claims(answer["code"], nonce=row["nonce"], verifier=row["verifier"])
        return self._known(people, claims), str(row["leads"])

    def _known(self, people: People, claims: Mapping[str, Any]) -> Person:
        name = claims.get(self.name)
        if not isinstance(name, str) or not USER_NAME.fullmatch(name.strip().lower()):
            raise NotAllowedError(
                f"the identity provider says no name in its claim {self.name} that can be one here",
                remedy="an administrator of the desk names another claim in desk.oidc_name_claim",
            )
        person = people.vouched_for(name, "oidc", self._roles_in(claims) if self.claim else None)
        if person is None:
            raise NotAllowedError(f"{name} is disabled here", remedy="ask an administrator of the desk")
        if not person.roles:
            raise NotAllowedError(
                f"{person.name} has no role at this desk", remedy="ask an administrator for one, then log in again"
            )
        return person

    def _roles_in(self, claims: Mapping[str, Any]) -> list[Role]:
        """The roles of somebody's groups. The claim may lie in others: `realm_access.roles`."""
        found: Any = claims
        for part in self.claim.split("."):
            found = found.get(part) if isinstance(found, Mapping) else None
        groups = {found} if isinstance(found, str) else set(found) if isinstance(found, list) else set()
        given = {role for group, role in self.roles.items() if group in groups}
        return [role for role in ROLES if role in given]


def _hashed(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
