"""Metadata for the UI: images, tables, text. Text from outside is escaped, never rendered as Markdown."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg

from resources.jobs_and_tags import DESK, POSTER, SHEET, WATCH, WATCH_ADDRESS
from videogen.text.shown_text import markdown_escaped

if TYPE_CHECKING:
    import numpy as np
    import torch
    from numpy.typing import NDArray

    from videogen.config.config import VideoGenConfig


def pictures(
    frames: torch.Tensor | NDArray[np.uint8],
    caption: str,
    *,
    numbers: Sequence[int] | None = None,
    marks: Collection[int] = (),
) -> dict[str, dg.MetadataValue]:
    """A poster that is shown at once, of the frame in the middle, and the contact sheet, which is behind a link."""
    import numpy as np

    from videogen.media.poster import poster

    middle = np.asarray(frames[len(frames) // 2])
    return {
        POSTER: dg.MetadataValue.md(poster(middle, markdown_escaped(caption))),
        SHEET: contact_sheet(frames, caption, numbers=numbers, marks=marks),
    }


def pictures_of(video: Path, count: int, caption: str) -> dict[str, dg.MetadataValue]:
    """The same of an mp4 with `count` frames: what its viewers will see, label and captions included."""
    from videogen.media import preview
    from videogen.media.reading import read_frames

    numbers = preview.chosen(count)
    return pictures(read_frames(video, numbers, preview.TILE), caption, numbers=numbers)


def watch(*place: str | int) -> dict[str, dg.MetadataValue]:
    """A link that plays a video where `videogen ui` serves the pages; see `videogen_dagster.ui.media`."""
    return {WATCH: dg.MetadataValue.url("/".join((WATCH_ADDRESS, *map(str, place))))}


def desk(config: VideoGenConfig, subject_id: str) -> dict[str, dg.MetadataValue]:
    """A link to the review page of a video or briefing; none where `desk.base_url` does not say where the desk is."""
    base = config.desk.base_url
    return {DESK: dg.MetadataValue.url(f"{base}/item/{subject_id}")} if base else {}


def contact_sheet(
    frames: torch.Tensor | NDArray[np.uint8],
    caption: str,
    *,
    numbers: Sequence[int] | None = None,
    marks: Collection[int] = (),
) -> dg.MetadataValue:
    """Frames, evenly chosen, as a small inline picture. frames: uint8, T×H×W×3, sRGB.

    numbers, marks: see `videogen.media.preview.contact_sheet`.
    """
    from videogen.media import preview

    jpeg = preview.contact_sheet(frames, marks=marks, numbers=numbers)
    return dg.MetadataValue.md(preview.as_markdown(jpeg, markdown_escaped(caption)))


def picture(jpeg: bytes, caption: str) -> dg.MetadataValue:
    """A small JPEG inside of the metadata."""
    from videogen.media import preview

    return dg.MetadataValue.md(preview.as_markdown(jpeg, markdown_escaped(caption)))


def table(rows: Iterable[Mapping[str, Any]]) -> dg.MetadataValue:
    """Rows of plain values, all with the same columns."""
    records = [dg.TableRecord(dict(row)) for row in rows]
    return dg.MetadataValue.table(records) if records else dg.MetadataValue.text("none")


def bullets(lines: Iterable[str]) -> dg.MetadataValue:
    """A list in Markdown, or "none"."""
    return dg.MetadataValue.md("\n".join(f"- {markdown_escaped(line)}" for line in lines) or "none")


def lines(text: str) -> dg.MetadataValue:
    """Lines of plain text; those that begin with "- " are a list."""
    shown = (
        f"- {markdown_escaped(line[2:])}" if line[:2] == "- " else markdown_escaped(line) for line in text.splitlines()
    )
    return dg.MetadataValue.md("\n".join(shown))


def tensor_facts(tensor: torch.Tensor) -> dict[str, Any]:
    """Shape, mean and standard deviation, which Dagster plots over time."""
    values = tensor.float()
    return {"shape": "×".join(map(str, tensor.shape)), "mean": float(values.mean()), "std": float(values.std())}
