"""Devices, precision, and batches that shrink when memory runs out."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from videogen.errors import ConfigError, OutOfMemoryError
from videogen.runtime.device import choose_device, choose_dtype, free_memory, halve_on_out_of_memory, is_out_of_memory

CPU = torch.device("cpu")


def real_cpu_error() -> RuntimeError:
    with pytest.raises(RuntimeError) as caught:
        torch.empty(2**60, dtype=torch.uint8)
    return caught.value


@settings(max_examples=15, deadline=None)
@given(count=st.integers(0, 40), batch=st.integers(1, 50), fits=st.integers(1, 50))
def test_every_item_gets_its_result_in_order_whatever_fits(count: int, batch: int, fits: int) -> None:
    sizes: list[int] = []

    def work(items: Sequence[int]) -> list[int]:
        if len(items) > fits:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB.")
        sizes.append(len(items))
        return [item * item for item in items]

    assert halve_on_out_of_memory(work, range(count), batch) == [item * item for item in range(count)]
    assert all(size <= min(batch, fits) for size in sizes)


def test_the_batch_stays_halved_once_memory_ran_out() -> None:
    tried: list[int] = []

    def work(items: Sequence[int]) -> list[int]:
        tried.append(len(items))
        if len(items) > 4:
            raise real_cpu_error()
        return list(items)

    halve_on_out_of_memory(work, range(16), 16)
    assert tried == [16, 8, 4, 4, 4, 4]


def test_nothing_fits_is_an_error_with_a_remedy() -> None:
    def work(items: Sequence[int]) -> list[int]:
        raise MemoryError

    with pytest.raises(OutOfMemoryError, match="lower the resolution"):
        halve_on_out_of_memory(work, [1, 2, 3], 3)


def test_other_errors_pass_through() -> None:
    def work(items: Sequence[int]) -> list[int]:
        raise RuntimeError("shapes do not match")

    with pytest.raises(RuntimeError, match="shapes"):
        halve_on_out_of_memory(work, [1, 2, 3], 3)


def test_out_of_memory_is_told_from_other_errors() -> None:
    assert is_out_of_memory(real_cpu_error())
    assert is_out_of_memory(torch.OutOfMemoryError("CUDA out of memory"))
    assert is_out_of_memory(RuntimeError("MPS backend out of memory (MPS allocated: 17 GB)"))
    assert is_out_of_memory(MemoryError())
    assert not is_out_of_memory(RuntimeError("mat1 and mat2 shapes cannot be multiplied"))
    assert not is_out_of_memory(ValueError("out of memory"))


def test_free_memory_of_the_cpu_is_below_what_the_machine_has() -> None:
    import psutil

    assert 0 < free_memory(CPU) <= psutil.virtual_memory().total


def test_auto_takes_what_is_there() -> None:
    assert choose_device("auto").type in {"cpu", "cuda", "mps"}
    assert choose_device("cpu") == CPU
    assert choose_dtype("auto", torch.device("cuda")) is torch.float16
    assert choose_dtype("auto", torch.device("cuda"), "bf16") is torch.bfloat16
    assert choose_dtype("bf16", CPU) is torch.bfloat16


@pytest.mark.parametrize(
    ("capabilities", "dtype"),
    [
        ({"avx2": True, "avx512_f": True}, torch.float32),
        ({"avx512_f": True, "avx512_bf16": True}, torch.bfloat16),
        ({"avx512_bf16": False, "amx_bf16": True}, torch.bfloat16),
        ({}, torch.float32),
    ],
)
def test_a_processor_works_in_bf16_only_where_it_multiplies_it_natively(
    capabilities: dict[str, bool], dtype: torch.dtype, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: capabilities)
    assert choose_dtype("auto", CPU) is dtype
    assert choose_dtype("auto", CPU, "fp16") is dtype
    assert choose_dtype("fp32", CPU) is torch.float32


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has what the test asks for in vain")
def test_a_device_that_is_not_there_is_an_error() -> None:
    with pytest.raises(ConfigError, match="only cpu"):
        choose_device("cuda")


def test_half_precision_on_the_cpu_is_refused() -> None:
    with pytest.raises(ConfigError, match="fp16"):
        choose_dtype("fp16", CPU)
