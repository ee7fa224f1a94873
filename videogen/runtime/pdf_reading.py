"""What a PDF says, read in a process of its own with limits of time and memory."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from videogen.errors import InputError

PROCESSOR_SECONDS = 20
MEMORY = 2 * 2**30
_WALL_FACTOR = 6.0
"""For a busy machine; the processor's time is what a file is judged by."""
_WORKER = Path(__file__).with_name("pdf_worker.py")
_REMEDY = "save it as text"


@dataclass(frozen=True)
class PdfText:
    """texts: one a page. fonts: their names, without the slash. made: date in the file's own words, if it has one."""

    texts: tuple[str, ...]
    fonts: tuple[str, ...]
    title: str = ""
    made: datetime | None = None


def read_pdf_text(name: str, content: bytes, *, most_pages: int, seconds: int = PROCESSOR_SECONDS) -> PdfText:
    """The text layer of a PDF.

    Args:
        name: of the file, for messages.
        content: the file.
        most_pages: a longer one is refused before its pages are read.
        seconds: of processor time, at most.

    Raises:
        InputError: it is encrypted, has more pages, is damaged, or takes more than that time or 2 GB.
    """
    limits = [str(value) for value in (most_pages, seconds, MEMORY)]
    try:
        # -P: the folder of the worker holds modules that must not stand in for those of the standard library.
        ended = subprocess.run(
            [sys.executable, "-P", str(_WORKER), *limits],
            input=content,
            capture_output=True,
            timeout=_WALL_FACTOR * seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        ended = None
    if ended is None or ended.returncode:
        raise InputError(
            f"{name} cannot be read within {seconds} s of processor time and {MEMORY // 2**30} GB of memory",
            remedy=_REMEDY,
        )
    found = json.loads(ended.stdout)
    if found.get("encrypted"):
        raise InputError(f"{name} is encrypted", remedy="save it without a password")
    if "error" in found:
        raise InputError(f"{name} is not a readable PDF: {found['error']}", remedy=_REMEDY)
    if found["pages"] > most_pages:
        raise InputError(
            f"{name} has {found['pages']} pages, more than the {most_pages} that are read",
            remedy="cut out the pages of the text itself",
        )
    made = datetime.fromisoformat(found["made"]) if found["made"] else None
    return PdfText(tuple(found["texts"]), tuple(found["fonts"]), found["title"], made)
