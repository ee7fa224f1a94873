"""Which profile suits a machine, in which precision and with which offloading, and why; pure functions.

Everything is computed from the sizes of the parts that a profile names. It is an estimate: what a clip takes while it
is denoised depends on the attention that the machine has.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from videogen.models.families.index import NETWORKS

if TYPE_CHECKING:
    from videogen.models.installation.machine import Machine
    from videogen.models.profile import ModelProfile

Offload = Literal["none", "model", "group"]
RESERVE = 1.0
"""GB that the driver and the display keep of a GPU."""
STREAMED = 1.5
"""GB of the parts that are on the GPU at once when they are streamed block by block."""
_BF16 = (8, 0)


@dataclass(frozen=True)
class Placement:
    """How a profile runs on a machine. vram_gb, ram_gb: what it needs so. as_written: the profile says the same."""

    fits: bool
    offload: Offload
    casting: bool
    precision: str
    vram_gb: float
    ram_gb: float
    reason: str
    as_written: bool = True

    def __str__(self) -> str:
        cast = ", layerwise_casting: float8_e4m3fn" if self.casting else ""
        return f"offload: {self.offload}, precision: {self.precision}{cast}"


@dataclass(frozen=True)
class Advice:
    """A profile and its placement. caution: what its licence or its history says."""

    profile: ModelProfile
    placement: Placement
    caution: str


def placement(profile: ModelProfile, machine: Machine) -> Placement:
    """As the profile says, if that fits `machine`; else the fastest way that fits, or why there is none."""
    if not profile.parts_gb:
        return _as_a_whole(profile, machine)
    precision = _precision(profile, machine)
    if not machine.gpu:
        return Placement(
            False, "none", False, precision, 0.0, 0.0, f"{profile.name} needs a GPU, and this machine has none"
        )
    room = machine.vram_gb - RESERVE
    ways = _ways(profile.parts_gb, profile.clip_memory_gb)
    if (written := _as_written(profile, machine, precision)) is not None:
        return written
    for offload, casting, vram, ram in ways:
        if vram <= room and ram <= machine.ram_gb:
            return Placement(True, offload, casting, precision, vram, ram, _why(offload, casting, vram, room), False)
    _, _, vram, ram = min(ways, key=lambda way: way[2])
    short = (
        f"at least {vram:.0f} GB on the GPU, which has {room:.0f} GB to give"
        if vram > room
        else f"{ram:.0f} GB of memory for what is not on the GPU, and the machine has {machine.ram_gb:.0f} GB"
    )
    return Placement(False, "group", True, precision, vram, ram, f"it needs {short}")


def advise(profiles: Sequence[ModelProfile], machine: Machine) -> list[Advice]:
    """All profiles in the order in which they are advised.

    Those that fit come first; among them free licences before restricted ones, profiles that run as they are written
    before those that have to be changed, larger models before smaller ones.
    """
    found = [Advice(profile, placement(profile, machine), caution(profile)) for profile in profiles]
    return sorted(found, key=_order)


def caution(profile: ModelProfile) -> str:
    """What somebody has to know before choosing it: where there are no rights, who has to accept what."""
    told = []
    if profile.licence_excludes:
        told.append(f"no rights in {', '.join(profile.licence_excludes)}")
    if profile.gated:
        told.append("the licence has to be accepted on the hub")
    if profile.diffusers and not profile.tried:
        told.append("never run with its real weights by this project")
    return "; ".join(told)


def changes(advice: Advice) -> str:
    """What has to be written into the profile for its placement; empty: nothing, or it fits in no way."""
    found = advice.placement
    if not found.fits or found.as_written:
        return ""
    casting = "{storage_dtype: float8_e4m3fn}" if found.casting else "null"
    return (
        f"in a copy of models/profiles/{advice.profile.name}.yaml: vram_gb: {found.vram_gb + RESERVE:.0f}, "
        f"ram_gb: {found.ram_gb:.0f}, precision: {found.precision}, and in diffusers offload: {found.offload}, "
        f"layerwise_casting: {casting}"
    )


def room(profile: ModelProfile, machine: Machine) -> str:
    """What fetching the whole of `profile` takes of the disk, and the remedy where it is too full; empty: not known."""
    needed, free = profile.download_gb, machine.free_disk_gb
    if needed is None:
        return ""
    told = f"{needed:g} GB to fetch, {free:.0f} GB free on the disk of paths.models"
    if needed <= free:
        return told
    return f"{told}: free {needed - free:.0f} GB first, or set paths.models to a folder on a larger disk"


def _order(advice: Advice) -> tuple[bool, bool, bool, float]:
    profile = advice.profile
    restricted = bool(profile.licence_excludes) or profile.gated or "not verified" in profile.licence
    placed = advice.placement
    return not placed.fits, restricted, not placed.as_written, -sum(profile.parts_gb.values())


def own_need(profile: ModelProfile) -> tuple[float, float]:
    """GB on the GPU and GB of memory that the profile needs as it is written, from the sizes of its parts."""
    options = profile.diffusers
    assert options is not None
    wanted = {"sequential": "group"}.get(options.offload, options.offload)
    # Streamed parts are as large on the GPU in any precision.
    casting = options.layerwise_casting is not None and wanted != "group"
    ways = _ways(profile.parts_gb, profile.clip_memory_gb)
    return next((vram, ram) for offload, cast, vram, ram in ways if (offload, cast) == (wanted, casting))


def _as_written(profile: ModelProfile, machine: Machine, precision: str) -> Placement | None:
    """How the profile says it itself, if that fits: by the sizes of its parts, and by what it is made for."""
    options = profile.diffusers
    if options is None or precision != (profile.precision or "bf16"):
        return None
    vram, ram = own_need(profile)
    room = machine.vram_gb - RESERVE
    # As the check of a request: cards and memory are sold by rounded sizes.
    made_for = (profile.vram_gb or 0.0) <= machine.vram_gb * 1.02 and (profile.ram_gb or 0.0) <= machine.ram_gb * 1.02
    if vram > room or ram > machine.ram_gb or not made_for:
        return None
    offload: Offload = "group" if options.offload == "sequential" else options.offload
    casting = options.layerwise_casting is not None
    ways = _ways(profile.parts_gb, profile.clip_memory_gb)
    fastest = next(way[:2] for way in ways if way[2] <= room and way[3] <= machine.ram_gb)
    reason = _why(offload, casting, vram, room)
    if offload != "none" and fastest == ("none", False):
        reason += "; offload: none in a copy of the profile would be faster here"
    return Placement(True, offload, casting, precision, vram, ram, reason)


def _as_a_whole(profile: ModelProfile, machine: Machine) -> Placement:
    """A model that is loaded at once."""
    on_gpu = bool(machine.gpu)
    room = machine.vram_gb - RESERVE if on_gpu else machine.ram_gb
    fits = profile.memory_gb <= room and (on_gpu or profile.precision is None)
    precision = (profile.precision or "fp16") if on_gpu else "fp32"
    if fits:
        reason = f"its {profile.memory_gb:g} GB fit into the {room:.0f} GB of {'the GPU' if on_gpu else 'memory'}"
    elif on_gpu:
        reason = f"it needs {profile.memory_gb:g} GB, and the GPU has {room:.0f} GB to give"
    else:
        reason = f"{profile.name} needs a GPU, and this machine has none"
    return Placement(fits, "none", False, precision, profile.memory_gb if on_gpu else 0.0, profile.memory_gb, reason)


def _ways(parts: Mapping[str, float], clip: float) -> list[tuple[Offload, bool, float, float]]:
    """(offload, casting, GB on the GPU, GB of memory) of every way, the fastest first.

    Each stage holds its own parts only; a clip takes `clip` GB while it is denoised, half of it while it is decoded.
    """
    stages = {stage: [parts[part] for part in parts if stage in NETWORKS.get(part, ())] for stage in _STAGES}
    cast = {**stages, "denoise": [size / 2 for size in stages["denoise"]]}
    extra = {"encode": 0.5, "denoise": clip, "decode": clip / 2}
    # A stage is read into memory as a whole before it is cast and placed.
    ram = max(sum(sizes) for sizes in stages.values()) + 4.0

    def whole(held: Mapping[str, list[float]]) -> float:
        return max(sum(sizes) + extra[stage] for stage, sizes in held.items())

    def one_part(held: Mapping[str, list[float]]) -> float:
        return max(max(sizes, default=0.0) + extra[stage] for stage, sizes in held.items())

    return [
        ("none", False, whole(stages), ram),
        ("none", True, whole(cast), ram),
        ("model", False, one_part(stages), ram),
        ("model", True, one_part(cast), ram),
        ("group", False, STREAMED + max(extra.values()), ram),
    ]


_STAGES = ("encode", "denoise", "decode")


def _precision(profile: ModelProfile, machine: Machine) -> str:
    wanted = profile.precision or "bf16"
    if wanted == "bf16" and machine.gpu and machine.capability < _BF16:
        return "fp32"
    return wanted


def _why(offload: Offload, casting: bool, vram: float, room: float) -> str:
    how = {
        "none": "each stage fits as a whole",
        "model": "each part fits by itself, one at a time",
        "group": "its blocks are streamed to the GPU one after the other, which is slower",
    }[offload]
    eight = " with the denoiser in 8 bits" if casting else ""
    return f"{how}{eight}: about {vram:.0f} of {room:.0f} GB"
