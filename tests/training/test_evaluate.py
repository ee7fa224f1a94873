"""The picture of the losses in the model card is only replaced by one that shows as much."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from training.evaluate import NEEDED, loss_curves

Log = Callable[..., Path]


@pytest.fixture
def runs(tmp_path: Path) -> Log:
    """A folder with the logs of some stages."""

    def make(*stages: str) -> Path:
        for stage in stages:
            rows = [{"step": 10 * i, "loss": 1.0 / (i + 1)} for i in range(5)] + [{"note": "end"}]
            (tmp_path / f"{stage}.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
        return tmp_path

    return make


@pytest.mark.parametrize("stages", [(), ("pictures",), ("pictures", "motion"), ("vae",)], ids=str)
def test_without_the_logs_of_a_needed_stage_the_committed_picture_stays_and_the_reason_is_said(
    stages: tuple[str, ...], runs: Log, tmp_path: Path
) -> None:
    picture = tmp_path / "losses.png"
    picture.write_bytes(b"committed")
    said = loss_curves(picture, runs(*stages))
    assert picture.read_bytes() == b"committed"
    assert "losses.png is not drawn again" in said
    assert all((stage in said.partition("no log of")[2]) == (stage not in stages) for stage in NEEDED)


@pytest.mark.parametrize("further", [(), ("decoder",), ("decoder", "motion")], ids=str)
def test_with_the_logs_of_all_needed_stages_it_is_drawn_anew(
    further: tuple[str, ...], runs: Log, tmp_path: Path
) -> None:
    picture = tmp_path / "losses.png"
    picture.write_bytes(b"committed")
    said = loss_curves(picture, runs(*NEEDED, *further))
    with Image.open(picture) as drawn:
        assert drawn.format == "PNG"
    assert all(stage in said for stage in (*NEEDED, *further))
