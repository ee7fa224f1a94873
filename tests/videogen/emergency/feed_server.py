"""A web server on the loopback address whose pages a test writes, and which remembers what was asked."""

from __future__ import annotations

import gzip
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Page:
    """One address: what it answers. drip: seconds between its bytes; drip_headers: between those of its headers."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    drip: float = 0.0
    drip_headers: float = 0.0
    gzip: bool = False
    cut: bool = False


class FeedServer(ThreadingHTTPServer):
    """pages: by path. asked: (path, headers) of every request."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.pages: dict[str, Page] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.server_port}{path}"

    def put(self, path: str, body: str | bytes = b"", **options: object) -> None:
        self.pages[path] = Page(body.encode() if isinstance(body, str) else body, **options)  # type: ignore[arg-type]

    def paths(self) -> list[str]:
        return [path for path, _ in self.asked]

    def __enter__(self) -> FeedServer:
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return self

    def __exit__(self, *args: object) -> None:
        self.shutdown()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: FeedServer

    def log_message(self, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        self.server.asked.append((self.path, dict(self.headers)))
        page = self.server.pages.get(self.path, Page(status=404))
        if page.drip_headers:
            self._trickle(b"HTTP/1.1 200 OK\r\n" + b"X-Filler: 1\r\n" * 20, page.drip_headers)
            return
        known = self.headers.get("If-None-Match") or self.headers.get("If-Modified-Since")
        if known and known in (page.headers.get("ETag"), page.headers.get("Last-Modified")):
            self.send_response(304)
            self.end_headers()
            return
        body = gzip.compress(page.body) if page.gzip else page.body
        self.send_response(page.status)
        for name, value in page.headers.items():
            self.send_header(name, value)
        if page.gzip:
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body) + (100 if page.cut else 0)))
        self.end_headers()
        if page.drip:
            self._trickle(body, page.drip)
            return
        try:
            self.wfile.write(body)
        except OSError:
            self.close_connection = True

    def _trickle(self, data: bytes, pause: float) -> None:
        try:
            for byte in data:
                self.wfile.write(bytes([byte]))
                self.wfile.flush()
                time.sleep(pause)
        except OSError:  # the reader has had enough
            self.close_connection = True
