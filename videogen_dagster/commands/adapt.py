"""`videogen adapt`: what the model knows of a domain, and what adapting to it changes. Nothing is drawn."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from videogen_dagster.commands.common import AsJson, Settings, parse_settings, project
from videogen_dagster.output import print_json, say, stdout_kept_clean, write

if TYPE_CHECKING:
    from videogen.adaptation.profiles import Adaptation
    from videogen.adaptation.prompt_values import EngineeredPrompt, PromptEffectiveness
    from videogen.config.config import VideoGenConfig


def adapt(
    context: typer.Context,
    description: Annotated[
        str | None, typer.Argument(help="A domain of config/domains.yaml, or a description.", show_default=False)
    ] = None,
    prompt: Annotated[str | None, typer.Option(help="Show this prompt as the model would read it.")] = None,
    style: Annotated[
        str | None, typer.Option(help="Put the prompt into this template first, e.g. health/announcement.")
    ] = None,
    settings: Settings = None,
    image: Annotated[list[Path] | None, typer.Option(help="A picture whose colours and light are wanted.")] = None,
    source: Annotated[
        str | None, typer.Option("--from", help="Also show which words another domain lends weight to.")
    ] = None,
    look_of: Annotated[
        list[Path] | None, typer.Option(help="Print an entry for config/looks.yaml from these pictures.")
    ] = None,
    listed: Annotated[bool, typer.Option("--list", help="The domains, their templates, and the named looks.")] = False,
    evaluate: Annotated[
        list[Path] | None, typer.Option(help="Videos of --prompt: how well it works, and what its words did.")
    ] = None,
    twin: Annotated[
        Path | None, typer.Option(help="Compare the one video of --evaluate with this one, made without adaptation.")
    ] = None,
    json: AsJson = False,
) -> None:
    """Say what the model knows of a domain, which words it does not read, and what would be changed."""
    from videogen.errors import InputError

    config = project(context).config
    if listed:
        _list(config, json)
    elif look_of:
        _print_look(look_of)
    elif evaluate:
        _evaluate(config, evaluate, prompt or "", twin, json)
    elif description is not None or prompt is not None:
        if style is not None:
            prompt = _in_template(config, prompt, style)
        _describe(config, Wishes(description, prompt, image or [], source, parse_settings(settings)), json)
    else:
        raise InputError("a domain or a prompt is needed", remedy='videogen adapt health --prompt "a clinic opens"')


@dataclass(frozen=True)
class Wishes:
    """What is to be described. source: the domain that lends weights; settings: what the requester would set."""

    domain: str | None
    prompt: str | None
    pictures: list[Path]
    source: str | None
    settings: dict[str, Any]


def _in_template(config: VideoGenConfig, prompt: str | None, style: str) -> str:
    from videogen.adaptation.prompts import PromptEngineer

    return PromptEngineer(config).apply_prompt_templates(prompt or "", style)


def _evaluate(config: VideoGenConfig, videos: list[Path], prompt: str, twin: Path | None, json: bool) -> None:
    from videogen.adaptation.adapter import ZeroShotAdapter
    from videogen.errors import InputError

    adapter = ZeroShotAdapter(config)
    if twin is not None and len(videos) != 1:
        raise InputError("--twin compares with one video", remedy="give --evaluate once")
    with stdout_kept_clean():
        if twin is not None:
            compared = adapter.evaluate_adaptation_quality(videos[0], prompt=prompt, twin=twin)
            data, lines = compared.model_dump(mode="json"), [f"{compared.verdict}: {compared.reason}"]
        else:
            found = adapter.prompts.analyze_prompt_effectiveness(prompt, videos)
            data, lines = found.model_dump(mode="json"), _effect_lines(found)
    if json:
        print_json(data)
    else:
        write("\n".join(lines))


def _effect_lines(found: PromptEffectiveness) -> list[str]:
    low, high = found.interval
    lines = [
        f"{found.verdict}: {found.passed} of {found.results} passed (95 %: {low:.0%} to {high:.0%}), "
        f"mean score {found.mean_score:.2f}"
    ]
    lines += [f"  {word.word}: {word.effect:+.2f}" for word in found.words]
    return lines + [f"  {line}" for line in found.advice]


def _describe(config: VideoGenConfig, wishes: Wishes, json: bool) -> None:
    from videogen.adaptation.adapter import ZeroShotAdapter
    from videogen.adaptation.forecast import coverage_for

    adapter, domain, prompt = ZeroShotAdapter(config), wishes.domain, wishes.prompt
    with stdout_kept_clean():
        found = adapter.adapt_to_domain(domain, references=wishes.pictures) if domain is not None else None
        words = adapter.optimize_prompt(prompt, domain) if prompt is not None else None
        changes = {"adaptation.domain": domain} if domain is not None else {}
        coverage = coverage_for(prompt, config.updated(changes)) if prompt is not None else None
        weights, adjusted = None, None
        if found is not None and wishes.source is not None:
            weights = adapter.parameters.apply_transfer_weights(wishes.source, found.profile.description)
        if found is not None and wishes.settings:
            adjusted = adapter.adjust_parameters(wishes.settings, found.profile.characteristics)
    warnings = list(found.profile.warnings) if found else []
    if coverage is not None and coverage.warning:
        warnings.append(coverage.warning)
    parts = {"domain": found, "prompt": words, "coverage": coverage, "weights": weights, "settings": adjusted}
    if json:
        shown = {name: part.model_dump(mode="json") if part is not None else None for name, part in parts.items()}
        print_json({**shown, "warnings": warnings})
        return
    lines = [*(_domain_lines(found) if found else []), *(_prompt_lines(words) if words else [])]
    if weights is not None:
        lines += [f"weights from {wishes.source}: {weights.reason}"]
        lines += [f"  {word}: {weight:.2f}" for word, weight in weights.words.items()]
    if adjusted is not None:
        lines += ["with your settings: " + ", ".join(f"{name}={value}" for name, value in adjusted.settings.items())]
        lines += [f"  {reason}" for reason in adjusted.skipped]
    write("\n".join(lines))
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
