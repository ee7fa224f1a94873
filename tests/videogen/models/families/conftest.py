"""Tiny pipelines in a models folder, written once a session and loaded by the product itself."""

from __future__ import annotations

import gc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.tiny_pipelines import PIPELINES, write_pipeline, write_profile
from tests.tiny_pipelines.templates import shorten
from videogen.models.families.diffusers_pipeline import DiffusersPipeline
from videogen.models.pipeline_state import PipelineRequest
from videogen.models.profile import load_profile

CPU = torch.device("cpu")


@pytest.fixture(scope="session")
def pipelines(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A models folder; `loaded` puts the pipelines into it that are asked for."""
    return tmp_path_factory.mktemp("pipelines")


@pytest.fixture(autouse=True)
def short_templates(monkeypatch: pytest.MonkeyPatch) -> None:
    shorten(monkeypatch)


@pytest.fixture
def loaded(pipelines: Path) -> Callable[..., DiffusersPipeline]:
    """The tiny pipeline of a name, with more fields of the profile's section ``diffusers``."""

    def load(name: str, precision: torch.dtype = torch.float32, **diffusers: Any) -> DiffusersPipeline:
        if not (pipelines / name / "model_index.json").exists():
            write_pipeline(pipelines, name)
            # What its modules leave: every change of stage looks for garbage.
            gc.collect()
            gc.freeze()
        if diffusers:
            kind = load_profile(name, pipelines).diffusers.pipeline
            write_profile(pipelines, f"{name}-changed", name, **{"pipeline": kind, **diffusers})
        profile = load_profile(f"{name}-changed" if diffusers else name, pipelines)
        return DiffusersPipeline.load(profile, CPU, precision)

    return load


def request_for(name: str, steps: int = 2, seed: int = 3, **changes: Any) -> PipelineRequest:
    """A request that suits the tiny pipeline `name`."""
    tiny = PIPELINES[name]
    generator = torch.Generator().manual_seed(1)
    size = (tiny.pictures, tiny.height, tiny.width, 3)
    pictures = torch.randint(0, 256, size, generator=generator, dtype=torch.uint8)
    values: dict[str, Any] = {
        "prompt": "a red bus drives through the city", "negative_prompt": "bad quality", "frames": tiny.frames,
        "width": tiny.width, "height": tiny.height, "steps": steps, "guidance": tiny.guidance, "seed": seed,
        "pictures": pictures,
    }  # fmt: skip
    return PipelineRequest(**values | changes)
