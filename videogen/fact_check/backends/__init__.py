"""The parts that decide about claims. One interface, chosen by `FactCheckSettings.backend`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from videogen.runtime.plugins import resolve

if TYPE_CHECKING:
    from videogen.config.groups import FactCheckSettings
    from videogen.fact_check.backends.base import Backend

GROUP = "videogen.fact_check_backends"
BUILTIN = {
    "embedded": "videogen.fact_check.backends.embedded:EmbeddedBackend",
    "nli": "videogen.fact_check.backends.nli:NliBackend",
    "llm": "videogen.fact_check.backends.llm:LlmBackend",
    "google_fact_check": "videogen.fact_check.backends.google:GoogleFactCheckBackend",
}


def load_backend(settings: FactCheckSettings) -> Backend:
    """The backend that the settings name; packages outside offer theirs as entry points of the group `GROUP`.

    Raises:
        ConfigError: nobody offers it, or a setting it needs is missing.
    """
    backend: Backend = resolve(GROUP, settings.backend, BUILTIN)(settings)
    return backend
