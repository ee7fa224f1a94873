"""Checks of a request against its profile before minutes are spent on it; nothing is loaded."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from videogen.errors import InputError, ModelError, OutOfMemoryError
from videogen.models.families.index import NETWORKS
from videogen.models.loading import family_of

if TYPE_CHECKING:
    import torch

    from videogen.models.profile import ModelProfile


def check_request(profile: ModelProfile, frames: int, pictures: int, device: torch.device) -> list[str]:
    """What will be different from what was asked, one sentence each: number of frames, size.

    Profiles of other families than `diffusers` have nothing to check here.

    Args:
        frames: that the request needs, at the profile's rate.
        pictures: reference pictures of the request.

    Raises:
        ModelError: packages, weights or the encoder that compares text and video are missing, or the profile does not
            fit its pipeline.
        InputError: the model takes no pictures, makes no clip of that length, or needs a picture.
        OutOfMemoryError: the memory of the machine or of the GPU is too small, or another program has filled it.
    """
    if profile.diffusers is None:
        return []
    family_of(profile).check(profile)
    _require_encoder(profile)
    _require_pictures(profile, pictures)
    _require_memory(profile, device)
    _require_streams(profile, device)
    rule = profile.diffusers.quirks(pictures > 0).frames
    made, notes = rule.up(frames), []
    longest = profile.longest
    if longest is not None and made > longest:
        raise InputError(
            f"{profile.name} makes clips of at most {longest} frames ({longest / profile.fps:.2f} s at "
            f"{profile.fps:g} per second), but the request needs {frames}",
            remedy=f"ask for a duration of at most {longest / profile.fps:.2f} s, or choose another profile",
        )
    if made != frames:
        notes.append(f"{frames} frames are asked for, {made} are made: this model makes {rule}")
    width, height = profile.drawn_size
    if (width, height) != profile.size:
        notes.append(
            f"drawn at {width}×{height}, a multiple of {profile.diffusers.quirks().size_multiple}, and cropped to "
            f"{profile.width}×{profile.height}"
        )
    return notes


def require_own_loop(profile: ModelProfile) -> None:
    """Refuse a clip to start from where the model's pipeline brings a denoising loop of its own.

    Raises:
        InputError: the profile is of the family `diffusers`.
    """
    if profile.diffusers is None:
        return
    raise InputError(
        f"the model {profile.name} cannot start from a clip: its pipeline begins with noise and brings its own "
        "denoising loop",
        remedy="use --profile pib-mini or animatediff-sd15; a picture can be given as a reference image, where the "
        "model takes one",
    )


def require_noise_from_outside(profile: ModelProfile, pictures: int) -> None:
    """Refuse a variation where the model draws its noise itself.

    Raises:
        InputError: the pipeline takes no noise; a variation would be the same video.
    """
    if profile.diffusers is not None and profile.diffusers.quirks(pictures > 0).own_noise:
        raise InputError(
            f"the model {profile.name} draws its noise itself, so that it cannot be turned a little",
            remedy="make another take: `videogen retry ID --from base_noise_latents --set seed=NUMBER`",
        )


def _require_pictures(profile: ModelProfile, pictures: int) -> None:
    options = profile.diffusers
    assert options is not None
    taken = picture_arguments(profile)
    if pictures > len(taken) and options.quirks(True).video not in taken:
        how_many = f"takes {len(taken)} reference pictures" if taken else "makes videos from text only"
        raise InputError(
            f"{profile.name} {how_many}, but the request has {pictures}",
            remedy="leave pictures out, or choose a profile that takes them: `videogen models list`",
        )
    if taken and not pictures and needs_a_picture(profile):
        raise InputError(f"{profile.name} makes videos of a picture, and the request has none", remedy="add a picture")


def picture_arguments(profile: ModelProfile) -> list[str]:
    """Arguments of the pipeline's call through which reference pictures go in; empty: it reads text only."""
    options = profile.diffusers
    if options is None:
        return []
    quirks = options.quirks(True)
    accepted = inspect.signature(_kind(profile, True).__call__).parameters
    return [name for name in (quirks.video, quirks.image, quirks.last_image) if name is not None and name in accepted]


