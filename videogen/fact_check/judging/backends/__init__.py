"""Backends that decide about claims, behind one interface, chosen by `FactCheckSettings.backend`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from videogen.runtime.plugins import FACT_CHECK_BACKENDS, resolve

if TYPE_CHECKING:
    from videogen.config.groups.all import FactCheckSettings
    from videogen.fact_check.judging.backends.base import Backend


def load_backend(settings: FactCheckSettings) -> Backend:
    """The backend that the settings name; packages outside offer theirs as entry points of the group ``videogen.fact_check_backends``.

    Raises:
        ConfigError: nobody offers it, or a setting it needs is missing.
    """
    backend: Backend = resolve(FACT_CHECK_BACKENDS, settings.backend)(settings)
    return backend
