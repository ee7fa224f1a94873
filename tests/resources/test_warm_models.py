"""Warm models in a real Ray cluster of this machine; without the package ray, the test says so and is skipped."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
import torch

from deploy.local.ray_head import ray_head
from resources.compute import DeviceResource
from resources.models import ModelsResource
from tests.tiny_models import SETTINGS
from videogen.config.config import VideoGenConfig
from videogen.domain.artifacts import ConditioningEmbeddings
from videogen.errors import ConfigError, InputError, ModelError
from videogen.fleet.addresses import RAY_VARIABLE

STEPS = 40


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    pytest.importorskip("ray", reason="the extra ray is not installed")
    with ray_head() as address:
        yield address
        import ray

        ray.shutdown()


@pytest.fixture
def models() -> ModelsResource:
    return ModelsResource(device=DeviceResource())


@pytest.fixture
def config(tiny_models: Path) -> VideoGenConfig:
    changes = {"paths.models": str(tiny_models), "model.num_inference_steps": STEPS, "model.precision": "fp32"}
    return VideoGenConfig.load(None, SETTINGS | changes)


def work(synthesizer: Any) -> tuple[list[ConditioningEmbeddings], list[torch.Tensor], list[int]]:
    embeds = torch.randn(1, 16, 8, generator=torch.Generator().manual_seed(5))
    condition = ConditioningEmbeddings(
        prompt_embeds=embeds, negative_prompt_embeds=0.0 * embeds, image_latents=None, image_embeds=None,
        profile="tiny", revision=synthesizer.model.revision, complexity=1.0,
    )  # fmt: skip
    noise = torch.randn(synthesizer.latent_shape(8), generator=torch.Generator().manual_seed(1))
    return [condition], [noise], [1]


def actor_process() -> psutil.Process | None:
    return next((one for one in psutil.process_iter() if "ray::WarmModels" in " ".join(_command(one))), None)


def _command(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_run_denoises_on_a_warm_model_and_its_death_changes_no_bit(
    cluster: str, models: ModelsResource, config: VideoGenConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch.set_num_threads(1)
    local = models.synthesizer(config)
    here = local.generate_latents(*work(local))[0]
    monkeypatch.setenv(RAY_VARIABLE, cluster)
    warm = models.synthesizer(config)
    assert type(warm).__name__ == "WarmSynthesizer"

    undisturbed = warm.generate_latents(*work(warm))[0]
    first = actor_process()
    assert first is not None
    killed: list[int] = []

    def kill() -> None:
        first.send_signal(signal.SIGKILL)
        killed.append(first.pid)

    timer = threading.Timer(0.2, kill)
    timer.start()
    disturbed = warm.generate_latents(*work(warm))[0]
    timer.join()

    second = actor_process()
    assert second is not None
    assert killed
    assert second.pid != killed[0]
    assert torch.equal(here.latents, undisturbed.latents)
    assert torch.equal(here.latents, disturbed.latents)
    assert torch.equal(local.decode(here).frames, warm.decode(disturbed).frames)
    with pytest.raises(InputError, match="has shape"):
        warm.generate_latents(work(warm)[0], [torch.zeros(4, 8, 3, 3)], [1])


def test_a_cluster_that_does_not_answer_is_named_with_what_to_do(
    models: ModelsResource, config: VideoGenConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("ray", reason="the extra ray is not installed")
    import ray

    ray.shutdown()
    monkeypatch.setenv(RAY_VARIABLE, "127.0.0.1:1")
    with pytest.raises(ModelError, match=r"127\.0\.0\.1:1") as refused:
        models.synthesizer(config)
    assert RAY_VARIABLE in refused.value.remedy
    monkeypatch.setenv(RAY_VARIABLE, "warm")
    with pytest.raises(ConfigError, match="'warm'"):
        models.synthesizer(config)


def test_a_missing_package_is_named(
    models: ModelsResource, config: VideoGenConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    monkeypatch.setenv(RAY_VARIABLE, "127.0.0.1:1")
    with pytest.raises(ConfigError, match="package ray is not installed") as refused:
        models.synthesizer(config)
    assert "pib-videogen[ray]" in refused.value.remedy
