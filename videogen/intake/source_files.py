"""Texts that the issuer hands in with a request: what they say is attested by them in the fact check."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from pathlib import Path

from pydantic import Field

from videogen.domain.artifacts import Report
from videogen.errors import InputError

SUFFIXES = (".txt", ".md")
MAX_BYTES = 200_000
CHECKSUMS = "SHA256SUMS"


class SourceText(Report):
    """A text of the issuer. sha256: of the file's bytes, as handed in."""

    name: str
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    text: str


def read_source(path: Path) -> tuple[SourceText, bytes]:
    """The text of a file and its bytes, read once.

    Raises:
        InputError: it is no regular text file in UTF-8 of at most `MAX_BYTES`.
    """
    if path.suffix.lower() not in SUFFIXES:
        raise InputError(
            f"the source {path} is not a text file", remedy=f"save it as {' or '.join(SUFFIXES)}, in UTF-8"
        )
    try:
        # Opened without waiting, so that a pipe cannot hold the program up.
        with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as stream:
            if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
                raise InputError(f"the source {path} is not a regular file", remedy="name a text file")
            content = stream.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(f"cannot read the source {path}: {reason}", remedy="check the path") from error
    if len(content) > MAX_BYTES:
        raise InputError(f"the source {path} is larger than {MAX_BYTES:,} bytes", remedy="hand in the release alone")
    return source_text(path.name, content), content


def source_text(name: str, content: bytes) -> SourceText:
    """The text that a file of that name holds.

    Raises:
        InputError: it is not UTF-8, or empty.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"the source {name} is not UTF-8 text: {error}", remedy="save it as UTF-8") from error
    if "\0" in text or not text.strip():
        raise InputError(f"the source {name} holds no text", remedy="hand in the text of the release")
    return SourceText(name=name, sha256=hashlib.sha256(content).hexdigest(), text=text)


def stored_source_name(index: int, path: Path) -> str:
    """The name under which the source number `index` of a request is kept: its own, in safe characters."""
    stem = re.sub(r"[^A-Za-z0-9_-]+", "-", path.stem).strip("-")[:60] or "source"
    return f"{index:02d}-{stem}{path.suffix.lower() if path.suffix.lower() in SUFFIXES else '.txt'}"
