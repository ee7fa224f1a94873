"""Models that are kept loaded for many runs: the same bits, in slices, together with what else waits."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.videogen.synthesis.test_preemption import Kept
from videogen.config.config import VideoGenConfig
from videogen.domain.artifacts import VideoLatents
from videogen.errors import InputError
from videogen.runtime import progress
from videogen.runtime.progress import Progress, listen
from videogen.synthesis import LoadedModel, warm
from videogen.synthesis.preemption import denoise_giving_way
from videogen.synthesis.sampling import sampling_key
from videogen.synthesis.synthesizer import LatentSynthesizer

Make = Callable[..., Any]


@pytest.fixture
def config(models: Path) -> VideoGenConfig:
    return VideoGenConfig.load(
        None,
        {
            "paths.models": str(models),
            "model.profile": "tiny",
            "model.num_frames": 8,
            "model.device": "cpu",
            "model.precision": "fp32",
            "synthesis.momentum": 0.3,
            "synthesis.refinement_strength": 0.2,
        },
    )


@pytest.fixture
def models_of_the_device() -> warm.WarmModels:
    return warm.WarmModels()


@pytest.fixture
def asking(config: VideoGenConfig, model: LoadedModel, models_of_the_device: warm.WarmModels) -> Make:
    """A synthesizer that asks them; `heard` is told of each question."""

    def make(heard: Callable[[str], None] = lambda name: None) -> warm.WarmSynthesizer:
        def ask(name: str, *arguments: Any) -> Any:
            heard(name)
            with apart():
                return getattr(models_of_the_device, name)(*arguments)

        return warm.WarmSynthesizer(config, model.profile, model.revision, sampling_key(config), ask)

    return make


@contextmanager
def apart() -> Iterator[None]:
    """What listens here does not hear what is done there: it is another process."""
    here = [one for one in progress._listeners if not isinstance(one, warm._Clock)]
    for one in here:
        progress._listeners.remove(one)
    try:
        yield
    finally:
        progress._listeners.extend(here)


def same(left: VideoLatents, right: VideoLatents) -> bool:
    return (
        torch.equal(left.latents, right.latents)
        and left.timesteps == right.timesteps
        and left.diagnostics == right.diagnostics
    )


def test_slices_of_one_step_give_the_same_bits_as_a_model_in_this_process(
    config: VideoGenConfig, model: LoadedModel, asking: Make, condition: Make, noise_of: Make,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    work = ([condition(), condition("the sea")], [noise_of(1), noise_of(2)], [1, 2])
    here = LatentSynthesizer(config, model).generate_latents(*work)
    monkeypatch.setattr(warm, "SLICE_SECONDS", 0.0)
    questions: list[str] = []
    steps: list[int] = []

    with listen(lambda seen: steps.append(seen.done)):
        there = asking(questions.append).generate_latents(*work)

    assert all(same(*pair) for pair in zip(here, there, strict=True))
    assert questions.count("denoise") >= 5
    assert steps[-1] == max(steps) == 10


def test_an_alert_stops_it_between_slices_and_it_goes_on_to_the_same_bits(
    config: VideoGenConfig, model: LoadedModel, asking: Make, condition: Make, noise_of: Make,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    work = ([condition()], [noise_of(3)], [3])
    here = LatentSynthesizer(config, model).generate_latents(*work)
    monkeypatch.setattr(warm, "SLICE_SECONDS", 0.0)
    kept, pauses, asked = Kept(), [], [0]

    def third_time() -> bool:
        asked[0] += 1
        return asked[0] == 3

    there = denoise_giving_way(asking, *work, should_yield=third_time, pause=lambda: pauses.append(1), checkpoints=kept)

    assert len(pauses) == 1
    assert len(kept.saved) == 1
    assert 0 < kept.saved[0][0] < 5
    assert same(here[0], there[0])


def test_what_waits_with_the_same_settings_is_denoised_together_and_each_gets_its_own(
    config: VideoGenConfig, model: LoadedModel, asking: Make, models_of_the_device: warm.WarmModels,
    condition: Make, noise_of: Make, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    seeds = (1, 2, 3)
    here = [LatentSynthesizer(config, model).generate_latents([condition()], [noise_of(n)], [n])[0] for n in seeds]
    together: list[int] = []
    answer = warm._answer
    monkeypatch.setattr(warm, "_answer", lambda group: (together.append(len(group)), answer(group)))
    there: dict[int, VideoLatents] = {}

    def run(seed: int) -> None:
        there[seed] = asking().generate_latents([condition()], [noise_of(seed)], [seed])[0]

    threads = [threading.Thread(target=run, args=(seed,)) for seed in seeds]
    with models_of_the_device._device:  # busy until all of them wait
        for thread in threads:
            thread.start()
        while models_of_the_device.asking() < len(seeds):
            pass
    for thread in threads:
        thread.join()

    assert max(together) == 3
    assert all(same(one, there[seed]) for one, seed in zip(here, seeds, strict=True))


def test_a_question_that_is_wrong_does_not_spoil_those_beside_it(
    asking: Make, models_of_the_device: warm.WarmModels, condition: Make, noise_of: Make
) -> None:
    found: dict[int, object] = {}

    def run(seed: int, conditions: list[Any]) -> None:
        try:
            found[seed] = asking().generate_latents(conditions, [noise_of(seed)], [seed])
        except InputError as error:
            found[seed] = error

    threads = [
        threading.Thread(target=run, args=(1, [condition()])),
        threading.Thread(target=run, args=(2, [condition(), condition()])),
    ]
    with models_of_the_device._device:
        for thread in threads:
            thread.start()
        while models_of_the_device.asking() < 2:
            pass
    for thread in threads:
        thread.join()

    assert isinstance(found[1], list)
    assert isinstance(found[2], InputError)


def test_a_device_that_died_is_asked_again_of_what_it_had_not_answered(
    config: VideoGenConfig, model: LoadedModel, condition: Make, noise_of: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(warm, "SLICE_SECONDS", 0.0)
    here = LatentSynthesizer(config, model).generate_latents([condition()], [noise_of(1)], [1])
    lives = [warm.WarmModels()]
    calls = [0]

    def ask(name: str, *arguments: Any) -> Any:
        calls[0] += 1
        if calls[0] == 3:
            lives.append(warm.WarmModels())  # the answer of the one before is lost with it
            getattr(lives[0], name)(*arguments)
        return getattr(lives[-1], name)(*arguments)

    asked = warm.WarmSynthesizer(config, model.profile, model.revision, sampling_key(config), ask)
    there = asked.generate_latents([condition()], [noise_of(1)], [1])

    assert len(lives) == 2
    assert same(here[0], there[0])


def test_states_are_offered_for_keeping_now_and_then(
    asking: Make, condition: Make, noise_of: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(warm, "SLICE_SECONDS", 0.0)
    monkeypatch.setattr("videogen.synthesis.sampling.CHECKPOINT_SECONDS", 0.0)
    kept: list[list[int]] = []

    def keep(states: Mapping[int, Any]) -> None:
        kept.append([state.step for state in states.values()])

    asking().generate_latents([condition()], [noise_of(1)], [1], keep=keep)

    assert kept == sorted(kept)
    assert kept[0] == [1]


def test_frames_and_conditions_are_those_of_the_model(
    config: VideoGenConfig, model: LoadedModel, asking: Make, condition: Make, noise_of: Make
) -> None:
    here, there = LatentSynthesizer(config, model), asking()
    latents = here.generate_latents([condition()], [noise_of(1)], [1])[0]

    assert there.num_frames() == here.num_frames()
    assert there.latent_shape(8) == here.latent_shape(8)
    assert there.model.revision == model.revision
    assert torch.equal(here.decode(latents).frames, there.decode(latents).frames)


def test_progress_of_others_is_not_taken_for_that_of_a_slice() -> None:
    clock = warm._Clock(0.0)
    clock(Progress("decoded_frames", 1, 2))
    assert clock.total == 0
