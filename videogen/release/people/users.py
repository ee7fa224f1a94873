"""The file of users: names, roles, password hashes and public keys."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from videogen.domain.frozen_model import FrozenModel
from videogen.errors import ArtifactError, InputError, reasons
from videogen.release.people.keys import fingerprint_of
from videogen.release.people.log import DecisionLog, Event
from videogen.release.people.passwords import NOBODY, hashed, matches
from videogen.release.people.person import Person
from videogen.release.people.roles import ROLES, Role
from videogen.release.people.subject import same_person
from videogen.release.people.user import USER_NAME, PublicKey, User
from videogen.storage.atomic import whole_file
from videogen.storage.atomic_folder import storage_errors
from videogen.storage.locks import one_at_a_time

FILE: Final = "users.json"
DESK: Final = "desk"
"""Name of the key that signs for people who logged in at the desk; no user can have it."""


def alone(folder: Path) -> AbstractContextManager[None]:
    """One change of users, or one decision, at a time, whichever process asks for it."""
    with storage_errors(str(folder)):
        folder.mkdir(parents=True, exist_ok=True, mode=0o770)
    return one_at_a_time(folder / ".lock", "changing users or recording a decision")


class _Users(FrozenModel):
    form: int = 1
    users: tuple[User, ...] = ()
    desk_keys: tuple[PublicKey, ...] = ()


class UserBook:
    """The users of an installation. Every change is a line of the log; readers need no lock."""

    def __init__(self, folder: Path, log: DecisionLog) -> None:
        self._folder, self._path, self._log = folder, folder / FILE, log

    def all(self) -> list[User]:
        """All users, the disabled ones too, by name.

        Raises:
            ArtifactError: the file is damaged.
        """
        return sorted(self._read().users, key=lambda user: user.name)

    def find(self, name: str) -> User | None:
        """The user of that name."""
        return next((user for user in self._read().users if user.name == name), None)

    def by_full_name(self, full_name: str) -> User | None:
        """The only user who is called so; None: nobody is, or several are."""
        found = [user for user in self._read().users if user.full_name and same_person(user.full_name, full_name)]
        return found[0] if len(found) == 1 else None

    def get(self, name: str) -> User:
        """The user of that name. Raises InputError where there is none."""
        user = self.find(name)
        if user is None:
            raise InputError(f"the user {name!r} does not exist", remedy="see `videogen users list`")
        return user

    def desk_key(self, fingerprint: str) -> PublicKey | None:
        """The desk's key with that fingerprint."""
        return next((key for key in self._read().desk_keys if key.fingerprint == fingerprint), None)

    def add(self, name: str, roles: Iterable[str], *, by: Person, password: str = "", full_name: str = "") -> User:
        """Add a user, or give one that is there other roles, name or password. The first user is always an admin too.

        Args:
            name: 2 to 40 of a-z, 0-9 . _ -.
            roles: all that the user has from now on.
            full_name: for people.
            by: who adds; needs the role admin, unless nobody has been added yet.
            password: for the log-in at the desk; "": as it was, or none.

        Raises:
            InputError: the name, a role or the password cannot be used. NotAllowedError: `by` is not an admin.
        """
        name, wanted = name.strip().lower(), _roles(roles)
        if not USER_NAME.fullmatch(name) or name == DESK:
            raise InputError(
                f"{name!r} cannot be the name of a user", remedy="2 to 40 of a-z, 0-9 . _ -, first a letter; not desk"
            )
        digest = hashed(password) if password else None
        with self._alone():
            before = self._read()
            self._check_admin(by, before)
            known = next((user for user in before.users if user.name == name), None)
            if known is None:
                known = User(name=name, created_at=datetime.now(UTC))
                if not before.users and "admin" not in wanted:
                    wanted = (*wanted, "admin")
            changes: dict[str, Any] = {"roles": wanted, "full_name": full_name or known.full_name, "disabled": False}
            user = known.model_copy(update=changes | ({"password": digest} if digest else {}))
            new = user.name not in {other.name for other in before.users}
            self._keep(before, user, "user_added" if new else "user_changed", by, {"roles": list(wanted)})
        return user

    def disable(self, name: str, *, by: Person) -> User:
        """Take all rights from a user; what they decided before stays.

        Raises:
            InputError: the user does not exist, or it is the last admin.
        """
        with self._alone():
            before = self._read()
            self._check_admin(by, before)
            user = self.get(name).model_copy(update={"disabled": True})
            others = [x for x in before.users if x.name != name and not x.disabled and "admin" in x.roles]
            if "admin" in user.roles and not others:
                raise InputError(f"{name} is the only admin", remedy="add another one first: `videogen users add`")
            self._keep(before, user, "user_changed", by, {"disabled": True})
        return user

    def set_password(self, name: str, password: str, *, by: Person) -> User:
        """Give a user another password; one's own, or an admin any.

        Raises:
            InputError: the user does not exist, or the password is too short.
        """
        digest = hashed(password)
        with self._alone():
            before = self._read()
            if by.name != name or not by.is_authenticated:
                self._check_admin(by, before)
            user = self.get(name).model_copy(update={"password": digest})
            self._keep(before, user, "user_changed", by, {"password": "changed"})
        return user

    def add_key(self, name: str, public: bytes, *, by: Person, replace: bool = False) -> User:
        """Register the public half of a user's key; with `replace`, the others of this user count no more.

        Raises:
            InputError: the user does not exist, or the key belongs to somebody.
        """
        key = _public(public)
        with self._alone():
            before = self._read()
            self._check_admin(by, before)
            user = self.get(name)
            if any(known.fingerprint == key.fingerprint for other in before.users for known in other.keys):
                raise InputError("this key belongs to a user already", remedy="make one key for each person")
            now = key.added_at
            older = [known.model_copy(update={"retired_at": known.retired_at or now}) for known in user.keys]
            user = user.model_copy(update={"keys": (*(older if replace else user.keys), key)})
            self._keep(before, user, "key_added", by, {"fingerprint": key.fingerprint, "replace": replace})
        return user

    def add_desk_key(self, public: bytes, *, by: Person) -> PublicKey:
        """Register the key of the desk."""
        key = _public(public)
        with self._alone():
            before = self._read()
            self._log.append("key_added", by=by.name, about=DESK, details={"fingerprint": key.fingerprint})
            self._write(before.model_copy(update={"desk_keys": (*before.desk_keys, key)}))
        return key

    def password_fits(self, name: str, password: str) -> User | None:
        """The user, if name and password belong together and the user is not disabled; None otherwise, as slowly."""
        user = self.find(name.strip().lower())
        kept = user.password if user is not None and user.password else NOBODY
        fits = matches(password, kept)
        return user if user is not None and fits and user.password and not user.disabled else None

    def note_log_in(self, name: str) -> None:
        """Keep in the log that somebody logged in."""
        with self._alone():
            self._log.append("log_in", by=name, about=name)

    def is_empty(self) -> bool:
        """Whether nobody has been added yet: an installation of one person."""
        return not self._read().users

    def _check_admin(self, by: Person, before: _Users) -> None:
        # Somebody has to be the first: until an administrator can be recognised, nobody can be asked for.
        recognisable = [
            user
            for user in before.users
            if "admin" in user.roles and not user.disabled and (user.keys or user.password)
        ]
        if recognisable:
            by.check_may("manage_users")
            by.check_recognised()

    def _keep(self, before: _Users, user: User, event: Event, by: Person, details: dict[str, Any]) -> None:
        self._log.append(event, by=by.name, about=user.name, details={**details, "authentication": by.authentication})
        others = tuple(other for other in before.users if other.name != user.name)
        self._write(before.model_copy(update={"users": (*others, user)}))

    def _read(self) -> _Users:
        try:
            return _Users.model_validate_json(self._path.read_bytes())
        except FileNotFoundError:
            return _Users()
        except ValidationError as error:
            raise ArtifactError(
                f"the users in {self._path} cannot be read: {reasons(error)}", remedy="restore the file from a backup"
            ) from error

    def _write(self, users: _Users) -> None:
        with storage_errors(str(self._path)), whole_file(self._path) as temporary:
            temporary.write_bytes(users.model_dump_json(indent=1).encode() + b"\n")
        with storage_errors(str(self._path)):
            # Operators of one group share it; password hashes are nobody else's business.
            os.chmod(self._path, 0o640)

    def _alone(self) -> AbstractContextManager[None]:
        return alone(self._folder)


def _roles(given: Iterable[str]) -> tuple[Role, ...]:
    wanted = {role.strip().lower() for role in given if role.strip()}
    unknown = sorted(wanted - set(ROLES))
    if unknown or not wanted:
        raise InputError(
            f"{', '.join(unknown)} is not a role" if unknown else "a user needs a role",
            remedy=f"give {', '.join(ROLES)}",
        )
    return tuple(role for role in ROLES if role in wanted)


def _public(public: bytes) -> PublicKey:
    if len(public) != 32:
        raise InputError("this is not the public half of an Ed25519 key", remedy="make one: `videogen users key NAME`")
    return PublicKey(fingerprint=fingerprint_of(public), key=public.hex(), added_at=datetime.now(UTC))