def _kind(profile: ModelProfile, with_pictures: bool) -> Any:
    return family_of(profile).pipeline_kind(profile, with_pictures)


def needs_a_picture(profile: ModelProfile) -> bool:
    """Whether the profile's pipeline class makes videos of a picture only."""
    kind = _kind(profile, False)
    image = inspect.signature(kind.__call__).parameters.get("image")
    is_required = image is not None and image.default is inspect.Parameter.empty
    return is_required or "ImageToVideo" in kind.__name__


def _require_encoder(profile: ModelProfile) -> None:
    """Text relevance is measured at the very end; that its network is missing has to be known now."""
    from videogen.models.weights_there import is_here

    encoder = profile.text_video_encoder
    if encoder is not None and not is_here(profile.models, encoder):
        raise ModelError(
            f"the encoder {encoder}, which compares text and video of profile {profile.name!r}, is not on this machine",
            remedy=f"fetch it with `videogen models fetch {profile.name}`, or set text_video_encoder: null "
            "in the profile",
        )


def _require_main_memory(profile: ModelProfile, device: torch.device) -> None:
    """Without a GPU the weights of a stage must fit into what is free; with one, the machine must be large enough."""
    import psutil
    import torch

    from videogen.runtime.device import free_memory

    if device.type == "cpu":
        needed, free = _largest_stage(profile), free_memory(torch.device("cpu")) / 1e9
        if needed > free:
            raise OutOfMemoryError(
                f"{profile.name} needs at least {needed:.1f} GB of memory for the weights of one stage, and "
                f"{free:.1f} GB are free",
                remedy="end other programs, or choose another profile: `videogen models advise` says what fits",
            )
        return
    total = psutil.virtual_memory().total / 1e9
    if profile.ram_gb is not None and profile.ram_gb > total * 1.02:
        raise OutOfMemoryError(
            f"{profile.name} is made for a machine with {profile.ram_gb:g} GB of memory, and this one has "
            f"{total:.0f} GB",
            remedy="see `videogen models advise`, which says what fits",
        )


def _largest_stage(profile: ModelProfile) -> float:
    """GB of the weights that are in memory at once, in 16 bits: no precision of a processor takes less."""
    stages = {stage for held in NETWORKS.values() for stage in held}
    sums = [sum(size for part, size in profile.parts_gb.items() if stage in NETWORKS.get(part, ())) for stage in stages]
    return max(sums) if profile.parts_gb else profile.memory_gb


def _require_streams(profile: ModelProfile, device: torch.device) -> None:
    """Blocks are streamed to a GPU; a processor has everything at hand."""
    options = profile.diffusers
    if device.type == "cpu" and options and options.offload == "group" and options.group_offload.get("use_stream"):
        raise ModelError(
            f"profile {profile.name!r} streams its blocks to a GPU (group_offload: use_stream), and this machine has "
            "none",
            remedy="set offload: none in a copy of the profile, or choose another one: `videogen models advise` says "
            "what fits",
        )


def _require_memory(profile: ModelProfile, device: torch.device) -> None:
    """The GPU must have the memory that the profile is made for, and it must be free."""
    _require_main_memory(profile, device)
    if device.type != "cuda" or profile.vram_gb is None:
        return
    import torch

    from videogen.runtime.device import free_memory

    total = torch.cuda.get_device_properties(device).total_memory / 1e9
    free = free_memory(device) / 1e9
    if profile.vram_gb > total * 1.02:
        raise OutOfMemoryError(
            f"{profile.name} is made for a GPU with {profile.vram_gb:g} GB, and this one has {total:.0f} GB",
            remedy="see `videogen models advise`, which says what fits",
        )
    if profile.vram_gb * 0.9 > free:
        raise OutOfMemoryError(
            f"{profile.name} needs {profile.vram_gb:g} GB of the GPU, but only {free:.1f} of {total:.0f} GB are free: "
            "another program uses it",
            remedy="end that program (nvidia-smi names it), or choose a smaller profile",
        )
