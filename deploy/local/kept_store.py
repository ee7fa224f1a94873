"""The S3-compatible server of tests with a memory: what was written is there again after it was killed.

`python -m deploy.local.kept_store HOST PORT JOURNAL`. The server is moto, which holds everything in memory and checks
conditions and writes in two steps. Here each request that changed something is put into a file before it is
answered, one at a time; the next start carries out the file, in that order, before anybody is let in.
"""

from __future__ import annotations

import base64
import io
import json
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

_READS = ("GET", "HEAD")
Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class Journal:
    """A WSGI application that writes down what changes the one behind it.

    Args:
        application: answers the requests.
        path: of the file; it need not exist.
    """

    def __init__(self, application: Application, path: Path) -> None:
        self._application, self._path = application, path
        self._one_at_a_time = threading.Lock()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """One request, as WSGI says."""
        if environ["REQUEST_METHOD"] in _READS:
            return self._application(environ, start_response)
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(body)
        stated = {key: value for key, value in environ.items() if isinstance(value, str)}
        line = json.dumps({"environ": stated, "body": base64.b64encode(body).decode()})
        answered: list[str] = []

        def answer(status: str, headers: Any, *rest: Any) -> Any:
            answered.append(status)
            return start_response(status, headers, *rest)

        with self._one_at_a_time:
            parts = list(self._application(environ, answer))
            if answered[0].startswith("2"):
                with self._path.open("a", encoding="utf-8") as journal:
                    journal.write(line + "\n")
            return parts

    def carry_out(self) -> int:
        """What an earlier process wrote down, again, but for what was written or removed once more later.

        A last line that it did not finish was never answered.
        """
        from werkzeug.test import create_environ, run_wsgi_app

        entries = list(self._entries())
        latest = {_name(one): number for number, one in enumerate(entries)}
        kept = [one for number, one in enumerate(entries) if _name(one) is None or latest[_name(one)] == number]
        for one in kept:
            body = io.BytesIO(base64.b64decode(one["body"]))
            run_wsgi_app(self._application, {**create_environ(), **one["environ"], "wsgi.input": body})
        return len(kept)

    def _entries(self) -> Iterator[dict[str, Any]]:
        found = self._path.read_text(encoding="utf-8") if self._path.exists() else ""
        if not found.endswith("\n"):
            self._path.write_text(found + "\n", encoding="utf-8")
        for line in found.split("\n"):
            with suppress(ValueError):
                yield json.loads(line)


def _name(entry: dict[str, Any]) -> str | None:
    """The object that a request writes or removes as a whole; None: it does something else, to several perhaps."""
    stated = entry["environ"]
    if stated["REQUEST_METHOD"] not in ("PUT", "DELETE") or stated.get("QUERY_STRING"):
        return None
    return str(stated["PATH_INFO"])


def main(host: str, port: int, journal: Path) -> None:
    """Serve until it is killed."""
    from moto.moto_api._internal import mock_random
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
    from werkzeug.serving import run_simple

    # Ids of uploads in parts are drawn; they must be the same when they are carried out again.
    mock_random.seed(0)
    kept = Journal(DomainDispatcherApplication(create_backend_app), journal)
    print(f"{kept.carry_out()} changes are there from before", flush=True)
    run_simple(host, port, kept, threaded=True, request_handler=MotoRequestHandler)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))
