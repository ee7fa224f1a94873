"""Plans: what a prompt leaves open is drawn once a video, and every frame reads its own part."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tiny_models import write_denoiser, write_planner
from videogen.config.config import PROJECT_ROOT, VideoGenConfig
from videogen.domain.artifacts import ConditioningEmbeddings
from videogen.errors import ModelError
from videogen.models.family import ForwardContext
from videogen.models.motion_planner import HEADINGS, SETTINGS, TOKENS, Planner, plan_tokens
from videogen.models.planner_network import planner_network
from videogen.models.text_encoders import minilm_encoder
from videogen.synthesis import LatentSynthesizer, LoadedModel, load_model, load_profile

WIDTH = 384
STATES = torch.ones(4, 16)


def planner(folder: Path, **certain: str) -> Planner:
    write_planner(folder, 16, certain)
    return Planner.load(folder)


def told(**changes: float) -> torch.Tensor:
    values = {"x": 0.5, "y": 0.0, "setting": 0.0, "beat": 0.0, "share": 0.0, "heading": 0.0} | changes
    return plan_tokens(torch.tensor(list(values.values())), WIDTH)


@settings(deadline=None)
@given(st.floats(0, 1), st.floats(-0.5, 0.5), st.integers(0, SETTINGS - 1), st.floats(0, 20), st.floats(0, 1))
def test_plan_tokens_are_as_loud_as_words(x: float, y: float, setting: int, beat: float, share: float) -> None:
    tokens = told(x=x, y=y, setting=setting, beat=beat, share=share)
    assert tokens.shape == (TOKENS, WIDTH)
    torch.testing.assert_close(tokens.norm(dim=-1), torch.full((TOKENS,), 8.4))


@settings(deadline=None)
@given(st.floats(0.0, 0.9), st.floats(0.01, 0.1))
def test_near_places_have_near_tokens_and_every_place_its_own(x: float, step: float) -> None:
    here, near, far = told(x=x)[0], told(x=x + step / 4)[0], told(x=x + step)[0]
    assert 0 < (here - near).norm() < (here - far).norm()


def test_settings_and_headings_share_nothing_and_beats_come_round() -> None:
    ways = torch.stack([told(heading=float(number))[3] for number in range(len(HEADINGS))])
    torch.testing.assert_close(ways @ ways.T, torch.eye(len(HEADINGS)) * 8.4**2)
    rooms = torch.stack([told(setting=float(number))[1] for number in range(SETTINGS)])
    torch.testing.assert_close(rooms @ rooms.T, torch.eye(SETTINGS) * 8.4**2)
    torch.testing.assert_close(told(beat=0.3), told(beat=5.3), atol=1e-4, rtol=0)


def test_a_subject_goes_where_the_text_says(tmp_path: Path) -> None:
    left = planner(tmp_path / "left", direction="left", speed="slow").values(STATES, 8, seed=1)
    up = planner(tmp_path / "up", direction="rising", speed="slow").values(STATES, 8, seed=1)
    still = planner(tmp_path / "still", direction="none").values(STATES, 8, seed=1)
    assert float(left[0, 0] - left[-1, 0]) == pytest.approx(0.3)
    assert (left[:, 0].diff() < 0).all()
    assert (left[:, 1] == 0).all()
    assert float(up[0, 1] - up[-1, 1]) == pytest.approx(0.3)
    assert (up[:, 0] == up[0, 0]).all()
    assert (still[:, :2] == still[0, :2]).all()
    assert [HEADINGS[int(plan[0, 5])] for plan in (left, up, still)] == ["left", "rising", "none"]


def test_what_the_text_leaves_open_is_the_seeds_and_stays_within_bounds(tmp_path: Path) -> None:
    found = planner(tmp_path / "open", subject="bus")
    torch.testing.assert_close(found.values(STATES, 8, 3), found.values(STATES, 8, 3))
    plans = torch.stack([found.values(STATES, 8, seed) for seed in range(200)])
    middles = plans[:, :, 0].mean(dim=1)
    assert set(plans[:, 0, 2].tolist()) == set(range(SETTINGS))
    assert (plans[:, :, 2] == plans[:, :1, 2]).all(), "one setting for all frames of a video"
    assert middles.min() >= 0.4
    assert middles.max() <= 0.6
    went = plans[:, -1, :2] - plans[:, 0, :2]
    counts = [int((went[:, 0] < 0).sum()), int((went[:, 1] < 0).sum()), int((went == 0).all(dim=1).sum())]
    assert sum(counts) == 200
    assert min(counts) > 35, "three directions, equally likely"


def test_a_longer_video_has_more_cycles_and_no_longer_way(tmp_path: Path) -> None:
    found = planner(tmp_path / "flag", subject="flag", direction="left", speed="slow")
    short, long = found.values(STATES, 8, 2), found.values(STATES, 22, 2)
    assert float(short[-1, 3] - short[0, 3]) == pytest.approx(0.5 + 3.0 * 0.3)
    assert float(long[-1, 3] - long[0, 3]) == pytest.approx(3 * (0.5 + 3.0 * 0.3))
    torch.testing.assert_close(long[[0, -1], 0], short[[0, -1], 0])


@pytest.mark.parametrize(
    "harm",
    [
        "no config",
        "no weights",
        "cut weights",
        "other size",
        "not json",
        "no table",
        "no rates",
        "other network",
        "queries that do not divide",
    ],
)
def test_a_broken_planner_is_refused_with_its_folder(harm: str, tmp_path: Path) -> None:
    folder = tmp_path / "planner"
    write_planner(folder, 16)
    config = folder / "config.json"
    if harm == "no config":
        config.unlink()
    elif harm == "no weights":
        (folder / "model.safetensors").unlink()
    elif harm == "cut weights":
        os.truncate(folder / "model.safetensors", (folder / "model.safetensors").stat().st_size // 2)
    elif harm == "no table":
        config.write_text("[]")
    elif harm == "no rates":
        values = json.loads(config.read_text())
        del values["rates"]
        config.write_text(json.dumps(values))
    elif harm == "other network":
        config.write_text(json.dumps(json.loads(config.read_text()) | {"queries": 2}))
    elif harm == "queries that do not divide":
        config.write_text(json.dumps(json.loads(config.read_text()) | {"queries": 3}))
    elif harm == "other size":
        config.write_text(json.dumps(json.loads(config.read_text()) | {"width": 32}))
    else:
        config.write_text("{")
    with pytest.raises(ModelError, match=str(folder)) as caught:
        Planner.load(folder)
    assert "restore" in caught.value.remedy


def test_padding_does_not_change_what_an_attention_planner_reads() -> None:
    network = planner_network(16, 8, 3, queries=2).eval()
    states = torch.randn(2, 5, 16)
    torch.testing.assert_close(network(torch.nn.functional.pad(states, (0, 0, 0, 4))), network(states))
    assert torch.isfinite(network(torch.zeros(1, 4, 16))).all(), "a text without tokens is read, too"


def test_attention_reads_what_the_mean_of_the_tokens_cannot_tell() -> None:
    torch.manual_seed(0)
    one, other = torch.randn(2, 16), torch.randn(1, 16)
    texts = torch.stack([one, one.mean(dim=0) + torch.stack([other[0], -other[0]])])
    mean, attention = planner_network(16, 8, 3).eval(), planner_network(16, 8, 3, queries=4).eval()
    torch.testing.assert_close(mean(texts)[0], mean(texts)[1])
    assert not torch.allclose(attention(texts)[0], attention(texts)[1], atol=1e-3)


@pytest.mark.parametrize("thing", ["a red bus", "a white ferry", "an orange plane", "people"])
@pytest.mark.parametrize(("start", "end"), [("left", "right"), ("right", "left")])
def test_pib_mini_reads_the_order_of_from_and_to(thing: str, start: str, end: str) -> None:
    found = Planner.load(PROJECT_ROOT / "models" / "pib-mini" / "planner")
    states = minilm_encoder(20, torch.device("cpu"))([f"{thing} moving from {start} to {end} in the city at night"])[0]
    odds = dict(zip(found.heads["direction"], found.probabilities(states)["direction"].tolist(), strict=True))
    assert odds[end] > 0.8


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory, write_profile: Callable[..., None]) -> LoadedModel:
    """A tiny model whose frames read plans."""
    root = tmp_path_factory.mktemp("planned")
    write_denoiser(root / "tiny", text_width=16)
    write_planner(root / "tiny" / "planner", 16)
    write_profile(root, "tiny", planner="tiny/planner")
    return load_model(load_profile("tiny", root), torch.device("cpu"), torch.float32)


def conditions(model: LoadedModel, prompt: str) -> ConditioningEmbeddings:
    encode = model.family.encode_text
    return ConditioningEmbeddings(encode([prompt]), encode([""]), None, None, "tiny", model.revision, 1.0)


def test_every_frame_reads_its_own_plan_as_diffusers_would_be_told_it(planned: LoadedModel) -> None:
    from diffusers import UNetMotionModel

    family = planned.family
    prompt, negative = family.encode_text(["a red bus"]), family.encode_text([""])
    texts = torch.stack(family.text_for_frames(negative, prompt, 8, 4))
    assert texts.shape == (2, 8, 16 + TOKENS, 16)
    assert (texts[1, :, -TOKENS:] == 0).all(), "the unconditional branch has no plan"
    reference = UNetMotionModel.from_pretrained(planned.profile.folder / "unet").eval()  # type: ignore[operator]
    sample, times = torch.randn((2, 4, 8, 8, 12)), torch.tensor([500, 500])
    found = family.predict(sample, times, texts, None, ForwardContext(length=8))
    with torch.no_grad():
        wanted = reference(sample, times, encoder_hidden_states=texts.flatten(0, 1)).sample
    torch.testing.assert_close(found, wanted, atol=1e-5, rtol=1e-4)


def test_planned_videos_come_out_of_a_batch_as_they_come_out_alone(
    planned: LoadedModel, noise_of: Callable[..., torch.Tensor]
) -> None:
    def made(places: list[int]) -> list[Any]:
        settings = {"synthesis.adaptive_steps": False, "model.num_frames": 8, "synthesis.max_batch": 2}
        maker = LatentSynthesizer(VideoGenConfig.load(None, settings), planned)
        prompts = [conditions(planned, f"a bus number {place}") for place in places]
        return maker.generate_latents(prompts, [noise_of(place) for place in places], [9 + p for p in places])

    for place, video in enumerate(made([0, 1, 2])):
        torch.testing.assert_close(video.latents, made([place])[0].latents, atol=1e-4, rtol=1e-4)


def test_another_seed_plans_another_video_of_the_same_noise(
    planned: LoadedModel, noise_of: Callable[..., torch.Tensor]
) -> None:
    maker = LatentSynthesizer(VideoGenConfig.load(None, {"model.num_frames": 8}), planned)
    told = conditions(planned, "a bus")
    one, two = (maker.generate_latents([told], [noise_of(0)], [seed])[0].latents for seed in (1, 2))
    assert not torch.allclose(one, two)


def test_a_profile_whose_planner_is_missing_says_so(planned: LoadedModel) -> None:
    absent = planned.profile.model_copy(update={"planner": "owner/planner"})
    with pytest.raises(ModelError, match="owner/planner"):
        load_model(absent, torch.device("cpu"), torch.float32)
