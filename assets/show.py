"""Metadata that people can look at in the UI: pictures, tables, words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import dagster as dg

if TYPE_CHECKING:
    import torch


def contact_sheet(frames: torch.Tensor, caption: str) -> dg.MetadataValue:
    """Frames, evenly chosen, as a small inline picture. frames: uint8, T×H×W×3, sRGB."""
    from videogen.media import preview

    return dg.MetadataValue.md(preview.as_markdown(preview.contact_sheet(frames), caption))


def table(rows: Iterable[Mapping[str, Any]]) -> dg.MetadataValue:
    """Rows of plain values, all with the same columns."""
    records = [dg.TableRecord(dict(row)) for row in rows]
    return dg.MetadataValue.table(records) if records else dg.MetadataValue.text("none")


def bullets(lines: Iterable[str]) -> dg.MetadataValue:
    """A list in Markdown, or "none"."""
    return dg.MetadataValue.md("\n".join(f"- {line}" for line in lines) or "none")


def tensor_facts(tensor: torch.Tensor) -> dict[str, Any]:
    """Shape, mean and standard deviation, which Dagster plots over time."""
    values = tensor.float()
    return {"shape": "×".join(map(str, tensor.shape)), "mean": float(values.mean()), "std": float(values.std())}
