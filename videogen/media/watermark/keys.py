"""The key of the watermark: from the environment, or in a file that only its owner may read, made at the first use."""

from __future__ import annotations

import os
import re
import secrets
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from videogen.errors import ConfigError
from videogen.media.watermark.embedding import Watermark
from videogen.storage.atomic import flush, whole_folder
from videogen.storage.atomic_folder import storage_errors

if TYPE_CHECKING:
    from videogen.config.config import VideoGenConfig

VARIABLE = "VIDEOGEN_WATERMARK_KEYS"
_FOLDER, _FILE = "watermark", "key"
_BYTES = 32
_HEXADECIMAL = re.compile(r"[0-9a-fA-F]{64}")


def watermark_for(config: VideoGenConfig, *names: str) -> Watermark | None:
    """The watermark of what `names` tell apart, e.g. kind, id and attempt; None: `delivery.watermark` is off.

    Raises:
        ConfigError: the key cannot be used. StorageError: it cannot be written.
    """
    if not config.delivery.watermark:
        return None
    keys = known_keys(config)
    if not keys:
        _make(config.path(config.release.development_folder))
        keys = known_keys(config)
    return Watermark.of(keys[0], *names)


def known_keys(config: VideoGenConfig) -> list[bytes]:
    """The keys of this installation: the first embeds, all are looked for. None was made yet: an empty list.

    Raises:
        ConfigError: the environment variable holds something else, or others can read the key file.
    """
    given = os.environ.get(VARIABLE, "").strip()
    if given:
        return [_parsed(text.strip(), f"the environment variable {VARIABLE}") for text in given.split(",")]
    path = config.path(config.release.development_folder) / _FOLDER / _FILE
    return [_read(path)] if path.exists() else []


def _read(path: Path) -> bytes:
    try:
        text = path.read_text(encoding="ascii")
        mode = stat.S_IMODE(path.stat().st_mode)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"the watermark key cannot be read: {error}", remedy=f"restore {path} from a backup, or set {VARIABLE}"
        ) from error
    if mode & 0o077:
        raise ConfigError(f"other users can read the watermark key {path}", remedy=f"chmod 600 {path}")
    return _parsed(text.strip(), str(path))


def _parsed(text: str, where: str) -> bytes:
    if not _HEXADECIMAL.fullmatch(text):
        raise ConfigError(
            f"{where} does not hold a watermark key of {2 * _BYTES} hexadecimal digits",
            remedy="give one, for example of `openssl rand -hex 32`; several are separated by commas, the newest first",
        )
    return bytes.fromhex(text)


def _make(folder: Path) -> None:
    """Make the key; of several processes the first one's counts."""
    target = folder / _FOLDER
    with storage_errors(str(target)):
        folder.mkdir(parents=True, exist_ok=True)
        with whole_folder(target, lambda made: (made / _FILE).exists(), mode=0o700) as temporary:
            with open(os.open(temporary / _FILE, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(secrets.token_hex(_BYTES) + "\n")
            flush(temporary / _FILE)
