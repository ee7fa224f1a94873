"""Getting a document from an address: bounded in time, size and redirects, and only from where it may come from."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import SplitResult, unquote, urljoin, urlsplit, urlunsplit

from videogen.errors import FetchError

if TYPE_CHECKING:
    from videogen.runtime.reach import Network, Reach

TOTAL_TIMEOUT = 20.0
MOST_REDIRECTS = 5
_CHUNK = 65536
_REDIRECTS = (301, 302, 303, 307, 308)
_ACCEPT = "application/cap+xml, application/atom+xml, application/rss+xml, application/xml, text/xml, */*;q=0.1"
_LONGEST_MARK = 512
_LONGEST_PAUSE = 86_400


class Reply(NamedTuple):
    """A document; None where the server says that it is unchanged. url: where it was found after redirects."""

    url: str
    body: bytes | None
    etag: str | None
    last_modified: str | None


def fetch(
    url: str,
    *,
    max_bytes: int,
    home: str,
    etag: str | None = None,
    last_modified: str | None = None,
    networks: Sequence[str] = (),
    proxy: str = "",
    seconds: float = TOTAL_TIMEOUT,
) -> Reply:
    """Get a document.

    Neither ``~/.netrc`` nor proxies of the environment are used. User and password of `home` go to its own scheme,
    host and port only; those in other addresses are dropped.

    Args:
        home: address of the feed that led here, as configured. From https nothing leads to http.
        etag, last_modified: of the version that is known already.
        networks: private networks, e.g. ``10.0.0.0/8``, that may be asked besides the public internet. Where `home`
            names a private address in digits, that address and port may be asked too.
        proxy: ``http://host:port``, through which everything is asked; it then looks names up, and decides what
            may be reached by name.
        seconds: for everything together, redirects and all.

    Raises:
        FetchError: it did not come, in time and as a whole; the message names no password.
    """
    from urllib3.exceptions import HTTPError

    from videogen.runtime.reach import AddressError, Reach

    headers = {"User-Agent": "PIB-VideoGen", "Accept": _ACCEPT, "Accept-Encoding": "gzip, deflate"}
    headers |= {"If-None-Match": etag} if etag else {}
    headers |= {"If-Modified-Since": last_modified} if last_modified else {}
    origin = _split(home)
    allowed = [ipaddress.ip_network(network, strict=False) for network in networks]
    with Reach(allowed, seconds) as reach:
        try:
            for _ in range(MOST_REDIRECTS + 1):
                parts = check_address(url, home)
                reach.networks = (*allowed, *_own_address(origin, parts))
                reply = _ask(parts, headers | _authorisation(origin, parts), reach, proxy, max_bytes)
                if isinstance(reply, Reply):
                    return reply
                url = joined(url, reply)
        except AddressError as error:
            raise FetchError(f"{shown(url)}: {error.problem}", remedy=error.remedy) from None
        except FetchError:
            raise
        except (HTTPError, OSError, ValueError) as error:
            if reach.is_over:
                raise FetchError(f"{shown(url)} takes longer than {seconds:g} s") from None
            raise FetchError(f"{shown(url)} cannot be reached ({_kind(error)})") from None
    raise FetchError(f"{shown(url)} redirects more than {MOST_REDIRECTS} times")


def check_address(url: str, home: str) -> SplitResult:
    """The parts of `url`. Raises FetchError where it is nothing that a feed at `home` may lead to."""
    parts = _split(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise FetchError(f"{shown(url)} is not an address that begins with http:// or https://")
    if parts.scheme == "http" and _split(home).scheme == "https":
        raise FetchError(f"{shown(url)} is not encrypted, but {shown(home)} is")
    return parts


def joined(base: str, link: str) -> str:
    """The full address of a link in a document at `base`. Raises FetchError where that cannot be one."""
    try:
        return urljoin(base, link.strip())
    except ValueError as error:
        raise FetchError(f"{link[:200]!r} is not an address: {error}") from None


def shown(url: str) -> str:
    """The address as it may stand in messages: without user, password and query, where keys are."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "an address that cannot be read"
    query = "…" if parts.query else ""
    return urlunsplit((parts.scheme, f"{host}{port}", parts.path[:500], query, ""))


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _ = parts.port  # not read before it is asked for
    except ValueError as error:
        raise FetchError(f"{url[:200]!r} is not an address: {error}") from None
    return parts


