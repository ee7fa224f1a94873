"""Where the servers of a fleet are: URLs in environment variables, with their passwords."""

from __future__ import annotations

import os
from urllib.parse import urlsplit

from videogen.errors import ConfigError

POSTGRES_VARIABLE = "DAGSTER_POSTGRES_URL"
QUEUE_VARIABLE = "VIDEOGEN_QUEUE_URL"
RAY_VARIABLE = "VIDEOGEN_RAY_ADDRESS"
_EXAMPLES = {
    POSTGRES_VARIABLE: "postgresql://videogen:PASSWORD@db.internal:5432/videogen",
    QUEUE_VARIABLE: "redis://:PASSWORD@queue.internal:6379/0",
}
_DRIVER = "postgresql+psycopg2"
_SCHEMES = {POSTGRES_VARIABLE: ("postgresql", "postgres", _DRIVER), QUEUE_VARIABLE: ("redis", "rediss")}


def address(variable: str) -> str:
    """The URL in an environment variable.

    Raises:
        ConfigError: the variable is not set, or holds another kind of address.
    """
    url = os.environ.get(variable, "")
    if not url:
        raise ConfigError(
            f"the environment variable {variable} is not set", remedy=f"set it, e.g. to {_EXAMPLES[variable]}"
        )
    scheme = url.partition("://")[0]
    if scheme not in _SCHEMES[variable]:
        raise ConfigError(
            f"{variable} begins with {scheme!r}, not with {' or '.join(_SCHEMES[variable])}",
            remedy=f"set it, e.g. to {_EXAMPLES[variable]}",
        )
    return url


def name_the_driver() -> None:
    """Let Dagster's processes take the driver that dagster-postgres is written for, psycopg2.

    SQLAlchemy 2.1 takes ``postgresql://`` for another one.
    """
    scheme, mark, rest = address(POSTGRES_VARIABLE).partition("://")
    if scheme != _DRIVER:
        os.environ[POSTGRES_VARIABLE] = f"{_DRIVER}{mark}{rest}"


def without_password(url: str) -> str:
    """The same address for people to read."""
    parts = urlsplit(url)
    if parts.password is None:
        return url
    return parts._replace(netloc=parts.netloc.replace(f":{parts.password}@", ":…@")).geturl()


def remedy_for(reason: str) -> str:
    """What to do about what Postgres answered."""
    if "password" in reason:
        return f"correct user and password in {POSTGRES_VARIABLE}"
    if "does not exist" in reason:
        return "create it: createuser videogen --pwprompt; createdb videogen --owner videogen"
    if "refused" in reason or "timeout" in reason or "translate host" in reason:
        return f"start the server, let this machine through its firewall, or correct the host in {POSTGRES_VARIABLE}"
    return f"correct {POSTGRES_VARIABLE}, or ask who runs the server"
