"""Connections to strangers' servers: only to addresses that are allowed, and only for as long as is allowed.

The address is checked where the socket is opened, so that a name which leads elsewhere from one look-up to the next
(DNS rebinding) gains nothing; and the clock runs over the whole exchange, however slowly its bytes trickle.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from typing import Any

import certifi
import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection

from videogen.errors import InputError

CONNECT_TIMEOUT = 5.0
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class AddressError(InputError):
    """A name leads to an address that must not be asked."""


class Reach:
    """Which addresses may be asked, and until when.

    Args:
        networks: private networks that may be asked too.
        seconds: for everything: look-ups, connections, redirects, headers and content.
        setting: that names such networks, for the remedy.
    """

    def __init__(
        self, networks: Sequence[Network], seconds: float, *, setting: str = "emergency.feed_private_networks"
    ) -> None:
        self.networks = tuple(networks)
        self.has_connected = False
        self._setting = setting
        self.seconds = seconds
        self._end = time.monotonic() + seconds
        self._open: list[socket.socket] = []
        self._timer = threading.Timer(seconds, self.close)
        self._timer.daemon = True

    def __enter__(self) -> Reach:
        self._timer.start()
        return self

    def __exit__(self, *args: object) -> None:
        self._timer.cancel()
        self.close()

    @property
    def is_over(self) -> bool:
        """Whether the time is used up."""
        return time.monotonic() >= self._end

    def allows(self, address: str) -> bool:
        """Whether an IP address may be asked: it is one of the public internet, or in a network that is allowed."""
        found = ipaddress.ip_address(address.partition("%")[0])
        return _is_public(found) or any(found in network for network in self.networks)

    def connect(self, host: str, port: int, *, anywhere: bool = False) -> socket.socket:
        """Open a connection to the first address of `host` that answers.

        Args:
            host: its name or address.
            port: of the server.
            anywhere: whatever its address is: the host is the proxy that the operator chose.

        Raises:
            AddressError: an address of the host is not allowed: then none is asked.
            OSError: no address answers.
        """
        found = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)
        for *_, place in found:
            if not anywhere and not self.allows(str(place[0])):
                raise AddressError(
                    f"{host} leads to {place[0]}, which is not on the public internet",
                    remedy=f"if it may be there, name its network in {self._setting}",
                )
        problem: OSError = OSError(f"{host} has no address")
        for family, kind, protocol, _, place in found:
            left = min(CONNECT_TIMEOUT, self._end - time.monotonic())
            if left <= 0:
                raise TimeoutError
            connection = socket.socket(family, kind, protocol)
            try:
                connection.settimeout(left)
                connection.connect(place)
            except OSError as error:
                connection.close()
                problem = error
                continue
            self.has_connected = True
            # TLS takes the socket over; the copy still ends the same connection.
            self._open.append(connection.dup())
            return connection
        raise problem

    def close(self) -> None:
        """End every connection, wherever its reader waits."""
        while self._open:
            with self._open.pop() as connection, suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def manager(self, proxy: str) -> urllib3.PoolManager:
        """What asks over such connections. It knows no proxy but this one, no netrc, and follows no redirect.

        Args:
            proxy: ``http://host:port``; empty: none.
        """
        options: dict[str, Any] = {"ssl_context": _trust(), "retries": False, "timeout": urllib3.Timeout(self.seconds)}
        manager = urllib3.ProxyManager(proxy, **options) if proxy else urllib3.PoolManager(**options)
        pools = [
            self._pool(urllib3.HTTPConnectionPool, HTTPConnection, anywhere=bool(proxy)),
            self._pool(urllib3.HTTPSConnectionPool, HTTPSConnection, anywhere=bool(proxy)),
        ]
        manager.pool_classes_by_scheme = dict(zip(("http", "https"), pools, strict=True))
        return manager

    def _pool(self, pool: Any, connection: Any, *, anywhere: bool) -> Any:
        """The two classes of urllib3, with sockets of ours."""
        connect = self.connect

        class Bounded(connection):  # type: ignore[misc]
            def _new_conn(self) -> socket.socket:
                return connect(self._dns_host, self.port, anywhere=anywhere)

        class BoundedPool(pool):  # type: ignore[misc]
            ConnectionCls = Bounded

        return BoundedPool


@cache
def _trust() -> ssl.SSLContext:
    """Whom servers must be certified by: the machine's list of authorities, and that of certifi."""
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context


def _is_public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Whether an address is one of the public internet, also where it is an IPv4 address written as one of IPv6."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner is None and address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return _is_public(inner)
        if address not in _GLOBAL_UNICAST or address in _DOCUMENTATION:
            return False
    return address.is_global and not address.is_multicast


_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
"""RFC 6052: IPv4 behind a translator."""
_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
"""All that is assigned to the public internet. What lies outside, such as fec0::/10, ::/96, ::ffff:0:0:0/96 or
64:ff9b:1::/48, is of one network only, or an IPv4 address that a machine on the way translates."""
_DOCUMENTATION = ipaddress.IPv6Network("3fff::/20")
