"""Secrets of receivers: from the environment, else from a file that only its owner can read. They are never logged."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from videogen.errors import ConfigError, InputError
from videogen.runtime.structured_text import MalformedTextError, read_structured

_MAX_BYTES = 100_000


class Secrets:
    """Values by name. file: a YAML mapping; None: the environment only."""

    def __init__(self, file: Path | None = None) -> None:
        self._file = file

    def get(self, name: str) -> str:
        """The secret of that name.

        Raises:
            ConfigError: it is nowhere, or others can read the file.
        """
        if value := os.environ.get(name):
            return value
        value = self._from_file().get(name, "")
        if not value:
            where = f"nor in {self._file}" if self._file else "and monitoring.secrets names no file"
            raise ConfigError(
                f"the secret {name} is not in the environment {where}", remedy=f"set {name} for the monitor's process"
            )
        return value

    def _from_file(self) -> dict[str, str]:
        if self._file is None:
            return {}
        try:
            mode = self._file.stat().st_mode
            if stat.S_IMODE(mode) & 0o077:
                raise ConfigError(
                    f"others can read the secrets in {self._file}", remedy=f"chmod 600 {self._file}, and change them"
                )
            values = read_structured(self._file, limit=_MAX_BYTES)
        except (OSError, InputError, MalformedTextError) as error:
            # Not the parser's words: they would quote the file.
            reason = getattr(error, "strerror", None) or type(error).__name__
            raise ConfigError(
                f"the secrets in {self._file} cannot be read: {reason}", remedy="write NAME: value, one a line"
            ) from None
        if not isinstance(values, dict):
            raise ConfigError(f"the secrets in {self._file} are not a mapping", remedy="write NAME: value, one a line")
        return {str(name): str(value) for name, value in values.items()}
