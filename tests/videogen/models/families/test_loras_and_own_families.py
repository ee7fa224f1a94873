"""What people bring: a LoRA, a pipeline class of their own; and what does not fit is said before the denoising."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml

from tests.tiny_pipelines import PIPELINES, write_profile
from tests.videogen.models.families.conftest import CPU, request_for
from videogen.config.config import PROJECT_ROOT
from videogen.errors import ModelError
from videogen.models.families.diffusers_pipeline import DiffusersPipeline
from videogen.models.families.nested import tensors_of
from videogen.models.loading import load_model
from videogen.models.profile import ModelProfile, load_profile

pytestmark = pytest.mark.filterwarnings("ignore")
Load = Callable[..., DiffusersPipeline]
EXAMPLES = PROJECT_ROOT / "examples" / "profiles"


@pytest.fixture
def lora(pipelines: Path, loaded: Load) -> Callable[..., Path]:
    """A LoRA file in diffusers' format for the tiny Wan, with weights that change something."""
    from safetensors.torch import save_file

    def write(name: str = "style", key: str = "transformer.blocks.0.attn1.to_q", width: int = 24) -> Path:
        folder = pipelines / "loras"
        folder.mkdir(exist_ok=True)
        generator = torch.Generator().manual_seed(0)
        tensors = {
            f"{key}.lora_A.weight": torch.randn(4, width, generator=generator),
            f"{key}.lora_B.weight": torch.randn(width, 4, generator=generator),
        }
        save_file(tensors, folder / f"{name}.safetensors")
        return folder / f"{name}.safetensors"

    return write


def denoised(family: DiffusersPipeline) -> list[torch.Tensor]:
    request = request_for("wan21")
    return tensors_of(family.denoise(request, family.encode(request), None, None, lambda watch: None).results)


def test_a_lora_changes_the_video_by_its_weight(loaded: Load, lora: Callable[..., Path]) -> None:
    lora()
    entry = {"source": "loras", "file": "style.safetensors"}
    plain = denoised(loaded("wan21"))
    strong = denoised(loaded("wan21", loras=[entry]))
    off = denoised(loaded("wan21", loras=[{**entry, "weight": 0.0}]))
    assert not torch.equal(plain[0], strong[0])
    assert torch.allclose(plain[0], off[0], atol=1e-5)


@pytest.mark.parametrize(
    ("key", "width", "said"),
    [
        ("transformer.of_another_model.to_q", 24, "style.safetensors"),
        ("transformer.blocks.0.attn1.to_q", 32, "does not fit transformer"),
    ],
)
def test_a_lora_of_another_model_is_refused_by_name(
    key: str, width: int, said: str, loaded: Load, lora: Callable[..., Path]
) -> None:
    lora(key=key, width=width)
    family = loaded("wan21", loras=[{"source": "loras", "file": "style.safetensors"}])
    with pytest.raises(ModelError, match=said), family.held("denoise"):
        pass


def test_a_missing_lora_says_how_to_get_it_before_anything_is_loaded(loaded: Load) -> None:
    with pytest.raises(ModelError, match=r"maker/loras/away.safetensors.*videogen models fetch"):
        loaded("wan21", loras=[{"source": "maker/loras", "file": "away.safetensors"}])


@pytest.mark.parametrize("path", ["wan-own-style.yaml", "own_family/newsroom.yaml"])
def test_the_examples_are_valid_profiles(path: str) -> None:
    values = yaml.safe_load((EXAMPLES / path).read_text(encoding="utf-8"))
    assert ModelProfile.model_validate({"name": "example", **values}).diffusers is not None


def test_the_example_of_a_lora_of_ones_own_draws_with_it(
    loaded: Load, lora: Callable[..., Path], pipelines: Path
) -> None:
    """As it is in `examples/profiles`, on tiny weights at a tiny size."""
    loaded("wan21")
    lora("house_style")
    tiny = PIPELINES["wan21"].profile("wan21")
    kept = ("source", "width", "height", "num_frames", "fps", "max_tokens", "steps", "licence")
    example = yaml.safe_load((EXAMPLES / "wan-own-style.yaml").read_text(encoding="utf-8"))
    example |= {name: tiny[name] for name in kept}
    # Group offloading with streams is for devices that have them.
    del example["diffusers"]["offload"], example["diffusers"]["group_offload"]
    (pipelines / "profiles" / "house.yaml").write_text(yaml.safe_dump(example))
    family = DiffusersPipeline.load(load_profile("house", pipelines), CPU, torch.float32)
    assert family.profile.diffusers is not None
    assert family.profile.diffusers.loras[0].weight == 0.8
    request = request_for("wan21")
    record = family.encode(request)
    with_style = family.denoise(request, record, None, None, lambda watch: None)
    example["diffusers"]["loras"] = []
    (pipelines / "profiles" / "house.yaml").write_text(yaml.safe_dump(example))
    plain = DiffusersPipeline.load(load_profile("house", pipelines), CPU, torch.float32)
    without = plain.denoise(request, record, None, None, lambda watch: None)
    assert not torch.equal(tensors_of(with_style.results)[0], tensors_of(without.results)[0])
    assert family.decode(request, record, with_style)[0].shape == (9, 16, 16, 3)


def test_a_family_of_a_package_outside_drives_a_pipeline_of_its_own(
    loaded: Load, pipelines: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from videogen.runtime import plugins

    loaded("wan21")
    monkeypatch.syspath_prepend(str(EXAMPLES / "own_family"))
    monkeypatch.delitem(sys.modules, "newsroom_family", raising=False)
    monkeypatch.setitem(plugins.BUILTIN[plugins.MODEL_FAMILIES], "newsroom", "newsroom_family:NewsroomFamily")
    values: dict[str, Any] = PIPELINES["wan21"].profile("wan21", pipeline="NewsroomPipeline")
    (pipelines / "profiles" / "newsroom.yaml").write_text(yaml.safe_dump(values | {"family": "newsroom"}))
    family = load_model(load_profile("newsroom", pipelines), CPU, torch.float32).family
    request = request_for("wan21")
    told = family.encode(request)
    assert not torch.equal(tensors_of(told)[0], tensors_of(loaded("wan21").encode(request))[0])
    state = family.denoise(request, told, None, None, lambda watch: None)
    assert family.decode(request, told, state)[0].shape == (9, 16, 16, 3)
    write_profile(pipelines, "wan21", "wan21", pipeline="WanPipeline")
