"""Source texts that the issuer hands in with a request; the fact check treats their claims as attested."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from pathlib import Path

from pydantic import Field

from videogen.domain.frozen_model import FrozenModel
from videogen.errors import InputError
from videogen.runtime.plain_files import allowed_path, read_plain

SUFFIXES = (".txt", ".md")
MAX_BYTES = 200_000
CHECKSUMS = "SHA256SUMS"


class SourceText(FrozenModel):
    """A text of the issuer. sha256: of the file's bytes, as handed in."""

    name: str
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    text: str


def read_source(path: Path, allowed: Sequence[Path] = ()) -> bytes:
    """Read a source text once, check it with `source_text`, and return its bytes.

    Args:
        path: the file.
        allowed: the folders it may lie in, links resolved; empty: any.

    Raises:
        InputError: it is not a plain text file in UTF-8 of at most `MAX_BYTES`, or lies elsewhere.
    """
    source = allowed_path(path, allowed, "source")
    if source.suffix.lower() not in SUFFIXES:
        raise InputError(
            f"the source {path} is not a text file", remedy=f"save it as {' or '.join(SUFFIXES)}, in UTF-8"
        )
    content = read_plain(source, MAX_BYTES)
    source_text(path.name, content)
    return content


def source_text(name: str, content: bytes) -> SourceText:
    """Decode the content of a text file with that name.

    Raises:
        InputError: it is not UTF-8, or empty.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"the source {name} is not UTF-8 text: {error}", remedy="save it as UTF-8") from error
    if "\0" in text or not text.strip():
        raise InputError(f"the source {name} holds no text", remedy="give the text of the release")
    return SourceText(name=name, sha256=hashlib.sha256(content).hexdigest(), text=text)


def stored_source_name(index: int, path: Path) -> str:
    """Return the stored name of source number `index` of a request: its own name, in safe characters."""
    stem = re.sub(r"[^A-Za-z0-9_-]+", "-", path.stem).strip("-")[:60] or "source"
    return f"{index:02d}-{stem}{path.suffix.lower() if path.suffix.lower() in SUFFIXES else '.txt'}"
