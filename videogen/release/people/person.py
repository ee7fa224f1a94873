"""Who acts: an authenticated user, or a name that somebody typed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from videogen.errors import InputError
from videogen.release.people.keys import SigningKey
from videogen.release.people.roles import ROLES, WHO_MAY, Action, Role, may

Authentication = Literal["key", "password", "proxy", "oidc", "none"]
"""How a person was recognised. "none": by nothing, the name was typed."""


class NotAllowedError(InputError):
    """The person has no role that may do this, or was not recognised where that is needed."""


@dataclass(frozen=True)
class Person:
    """A person who acts now.

    key: what signs the decisions: their own on the command line, the desk's after a log-in; None: nothing does.
    """

    name: str
    roles: frozenset[Role]
    authentication: Authentication
    key: SigningKey | None = field(default=None, repr=False)

    @property
    def is_authenticated(self) -> bool:
        """Whether somebody or something vouches for the name."""
        return self.authentication != "none"

    def may(self, action: Action) -> bool:
        """Whether one of the roles allows the action."""
        return may(self.roles, action)

    def check_recognised(self) -> None:
        """Raise NotAllowedError where the name was only typed."""
        if not self.is_authenticated:
            raise NotAllowedError(
                f"{self.name!r} is not recognised", remedy="use a key of your own (`videogen users key`), or log in"
            )

    def check_may(self, action: Action) -> None:
        """Raise NotAllowedError where no role allows the action."""
        if not self.may(action):
            needed = " or ".join(sorted(WHO_MAY.get(action, ())))
            has = ", ".join(sorted(self.roles)) or "no role"
            raise NotAllowedError(
                f"{self.name} may not {action.replace('_', ' ')}: that takes the role {needed}, {self.name} has {has}",
                remedy=f"ask an administrator for the role: `videogen users add {self.name} --role …`",
            )


def typed_name(name: str) -> Person:
    """A person of a one-person installation, by a name that somebody typed: may do all, and is recorded as such."""
    return Person(name, frozenset(ROLES), "none")
