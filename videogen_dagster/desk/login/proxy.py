"""Log-in at a reverse proxy, whose word is taken from listed addresses only, with a secret that both share."""

from __future__ import annotations

import hmac
import ipaddress
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.datastructures import Headers

from videogen.errors import ConfigError

if TYPE_CHECKING:
    from videogen.config.groups.desk import DeskSettings
    from videogen.release.people.people import People
    from videogen.release.people.person import Person

SECRET_VARIABLE = "VIDEOGEN_DESK_PROXY_SECRET"  # noqa: S105  # a name
SECRET_HEADER = "X-Desk-Secret"  # noqa: S105  # a name
_SHORTEST = 16


@dataclass(frozen=True)
class Proxy:
    """The proxies that may say who has logged in. header: in which they say it."""

    peers: frozenset[str]
    header: str
    secret: str

    @classmethod
    def of(cls, settings: DeskSettings) -> Proxy:
        """The proxies of the settings.

        Raises:
            ConfigError: the secret is missing or too short.
        """
        secret = os.environ.get(SECRET_VARIABLE, "")
        if len(secret) < _SHORTEST:
            raise ConfigError(
                f"desk.login is proxy, but {SECRET_VARIABLE} holds no secret of at least {_SHORTEST} letters",
                remedy=f"set it for the desk, and let the proxy send it in the header {SECRET_HEADER}",
            )
        return cls(frozenset(map(_plain, settings.proxy_peers)), settings.proxy_header, secret)

    def person(self, people: People, headers: Headers, peer: str) -> Person | None:
        """Whom the proxy names; None: it names nobody, or whoever asks is not the proxy."""
        names, secrets = headers.getlist(self.header), headers.getlist(SECRET_HEADER)
        if _plain(peer) not in self.peers or len(names) != 1 or len(secrets) != 1:
            return None
        if not hmac.compare_digest(secrets[0].encode(), self.secret.encode()):
            return None
        name = names[0].strip()
        return people.vouched_for(name, "proxy") if name else None


def _plain(address: str) -> str:
    """An address in one form: ::ffff:10.0.0.1 is 10.0.0.1."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    mapped = getattr(found, "ipv4_mapped", None)
    return str(mapped or found)
