"""Does a profile fit the pipeline that it names? Told from signatures and small files, before any weights are read.

What diffusers would pass over in silence is refused here: an argument or an option that nobody reads, a part that is
not there, a number of frames that never arrives.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from videogen.config.suggestions import did_you_mean
from videogen.errors import ModelError
from videogen.models.families.index import DENOISERS, NETWORKS, read_index

if TYPE_CHECKING:
    from videogen.models.pipeline_options import DiffusersOptions
    from videogen.models.profile import ModelProfile

_FIELDS = {
    "height": "height", "width": "width", "num_inference_steps": "steps", "guidance_scale": "guidance_scale",
    "negative_prompt": "negative_prompt", "frame_rate": "fps", "max_sequence_length": "max_tokens",
}  # fmt: skip
"""Arguments of a call → the fields of a profile that they come from."""
_OF_THE_STAGES = frozenset({
    "prompt", "generator", "latents", "output_type", "return_dict", "callback_on_step_end",
    "callback_on_step_end_tensor_inputs", "num_videos_per_prompt", "prompt_embeds", "negative_prompt_embeds",
})  # fmt: skip
"""Arguments that a request, its seed, its noise and the stages give."""


def require_arguments(profile: ModelProfile, kind: type, with_pictures: bool) -> None:
    """Make sure that the pipeline takes the arguments that it would be called with.

    Args:
        kind: class of the pipeline.

    Raises:
        ModelError: it does not take one, or the profile gives one that something else gives.
    """
    options = _options(profile)
    quirks = options.quirks(with_pictures)
    accepted = inspect.signature(kind.__call__).parameters
    for name in options.call:
        if name not in accepted:
            raise _wrong_argument(profile, kind, name, "diffusers.call", accepted)
        field = "num_frames" if name == quirks.frames_argument else _FIELDS.get(name)
        if field or name in _OF_THE_STAGES:
            raise ModelError(
                f"profile {profile.name!r} gives the argument {name!r} in diffusers.call, but it comes from "
                + (f"the profile's field {field}" if field else "the request and the stages"),
                remedy=f"set {field} instead" if field else "leave it out of diffusers.call",
            )
    if quirks.frames_argument not in accepted and quirks.video not in accepted:
        raise _wrong_argument(profile, kind, quirks.frames_argument, "diffusers.frames_argument", accepted)
    for field in ("image", "last_image", "video"):
        name = getattr(options, field)
        # The classes for texts and for pictures may differ; one of them takes it.
        if name is not None and name not in accepted and with_pictures:
            raise _wrong_argument(profile, kind, name, f"diffusers.{field}", accepted)


def require_parts(profile: ModelProfile, kind: Any, folder: Path) -> None:
    """Make sure that the folder holds the parts that the class needs, and those that the profile names.

    Raises:
        ModelError: it is the folder of another pipeline, or a part is misspelled.
    """
    parts = read_index(folder)
    expected, more = (set(names) for names in kind._get_signature_keys(kind))
    optional = more | set(kind._optional_components)
    if missing := sorted(expected - optional - set(parts)):
        raise ModelError(
            f"{kind.__name__} needs the parts {', '.join(missing)}, which {profile.source} does not have: its "
            f"model_index.json is one of {parts.get('_class_name', 'no class')}",
            remedy="correct diffusers.pipeline or source in the profile",
        )
    there = {name for name, value in parts.items() if isinstance(value, list) and value and value[0]}
    for field, names in _named_parts(_options(profile), there).items():
        if unknown := sorted(set(names) - there):
            raise ModelError(
                f"profile {profile.name!r} names the parts {', '.join(unknown)} in diffusers.{field}, but "
                f"{profile.source} has only {', '.join(sorted(there))}{did_you_mean(unknown[0], sorted(there))}",
                remedy=f"correct {field} in the profile's diffusers section",
            )
    _require_one_precision(profile, kind)
    if _options(profile).guider and "guider" not in expected | optional:
        raise ModelError(
            f"profile {profile.name!r} gives {kind.__name__} a guider, which it does not take",
            remedy="leave diffusers.guider out, and set guidance_scale",
        )


def require_scheduler_options(profile: ModelProfile, folder: Path) -> None:
    """Make sure that the scheduler reads the options that the profile gives it.

    Raises:
        ModelError: an option is unknown to it, or of another type.
    """
    import diffusers

    named = read_index(folder).get("scheduler")
    name = profile.scheduler or (str(named[1]) if isinstance(named, list) else "")
    kind = getattr(diffusers, name, None)
    if not profile.scheduler_options or kind is None or not hasattr(kind, "set_timesteps"):
        return  # no class of diffusers: loading says so
    require_options(kind, profile.scheduler_options, "scheduler_options in the profile")


def require_options(kind: Callable[..., Any], given: Mapping[str, Any], where: str) -> None:
    """Make sure that a class takes the options that it would be made with.

    Args:
        where: what to correct, for the message.

    Raises:
        ModelError: one is unknown, or not a number where a number is meant.
    """
    known = inspect.signature(kind).parameters
    for name, value in given.items():
        if name not in known:
            raise ModelError(
                f"{_name(kind)} has no option {name!r}{did_you_mean(name, list(known))}", remedy=f"correct {where}"
            )
        usual = known[name].default
        if isinstance(usual, int | float) and isinstance(value, str):
            raise ModelError(
                f"{name}: {value!r} is not a number, as {_name(kind)} takes it (usually {usual})",
                remedy=f"correct {where}",
            )


def _named_parts(options: DiffusersOptions, there: set[str]) -> dict[str, Iterable[str]]:
    """Field of the section → parts that the profile itself names there.

    Casting may name parts of other models; one of them must be there.
    """
    cast = set(options.layerwise_casting.parts) if options.layerwise_casting else set()
    if cast & there:
        cast -= set(NETWORKS)
    return {
        "dtype": options.dtype,
        "single_files": options.single_files,
        "denoise_with": options.denoise_with or (),
        "alike": options.alike or (),
        "layerwise_casting.parts": sorted(cast),
        "quantization.components_to_quantize": options.quantization.components_to_quantize
        if options.quantization
        else (),
        "loras": [lora.into for lora in options.loras],
    }


def _require_one_precision(profile: ModelProfile, kind: type) -> None:
    """Some classes hand tensors on without casting them: a part of another precision would end the first step."""
    options = _options(profile)
    denoiser = next((options.dtype[part] for part in DENOISERS if part in options.dtype), profile.precision)
    for part in options.quirks().alike:
        if part in options.dtype and options.dtype[part] != denoiser:
            raise ModelError(
                f"profile {profile.name!r} sets the {part} to {options.dtype[part]}, but {kind.__name__} runs it in "
                "the denoiser's precision only",
                remedy=f"leave {part} out of diffusers.dtype, or set precision in the profile to {options.dtype[part]}",
            )


def _wrong_argument(profile: ModelProfile, kind: type, name: str, field: str, known: Iterable[str]) -> ModelError:
    return ModelError(
        f"profile {profile.name!r} gives {kind.__name__} the argument {name!r}, which it does not take"
        f"{did_you_mean(name, list(known))}",
        remedy=f"correct {field} in the profile",
    )


def _name(kind: Any) -> str:
    return str(getattr(kind, "__name__", kind))


def _options(profile: ModelProfile) -> DiffusersOptions:
    if profile.diffusers is None:
        raise ModelError(f"profile {profile.name!r} has no section 'diffusers'")
    return profile.diffusers
