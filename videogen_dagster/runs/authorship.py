"""Who asks for a video or changes one, as far as they are recognised: they cannot approve it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from videogen.errors import VideogenError
from videogen.release.people.people import People, session_user
from videogen.release.people.person import Person, typed_name

if TYPE_CHECKING:
    from videogen.config.config import VideoGenConfig
    from videogen.release.people.decision import Kind
    from videogen.release.people.roles import Action


def editor(config: VideoGenConfig, name: str | None = None) -> str:
    """The name of whoever edits.

    Args:
        config: the settings.
        name: that was typed; None: the user of the session.

    Raises:
        NotAllowedError: the person has no role for it, or is not recognised where that is needed.
    """
    person = People.of(config).operator(name)
    person.check_may("edit")
    return person.name


def author(config: VideoGenConfig, action: Action) -> Person | None:
    """Who asks for videos, or for other attempts at them; None: an installation without users, where nobody is kept.

    Somebody who is not recognised counts by the name of the session: what runs by itself makes videos, too.

    Raises:
        NotAllowedError: a user who is recognised has no role for it.
    """
    people = People.of(config)
    if people.users.is_empty():
        return None
    try:
        person = people.operator()
    except VideogenError:
        person = typed_name(session_user())
    person.check_may(action)
    return person


def note_author(
    config: VideoGenConfig, person: Person | None, ids: Sequence[str], action: Action, kind: Kind = "video"
) -> None:
    """Keep that a person asks for videos or briefings, or changes them."""
    if person is not None:
        book = People.of(config).book
        for subject_id in ids:
            book.record(person, action, kind=kind, subject_id=subject_id, revision=0)
