"""Loads a pipeline with the parts that one stage needs; the others are empty shells that take no memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from videogen.errors import ModelError, VideogenError
from videogen.models.families.fitting import require_options
from videogen.models.families.index import NETWORKS, Stage, model_index
from videogen.models.families.quantization import pipeline_quantization
from videogen.models.families.weights_check import require_complete
from videogen.models.text_encoders import quiet_loading

if TYPE_CHECKING:
    import torch

    from videogen.models.profile import ModelProfile
    from videogen.models.quirks import Quirks


def needed_parts(stage: Stage, quirks: Quirks, with_pictures: bool) -> frozenset[str]:
    """The parts with weights that `stage` runs."""
    needed = {part for part, stages in NETWORKS.items() if stage in stages}
    if stage == "denoise":
        needed |= set(quirks.denoise_with) | ({"vae"} if with_pictures else set())
    return frozenset(needed)


def folder_of(profile: ModelProfile) -> Path:
    """The local folder of the pipeline: below the models folder, or the hub's cache at the profile's revision.

    Raises:
        ModelError: the weights are not on this machine, or only partly.
    """
    folder = profile.folder or _cached(profile)
    if folder is None:
        raise ModelError(
            f"the weights of profile {profile.name!r} ({profile.source}) are not on this machine",
            remedy=f"fetch them with `videogen models fetch {profile.name}`",
        )
    require_complete(folder, profile)
    return folder


def pipeline_class(name: str) -> Any:
    """The class of diffusers.

    Raises:
        ModelError: diffusers has no pipeline of that name.
    """
    import diffusers

    from videogen.config.suggestions import did_you_mean

    found = getattr(diffusers, name, None)
    if not (isinstance(found, type) and issubclass(found, diffusers.DiffusionPipeline)):
        known = [one for one in dir(diffusers) if one.endswith("Pipeline")]
        raise ModelError(
            f"diffusers {diffusers.__version__} has no pipeline named {name!r}{did_you_mean(name, known)}",
            remedy="correct diffusers.pipeline in the profile",
        )
    return found


def load_pipeline(
    profile: ModelProfile, stage: Stage, kind: Any, *, with_pictures: bool, device: torch.device, dtype: torch.dtype
) -> Any:
    """The profile's pipeline with the networks of `stage`, on the CPU, not yet placed or sped up.

    Args:
        kind: class of the pipeline.

    Raises:
        ModelError: weights are missing or do not fit, or diffusers lacks the class.
    """
    folder = folder_of(profile)
    index = model_index(folder)
    quiet_loading()
    try:
        precisions = part_precisions(profile, dtype, index)
        given = _given_parts(profile, stage, kind, folder, index, precisions, dtype, with_pictures=with_pictures)
        with _quiet():
            pipe = _on_device(kind, device).from_pretrained(
                str(folder),
                dtype=precisions | {"default": dtype},
                use_safetensors=True,
                local_files_only=True,
                **given,
            )
    except VideogenError:
        raise
    except Exception as error:  # whatever a library makes of a folder that it was not written for
        raise ModelError(
            f"profile {profile.name!r} cannot be loaded from {folder} for the stage {stage}: {_first_line(error)}",
            remedy=f"see `videogen models check {profile.name}`",
        ) from error
    if profile.scheduler or profile.scheduler_options:
        pipe.scheduler = _scheduler(profile, pipe.scheduler)
    _require_tied_text_encoder(pipe)
    return pipe


def _given_parts(
    profile: ModelProfile, stage: Stage, kind: Any, folder: Path, index: Mapping[str, tuple[str, str]],
    precisions: Mapping[str, torch.dtype], dtype: torch.dtype, *, with_pictures: bool,
) -> dict[str, Any]:  # fmt: skip
    """What the pipeline is not to load by itself: shells of networks that the stage lacks, single files, options."""
    options = _options(profile)
    needed = needed_parts(stage, options.quirks(with_pictures), with_pictures)
    given: dict[str, Any] = {}
    for part, (library, name) in index.items():
        if part in NETWORKS and part not in needed:
            is_text = part.startswith("text_encoder")
            given[part] = None if is_text else _shell(folder, part, library, name, kind, precisions[part])
    given |= _single_files(profile, {part for part in options.single_files if part in needed}, dtype)
    if options.guider:
        given["guider"] = _guider(options.guider)
    if profile.variant:
        given["variant"] = profile.variant
    if (quantization := pipeline_quantization(options.quantization, index, needed)) is not None:
        given["quantization_config"] = quantization
    return given


def part_precisions(profile: ModelProfile, dtype: torch.dtype, parts: Mapping[str, Any]) -> dict[str, torch.dtype]:
    """Part → precision: what the profile names for it, else `dtype`."""
    import torch

    names = {"fp32": torch.float32, "fp16": torch.float16, "bf16": torch.bfloat16}
    chosen = _options(profile).dtype
    return {part: names[chosen[part]] if part in chosen else dtype for part in parts if part in NETWORKS}


def weights_of(pipe: Any) -> dict[str, tuple[int, str]]:
    """Part → (bytes in memory, precision) of the networks that really hold weights."""
    found = {}
    for name in NETWORKS:
        module = getattr(pipe, name, None)
        if module is None:
            continue
        real = [parameter for parameter in module.parameters() if parameter.device.type != "meta"]
        if real:
            kinds = sorted({str(one.dtype).removeprefix("torch.") for one in real})
            found[name] = (sum(one.numel() * one.element_size() for one in real), "+".join(kinds))
    return found


def _options(profile: ModelProfile) -> Any:
    if profile.diffusers is None:
        raise ModelError(f"profile {profile.name!r} has no section 'diffusers'")
    return profile.diffusers


def _cached(profile: ModelProfile) -> Path | None:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import LocalEntryNotFoundError

    try:
        return Path(snapshot_download(profile.source, revision=profile.revision, local_files_only=True))
    except (LocalEntryNotFoundError, ValueError):
        return None


def _part_class(library: str, name: str, kind: Any) -> Any:
    """The class of a part: of a library, or of the pipeline's own package (``["ltx2", "LTX2TextConnectors"]``)."""
    import diffusers

    if hasattr(diffusers, name):
        return getattr(diffusers, name)
    own = f"diffusers.pipelines.{library}"
    module = import_module(own if library not in ("diffusers", "transformers") else library)
    return getattr(module, name, None) or getattr(import_module(kind.__module__), name)


