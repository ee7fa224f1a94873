"""What is made of trained checkpoints of pib-mini 2: a profile that fits them, and numbers with their uncertainty."""

from __future__ import annotations

import shutil

import numpy as np
import pytest

from training.wide import export, planner, scores, vae
from training.wide.latents import MAX_TOKENS, SHAPE
from training.wide.world.registry import sample_scene
from training.wide.world.render import FRAMES, FRAMES_PER_SECOND, SIZE
from videogen.config.groups.all import PreprocessingSettings, ProcessingSettings
from videogen.domain.artifacts import PolicyVerdict
from videogen.models.motion_planner import Planner, plan_values
from videogen.models.profile import ModelProfile, load_profile
from videogen.models.text_encoders import minilm_tokenizer
from videogen.preprocessing.text import TextPreprocessor


@pytest.fixture(scope="module")
def profile(tmp_path_factory: pytest.TempPathFactory) -> ModelProfile:
    root = tmp_path_factory.mktemp("models")
    (root / "profiles").mkdir()
    (root / export.NAME).mkdir()
    shutil.copy(export.PROFILE, root / "profiles" / f"{export.NAME}.yaml")
    return load_profile(export.NAME, root)


def test_the_profile_says_what_the_stages_train(profile: ModelProfile) -> None:
    assert profile.size == SIZE
    assert (profile.num_frames, profile.fps) == (FRAMES, FRAMES_PER_SECOND)
    assert (profile.latent_channels, profile.max_tokens) == (vae.LATENT_CHANNELS, MAX_TOKENS)
    assert (12, SIZE[1] // profile.vae_scale_factor, SIZE[0] // profile.vae_scale_factor) == SHAPE


@pytest.mark.parametrize(
    ("prompt", "place"),
    [
        ("a vaccination clinic", "clinic"),
        ("a doctor with a patient", "indoors"),
        ("a farmer", "in the fields"),
        ("a red tractor in a village at night", "in a village"),
        ("a tsunami warning", "at the coast"),
    ],
)
def test_what_a_prompt_leaves_open_is_said_where_it_belongs(profile: ModelProfile, prompt: str, place: str) -> None:
    text = TextPreprocessor(
        PreprocessingSettings(text_steps=("settle",)),
        ProcessingSettings(),
        minilm_tokenizer(MAX_TOKENS),
        choices=profile.open_choices,
        seed=3,
    )
    told = text.process(prompt, "", PolicyVerdict(allowed=True)).enhanced
    assert place in told
    assert sum(word in told for word in ("by day", "at sunset", "at night")) == 1
    assert (
        sum(word in told for word in ("city", "hills", "coast", "fields", "village", "river", "port", "indoors")) <= 1
    )


def test_the_kept_planner_reads_the_wide_world() -> None:
    found = Planner.load(planner.KEPT)
    assert {"tsunami", "ballot box", "children"} <= set(found.heads["subject"])


def test_an_interval_holds_its_share_and_is_wider_for_few() -> None:
    low, high = scores.interval(90, 100)
    assert low == pytest.approx(0.826, abs=0.002)
    assert high == pytest.approx(0.945, abs=0.002)
    few = scores.interval(9, 10)
    assert few[1] - few[0] > high - low
    assert scores.interval(0, 0) == (0.0, 1.0)


def test_the_scene_that_was_planned_has_the_planned_way() -> None:
    scene = sample_scene(np.random.default_rng(0), "bus", "city")
    found = scores.planned(scene, plan_values("left", 0.4, 0.45, 5, 0.25, 1.0, FRAMES))
    assert (found.direction, found.layout, found.mirrored) == ("left", 2, True)
    assert (found.speed, found.position, found.phase) == pytest.approx((0.4, 0.45, 0.25))
