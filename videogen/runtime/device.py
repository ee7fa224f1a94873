"""Chooses device and precision, measures free memory, and halves batches that do not fit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from videogen.errors import ConfigError, OutOfMemoryError

if TYPE_CHECKING:
    import torch

Item = TypeVar("Item")
Result = TypeVar("Result")


def choose_device(setting: str) -> torch.device:
    """Return the device that ``model.device`` means: "auto" takes CUDA, then MPS, then the CPU.

    Raises:
        ConfigError: the device asked for is not there.
    """
    import torch

    present = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if setting == "auto":
        return torch.device(next(name for name, there in present.items() if there))
    kind = setting.partition(":")[0]
    if not present.get(kind, False):
        there = ", ".join(name for name, found in present.items() if found)
        raise ConfigError(
            f"model.device asks for {setting!r}, but this machine offers only {there}",
            remedy='set model.device to "auto"',
        )
    return torch.device(setting)


def choose_dtype(setting: str, device: torch.device, preferred: str | None = None) -> torch.dtype:
    """Return the floating-point type that ``model.precision`` means.

    "auto" is bf16 on a CPU that multiplies it natively and fp32 on any other, elsewhere `preferred` (a profile's
    ``precision``) or fp16.

    Raises:
        ConfigError: half precision was asked for on the CPU, where most kernels lack it.
    """
    import torch

    names = {"fp32": torch.float32, "fp16": torch.float16, "bf16": torch.bfloat16}
    if setting == "auto":
        if device.type == "cpu":
            return torch.bfloat16 if multiplies_bf16() else torch.float32
        return names[preferred or "fp16"]
    if setting == "fp16" and device.type == "cpu":
        raise ConfigError(
            "model.precision is fp16, but the CPU has no fast fp16", remedy='choose "fp32", "bf16" or "auto"'
        )
    return names[setting]


def multiplies_bf16() -> bool:
    """Whether this processor has instructions that multiply bfloat16 matrices; without, they are slower than fp32."""
    import torch

    # Older versions of PyTorch do not tell.
    there: dict[str, bool] = getattr(torch.cpu, "get_capabilities", dict)()
    return any(there.get(name, False) for name in ("amx_bf16", "avx512_bf16"))


def free_memory(device: torch.device) -> int:
    """Bytes that a new allocation on `device` could take now."""
    import psutil
    import torch

    if device.type == "cuda":
        free, _ = torch.cuda.mem_get_info(device)
        unused = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
        return int(free + unused)
    if device.type == "mps":
        return int(torch.mps.recommended_max_memory() - torch.mps.driver_allocated_memory())
    available = int(psutil.virtual_memory().available)
    limit = _control_group_headroom()
    return available if limit is None else min(available, limit)


def _control_group_headroom() -> int | None:
    """Bytes left under this process's cgroup v2 limit, which psutil does not see.

    None if no limit is set.
    """
    try:
        with open("/sys/fs/cgroup/memory.max", encoding="ascii") as stream:
            limit = stream.read().strip()
        with open("/sys/fs/cgroup/memory.current", encoding="ascii") as stream:
            used = int(stream.read())
    except OSError:
        return None
    return None if limit == "max" else max(int(limit) - used, 0)


def is_out_of_memory(error: BaseException) -> bool:
    """True for torch's out-of-memory errors, those of its CPU and MPS allocators, and Python's own.

    The allocators raise plain RuntimeErrors, which only their text tells from others.
    """
    import torch

    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    text = str(error).lower()
    return isinstance(error, RuntimeError) and ("out of memory" in text or "can't allocate memory" in text)


def halve_on_out_of_memory(
    work: Callable[[Sequence[Item]], list[Result]], items: Sequence[Item], batch: int
) -> list[Result]:
    """Run `work` on all `items`, at most `batch` at a time; when memory runs out, halve the batch and continue.

    Args:
        items: all items, in order.
        batch: most items at a time.
        work: takes a run of items and returns one result for each, in order.

    Raises:
        OutOfMemoryError: not even one item fits.
    """
    results: list[Result] = []
    size = max(1, min(batch, len(items)))
    while len(results) < len(items):
        part = items[len(results) : len(results) + size]
        made = _attempt(work, part)
        if made is not None:
            results.extend(made)
            continue
        if size == 1:
            raise OutOfMemoryError(
                "the smallest possible batch does not fit into the free memory",
                remedy="lower the resolution or the duration, choose a smaller profile, or free memory",
            )
        # Outside of the except block: the traceback would keep the failed tensors alive.
        release_memory()
        size = max(1, min(size, len(part)) // 2)
    return results


def _attempt(work: Callable[[Sequence[Item]], list[Result]], part: Sequence[Item]) -> list[Result] | None:
    try:
        return work(part)
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
        return None


def release_memory() -> None:
    """Give unused memory back: Python's garbage, then what torch's allocators keep in reserve."""
    import gc

    import torch

    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
    if torch.backends.mps.is_available():
        torch.mps.empty_cache()


def peak_memory() -> int:
    """Return the peak resident memory of this process so far, in bytes."""
    import resource
    import sys

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return int(peak if sys.platform == "darwin" else peak * 1024)


def describe(device: torch.device) -> dict[str, Any]:
    """Describe the device in words and numbers, for metadata and benchmark results."""
    import platform

    import torch

    name = torch.cuda.get_device_name(device) if device.type == "cuda" else platform.processor() or platform.machine()
    return {"device": str(device), "name": name, "threads": torch.get_num_threads(), "torch": torch.__version__}
