"""The machine: processor, memory, disks, network, GPUs. In a container, the container's limits count."""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import psutil

from videogen.monitoring.metrics.instruments import Update

_log = logging.getLogger(__name__)
_CGROUP: Final = Path("/sys/fs/cgroup")
MOST_GPUS: Final = 8


class Host:
    """Reads the machine; counters are what was added since the last look.

    Args:
        places: name → folder whose disk is of interest.
        gpu: whether NVIDIA GPUs are read.
    """

    def __init__(self, places: Mapping[str, Path], *, gpu: bool = True) -> None:
        self._places = places
        self._last: dict[tuple[str, str], float] = {}
        self._gpus = _open_gpus() if gpu else None
        psutil.cpu_percent(None)

    def read(self) -> list[Update]:
        """Everything as it is now."""
        return [*self._load(), *self._memory(), *self._disks(), *self._traffic(), *self._gpu()]

    def _load(self) -> Iterator[Update]:
        yield Update("videogen_host_cpu_ratio", psutil.cpu_percent(None) / 100)
        yield Update("videogen_host_load_ratio", os.getloadavg()[0] / (os.cpu_count() or 1))

    def _memory(self) -> Iterator[Update]:
        memory = psutil.virtual_memory()
        size, available = float(memory.total), float(memory.available)
        limit = _number(_CGROUP / "memory.max")
        used = _number(_CGROUP / "memory.current")
        if limit is not None and used is not None and limit < size:
            # What the page cache holds can be had back.
            size, available = limit, min(available, limit - used + _inactive_files())
        yield Update("videogen_host_memory_size_bytes", size)
        yield Update("videogen_host_memory_available_bytes", max(available, 0.0))
        yield Update("videogen_host_swap_used_bytes", float(psutil.swap_memory().used))

    def _disks(self) -> Iterator[Update]:
        for name, folder in self._places.items():
            there = next((path for path in (folder, *folder.parents) if path.exists()), None)
            if there is not None:
                usage = shutil.disk_usage(there)
                yield Update("videogen_disk_free_bytes", float(usage.free), {"place": name})
                yield Update("videogen_disk_size_bytes", float(usage.total), {"place": name})

    def _traffic(self) -> Iterator[Update]:
        devices = [counters for name, counters in psutil.net_io_counters(pernic=True).items() if name != "lo"]
        name = "videogen_host_network_bytes_total"
        yield from self._grown(name, sum(one.bytes_recv for one in devices), direction="received")
        yield from self._grown(name, sum(one.bytes_sent for one in devices), direction="sent")
        lost = sum(one.errin + one.errout + one.dropin + one.dropout for one in devices)
        yield from self._grown("videogen_host_network_errors_total", lost)
        with suppress(OSError, RuntimeError):
            disks = psutil.disk_io_counters()
            if disks is not None:
                yield from self._grown("videogen_host_disk_io_bytes_total", disks.read_bytes, direction="read")
                yield from self._grown("videogen_host_disk_io_bytes_total", disks.write_bytes, direction="written")

    def _grown(self, name: str, total: float, **labels: str) -> Iterator[Update]:
        key = (name, str(labels))
        before = self._last.get(key)
        self._last[key] = total
        if before is not None and total >= before:
            yield Update(name, total - before, labels)

    def _gpu(self) -> Iterator[Update]:
        if self._gpus is None:
            return
        nvml = self._gpus
        for index in range(min(nvml.nvmlDeviceGetCount(), MOST_GPUS)):
            handle, label = nvml.nvmlDeviceGetHandleByIndex(index), {"gpu": str(index)}
            # What a card does not tell (utilisation under MIG, power of some) is left out.
            with suppress(nvml.NVMLError):
                memory = nvml.nvmlDeviceGetMemoryInfo(handle)
                yield Update("videogen_gpu_memory_used_bytes", float(memory.used), label)
                yield Update("videogen_gpu_memory_size_bytes", float(memory.total), label)
            with suppress(nvml.NVMLError):
                share = nvml.nvmlDeviceGetUtilizationRates(handle).gpu / 100
                yield Update("videogen_gpu_utilization_ratio", share, label)
            with suppress(nvml.NVMLError):
                degrees = nvml.nvmlDeviceGetTemperature(handle, nvml.NVML_TEMPERATURE_GPU)
                yield Update("videogen_gpu_temperature_celsius", float(degrees), label)
            with suppress(nvml.NVMLError):
                yield Update("videogen_gpu_power_watts", nvml.nvmlDeviceGetPowerUsage(handle) / 1000, label)


def _open_gpus() -> Any | None:
    """NVML, or None where the driver or the package is missing."""
    try:
        import pynvml

        pynvml.nvmlInit()
    except ImportError:
        return None
    except pynvml.NVMLError as error:
        _log.debug("no GPU is watched: %s", error)
        return None
    return pynvml


def _number(path: Path) -> float | None:
    try:
        return float(path.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None


def _inactive_files() -> float:
    with suppress(OSError, ValueError):
        for line in (_CGROUP / "memory.stat").read_text(encoding="ascii").splitlines():
            name, _, value = line.partition(" ")
            if name == "inactive_file":
                return float(value)
    return 0.0
