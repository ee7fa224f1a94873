"""Request files as people write them."""

from __future__ import annotations

import io
import json
from pathlib import Path

import yaml
from PIL import Image


def picture(kind: str = "PNG", size: tuple[int, int] = (64, 48)) -> bytes:
    """A small picture file."""
    buffer = io.BytesIO()
    Image.new("RGB", size, "teal").save(buffer, kind)
    return buffer.getvalue()


def write(folder: Path, name: str, content: object) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    text = (
        content
        if isinstance(content, str)
        else json.dumps(content)
        if name.endswith("json")
        else yaml.safe_dump(content)
    )
    path.write_text(text, encoding="utf-8")
    return path
