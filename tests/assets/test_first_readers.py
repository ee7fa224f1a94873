"""The table of first readers holds for what the stages really read, with the tiny model."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from assets.all import ASSETS
from resources.runs.work import Work
from tests.dagster_helpers import Project, places
from tests.tiny_models import SETTINGS
from videogen.config.groups.group import Group
from videogen.domain.setting_stages import first_readers
from videogen.domain.stages import STAGES, made_from

# Where and how exactly is computed acts in every stage that is made.
ANYWHERE = {"model.device", "model.precision"}
# Read, but without any effect on the stage's value: the validator of pictures also knows the prompts' policy; the
# stages of the noise refuse early what would not fit into memory later.
UNUSED = {
    ("reference_images", "preprocessing.policy_file"),
    ("base_noise_latents", "processing.resolution"),
    ("residual_noise_latents", "processing.resolution"),
}
VALIDATORS = (
    "videogen.config.config",
    "videogen.config.groups.all",
    "videogen.config.groups.emergency",
    "videogen.config.groups.release",
)
OPERATORS = ("paths", "release", "emergency", "desk")
SWITCHES = {
    "noise.prior": "free_init",
    "noise.variation_seed": 5,
    "noise.variation_strength": 0.5,
    "noise.motion_scale": 1.2,
    "model.guidance_rescale": 0.1,
    "synthesis.stochasticity": 0.3,
    "synthesis.refinement_strength": 0.1,
    "synthesis.feature_emphasis": 0.1,
    "synthesis.temporal_consistency": 0.1,
    "synthesis.critical_density": 0.5,
    "processing.duration": 1.0,
}


@pytest.fixture(scope="module")
def read(tiny_models: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, set[str]]]:
    """Stage → the settings that it read while it made one video with a picture, with every switch on."""
    from PIL import Image

    names = {group: name for name, group in _groups()}
    found: dict[str, set[str]] = defaultdict(set)
    stages: list[str] = []
    carry_out = Work.carry_out

    def watched(work: Work, make: Any) -> None:
        stages.extend(work.stages)
        try:
            carry_out(work, make)
        finally:
            stages.clear()

    def look(group: Group, name: str) -> Any:
        # The configuration reads itself when it is validated, whichever stage first asks for it.
        by_stage = stages and sys._getframe(1).f_globals["__name__"] not in VALIDATORS
        if by_stage and type(group) in names and name in type(group).model_fields:
            for stage in stages:
                found[stage].add(f"{names[type(group)]}.{name}")
        return object.__getattribute__(group, name)

    folder = tmp_path_factory.mktemp("read")
    Image.new("RGB", (90, 60), (200, 30, 20)).save(folder / "red.png")
    with dg.DagsterInstance.ephemeral() as instance, pytest.MonkeyPatch.context() as patch:
        settings = SETTINGS | places(folder) | {"paths.models": str(tiny_models)} | SWITCHES
        project = Project(settings, instance)
        ids = project.submit("a red bus at night", images=(folder / "red.png",), seed=1)
        patch.setattr(Work, "carry_out", watched)
        patch.setattr(Group, "__getattribute__", look, raising=False)
        assert project.materialize(ASSETS, ids).success
        yield found


def _groups() -> list[tuple[str, type]]:
    from videogen.config.config import VideoGenConfig

    return [(name, type(settings)) for name, settings in VideoGenConfig()]


@pytest.mark.parametrize("stage", STAGES)
def test_no_stage_reads_a_setting_before_those_that_the_table_names(read: Mapping[str, set[str]], stage: str) -> None:
    for name in sorted(read[stage]):
        if name in ANYWHERE or (stage, name) in UNUSED or name.startswith(OPERATORS):
            continue
        assert stage in made_from(*first_readers(name)), f"{stage} reads {name}"


@pytest.mark.parametrize("name", [*SWITCHES, "model.profile", "synthesis.keyword_emphasis", "delivery.crf"])
def test_the_stages_that_the_table_names_do_read_the_setting(read: Mapping[str, set[str]], name: str) -> None:
    for stage in first_readers(name):
        assert name in read[stage]
