"""A hub on this machine: the part of the Hugging Face API that a fetch asks for, over real files."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

COMMIT = "a" * 40


@dataclass
class Hub:
    """Repositories by id, each a folder. gated: those that answer 403. broken: files that are sent with wrong bytes."""

    repositories: dict[str, Path]
    gated: set[str] = field(default_factory=set)
    broken: set[str] = field(default_factory=set)
    cut_off: set[str] = field(default_factory=set)
    asked: list[tuple[str, str]] = field(default_factory=list)
    address: str = ""

    def listing(self, repository: str) -> dict[str, Any]:
        folder = self.repositories[repository]
        files = []
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                entry: dict[str, Any] = {"rfilename": path.relative_to(folder).as_posix(), "size": path.stat().st_size}
                if path.suffix in (".safetensors", ".bin"):
                    digest = hashlib.sha256(path.read_bytes()).hexdigest()
                    entry["lfs"] = {"sha256": digest, "size": path.stat().st_size, "pointerSize": 130}
                files.append(entry)
        return {"id": repository, "sha": COMMIT, "siblings": files, "tags": [], "private": False, "downloads": 0}


@contextmanager
def serving(hub: Hub) -> Iterator[Hub]:
    """Serve `hub` on a free port of this machine."""

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *told: Any) -> None:
            pass

        def do_HEAD(self) -> None:
            self._answer(with_body=False)

        def do_GET(self) -> None:
            self._answer(with_body=True)

        def _answer(self, *, with_body: bool) -> None:
            path = self.path.partition("?")[0].strip("/")
            hub.asked.append((self.command, path))
            parts = path.split("/")
            repository = "/".join(parts[2:4]) if parts[0] == "api" else "/".join(parts[:2])
            if repository not in hub.repositories:
                self._refuse(404, "RepoNotFound", "Repository not found")
            elif repository in hub.gated:
                self._refuse(403, "GatedRepo", "Access to this repository is restricted")
            elif parts[0] == "api":
                self._send(json.dumps(hub.listing(repository)).encode(), "application/json", {}, with_body)
            else:
                self._file(repository, "/".join(parts[4:]), with_body)

        def _file(self, repository: str, name: str, with_body: bool) -> None:
            data = (hub.repositories[repository] / name).read_bytes()
            digest = hashlib.sha256(data).hexdigest()
            if name in hub.broken:
                data = bytes(len(data))
            headers = {"ETag": f'"{digest}"', "X-Repo-Commit": COMMIT, "Accept-Ranges": "bytes"}
            start = 0
            if (wanted := self.headers.get("Range")) and wanted.startswith("bytes="):
                start = int(wanted.removeprefix("bytes=").split("-")[0] or 0)
            if with_body and name in hub.cut_off:
                hub.cut_off.discard(name)
                self.send_response(200)
                for key, value in {**headers, "Content-Length": str(len(data))}.items():
                    self.send_header(key, value)
                self.end_headers()
                self.wfile.write(data[: len(data) // 2])
                self.wfile.flush()
                self.connection.close()
                return
            self._send(data[start:], "application/octet-stream", headers, with_body, 206 if start else 200)

        def _send(self, data: bytes, kind: str, headers: dict[str, str], with_body: bool, status: int = 200) -> None:
            self.send_response(status)
            for key, value in {"Content-Type": kind, "Content-Length": str(len(data)), **headers}.items():
                self.send_header(key, value)
            self.end_headers()
            if with_body:
                self.wfile.write(data)

        def _refuse(self, status: int, code: str, message: str) -> None:
            self.send_response(status)
            for key, value in {"X-Error-Code": code, "X-Error-Message": message, "Content-Length": "0"}.items():
                self.send_header(key, value)
            self.end_headers()

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    hub.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        thread.join()
