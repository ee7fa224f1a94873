"""Parts whose weights are made smaller while they are loaded: the section ``quantization`` of a profile."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

from videogen.errors import ModelError

if TYPE_CHECKING:
    from videogen.models.pipeline_options import Quantization

_BITSANDBYTES = {"bitsandbytes_4bit": "load_in_4bit", "bitsandbytes_8bit": "load_in_8bit"}


def pipeline_quantization(
    wanted: Quantization | None, index: Mapping[str, tuple[str, str]], needed: frozenset[str]
) -> Any:
    """``PipelineQuantizationConfig`` for those parts of `needed` that are to be quantised; None: there is none.

    Text encoders take the configuration class of transformers, all others that of diffusers; the two differ in their
    arguments, so that each part gets its own.

    Args:
        index: part → (library, class).

    Raises:
        ModelError: an option is wrong, or a part is not in the repository.
    """
    if wanted is None:
        return None
    if unknown := sorted(set(wanted.components_to_quantize) - set(index)):
        raise ModelError(
            f"quantization names the parts {', '.join(unknown)}, but the model has only {', '.join(sorted(index))}",
            remedy="correct components_to_quantize in the profile's diffusers section",
        )
    parts = [part for part in wanted.components_to_quantize if part in needed]
    if not parts:
        return None
    import diffusers

    try:
        mapping = {part: _config(wanted, index[part][0]) for part in parts}
        return diffusers.PipelineQuantizationConfig(quant_mapping=mapping)
    except (TypeError, ValueError, ImportError) as error:
        raise ModelError(
            f"{wanted.quant_backend} does not accept quant_kwargs {wanted.quant_kwargs}: {error}",
            remedy="correct quant_kwargs in the profile's diffusers section",
        ) from error


def _config(wanted: Quantization, library: str) -> Any:
    import diffusers
    import transformers

    module: Any = transformers if library == "transformers" else diffusers
    if wanted.quant_backend in _BITSANDBYTES:
        return module.BitsAndBytesConfig(**{_BITSANDBYTES[wanted.quant_backend]: True}, **wanted.quant_kwargs)
    options = dict(wanted.quant_kwargs)
    return module.TorchAoConfig(quant_type=_torchao_type(options.pop("quant_type", None)), **options)


def _torchao_type(wanted: Any) -> Any:
    """An object of torchao's class from its name, or from ``{class: name, option: value}``."""
    torchao = import_module("torchao.quantization")
    options = dict(wanted) if isinstance(wanted, Mapping) else {"class": wanted}
    name = str(options.pop("class", None))
    kind = getattr(torchao, name, None) if name.endswith("Config") else None
    if kind is None:
        raise ValueError(f"quant_type is {name!r}, but has to name a class of torchao such as Int8WeightOnlyConfig")
    return kind(**options)
