"""`videogen adapt`: what the model knows of a domain, and what adapting to it changes. Nothing is drawn."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from videogen_dagster.commands.common import AsJson, project
from videogen_dagster.output import print_json, say, stdout_kept_clean, write

if TYPE_CHECKING:
    from videogen.adaptation.profiles import Adaptation
    from videogen.adaptation.prompt_values import EngineeredPrompt
    from videogen.config.config import VideoGenConfig


def adapt(
    context: typer.Context,
    description: Annotated[
        str | None, typer.Argument(help="A domain of config/domains.yaml, or a description.", show_default=False)
    ] = None,
    prompt: Annotated[str | None, typer.Option(help="Show this prompt as the model would read it.")] = None,
    image: Annotated[list[Path] | None, typer.Option(help="A picture whose colours and light are wanted.")] = None,
    look_of: Annotated[
        list[Path] | None, typer.Option(help="Print an entry for config/looks.yaml from these pictures.")
    ] = None,
    listed: Annotated[bool, typer.Option("--list", help="The domains, their templates, and the named looks.")] = False,
    evaluate: Annotated[Path | None, typer.Option(help="A video that was made for the domain; needs --prompt.")] = None,
    twin: Annotated[
        Path | None, typer.Option(help="The video of the same prompt and seed without adaptation, to compare with.")
    ] = None,
    json: AsJson = False,
) -> None:
    """Say what the model knows of a domain, which words it does not read, and what would be changed."""
    from videogen.adaptation.adapter import ZeroShotAdapter
    from videogen.errors import InputError

    config = project(context).config
    if listed:
        _list(config, json)
    elif look_of:
        _print_look(look_of)
    elif evaluate is not None:
        with stdout_kept_clean():
            found = ZeroShotAdapter(config).evaluate_adaptation_quality(evaluate, prompt=prompt or "", twin=twin)
        print_json(found.model_dump(mode="json")) if json else write(f"{found.verdict}: {found.reason}")
    elif description is not None or prompt is not None:
        _describe(config, description, prompt, image or [], json)
    else:
        raise InputError("a domain or a prompt is needed", remedy='videogen adapt health --prompt "a clinic opens"')


def _describe(
    config: VideoGenConfig, description: str | None, prompt: str | None, image: list[Path], json: bool
) -> None:
    from videogen.adaptation.adapter import ZeroShotAdapter
    from videogen.adaptation.forecast import coverage_for

    adapter = ZeroShotAdapter(config)
    with stdout_kept_clean():
        found = adapter.adapt_to_domain(description, references=image) if description is not None else None
        words = adapter.optimize_prompt(prompt, description) if prompt is not None else None
        changes = {"adaptation.domain": description} if description is not None else {}
        coverage = coverage_for(prompt, config.updated(changes)) if prompt is not None else None
    warnings = [
        *(found.profile.warnings if found else ()),
        *([coverage.warning] if coverage and coverage.warning else []),
    ]
    if json:
        print_json(
            {
                "domain": found.model_dump(mode="json") if found else None,
                "prompt": words.model_dump(mode="json") if words else None,
                "coverage": coverage.model_dump(mode="json") if coverage else None,
                "warnings": warnings,
            }
        )
        return
    for line in [*(_domain_lines(found) if found else []), *(_prompt_lines(words) if words else [])]:
        write(line)
    for warning in warnings:
        say(f"warning: {warning}")


def _domain_lines(found: Adaptation) -> list[str]:
    profile, parameters = found.profile, found.parameters
    terms = [f"{word.word} ({word.nearest if word.known else 'not known'})" for word in profile.keywords]
    lines = [
        f"domain {profile.name}: {profile.description}",
        f"coverage by {profile.model}: {profile.coverage:.0%}",
        f"key terms: {', '.join(terms)}",
        f"preset: {found.preset}",
    ]
    lines += [f"  {name} = {value}: {parameters.reasons.get(name, '')}" for name, value in parameters.settings.items()]
    lines += [f"  left as it is: {reason}" for reason in parameters.skipped]
    return lines


def _prompt_lines(words: EngineeredPrompt) -> list[str]:
    lines = [f"the model reads: {words.text}"]
    lines += [f"  {change.before or '(added)'} → {change.after}: {change.why}" for change in words.changes]
    if words.unknown:
        lines.append(f"  not known: {', '.join(words.unknown)}")
    return lines


def _list(config: VideoGenConfig, json: bool) -> None:
    from videogen.adaptation.domains import load_domains
    from videogen.super_resolution.look import load_looks

    domains = load_domains(config.path(config.adaptation.domains_file))
    looks = load_looks(config.path(config.adaptation.looks_file))
    if json:
        print_json(
            {
                "domains": {name: domain.model_dump(mode="json") for name, domain in domains.items()},
                "looks": {name: look.description for name, look in looks.items()},
            }
        )
        return
    for name, domain in domains.items():
        write(f"{name}: {domain.description} (templates: {', '.join(domain.templates) or 'none'})")
    for name, look in looks.items():
        write(f"look {name}: {look.description}")


def _print_look(pictures: list[Path]) -> None:
    import yaml

    from videogen.adaptation.describing import palette_of

    numbers = [round(value, 2) for value in palette_of(pictures) or ()]
    names = ", ".join(path.name for path in pictures)
    entry = {"description": f"colours and light of {names}", "mean": numbers[:3], "covariance": numbers[3:]}
    write(yaml.safe_dump({"own_look": entry}, sort_keys=False, default_flow_style=None, width=120).rstrip())
