"""Every family of diffusers through the whole Dagster job to an mp4, stopped by an emergency on its way."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import dagster as dg
import pytest
import torch
from PIL import Image

from assets.all import ASSETS
from resources.checkpoints import CHECKPOINT
from tests.dagster_helpers import Project, failure_text, places, that_make
from tests.tiny_pipelines import PIPELINES, write_pipeline
from tests.tiny_pipelines.templates import shorten
from videogen.domain.artifacts import Frames
from videogen.domain.stages import STAGES
from videogen.emergency.mode import EmergencyMode
from videogen.media.reading import iterate_frames
from videogen.runtime.progress import Progress, listen

pytestmark = pytest.mark.filterwarnings("ignore")
UNTIL_FRAMES = that_make(STAGES[: STAGES.index("decoded_frames") + 1])


@pytest.mark.parametrize("name", list(PIPELINES))
def test_stopped_by_an_emergency_every_family_makes_an_mp4_of_the_frames_of_an_undisturbed_one(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shorten(monkeypatch)
    # Steps of the tiny models are shorter than the usual interval of looking at the store.
    monkeypatch.setattr(EmergencyMode, "watch", lambda self, priority: partial(self.outranks, priority))
    models = tmp_path / "models"
    write_pipeline(models, name)
    settings = {
        "model.profile": name, "model.num_inference_steps": 3, "processing.resolution": [128, 128],
        "processing.fps": 8, "quality.max_regeneration_attempts": 0, "paths.models": str(models),
    }  # fmt: skip
    Image.new("RGB", (64, 64), (200, 30, 20)).save(tmp_path / "red.png")
    pictures = (tmp_path / "red.png",) * PIPELINES[name].pictures
    with dg.DagsterInstance.ephemeral() as instance:
        project = Project(settings | places(tmp_path), instance)
        plain, disturbed = (project.submit("a red bus at night", seed=5, images=pictures)[0] for _ in range(2))
        result = project.materialize(UNTIL_FRAMES, [plain])
        assert result.success, failure_text(result)
        artifacts, checkpointed = project.storage.artifacts, []

        def emergency(progress: Progress) -> None:
            if progress.stage == "video_latents" and progress.done == 2 and not checkpointed:
                project.storage.emergency.enter("flood", 130)
            if progress.stage == "waiting for an emergency":
                checkpointed.append(artifacts.exists(disturbed, 1, CHECKPOINT))
                project.storage.emergency.leave("flood")

        with listen(emergency):
            result = project.materialize(ASSETS, [disturbed])
        assert result.success, failure_text(result)
        assert checkpointed
        assert all(checkpointed)
        first, second = (artifacts.load(video, 1, "decoded_frames", Frames) for video in (plain, disturbed))
        assert torch.equal(first.frames, second.frames)
        assert (first.sound is None) == (second.sound is None)
        assert first.sound is None or torch.equal(first.sound, second.sound)
        made = artifacts.local_file(disturbed, 1, "rendered_video.mp4")
        assert sum(len(part) for part in iterate_frames(made)) > 0
