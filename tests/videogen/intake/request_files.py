"""Request files as people write them."""

from __future__ import annotations

import json
from pathlib import Path

import yaml


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
