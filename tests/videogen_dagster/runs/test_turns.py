"""Several threads of one program that use one generator."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import dagster as dg

from tests.videogen_dagster.front import no_verdict, settings_in
from videogen.config.config import VideoGenConfig
from videogen_dagster.generator import VideoGenerator


def test_four_threads_each_get_their_own_video(tmp_path: Path, tiny_models: Path) -> None:
    (tmp_path / "dagster").mkdir()
    with dg.DagsterInstance.local_temp(str(tmp_path / "dagster")) as instance:
        overrides = settings_in(tmp_path, tiny_models, quality__weights=no_verdict(VideoGenConfig()))
        generator = VideoGenerator(overrides=overrides, instance=instance)
        with ThreadPoolExecutor(4) as pool:
            results = list(pool.map(lambda seed: generator.generate_video(f"bus {seed}", seed=seed), range(4)))
    assert len({result.video_id for result in results}) == 4
    assert [result.path.is_file() for result in results] == [True] * 4