def _place(parts: SplitResult) -> tuple[str, str, int]:
    return parts.scheme, parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)


def _own_address(origin: SplitResult, parts: SplitResult) -> list[Network]:
    """The address that the operator wrote in digits, for requests to that very port."""
    if _place(origin)[1:] != _place(parts)[1:]:
        return []
    try:
        return [ipaddress.ip_network(origin.hostname or "")]
    except ValueError:
        return []


def _authorisation(origin: SplitResult, parts: SplitResult) -> dict[str, str]:
    from urllib3.util import make_headers

    if not origin.username or _place(origin) != _place(parts):
        return {}
    return dict(make_headers(basic_auth=f"{unquote(origin.username)}:{unquote(origin.password or '')}"))


def _ask(parts: SplitResult, headers: Mapping[str, str], reach: Reach, proxy: str, max_bytes: int) -> Reply | str:
    """The document, or the address that the server points to instead."""
    host = parts.netloc.rpartition("@")[2]
    url = urlunsplit((parts.scheme, host, parts.path, parts.query, ""))
    if proxy:
        _check_digits(parts, reach)
    with reach.manager(proxy) as manager:
        response = manager.request("GET", url, headers=headers, redirect=False, preload_content=False)
        try:
            if response.status in _REDIRECTS:
                return str(response.headers.get("Location", ""))
            return _reply(response, url, max_bytes, reach)
        finally:
            response.close()


def _check_digits(parts: SplitResult, reach: Reach) -> None:
    """A proxy looks names up itself; what is written in digits can be checked here."""
    from videogen.runtime.reach import AddressError

    try:
        allowed = parts.hostname != "localhost" and reach.allows(parts.hostname or "")
    except ValueError:
        return
    if not allowed:
        raise AddressError(
            f"{parts.hostname} is not on the public internet", remedy="see emergency.feed_private_networks"
        )


def _reply(response: Any, url: str, max_bytes: int, reach: Reach) -> Reply:
    etag, last_modified = _mark(response, "ETag"), _mark(response, "Last-Modified")
    if response.status == 304:
        return Reply(url, None, etag, last_modified)
    if response.status != 200:
        raise FetchError(f"{shown(url)} answers with status {response.status}", retry_after=_retry_after(response))
    from urllib3.exceptions import HTTPError

    body = bytearray()
    try:
        while chunk := response.read1(_CHUNK, decode_content=True):
            body += chunk
            if len(body) > max_bytes:
                raise FetchError(f"{shown(url)} sends more than {max_bytes:,} bytes")
            if reach.is_over:
                raise FetchError(f"{shown(url)} takes longer than {reach.seconds:g} s")
    except (HTTPError, OSError) as error:
        if reach.is_over:
            raise FetchError(f"{shown(url)} takes longer than {reach.seconds:g} s") from None
        raise FetchError(f"{shown(url)} broke off ({_kind(error)})") from None
    if reach.is_over:  # the connection was ended from here: what came may be a part only
        raise FetchError(f"{shown(url)} takes longer than {reach.seconds:g} s")
    return Reply(url, bytes(body), etag, last_modified)


def _mark(response: Any, name: str) -> str | None:
    """A header that is sent back to the server at the next look; None where it could not be."""
    text = str(response.headers.get(name, ""))
    return text if 0 < len(text) <= _LONGEST_MARK and text.isascii() and text.isprintable() else None


def _retry_after(response: Any) -> timedelta | None:
    """Seconds, or a date (RFC 9110, section 10.2.3); a day at most."""
    text = str(response.headers.get("Retry-After", "")).strip()
    if text.isascii() and text.isdigit():
        return timedelta(seconds=_LONGEST_PAUSE if len(text) > 6 else min(int(text), _LONGEST_PAUSE))
    try:
        moment = parsedate_to_datetime(text[:100])
        left = moment.replace(tzinfo=moment.tzinfo or UTC) - datetime.now(UTC)
    except (ValueError, OverflowError, TypeError):
        return None
    return min(max(left, timedelta(0)), timedelta(seconds=_LONGEST_PAUSE))


def _kind(error: Exception) -> str:
    inner = error.args[-1] if error.args and isinstance(error.args[-1], Exception) else error
    return type(inner).__name__
