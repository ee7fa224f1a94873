"""What fits a machine, and why; from sizes alone."""

from __future__ import annotations

import pytest

from videogen.config.config import PROJECT_ROOT
from videogen.models.installation.advice import RESERVE, advise, changes, own_need, placement, room
from videogen.models.installation.machine import Machine
from videogen.models.profile import ModelProfile, load_profile, profile_names

MODELS = PROJECT_ROOT / "models"


def machine(vram: float, ram: float = 64.0, capability: tuple[int, int] = (8, 9)) -> Machine:
    return Machine("a GPU" if vram else "", vram, vram, capability, ram, ram, 500.0)


def profiles() -> list[ModelProfile]:
    return [load_profile(name, MODELS) for name in profile_names(MODELS)]


@pytest.mark.parametrize(
    ("vram", "ram", "name"),
    [
        (0, 16, "pib-mini"),
        (8, 16, "wan21-1.3b"),
        (16, 32, "wan22-5b"),
        (24, 96, "wan22-a14b-lightning"),
        (80, 128, "wan22-a14b"),
    ],
)
def test_a_profile_is_there_for_every_size_of_gpu(vram: float, ram: float, name: str) -> None:
    found = {advice.profile.name: advice.placement for advice in advise(profiles(), machine(vram, ram))}
    assert found[name].fits


def test_without_a_gpu_only_the_embedded_model_fits() -> None:
    found = [advice for advice in advise(profiles(), machine(0)) if advice.placement.fits]
    assert [advice.profile.name for advice in found] == ["pib-mini", "pib-mini-fast"]


def test_the_more_memory_the_less_is_offloaded() -> None:
    profile = load_profile("wan22-a14b-lightning", MODELS)
    unwritten = profile.model_copy(update={"vram_gb": 1000.0})
    ways = [placement(unwritten, machine(vram, 96)).offload for vram in (80, 24, 16)]
    assert ways == ["none", "model", "group"]
    assert placement(profile, machine(26, 96)).casting
    assert not placement(profile, machine(8, 16)).fits


def test_the_reason_names_what_is_short() -> None:
    profile = load_profile("wan22-a14b", MODELS)
    assert (
        "GB of memory for what is not on the GPU, and the machine has 16 GB"
        in placement(profile, machine(24, 16)).reason
    )
    assert "on the GPU, which has 7 GB to give" in placement(profile, machine(8, 256)).reason


def test_old_gpus_are_not_given_bf16() -> None:
    profile = load_profile("wan21-1.3b", MODELS)
    assert placement(profile, machine(24, capability=(8, 0))).precision == "bf16"
    assert placement(profile, machine(24, capability=(7, 5))).precision == "fp32"


def test_free_licences_come_before_restricted_ones() -> None:
    names = [advice.profile.name for advice in advise(profiles(), machine(80, 256)) if advice.placement.fits]
    assert names.index("wan21-1.3b") < names.index("hunyuan15-480p")
    cautions = {advice.profile.name: advice.caution for advice in advise(profiles(), machine(80, 256))}
    assert "no rights in EU, GB, KR" in cautions["hunyuan15-480p"]
    assert "never run with its real weights" in cautions["wan22-5b"]


@pytest.mark.parametrize("profile", [one for one in profiles() if one.diffusers], ids=lambda one: one.name)
def test_every_shipped_profile_fits_into_the_memory_that_it_says(profile: ModelProfile) -> None:
    """A text encoder of 11 GB does not go as a whole onto a card of 8 GB, whatever the makers say of the denoiser."""
    vram, ram = own_need(profile)
    assert profile.vram_gb
    assert profile.ram_gb
    assert vram <= profile.vram_gb
    assert ram <= profile.ram_gb
    found = placement(profile, machine(profile.vram_gb + RESERVE, profile.ram_gb))
    assert (found.fits, found.as_written) == (True, True)


@pytest.mark.parametrize(
    ("vram", "ram", "name"),
    [(8, 16, "wan21-1.3b"), (17, 32, "wan22-5b"), (25, 64, "wan22-5b"), (25, 96, "wan22-a14b-lightning"),
     (85, 128, "wan22-a14b")],
)  # fmt: skip
def test_the_first_advice_is_a_profile_that_runs_as_it_is_written(vram: float, ram: float, name: str) -> None:
    first = advise(profiles(), machine(vram, ram))[0]
    assert (first.profile.name, first.placement.as_written) == (name, True)
    assert changes(first) == ""


def test_a_profile_that_fits_only_if_it_is_changed_says_what_to_write() -> None:
    found = {advice.profile.name: advice for advice in advise(profiles(), machine(25, 64))}
    told = changes(found["wan22-a14b"])
    assert "copy of models/profiles/wan22-a14b.yaml: vram_gb: 16, ram_gb: 61, precision: bf16" in told
    assert "in diffusers offload: group, layerwise_casting: null" in told
    assert changes(found["wan22-5b"]) == ""


def test_a_disk_that_is_too_full_is_said_with_what_to_do() -> None:
    profile = load_profile("wan22-5b", MODELS)
    wide, full = machine(24), Machine("a GPU", 24, 24, (8, 9), 64, 64, 12.0)
    assert room(profile, wide) == "34 GB to fetch, 500 GB free on the disk of paths.models"
    assert room(profile, full) == (
        "34 GB to fetch, 12 GB free on the disk of paths.models: free 22 GB first, or set paths.models to a folder on "
        "a larger disk"
    )
    assert room(load_profile("pib-mini", MODELS), full) == ""
