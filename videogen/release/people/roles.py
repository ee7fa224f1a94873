"""The table of who may do what."""

from __future__ import annotations

from collections.abc import Iterable
from types import MappingProxyType
from typing import Final, Literal, get_args

from videogen.config.groups.desk import Role as Role

ROLES: Final[tuple[Role, ...]] = get_args(Role)

Action = Literal[
    "read",
    "submit",
    "edit",
    "embargo",
    "rights",
    "comment",
    "approve",
    "request_changes",
    "hold",
    "lift_hold",
    "publish",
    "override",
    "withdraw",
    "correct",
    "read_log",
    "manage_users",
]
ACTIONS: Final[tuple[Action, ...]] = get_args(Action)

WHO_MAY: Final = MappingProxyType[Action, frozenset[Role]](
    {
        "read": frozenset(ROLES),
        "submit": frozenset(("author", "publisher")),
        "edit": frozenset(("author", "publisher")),
        "embargo": frozenset(("author", "publisher")),
        "rights": frozenset(("author", "publisher")),
        "comment": frozenset(("author", "checker", "publisher")),
        "approve": frozenset(("checker",)),
        "request_changes": frozenset(("checker",)),
        "hold": frozenset(("checker", "publisher")),
        "lift_hold": frozenset(("checker", "publisher")),
        "publish": frozenset(("publisher",)),
        "override": frozenset(("publisher",)),
        "withdraw": frozenset(("publisher",)),
        "correct": frozenset(("publisher",)),
        "read_log": frozenset(("auditor", "admin")),
        "manage_users": frozenset(("admin",)),
    }
)
"""Action → roles that may do it. What is not in the table nobody may do. An administrator manages people and decides
nothing: whoever has to do both gets both roles, and the log says so."""


def may(roles: Iterable[Role], action: Action) -> bool:
    """Whether one of the roles may do it; an action that the table does not name is refused."""
    return not WHO_MAY.get(action, frozenset()).isdisjoint(roles)
