"""What the tables tell: every row once, whatever is replaced, restarted or broken. Real Parquet files."""

from __future__ import annotations

import os
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from videogen.errors import VideogenError
from videogen.monitoring.sources.warehouse import WarehouseSource, error_class
from videogen.storage.warehouse import Warehouse

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
VIDEO = "20261130-120000-123456-a1b2c3"


def timings(*stages: str, run: str = "r1") -> pd.DataFrame:
    common = {"video_id": VIDEO, "attempt": 1, "run_id": run, "started_at": NOW, "peak_memory_bytes": 5}
    return pd.DataFrame([{**common, "stage": stage, "seconds": 10.0} for stage in stages])


def video(**more: Any) -> pd.DataFrame:
    row = {"video_id": VIDEO, "attempt": 1, "created_at": NOW, "width": 128, "height": 80, "fps": 24.0,
           "num_frames": 48, "duration": 2.0, "codec": "h264", "bytes": 9, "sha256": "0" * 64, "label": "x",
           "model": "tiny", "revision": None, "seed": 1}  # fmt: skip
    return pd.DataFrame([row | more])


def counted(source: WarehouseSource) -> Counter[str]:
    """Updates by name and values of labels."""
    return Counter(" ".join([update.name, *update.labels.values()]) for update in source.read())


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return Warehouse(str(tmp_path / "warehouse"))


def test_rows_from_before_the_first_look_do_not_count(warehouse: Warehouse) -> None:
    warehouse.write("videos", f"{VIDEO}.1", video())
    source = WarehouseSource(warehouse.root, {})
    assert source.read() == []
    warehouse.write("videos", f"{VIDEO}.2", video(attempt=2))
    assert counted(source) == {"videogen_videos_total tiny": 1, "videogen_regenerations_total": 1}
    assert source.read() == []


def test_a_file_that_grows_counts_its_new_rows_only(warehouse: Warehouse) -> None:
    source = WarehouseSource(warehouse.root, {})
    source.read()
    warehouse.write("videos", f"{VIDEO}.1", video())
    warehouse.write("stage_timings", "r1", timings("video_latents"))
    assert counted(source)["videogen_stage_seconds video_latents"] == 1
    warehouse.write("stage_timings", "r1", timings("video_latents", "rendered_video"))
    updates = {update.name: update for update in source.read() if update.name.startswith("videogen_gen")}
    # The work on the whole video, all stages of its run together: 20 s for 2 s of video.
    assert updates["videogen_generation_seconds"].value == pytest.approx(20.0)
    assert updates["videogen_generation_work_ratio"].value == pytest.approx(10.0)
    assert updates["videogen_generation_seconds"].exemplar == {"run_id": "r1"}


def test_a_restart_neither_loses_nor_repeats_rows(warehouse: Warehouse) -> None:
    state: dict[str, Any] = {}
    source = WarehouseSource(warehouse.root, state)
    source.read()
    warehouse.write("stage_timings", "r1", timings("video_latents"))
    assert counted(source)["videogen_stage_seconds video_latents"] == 1
    # While no monitor ran:
    warehouse.write("stage_timings", "r1", timings("video_latents", "decoded_frames"))
    warehouse.write("stage_timings", "r2", timings("prompt_asset", run="r2"))
    again = counted(WarehouseSource(warehouse.root, state))
    assert {name for name in again if name.startswith("videogen_stage_seconds")} == {
        "videogen_stage_seconds decoded_frames", "videogen_stage_seconds prompt_asset",
    }  # fmt: skip


def test_a_folder_that_did_not_change_is_not_listed(warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    source = WarehouseSource(warehouse.root, {})
    warehouse.write("videos", f"{VIDEO}.1", video())
    folder = Path(warehouse.root) / "videos"
    os.utime(folder, (time.time() - 60, time.time() - 60))
    source.read()
    listed: list[str] = []
    genuine = os.scandir
    monkeypatch.setattr(os, "scandir", lambda path: listed.append(str(path)) or genuine(path))
    assert source.read() == []
    assert str(folder) not in listed


def test_a_broken_file_is_left_out_and_the_others_count(warehouse: Warehouse, caplog: pytest.LogCaptureFixture) -> None:
    source = WarehouseSource(warehouse.root, {})
    source.read()
    warehouse.write("videos", f"{VIDEO}.1", video())
    (Path(warehouse.root) / "videos" / "broken.parquet").write_bytes(b"no parquet")
    assert counted(source) == {"videogen_videos_total tiny": 1}
    assert "is left out" in caplog.text


def test_a_warehouse_that_is_not_there_yet_is_empty_and_one_in_the_way_is_an_error(tmp_path: Path) -> None:
    assert WarehouseSource(str(tmp_path / "none"), {}).read() == []
    (tmp_path / "file").mkdir()
    (tmp_path / "file" / "videos").write_text("", encoding="utf-8")
    with pytest.raises(VideogenError, match="cannot be listed"):
        WarehouseSource(str(tmp_path / "file"), {}).read()


def test_the_other_tables_are_counted_too(warehouse: Warehouse) -> None:
    source = WarehouseSource(warehouse.root, {})
    source.read()
    quality = {"video_id": VIDEO, "attempt": 1, "threshold": 0.5}
    rows = [{**quality, "metric": "score", "value": 0.4, "passed": False},
            {**quality, "metric": "sharpness", "value": 0.1, "passed": False},
            {**quality, "metric": "flashes", "value": None, "passed": None}]  # fmt: skip
    warehouse.write("quality", f"{VIDEO}.1", pd.DataFrame(rows))
    failure = {"video_id": VIDEO, "attempt": 1, "stage": "upscaled_frames", "run_id": "r", "failed_at": NOW,
               "error": "OutOfMemoryError", "problem": "p", "remedy": None}  # fmt: skip
    warehouse.write("failures", "a", pd.DataFrame([failure]))
    claim = {"video_id": VIDEO, "attempt": 1, "claim": "c", "verdict": "refuted", "confidence": 0.9, "source": None}
    warehouse.write("fact_checks", "a", pd.DataFrame([claim]))
    assert counted(source) == {
        "videogen_quality_score_ratio": 1,
        "videogen_quality_verdicts_total below_target": 1,
        "videogen_quality_failures_total sharpness": 1,
        "videogen_stage_failures_total upscaled_frames": 1,
        "videogen_failures_total memory": 1,
        "videogen_fact_verdicts_total refuted": 1,
    }


def test_errors_of_nobody_know_where_are_other() -> None:
    assert error_class("ZeroDivisionError") == "other"
    assert error_class("RunFailure") == "crash"
