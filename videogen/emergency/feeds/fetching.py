"""Getting a document from an address: bounded in time, size and redirects, and only from where it may come from."""

from __future__ import annotations

import ipaddress
import socket
import time
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple
from urllib.parse import urljoin, urlsplit, urlunsplit

from videogen.errors import FetchError

CONNECT_TIMEOUT, READ_TIMEOUT, TOTAL_TIMEOUT = 5.0, 10.0, 20.0
MOST_REDIRECTS = 5
_CHUNK = 65536
_REDIRECTS = (301, 302, 303, 307, 308)
_ACCEPT = "application/cap+xml, application/atom+xml, application/rss+xml, application/xml, text/xml, */*;q=0.1"


class Reply(NamedTuple):
    """A document; None where the server says that it is unchanged. url: where it was found after redirects."""

    url: str
    body: bytes | None
    etag: str | None
    last_modified: str | None


def fetch(url: str, *, max_bytes: int, home: str, etag: str | None = None, last_modified: str | None = None) -> Reply:
    """Get a document.

    Args:
        home: address of the feed that led here. Other hosts than its own must have public addresses, so that no feed
            can make us ask a machine behind our own firewall; and from https nothing leads to http.
        etag, last_modified: of the version that is known already.

    Raises:
        FetchError: it did not come, in time and as a whole; the message names no password.
    """
    import requests

    headers = {"User-Agent": "PIB-VideoGen", "Accept": _ACCEPT}
    if etag:
        headers["If-None-Match"] = etag
    if last_modified:
        headers["If-Modified-Since"] = last_modified
    deadline = time.monotonic() + TOTAL_TIMEOUT
    with requests.Session() as session:
        try:
            for _ in range(MOST_REDIRECTS + 1):
                check_address(url, home)
                with session.get(
                    url,
                    headers=headers,
                    timeout=(CONNECT_TIMEOUT, READ_TIMEOUT),
                    stream=True,
                    allow_redirects=False,
                ) as response:
                    if response.status_code not in _REDIRECTS:
                        return _reply(response, url, max_bytes, deadline)
                    url = urljoin(url, response.headers.get("Location", ""))
        except requests.Timeout:
            raise FetchError(f"{shown(url)} did not answer in time") from None
        except (requests.RequestException, OSError) as error:
            raise FetchError(f"{shown(url)} cannot be reached ({type(error).__name__})") from None
    raise FetchError(f"{shown(url)} redirects more than {MOST_REDIRECTS} times")


def check_address(url: str, home: str) -> None:
    """Raises FetchError where `url` is nothing that a feed at `home` may lead to."""
    try:
        parts, origin = urlsplit(url), urlsplit(home)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise FetchError(f"{url!r} is no address: {error}") from None
    if parts.scheme not in ("http", "https") or not host:
        raise FetchError(f"{shown(url)} is no address that begins with http:// or https://")
    if parts.scheme == "http" and origin.scheme == "https":
        raise FetchError(f"{shown(url)} is not encrypted, but {shown(home)} is")
    if host == origin.hostname:
        return
    try:
        found = socket.getaddrinfo(host, port or parts.scheme, proto=socket.IPPROTO_TCP)
    except (OSError, UnicodeError):
        raise FetchError(f"there is no host {host}") from None
    for address in (str(one[4][0]).partition("%")[0] for one in found):
        if not _is_public(address):
            raise FetchError(f"{shown(url)} leads to {address}, which is not on the public internet")


def _is_public(address: str) -> bool:
    """Whether an address is one of the public internet, also where it is an IPv4 address in IPv6 clothes."""
    found = ipaddress.ip_address(address)
    inner = (found.ipv4_mapped or found.sixtofour) if isinstance(found, ipaddress.IPv6Address) else None
    return found.is_global and not found.is_multicast if inner is None else inner.is_global


def shown(url: str) -> str:
    """The address as it may stand in messages: without user, password and query, where keys are."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "an address that cannot be read"
    query = "…" if parts.query else ""
    return urlunsplit((parts.scheme, f"{host}{port}", parts.path, query, ""))


def _reply(response: Any, url: str, max_bytes: int, deadline: float) -> Reply:
    etag, last_modified = response.headers.get("ETag"), response.headers.get("Last-Modified")
    if response.status_code == 304:
        return Reply(url, None, etag, last_modified)
    if response.status_code != 200:
        raise FetchError(f"{shown(url)} answers with status {response.status_code}", retry_after=_retry_after(response))
    from urllib3.exceptions import HTTPError

    body = bytearray()
    try:
        while chunk := response.raw.read1(_CHUNK, decode_content=True):
            body += chunk
            if len(body) > max_bytes:
                raise FetchError(f"{shown(url)} sends more than {max_bytes:,} bytes")
            if time.monotonic() > deadline:
                raise FetchError(f"{shown(url)} takes longer than {TOTAL_TIMEOUT:g} s")
    except HTTPError as error:
        raise FetchError(f"{shown(url)} broke off ({type(error).__name__})") from None
    return Reply(url, bytes(body), etag, last_modified)


def _retry_after(response: Any) -> timedelta | None:
    """Seconds, or a date (RFC 9110, section 10.2.3)."""
    text = response.headers.get("Retry-After", "")
    if text.isdecimal():
        return timedelta(seconds=min(int(text), 86_400))
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return max(moment.replace(tzinfo=moment.tzinfo or UTC) - datetime.now(UTC), timedelta(0))
