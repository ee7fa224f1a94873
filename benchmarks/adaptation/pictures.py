"""Draws the pictures of docs/adaptation.md: prompts without and with adaptation, and one clip in every named look.

python -m benchmarks.adaptation.pictures
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from benchmarks.adaptation.words import Reader
from benchmarks.machine import PROJECT
from training.clips import Maker
from training.published import FOLDER
from videogen.super_resolution.look import load_looks, map_for

IMAGES = PROJECT / "docs" / "images"
PROMPTS = (
    ("health", "paramedics coming from the right at night"),
    ("agriculture", "a cloudburst after the sowing season"),
    ("disaster", "बाढ़ की चेतावनी"),
)
SEED, WIDTH = 3, 320


def main() -> None:
    """Write adaptation_prompts.png and adaptation_looks.png."""
    reader = Reader()
    make = Maker(FOLDER, reader.profile.steps, reader.profile.guidance_scale)
    rows = []
    for domain, prompt in PROMPTS:
        texts = [prompt, reader.text(prompt, adapted=True, seed=SEED, domain=domain)]
        rows += [(text, make([text], [SEED])[0]) for text in texts]
    sheet([(text, clip[[2, 7, 13]]) for text, clip in rows]).save(IMAGES / "adaptation_prompts.png")
    clip = make(["a white boat sailing right at the coast, by day"], [SEED])[0][[2, 7, 13]]
    looks = [("no look", clip)]
    for name in load_looks(reader.config.path(reader.config.adaptation.looks_file)):
        change = map_for(reader.config.updated({"adaptation.look": name}))
        assert change is not None
        looks.append((name, np.stack([change(frame) for frame in clip])))
    sheet(looks).save(IMAGES / "adaptation_looks.png")


def sheet(rows: list[tuple[str, NDArray[np.uint8]]]) -> Image.Image:
    """Rows of three frames with a line of text above each."""
    font = ImageFont.truetype(str(_font("NotoSans-Regular.ttf")), 15)
    hindi = ImageFont.truetype(str(_font("NotoSansDevanagari-Regular.ttf")), 15)
    height = WIDTH * rows[0][1].shape[1] // rows[0][1].shape[2]
    page = Image.new("RGB", (3 * WIDTH, len(rows) * (height + 26)), "white")
    draw = ImageDraw.Draw(page)
    for row, (text, frames) in enumerate(rows):
        top = row * (height + 26)
        draw.text((6, top + 3), text, fill="black", font=font if text.isascii() else hindi)
        for column, frame in enumerate(frames):
            page.paste(
                Image.fromarray(frame).resize((WIDTH, height), Image.Resampling.LANCZOS), (column * WIDTH, top + 26)
            )
    return page


def _font(name: str) -> str:
    from pathlib import Path

    return str(next(Path("/usr/share/fonts").rglob(name)))


if __name__ == "__main__":
    main()
