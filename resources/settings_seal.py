"""The seal on settings of a run: tells those of the operator's own commands from what is typed into the Launchpad.

The command line and Python write their settings into the configuration of their runs, so that a run can be executed
again as it was. Whoever may launch runs can write there, too. The seal is an HMAC-SHA-256 (RFC 2104) with a key that
lies in Dagster's home and never leaves it. It covers the job and the partitions: on another video it is worth nothing.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import dagster as dg

from resources.jobs_and_tags import PARTITION_TAG, RANGE_TAGS
from videogen.errors import ConfigError
from videogen.storage.atomic_folder import storage_errors

KEY_FILE = ".settings.key"
"""Name of the key in Dagster's home; only its owner can read it."""
KEY_VARIABLE = "VIDEOGEN_SETTINGS_KEY"
"""Holds the key, in hexadecimal digits, where several machines share their runs."""
_KEY_BYTES = 32


def seal(instance: dg.DagsterInstance, job: str, tags: Mapping[str, str], overrides: Mapping[str, Any]) -> str:
    """The seal of these settings for a run of `job` over the partitions that its tags name, in hexadecimal digits.

    Raises:
        ConfigError: the environment holds something else than a key.
        StorageError: the key cannot be read or made.
    """
    partitions = {name: tags[name] for name in (PARTITION_TAG, *RANGE_TAGS) if name in tags}
    sealed = json.dumps([job, partitions, overrides], sort_keys=True, ensure_ascii=True, allow_nan=False)
    return hmac.new(_key(Path(instance.root_directory)), sealed.encode(), hashlib.sha256).hexdigest()


def is_sealed(instance: dg.DagsterInstance, run: dg.DagsterRun, overrides: Mapping[str, Any], given: str) -> bool:
    """Whether the launcher of this project wrote exactly these settings for this job and these partitions."""
    return bool(given) and hmac.compare_digest(seal(instance, run.job_name, run.tags, overrides), given)


def _key(home: Path) -> bytes:
    """The key: the one that the environment holds, else that of the home, made the first time that it is needed."""
    if given := os.environ.get(KEY_VARIABLE):
        return _given_key(given)
    path = home / KEY_FILE
    with storage_errors(str(path)):
        if not path.exists():
            fresh = home / f"{KEY_FILE}.{secrets.token_hex(8)}"
            descriptor = os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(secrets.token_bytes(_KEY_BYTES))
            try:
                # Of several first processes one wins; all use its key.
                os.link(fresh, path)
            except FileExistsError:
                pass
            finally:
                fresh.unlink()
        return path.read_bytes()


def _given_key(text: str) -> bytes:
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) < _KEY_BYTES:
        raise ConfigError(
            f"{KEY_VARIABLE} does not hold {_KEY_BYTES} bytes in hexadecimal digits", remedy="openssl rand -hex 32"
        )
    return key
