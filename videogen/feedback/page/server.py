"""Serves the page for raters on this machine only; a reverse proxy with TLS may stand before it."""

from __future__ import annotations

from videogen.config.config import VideoGenConfig
from videogen.feedback.collector import FeedbackCollector
from videogen.feedback.page.app import RaterPage

_LAST_WORDS = 5
_MOST_AT_ONCE = 200


def serve(config: VideoGenConfig, port: int) -> None:
    """Serve until SIGINT or SIGTERM."""
    import uvicorn

    origins = frozenset(f"http://{name}:{port}" for name in ("127.0.0.1", "localhost"))
    application = RaterPage(FeedbackCollector(config), origins).application()
    # Links are permissions, so addresses are written into no log.
    uvicorn.run(
        application, host="127.0.0.1", port=port, log_level="warning", access_log=False, server_header=False,
        proxy_headers=False, limit_concurrency=_MOST_AT_ONCE, timeout_graceful_shutdown=_LAST_WORDS,
    )  # fmt: skip
