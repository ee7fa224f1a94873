"""JSON over HTTP for the remote backends: time-outs, retries with back-off, a rate limit."""

from __future__ import annotations

import os
import threading
import time
from typing import Any, Protocol

from videogen.runtime.structured_text import parse_json

_RETRIED = (429, 500, 502, 503, 504)
_LARGEST_REPLY = 5_000_000


class RemoteError(Exception):
    """The service did not give a usable answer; the message says why, without any key."""


class RemoteLimits(Protocol):
    """What a service is asked with. timeout: seconds a request; retries: further tries after a temporary failure."""

    @property
    def api_key_variable(self) -> str: ...
    @property
    def timeout(self) -> float: ...
    @property
    def retries(self) -> int: ...
    @property
    def requests_per_minute(self) -> int: ...


class RemoteService:
    """One remote service. Requests respect the rate limit; temporary failures are retried.

    key: from the environment; "" where there is none.
    """

    def __init__(self, settings: RemoteLimits) -> None:
        self._settings = settings
        self.key = os.environ.get(settings.api_key_variable, "")
        self._lock = threading.Lock()
        self._next = 0.0
        self._session: Any = None

    def _open(self) -> Any:
        """A session that retries transient failures.

        It waits 0.3, 0.6, 1.2 … seconds, or as long as the service asks.
        """
        if self._session is None:
            import requests
            from requests.adapters import HTTPAdapter
            from urllib3.util import Retry

            retry = Retry(
                total=self._settings.retries,
                backoff_factor=0.3,
                backoff_max=10.0,
                status_forcelist=_RETRIED,
                allowed_methods=None,
                raise_on_status=False,
                redirect=0,
            )
            self._session = requests.Session()
            for scheme in ("http://", "https://"):
                self._session.mount(scheme, HTTPAdapter(max_retries=retry))
        return self._session

    def _wait(self) -> None:
        with self._lock:
            now = time.monotonic()
            delay = max(0.0, self._next - now)
            self._next = max(now, self._next) + 60.0 / self._settings.requests_per_minute
        time.sleep(delay)

    def call(self, method: str, url: str, **request: Any) -> Any:
        """The decoded JSON reply.

        Raises:
            RemoteError: no answer in time, an error status, or a reply that is not JSON.
        """
        import requests
        from urllib3.exceptions import ReadTimeoutError

        self._wait()
        try:
            with self._open().request(
                method, url, timeout=self._settings.timeout, stream=True, allow_redirects=False, **request
            ) as reply:
                body = reply.raw.read(_LARGEST_REPLY + 1, decode_content=True)
                if reply.status_code != 200:
                    raise RemoteError(f"the service answered with status {reply.status_code}")
                if len(body) > _LARGEST_REPLY:
                    raise RemoteError("the service's answer is too long")
                return parse_json(body)
        except requests.Timeout:
            raise RemoteError(f"the service did not answer within {self._settings.timeout:g} s") from None
        except (requests.RequestException, OSError) as error:
            # After its retries, requests wraps the last time-out into a ConnectionError.
            if isinstance(getattr(error.args[0] if error.args else None, "reason", None), ReadTimeoutError):
                raise RemoteError(f"the service did not answer within {self._settings.timeout:g} s") from None
            raise RemoteError(f"the service cannot be reached ({type(error).__name__})") from None
        except ValueError:
            raise RemoteError("the service's answer is not JSON") from None
