"""Nested values of pipelines: copies on another device, outlines without numbers, and a form that can be stored.

What a text encoder or a scheduler gives back is a tensor, or lists, tuples, mappings and diffusers outputs of tensors.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any

from videogen.errors import ArtifactError

if TYPE_CHECKING:
    import torch
    from torch import Tensor

_SMALL = 4096
"""Elements up to which an outline keeps the numbers of a tensor: masks, lengths and the like decide sizes."""


def map_tensors(value: Any, change: Callable[[Tensor], Any]) -> Any:
    """`value` with every tensor replaced by ``change(tensor)``; lists, tuples and mappings are made new."""
    import torch

    if isinstance(value, torch.Tensor):
        return change(value)
    if isinstance(value, dict):
        return _like(value, {name: map_tensors(part, change) for name, part in value.items()})
    if isinstance(value, list | tuple):
        return type(value)(map_tensors(part, change) for part in value)
    return value


def tensors_of(value: Any) -> list[Tensor]:
    """Every tensor in `value`, in order."""
    found: list[Tensor] = []
    map_tensors(value, found.append)
    return found


def to_cpu(value: Any) -> Any:
    """Copies on the CPU, in the same precision."""
    return map_tensors(value, lambda tensor: tensor.detach().to("cpu", copy=True))


def onto(value: Any, device: torch.device | str) -> Any:
    """Copies on `device`: pipelines write into what they are given."""
    return map_tensors(value, lambda tensor: tensor.to(device, copy=True))


def outline(value: Any) -> Any:
    """The same shapes and precisions, large floating tensors with zeros: enough for a denoiser that does not run.

    The zeros are views of one number, which take no memory; `pack` stores them as a shape.
    """

    def emptied(tensor: Tensor) -> Tensor:
        keep = not tensor.is_floating_point() or tensor.numel() <= _SMALL
        return tensor if keep else tensor.new_zeros(()).expand(tensor.shape)

    return map_tensors(value, emptied)


def describe(answer: Any) -> Any:
    """The form of a denoiser's answer, as plain data from which `build` makes an answer of zeros."""
    import torch

    if isinstance(answer, torch.Tensor):
        return {"shape": list(answer.shape), "dtype": _dtype_name(answer.dtype)}
    if isinstance(answer, dict):
        kind = _class_name(type(answer)) if hasattr(answer, "to_tuple") else None
        return {"items": {name: describe(part) for name, part in answer.items()}, "class": kind}
    if isinstance(answer, list | tuple):
        return {"parts": [describe(part) for part in answer], "tuple": isinstance(answer, tuple)}
    return {"value": answer}


def build(form: Any, device: torch.device | str) -> Any:
    """Zeros of the form that `describe` gave, on `device`."""
    import torch

    if "shape" in form:
        return torch.zeros(form["shape"], dtype=getattr(torch, form["dtype"]), device=device)
    if "items" in form:
        items = {name: build(part, device) for name, part in form["items"].items()}
        return _output_class(form["class"])(**items) if form["class"] else items
    if "parts" in form:
        parts = [build(part, device) for part in form["parts"]]
        return tuple(parts) if form["tuple"] else parts
    return form["value"]


def pack(value: Any) -> tuple[dict[str, Tensor], Any]:
    """Split `value` into its tensors, by name, and a plan that is plain JSON.

    Raises:
        ArtifactError: it holds something that is neither a tensor nor plain data.
    """
    tensors: dict[str, Tensor] = {}
    return tensors, _plan(value, tensors)


def unpack(tensors: dict[str, Tensor], plan: Any) -> Any:
    """What `pack` was given. Only classes of diffusers' outputs are ever looked up by a name in the plan."""
    import torch

    if not isinstance(plan, dict):
        return plan
    if "tensor" in plan:
        tensor = tensors[plan["tensor"]]
        if "strides" not in plan:
            return tensor
        return torch.empty_strided(tensor.shape, plan["strides"], dtype=tensor.dtype).copy_(tensor)
    if "array" in plan:
        return tensors[plan["array"]].numpy()
    if "zeros" in plan:
        return torch.zeros((), dtype=getattr(torch, plan["dtype"])).expand(plan["zeros"])
    if "dtype" in plan:
        return getattr(torch, plan["dtype"])
    if "list" in plan:
        return [unpack(tensors, part) for part in plan["list"]]
    if "tuple" in plan:
        return tuple(unpack(tensors, part) for part in plan["tuple"])
    items = {unpack(tensors, name): unpack(tensors, part) for name, part in plan["items"]}
    return _output_class(plan["class"])(**items) if plan["class"] else items


def _plan(value: Any, tensors: dict[str, Tensor]) -> Any:
    import numpy as np
    import torch

    def named(tensor: Tensor) -> str:
        name = f"t{len(tensors)}"
        tensors[name] = tensor.detach()
        return name

    if isinstance(value, torch.Tensor):
        if value.numel() > 1 and not any(value.stride()):
            return {"zeros": list(value.shape), "dtype": _dtype_name(value.dtype)}
        # The order of a tensor's axes in memory decides how kernels round: it has to come back as it was.
        order = {} if value.is_contiguous() or not _is_dense(value) else {"strides": list(value.stride())}
        return {"tensor": named(value), **order}
    if isinstance(value, np.ndarray):
        return {"array": named(torch.from_numpy(value.copy()))}
    if isinstance(value, np.generic):
        return value.item()
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, torch.dtype):
        return {"dtype": _dtype_name(value)}
    if isinstance(value, dict):
        kind = _class_name(type(value)) if hasattr(value, "to_tuple") else None
        return {"items": [[_plan(k, tensors), _plan(v, tensors)] for k, v in value.items()], "class": kind}
    if isinstance(value, list | tuple):
        name = "tuple" if isinstance(value, tuple) else "list"
        return {name: [_plan(part, tensors) for part in value]}
    raise ArtifactError(
        f"a value of the class {type(value).__name__} cannot be stored between denoising steps",
        remedy="choose another scheduler or pipeline class in the model profile",
    )


def _is_dense(tensor: Tensor) -> bool:
    """Whether its elements fill its memory without gaps or overlaps."""
    span = 1 + sum((size - 1) * stride for size, stride in zip(tensor.shape, tensor.stride(), strict=True))
    return tensor.numel() > 0 and span == tensor.numel()


def _like(value: dict[Any, Any], items: dict[Any, Any]) -> Any:
    return type(value)(**items) if hasattr(value, "to_tuple") else items


def _dtype_name(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")


def _class_name(kind: type) -> str:
    return f"{kind.__module__}:{kind.__qualname__}"


def _output_class(name: str) -> Any:
    """The class of a diffusers output; stored files name no others."""
    from diffusers.utils import BaseOutput

    module, _, qualified = name.partition(":")
    found = getattr(import_module(module), qualified, None) if module.startswith("diffusers.") else None
    if not (isinstance(found, type) and issubclass(found, BaseOutput)):
        raise ArtifactError(f"a stored denoising state names the class {name!r}, which is not an output of diffusers")
    return found
