"""What this machine has for models: GPU, memory, room on the disk."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

GIGABYTE = 1e9


@dataclass(frozen=True)
class Machine:
    """Sizes in GB (10⁹ bytes). gpu: name, empty without one; capability: of CUDA, e.g. (8, 9)."""

    gpu: str
    vram_gb: float
    free_vram_gb: float
    capability: tuple[int, int]
    ram_gb: float
    free_ram_gb: float
    free_disk_gb: float

    def __str__(self) -> str:
        gpu = f"{self.gpu} with {self.vram_gb:.0f} GB" if self.gpu else "no GPU"
        return f"{gpu}, {self.ram_gb:.0f} GB of memory, {self.free_disk_gb:.0f} GB free on the disk"


def look(models: Path) -> Machine:
    """This machine; `models`: the folder whose disk counts."""
    import psutil
    import torch

    from videogen.runtime.device import free_memory

    gpu, vram, free_vram, capability = "", 0.0, 0.0, (0, 0)
    if torch.cuda.is_available():
        gpu, capability = torch.cuda.get_device_name(), torch.cuda.get_device_capability()
        free_vram, vram = (number / GIGABYTE for number in torch.cuda.mem_get_info())
    there = next(folder for folder in (models, *models.absolute().parents) if folder.is_dir())
    return Machine(
        gpu=gpu,
        vram_gb=vram,
        free_vram_gb=free_vram,
        capability=capability,
        ram_gb=psutil.virtual_memory().total / GIGABYTE,
        free_ram_gb=free_memory(torch.device("cpu")) / GIGABYTE,
        free_disk_gb=shutil.disk_usage(there).free / GIGABYTE,
    )
