"""One POST of JSON to a webhook: signed, bounded in time, only to addresses that are allowed, never redirected."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import time
from collections.abc import Sequence
from typing import Final

SECONDS: Final = 8.0
"""For everything: look-up, connection, sending, answer."""
ANYWHERE: Final = ("0.0.0.0/0", "::/0")
"""Networks of a receiver that the operator may have put into the own house."""


class UncertainError(Exception):
    """The message may have arrived."""


class RefusedError(Exception):
    """The message was not taken.

    may_be_tried_again: the receiver may take it later. not_before: seconds that it asks to be left alone, six hours at
    most.
    """

    def __init__(self, problem: str, *, may_be_tried_again: bool = False, not_before: float = 0.0) -> None:
        super().__init__(problem)
        self.may_be_tried_again, self.not_before = may_be_tried_again, not_before


def signature(key: str, body: bytes, at: int) -> str:
    """The signature of a webhook's body at a time, seconds since the epoch."""
    digest = hmac.new(key.encode("utf-8", "surrogateescape"), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"


def post(
    url: str,
    body: bytes,
    *,
    message_id: str,
    key: str = "",
    networks: Sequence[str] = (),
    seconds: float = SECONDS,
) -> None:
    """Send JSON once. It returns when the receiver has answered with 2xx.

    Args:
        url: https:// or http://.
        body: the JSON.
        message_id: the same for every try, so that a receiver can recognise a repetition; header ``Idempotency-Key``.
        key: of the header ``X-Videogen-Signature: t=<seconds>,v1=<HMAC-SHA256 of "t.body">``; "": not signed.
        networks: private networks that may be asked besides the public internet.
        seconds: for everything.

    Raises:
        RefusedError: it did not arrive. UncertainError: it may have. Neither names the address, which is a secret.
    """
    from urllib3.exceptions import HTTPError, SSLError

    from videogen.runtime.reach import AddressError, Reach

    if not url.startswith(("https://", "http://")):
        raise RefusedError("the address of a webhook begins with https:// or http://")
    headers = {"Content-Type": "application/json", "Idempotency-Key": message_id, "User-Agent": "pib-videogen"}
    if key:
        headers["X-Videogen-Signature"] = signature(key, body, int(time.time()))
    allowed = [ipaddress.ip_network(network, strict=False) for network in networks]
    with Reach(allowed, seconds, setting="outlets.private_networks") as reach:
        try:
            with reach.manager("") as manager:
                answer = manager.request("POST", url, body=body, headers=headers, redirect=False, preload_content=False)
                status, later = int(answer.status), answer.headers.get("Retry-After", "")
                answer.close()
            if reach.is_over:  # the connection was ended from here: what came may be half an answer
                raise UncertainError(f"no answer within {seconds:g} s")
        except AddressError:
            raise RefusedError("its address is not on the public internet") from None
        except SSLError:
            raise RefusedError("its certificate is not trusted", may_be_tried_again=True) from None
        except (HTTPError, OSError, ValueError) as error:
            if reach.has_connected:
                # It may have been read. A second try could tell people twice.
                why = f"no answer within {seconds:g} s" if reach.is_over else "the connection broke"
                raise UncertainError(why) from None
            late = reach.is_over or isinstance(error, TimeoutError)
            why = "no connection in time" if late else "cannot connect"
            raise RefusedError(why, may_be_tried_again=not isinstance(error, ValueError)) from None
    if not 200 <= status < 300:
        raise RefusedError(
            f"answer {status}", may_be_tried_again=status >= 500 or status == 429, not_before=_seconds_of(later)
        )


def _seconds_of(retry_after: str) -> float:
    """What a header Retry-After asks for, seconds or a date, six hours at most; 0: nothing that can be understood."""
    from urllib3.exceptions import InvalidHeader
    from urllib3.util import Retry

    try:
        return float(Retry().parse_retry_after(retry_after))
    except (InvalidHeader, ValueError, OverflowError):  # thousands of digits; the year 999999
        return 0.0
