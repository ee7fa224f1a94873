"""The log of runs on stderr: coloured lines for people, or JSON for collectors of logs."""

from __future__ import annotations

import logging
import os

import dagster as dg

from resources.settings import CONFIG_VARIABLE
from videogen.config.config import VideoGenConfig
from videogen.monitoring.logs import formatter


@dg.logger(  # type: ignore[untyped-decorator]
    dg.colored_console_logger.config_schema, "As monitoring.log_format says: coloured text, or JSON."
)
def console(init_context: dg.InitLoggerContext) -> logging.Logger:
    """Dagster's own console logger, with another formatter where JSON is asked for."""
    made: logging.Logger = dg.colored_console_logger.logger_fn(init_context)
    form = VideoGenConfig.load(os.environ.get(CONFIG_VARIABLE) or None).monitoring.log_format
    if form == "json":
        for handler in made.handlers:
            handler.setFormatter(formatter(form))
    return made
