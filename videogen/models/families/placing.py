"""What a profile asks of a loaded pipeline: LoRAs, casting, attention, caches, compilation, offloading.

The order matters: LoRAs before casting and offload hooks, offloading last.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from videogen.errors import ModelError
from videogen.models.families.extra_files import located_file
from videogen.models.families.index import DENOISERS

if TYPE_CHECKING:
    import torch

    from videogen.models.pipeline_options import Cache, DiffusersOptions, Lora
    from videogen.models.profile import ModelProfile


def prepare(
    pipe: Any, profile: ModelProfile, needed: frozenset[str], device: torch.device, dtype: torch.dtype
) -> list[Any]:
    """Apply the profile's ``diffusers`` section to the loaded parts of `pipe` and place them.

    Args:
        needed: parts with real weights; nothing is done to the shells of the others.

    Returns:
        Hooks with ``offload()``, which takes a part off the device again.

    Raises:
        ModelError: a LoRA does not fit, or the pipeline does not offer what the profile asks for.
    """
    options = profile.diffusers
    assert options is not None
    denoisers = [name for name in DENOISERS if name in needed and getattr(pipe, name, None) is not None]
    for lora in options.loras:
        if lora.into in denoisers:
            _add_lora(pipe, profile, lora)
    if options.layerwise_casting:
        _cast(pipe, options, needed, dtype)
    for name in denoisers:
        _speed_up(pipe, getattr(pipe, name), name, options)
    if "vae" in needed and getattr(pipe, "vae", None) is not None:
        _save_memory(pipe.vae, options)
    return _place(pipe, options, needed, device)


def _add_lora(pipe: Any, profile: ModelProfile, lora: Lora) -> None:
    path = located_file(profile, lora.source, lora.revision, lora.file)
    name = f"{lora.into}-{path.stem}".replace(".", "-")
    network = getattr(pipe, lora.into)
    into = {"load_into_transformer_2": True} if lora.into == "transformer_2" else {}
    try:
        pipe.load_lora_weights(
            str(path.parent), weight_name=path.name, adapter_name=name, local_files_only=True, **into
        )
    except ImportError as error:
        raise ModelError(
            f"the LoRA {path.name} needs the package peft", remedy="install it: `pip install peft`"
        ) from error
    except (ValueError, KeyError, RuntimeError, AttributeError, OSError) as error:
        raise ModelError(
            f"the LoRA {path.name} does not fit {lora.into} of profile {profile.name!r}: {_start(error)}",
            remedy="check that it was made for this model, and `into` of the profile",
        ) from error
    layers = [key for key, _ in network.named_parameters() if f".{name}." in key]
    if not layers:
        raise ModelError(
            f"no layer of {lora.into} took anything from the LoRA {path.name}: its keys are {_keys(str(path))}",
            remedy="check that it was made for this model, and `into` of the profile",
        )
    network.set_adapters([*_adapters(network, name), name], [*_weights(profile, lora), lora.weight])


def _adapters(network: Any, but: str) -> list[str]:
    return [one for one in network.peft_config if one != but]


def _weights(profile: ModelProfile, lora: Lora) -> list[float]:
    """The weights of the LoRAs of this part that were added before."""
    assert profile.diffusers is not None
    same = [one for one in profile.diffusers.loras if one.into == lora.into]
    return [one.weight for one in same[: same.index(lora)]]


def _keys(path: str) -> str:
    from safetensors import safe_open

    with safe_open(path, framework="pt") as file:
        return ", ".join(list(file.keys())[:3]) + " …"


def _cast(pipe: Any, options: DiffusersOptions, needed: frozenset[str], dtype: torch.dtype) -> None:
    import torch

    casting = options.layerwise_casting
    assert casting is not None
    for part in casting.parts:
        module = getattr(pipe, part, None)
        if part not in needed or module is None:
            continue
        module.enable_layerwise_casting(storage_dtype=getattr(torch, casting.storage_dtype), compute_dtype=dtype)


def _speed_up(pipe: Any, module: Any, name: str, options: DiffusersOptions) -> None:
    try:
        if options.attention_backend:
            module.set_attention_backend(options.attention_backend)
        if options.cache:
            _cache(pipe, module, options.cache)
        if options.compile_repeated_blocks:
            module.compile_repeated_blocks(fullgraph=True)
    except (ValueError, AttributeError, TypeError, ImportError, RuntimeError, NotImplementedError) as error:
        raise ModelError(
            f"{name} ({type(module).__name__}) does not accept what the profile asks for: {_start(error)}",
            remedy="change attention_backend, cache or compile_repeated_blocks in the profile's diffusers section",
        ) from error


def _cache(pipe: Any, module: Any, cache: Cache) -> None:
    before = _count_hooks(module)
    module.enable_cache(_cache_config(pipe, cache))
    if _count_hooks(module) == before:
        # diffusers says nothing, and the video would take its full time and not be resumable.
        raise ValueError(
            f"the {cache.kind} finds no layer of it to act on; name the layers in the cache's options, "
            "such as cache_identifiers"
        )


def _count_hooks(module: Any) -> int:
    registries = (getattr(one, "_diffusers_hook", None) for one in module.modules())
    return sum(len(registry.hooks) for registry in registries if registry is not None)


def _cache_config(pipe: Any, cache: Cache) -> Any:
    import diffusers

    options = dict(cache.options)
    if cache.kind == "PyramidAttentionBroadcast":
        options["current_timestep_callback"] = lambda: pipe.current_timestep
    return getattr(diffusers, cache.config_class)(**options)


def _save_memory(vae: Any, options: DiffusersOptions) -> None:
    for wanted, method in ((options.vae_tiling, "enable_tiling"), (options.vae_slicing, "enable_slicing")):
        if not wanted:
            continue
        if not hasattr(vae, method):
            raise ModelError(
                f"{type(vae).__name__} cannot {method.removeprefix('enable_')}",
                remedy="leave vae_tiling and vae_slicing out of the profile",
            )
        getattr(vae, method)()


def _place(pipe: Any, options: DiffusersOptions, needed: frozenset[str], device: torch.device) -> list[Any]:
    """Move the parts to the device, or hook them so that they come and go; returns the hooks of whole parts."""
    from accelerate import cpu_offload, cpu_offload_with_hook

    modules = {name: getattr(pipe, name) for name in sorted(needed) if getattr(pipe, name, None) is not None}
    hooks: list[Any] = []
    for name, module in modules.items():
        if options.offload == "group" and (name in DENOISERS or name.startswith("text_encoder")):
            _group(module, options.group_offload, device)
        elif options.offload == "sequential":
            cpu_offload(module, device, offload_buffers=len(module._parameters) > 0)
        elif options.offload == "model":
            hooks.append(
                cpu_offload_with_hook(module.to("cpu"), device, prev_module_hook=hooks[-1] if hooks else None)[1]
            )
        else:
            module.to(device)
    return hooks


def _group(module: Any, given: dict[str, Any], device: torch.device) -> None:
    import torch
    from diffusers.hooks import apply_group_offloading

    options = {"offload_device": torch.device("cpu"), **given}
    try:
        apply_group_offloading(module, onload_device=device, **options)
    except (ValueError, TypeError) as error:
        raise ModelError(
            f"{type(module).__name__} does not accept group_offload {given}: {_start(error)}",
            remedy="see enable_group_offload of diffusers; offload_type is block_level or leaf_level",
        ) from error


def _start(error: Exception) -> str:
    text = str(error).strip()
    return text.splitlines()[0][:300] if text else type(error).__name__
