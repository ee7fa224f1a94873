"""The links at the top of every page: those that lead somewhere for this person."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from videogen.release.people.person import Person
    from videogen.release.people.roles import Action

_LINKS: tuple[tuple[str, str, Action], ...] = (
    ("/", "Queue", "read"),
    ("/new", "New", "submit"),
    ("/archive", "Archive", "read"),
    ("/admin", "Admin", "read_log"),
)
_PUBLIC = (("/check", "Check a video"),)


def links_for(person: Person | None) -> list[tuple[str, str]]:
    """Address and name of each link."""
    own = [(path, name) for path, name, action in _LINKS if person is not None and person.may(action)]
    return [*own, *_PUBLIC]
