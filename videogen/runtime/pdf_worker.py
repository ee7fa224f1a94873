"""Reads a PDF from stdin and prints what it holds as JSON, within limits of time and memory.

A program of its own, run by its path (`videogen.runtime.pdf_reading` does): whatever a file built for that does to the
reader ends here. So it imports nothing of this project.
"""

from __future__ import annotations

import io
import json
import resource
import sys
from typing import Any

_LETTERS_OF_A_PAGE = 200_000
"""At most: what the reader makes of a page has to fit into the memory of whoever asked, too."""


def contents(data: bytes, most_pages: int) -> dict[str, Any]:
    """Number of pages, and of a readable file texts by page, names of fonts, title and date."""
    from pypdf import PdfReader

    reader = PdfReader(io.BytesIO(data), strict=False)
    if reader.is_encrypted:
        return {"encrypted": True}
    pages = len(reader.pages)
    if pages > most_pages:
        return {"pages": pages}
    details = reader.metadata
    made = details.creation_date if details else None
    return {
        "pages": pages,
        "fonts": sorted({font for page in reader.pages for font in _fonts(page)}),
        "texts": [(page.extract_text() or "")[:_LETTERS_OF_A_PAGE] for page in reader.pages],
        "title": str(details.title or "") if details else "",
        "made": made.isoformat() if made is not None else "",
    }


def _fonts(page: Any) -> set[str]:
    resources = page.get("/Resources")
    fonts = resources.get_object().get("/Font") if resources is not None else None
    return {
        str(font.get_object().get("/BaseFont", "")).lstrip("/")
        for font in (fonts.get_object() if fonts else {}).values()
    }


def main() -> None:
    """Limit this process, read, print. Arguments: most pages, processor seconds, bytes of memory."""
    most_pages, seconds, memory = (int(value) for value in sys.argv[1:4])
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        found = contents(sys.stdin.buffer.read(), most_pages)
    # Damaged files make pypdf raise almost anything, from its own errors to RecursionError and MemoryError.
    except Exception as error:
        found = {"error": f"{type(error).__name__}: {error}"[:500]}
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