def _shell(folder: Path, part: str, library: str, name: str, kind: Any, dtype: torch.dtype) -> Any:
    """The network without weights: it answers what its sizes and its precision are."""
    from accelerate import init_empty_weights

    found = _part_class(library, name, kind)
    with init_empty_weights(include_buffers=False), _quiet():
        if library == "transformers":
            module = found(found.config_class.from_pretrained(str(folder / part)))
        else:
            module = found.from_config(found.load_config(str(folder / part)))
        return module.to(dtype).eval()


@contextmanager
def _quiet() -> Iterator[None]:
    """Loading says loudly that parts are passed in, and that configurations know fields that classes do not."""
    from diffusers.utils import logging

    before = logging.get_verbosity()
    logging.set_verbosity_error()
    try:
        yield
    finally:
        logging.set_verbosity(before)


def _on_device(kind: Any, device: torch.device) -> Any:
    """The class, but with `device` for its inputs: shells would make it look for the device "meta"."""

    def execution_device(self: Any) -> torch.device:
        return device

    members = {"_execution_device": property(execution_device), "__module__": kind.__module__}
    return type(kind.__name__, (kind,), members)


def _single_files(profile: ModelProfile, parts: set[str], dtype: torch.dtype) -> dict[str, Any]:
    """Parts read from a file of their own, quantised where it is a GGUF."""
    if not parts:
        return {}
    import diffusers

    from videogen.models.families.extra_files import located_file

    options, index = _options(profile), model_index(folder_of(profile))
    found = {}
    for part in parts:
        single = options.single_files[part]
        path = located_file(profile, single.source, single.revision, single.file)
        config: dict[str, Any] = {}
        if path.suffix == ".gguf":
            config["quantization_config"] = diffusers.GGUFQuantizationConfig(compute_dtype=dtype)
        kind = getattr(diffusers, index[part][1])
        found[part] = kind.from_single_file(
            str(path), config=str(folder_of(profile)), subfolder=part, dtype=dtype, **config
        )
    return found


def _guider(wanted: Mapping[str, Any]) -> Any:
    import diffusers

    options = dict(wanted)
    name = str(options.pop("class", ""))
    found = getattr(diffusers, name, None)
    if not (isinstance(found, type) and issubclass(found, diffusers.BaseGuidance)):
        raise ModelError(f"diffusers has no guider named {name!r}", remedy="correct diffusers.guider in the profile")
    require_options(found, options, "diffusers.guider in the profile")
    return found(**options)


def _scheduler(profile: ModelProfile, own: Any) -> Any:
    import diffusers

    kind = getattr(diffusers, profile.scheduler, None) if profile.scheduler else type(own)
    if kind is None or not hasattr(kind, "set_timesteps"):
        raise ModelError(
            f"profile {profile.name!r} names the scheduler {profile.scheduler!r}, which diffusers does not provide",
            remedy="use a class name such as UniPCMultistepScheduler or FlowMatchEulerDiscreteScheduler",
        )
    return kind.from_config(own.config, **profile.scheduler_options)


def _require_tied_text_encoder(pipe: Any) -> None:
    """Some versions of transformers load T5 encoders with an embedding of zeros: the prompt would be ignored."""
    for part in ("text_encoder", "text_encoder_2"):
        encoder = getattr(pipe, part, None)
        shared, read = (
            getattr(encoder, "shared", None),
            getattr(getattr(encoder, "encoder", None), "embed_tokens", None),
        )
        if shared is None or read is None:
            continue
        if shared.weight is not read.weight and not bool((shared.weight == read.weight).all()):
            import transformers

            raise ModelError(
                f"transformers {transformers.__version__} loads the {part} wrongly: its token embeddings are not those "
                "of the file, so that it would ignore the prompt",
                remedy="install transformers 5.2 or newer",
            )


def _first_line(error: Exception) -> str:
    text = str(error).strip()
    return text.splitlines()[0] if text else type(error).__name__
