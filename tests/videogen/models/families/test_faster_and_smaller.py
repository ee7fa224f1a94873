"""Caches, compilation, attention and quantisation of a profile: what acts here acts, what cannot is refused by name."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from tests.videogen.models.families.conftest import request_for
from videogen.errors import ModelError
from videogen.models.families import requirements
from videogen.models.families.diffusers_pipeline import DiffusersPipeline
from videogen.models.families.nested import tensors_of
from videogen.models.families.parts import weights_of
from videogen.models.families.seams import Watch

pytestmark = pytest.mark.filterwarnings("ignore")
Load = Callable[..., DiffusersPipeline]
TAYLOR = {"cache_interval": 3, "disable_cache_before_step": 1}
SKIPS = {"spatial_attention_block_skip_range": 3, "spatial_attention_timestep_skip_range": [0, 1000]}


def denoised(family: DiffusersPipeline, name: str) -> Tensor:
    request = request_for(name, steps=5)
    state = family.denoise(request, family.encode(request), None, None, lambda watch: None)
    return tensors_of(state.results)[0]


@pytest.mark.parametrize(
    ("name", "kind", "options"),
    [
        ("wan21", "FirstBlockCache", {"threshold": 10.0}),
        ("wan21", "TaylorSeerCache", {**TAYLOR, "cache_identifiers": [r"blocks\.\d+\.attn\d"]}),
        ("wan21", "MagCache", {"threshold": 10.0, "retention_ratio": 0.0, "mag_ratios": [1.0] * 5}),
        ("cog", "PyramidAttentionBroadcast", SKIPS),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_cache_between_steps_acts_and_starts_empty_for_every_video(
    name: str, kind: str, options: dict[str, Any], loaded: Load
) -> None:
    plain = denoised(loaded(name), name)
    family = loaded(name, cache={"kind": kind, "options": options})
    first = denoised(family, name)
    assert not torch.equal(first, plain)
    assert torch.equal(first, denoised(family, name))

    class StopHereError(Exception):
        pass

    def stop(watch: Watch) -> None:
        if watch.done == 2:
            raise StopHereError

    request = request_for(name, steps=5)
    with pytest.raises(StopHereError):
        family.denoise(request, family.encode(request), None, None, stop)
    assert torch.equal(first, denoised(family, name)), "what the stopped video left in the cache is gone"


def test_a_cache_that_finds_no_layer_is_refused_instead_of_doing_nothing(loaded: Load) -> None:
    family = loaded("wan21", cache={"kind": "TaylorSeerCache", "options": TAYLOR})
    with (
        pytest.raises(ModelError, match=r"TaylorSeerCache finds no layer of it to act on; name .* cache_identifiers"),
        family.held("denoise"),
    ):
        pass


def test_blocks_that_are_compiled_give_the_same_video(loaded: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    compiled: list[str] = []

    def compiling(module: torch.nn.Module, *args: Any, **options: Any) -> None:
        compiled.append(type(module).__name__)
        # Traced as ever, whole; what inductor would make of it is not compiled here, which takes minutes.
        module._compiled_call_impl = torch.compile(module._call_impl, *args, backend="eager", **options)

    monkeypatch.setattr(torch.nn.Module, "compile", compiling)
    made = denoised(loaded("wan21", compile_repeated_blocks=True), "wan21")
    assert compiled == ["WanTransformerBlock"] * 2
    assert torch.allclose(made, denoised(loaded("wan21"), "wan21"), atol=1e-5)


@pytest.mark.parametrize(
    ("device", "missing", "said"),
    [("cpu", "which", r"needs a C\+\+ compiler .* `apt-get install g\+\+`"), ("cuda", "find_spec", "package triton")],
)
def test_compilation_without_a_compiler_is_refused_before_anything_is_loaded(
    device: str, missing: str, said: str, loaded: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    profile = loaded("wan21", compile_repeated_blocks=True).profile
    monkeypatch.setattr(requirements, missing, lambda name: None)
    monkeypatch.setattr(requirements, "missing_packages", lambda profile, with_pictures: [])
    with pytest.raises(ModelError, match=said):
        DiffusersPipeline.load(profile, torch.device(device), torch.float32)


@pytest.mark.parametrize(
    ("backend", "package", "module"),
    [("flash", "flash-attn", "flash_attn"), ("sage", "sageattention", "sageattention"), ("xformers",) * 3],
)
def test_an_attention_backend_whose_package_is_missing_names_it(
    backend: str, package: str, module: str, loaded: Load
) -> None:
    if find_spec(module) is not None:
        pytest.skip(f"{module} is installed here")
    family = loaded("wan21", attention_backend=backend)
    with pytest.raises(ModelError, match=rf"install `{package}>=.* — change attention_backend"), family.held("denoise"):
        pass


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"quant_backend": "torchao", "quant_kwargs": {"quant_type": "int8wo"}}, "'int8wo'.*Int8WeightOnlyConfig"),
        ({"quant_backend": "torchao"}, "has to name a class of torchao"),
        ({"components_to_quantize": ["transformr"]}, r"the parts transformr.*has only .*transformer"),
    ],
    ids=str,
)
def test_a_wrong_quantisation_is_refused_with_what_is_right(options: dict[str, Any], said: str, loaded: Load) -> None:
    pytest.importorskip("torchao")
    section = {"quant_backend": "torchao", "components_to_quantize": ["transformer"], **options}
    family = loaded("wan21", torch.bfloat16, quantization=section)
    with pytest.raises(ModelError, match=said), family.held("denoise"):
        pass


def test_a_denoiser_of_whole_numbers_is_smaller_and_still_makes_a_video(loaded: Load) -> None:
    pytest.importorskip("torchao")
    quantization = {
        "quant_backend": "torchao", "quant_kwargs": {"quant_type": "Int8WeightOnlyConfig"},
        "components_to_quantize": ["transformer"],
    }  # fmt: skip
    plain, family = loaded("wan21", torch.bfloat16), loaded("wan21", torch.bfloat16, quantization=quantization)
    made, exact = denoised(family, "wan21"), denoised(plain, "wan21")
    with family.held("denoise") as pipe:
        linear = pipe.transformer.blocks[0].attn1.to_q.weight
        assert "Int8" in type(linear).__name__ or linear.dtype == torch.int8
    assert not torch.equal(made, exact)
    assert float((made.float() - exact.float()).abs().mean()) < 0.1 * float(exact.float().abs().mean())


def test_quantisation_that_needs_a_gpu_says_so(loaded: Load) -> None:
    pytest.importorskip("bitsandbytes")
    if torch.cuda.is_available():
        pytest.skip("there is a GPU")
    section = {"quant_backend": "bitsandbytes_4bit", "components_to_quantize": ["transformer"]}
    family = loaded("wan21", torch.bfloat16, quantization=section)
    with pytest.raises(ModelError, match=r"for the stage denoise: No GPU found"), family.held("denoise"):
        pass


def test_a_denoiser_from_a_gguf_file_makes_nearly_the_same_video(loaded: Load, pipelines: Path) -> None:
    gguf = pytest.importorskip("gguf")
    folder = pipelines / "gguf"
    folder.mkdir(exist_ok=True)
    with loaded("wan21").held("denoise") as pipe:
        write_gguf(gguf, folder / "wan.gguf", pipe.transformer)
        size = weights_of(pipe)["transformer"][0]
    family = loaded("wan21", single_files={"transformer": {"source": "gguf", "file": "wan.gguf"}})
    made, exact = denoised(family, "wan21"), denoised(loaded("wan21"), "wan21")
    with family.held("denoise") as pipe:
        assert weights_of(pipe)["transformer"][0] < size
    assert not torch.equal(made, exact)
    assert float((made - exact).abs().mean()) < 0.1 * float(exact.abs().mean())


def write_gguf(gguf: Any, path: Path, network: torch.nn.Module) -> None:
    """The weights of `network` in blocks of 8 bits where their rows are whole blocks, the others as they are."""
    writer = gguf.GGUFWriter(path, "wan")
    kind = gguf.GGMLQuantizationType.Q8_0
    for name, tensor in network.state_dict().items():
        values = tensor.float().numpy()
        if tensor.ndim == 2 and tensor.shape[1] % 32 == 0:
            writer.add_tensor(name, gguf.quants.quantize(values, kind), raw_dtype=kind)
        else:
            writer.add_tensor(name, values)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


@pytest.mark.parametrize(
    ("section", "package"),
    [
        ({"quantization": {"quant_backend": "torchao", "components_to_quantize": ["transformer"]}}, "torchao"),
        ({"quantization": {"quant_backend": "bitsandbytes_8bit", "components_to_quantize": ["vae"]}}, "bitsandbytes"),
        ({"single_files": {"transformer": {"source": "x", "file": "x.gguf"}}}, "gguf"),
        ({"loras": [{"source": "x", "file": "x.safetensors"}]}, "peft"),
    ],
    ids=str,
)
def test_a_missing_package_is_named_before_anything_is_loaded(
    section: dict[str, Any], package: str, loaded: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(requirements, "find_spec", lambda name: None if name == package else find_spec(name))
    with pytest.raises(ModelError, match=rf"needs the Python packages {package}, .* `pip install {package}`"):
        loaded("wan21", **section)
