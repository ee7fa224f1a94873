"""Everything about people in one place: users, log-in, the operator of the command line, decisions, the log."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from contextlib import suppress
from getpass import getuser
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from videogen.errors import InputError
from videogen.release.people.book import DecisionBook
from videogen.release.people.keys import SigningKey, load_key, make_key
from videogen.release.people.log import DecisionLog
from videogen.release.people.person import Authentication, NotAllowedError, Person, typed_name
from videogen.release.people.roles import ROLES, Action, Role
from videogen.release.people.users import UserBook

if TYPE_CHECKING:
    from videogen.config.config import VideoGenConfig
    from videogen.release.people.decision import SignedDecision
    from videogen.release.people.subject import Subject
    from videogen.release.people.user import User

_log = logging.getLogger(__name__)
_DESK_KEY: Final = "desk.pem"


class People:
    """The people of an installation.

    Args:
        folder: of users, decisions and log.
        key_folder: where private keys lie, those of this user and of the desk; outside of `folder` and of the store.
        must_be_known: a typed name may do nothing (`release.identity: authenticated`).
        user: name of the operator on the command line; "": the user of the session.
    """

    def __init__(self, folder: Path, key_folder: Path, *, must_be_known: bool = False, user: str = "") -> None:
        self.folder, self.key_folder = folder, key_folder
        self.must_be_known, self._user = must_be_known, user
        self.log = DecisionLog(folder)
        self.users = UserBook(folder, self.log)
        self.book = DecisionBook(folder, self.users, self.log)

    @classmethod
    def of(cls, config: VideoGenConfig) -> People:
        """The people of a configuration."""
        release = config.release
        return cls(
            config.path(release.people_folder),
            key_folder_of(config),
            must_be_known=release.identity == "authenticated",
            user=release.user,
        )

    def operator(self, name: str | None = None) -> Person:
        """Who acts on the command line: the user `name`, recognised by their key, or else a typed name.

        Args:
            name: None: `release.user`, else the user of the session.

        Raises:
            NotAllowedError: the user is disabled, or people must be known and this one is not.
            ConfigError: the key cannot be used. InputError: the session has no user name.
        """
        wanted = " ".join((name or self._user or session_user()).split())
        user = self.users.find(wanted.lower()) or self.users.by_full_name(wanted)
        path = self.key_path(user.name) if user is not None else None
        if user is not None and path is not None and path.exists():
            if user.disabled:
                raise NotAllowedError(f"the user {user.name} is disabled", remedy="ask an administrator")
            key = load_key(path)
            if not user.has_key(key.fingerprint):
                raise NotAllowedError(
                    f"the key {path} is not registered for {user.name}",
                    remedy=f"an administrator registers it: `videogen users key {user.name}`",
                )
            return Person(user.name, frozenset(user.roles), "key", key)
        if self.must_be_known:
            raise NotAllowedError(
                f"{wanted!r} is not recognised: this installation takes decisions of known users only",
                remedy=f"`videogen users add {wanted} --role …` and `videogen users key {wanted}`, or use the desk",
            )
        return typed_name(wanted)

    def log_in(self, name: str, password: str) -> Person | None:
        """The person whose name and password these are, signed for by the desk; None: they do not fit.

        Both outcomes take the same time. Log-ins are lines of the log. Whoever calls limits the tries.
        """
        user = self.users.password_fits(name, password)
        if user is None:
            _log.warning("a log-in as %r failed", name[:40])
            return None
        self.users.note_log_in(user.name)
        return self._at_the_desk(user.name, user.roles, "password")

    def vouched_for(self, name: str, by: Authentication, roles: Iterable[Role] | None = None) -> Person | None:
        """A person whom a proxy or an identity provider has recognised; None: disabled here.

        Args:
            name: of the user, as the provider gives it.
            by: what recognised them.
            roles: those that the provider gives; None: those in the file of users, none for people who are not there.
        """
        user = self.users.find(name.strip().lower())
        if user is not None and user.disabled:
            return None
        held = tuple(roles) if roles is not None else (user.roles if user is not None else ())
        return self._at_the_desk(name.strip().lower(), held, by)

    def record(
        self,
        person: Person,
        action: Action,
        subject: Subject,
        *,
        comment: str = "",
        data: Mapping[str, Any] | None = None,
        seen: str | None = None,
    ) -> SignedDecision:
        """Record a decision on the exact state of `subject`.

        Args:
            person: who decides.
            action: what they decide.
            subject: on what.
            comment: for people.
            data: what the action sets.
            seen: hash of the state that the person looked at; None: the subject was read just now.

        Raises:
            InputError: the subject has changed since the person looked at it, or the person approves their own work.
            NotAllowedError: the person has no role for it, or is not recognised where that is needed.
            StorageError: the disk refused, and nothing is recorded.
        """
        from videogen.release.people.subject import is_among

        person.check_may(action)
        if self.must_be_known:
            person.check_recognised()
        if seen is not None and seen != subject.sha256:
            raise InputError(
                f"{subject.id} has changed since you looked at it", remedy="look at it again", video_id=subject.id
            )
        if action == "approve" and person.is_authenticated and is_among(person.name, subject.authors):
            raise NotAllowedError(
                f"{person.name} has asked for {subject.id} or changed it, and cannot approve it",
                remedy="somebody else with the role checker has to look at it",
            )
        return self.book.record(
            person,
            action,
            kind=subject.kind,
            subject_id=subject.id,
            revision=subject.revision,
            sha256=subject.sha256,
            comment=comment,
            data=data,
        )

    def decisions(self, subject_id: str) -> list[SignedDecision]:
        """All decisions on a video or briefing, first to last. Raises DecisionError where they were tampered with."""
        return self.book.of(subject_id)

    def key_path(self, name: str) -> Path:
        """Where the private key of a user lies on this machine, or would."""
        return self.key_folder / f"{name}.pem"

    def make_key(self, user: User, *, by: Person, replace: bool = False) -> Path:
        """Make a key for a user on this machine and register its public half; returns the file of the private one."""
        path = self.key_path(user.name)
        key = make_key(path)
        try:
            self.users.add_key(user.name, key.public, by=by, replace=replace)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        return path

    def _at_the_desk(self, name: str, roles: Iterable[Role], how: Authentication) -> Person:
        return Person(name, frozenset(role for role in roles if role in ROLES), how, self._desk_key())

    def _desk_key(self) -> SigningKey:
        """The key of the desk on this machine, made and registered on first use."""
        path = self.key_folder / _DESK_KEY
        if not path.exists():
            # Another process of the desk may be faster.
            with suppress(InputError):
                make_key(path)
        key = load_key(path)
        if self.users.desk_key(key.fingerprint) is None:
            self.users.add_desk_key(key.public, by=typed_name("desk"))
        return key


def key_folder_of(config: VideoGenConfig) -> Path:
    """Where private keys lie: `release.key_folder`, else the user's own folder of settings."""
    if config.release.key_folder is not None:
        return config.path(config.release.key_folder)
    from platformdirs import user_config_path

    return user_config_path("pib-videogen", appauthor=False) / "keys"


def session_user() -> str:
    """The user of this session.

    Raises:
        InputError: it has no name, as in some containers.
    """
    try:
        return getuser()
    except (KeyError, OSError) as error:
        raise InputError("this session has no user name", remedy="say who it is: --operator NAME") from error
