"""Lines of the log as JSON: one object a line, with what the process was working on."""

from __future__ import annotations

import json
import logging
import os
import socket
import sys
import traceback
from datetime import UTC, datetime
from typing import Any, Final, Literal

from videogen.monitoring.context import current_work

_FIELDS: Final = ("run_id", "job", "video_id", "attempt", "stage")
_TEXT: Final = "%(asctime)s %(levelname)s %(name)s: %(message)s"


class JsonFormatter(logging.Formatter):
    """Each record as ``{"ts", "level", "logger", "message", "run_id", "video_id", …}``; no line breaks inside."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "ts": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            "host": socket.gethostname(),
            "pid": os.getpid(),
        }
        work = {**current_work(), **_of_dagster(record)}
        line |= {name: work[name] for name in _FIELDS if name in work}
        if record.exc_info and record.exc_info[0] is not None:
            line["error.type"] = record.exc_info[0].__name__
            line["error.stack"] = "".join(traceback.format_exception(*record.exc_info))
        return json.dumps(line, ensure_ascii=False, default=str)


def configure_logging(form: Literal["text", "json"]) -> None:
    """Send the log of this process to stderr in that form."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter(form))
    root = logging.getLogger("videogen")
    root.handlers = [handler]
    root.propagate = False
    root.setLevel(logging.INFO)


def formatter(form: Literal["text", "json"]) -> logging.Formatter:
    """The formatter of that form."""
    return JsonFormatter() if form == "json" else logging.Formatter(_TEXT)


def _of_dagster(record: logging.LogRecord) -> dict[str, str]:
    """What Dagster's own records say about their run."""
    meta = getattr(record, "dagster_meta", None)
    if not isinstance(meta, dict):
        return {}
    found = {"run_id": meta.get("run_id"), "job": meta.get("job_name"), "stage": meta.get("step_key")}
    return {name: str(value) for name, value in found.items() if value}
