"""Describes a domain as a model sees it: which entry of the file it is, what is known of it, and what is not."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from videogen.adaptation.domains import Domain, load_domains
from videogen.adaptation.profiles import Characteristics, DomainProfile
from videogen.adaptation.prompts import PromptEngineer
from videogen.config.groups.adaptation import REFERENCES
from videogen.config.suggestions import did_you_mean
from videogen.errors import InputError, PolicyError

if TYPE_CHECKING:
    from videogen.config.config import VideoGenConfig

LOW_COVERAGE = 0.5
"""Coverage below which a domain is said to be new to the model."""
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")


def describe(
    domain_description: str, config: VideoGenConfig, *, references: Sequence[Path | str] = ()
) -> DomainProfile:
    """The domain as the model sees it: key terms, nearest known things, coverage, colours.

    Errors: see `ZeroShotAdapter.adapt_to_domain`.
    """
    domain = find_domain(domain_description, config)
    _check_policy(domain, config)
    keywords = PromptEngineer(config).extract_domain_keywords(domain.description)
    total = sum(keyword.weight for keyword in keywords) or 1.0
    coverage = round(sum(keyword.weight for keyword in keywords if keyword.known) / total, 4)
    palette = palette_of(references)
    near = sorted((word for word in keywords if word.nearest), key=lambda word: -(word.similarity or 0.0))
    unknown = tuple(keyword.word for keyword in keywords if not keyword.known)
    return DomainProfile(
        name=domain.name,
        description=domain.description,
        model=config.model.profile,
        keywords=keywords,
        nearest=tuple(dict.fromkeys(str(word.nearest) for word in near)),
        unknown=unknown,
        coverage=coverage,
        characteristics=Characteristics(novelty=round(1.0 - coverage, 4), references=bool(references)),
        look=REFERENCES if palette else domain.look,
        palette=palette,
        warnings=_warnings(domain, coverage, unknown, config.model.profile),
    )


def find_domain(text: str, config: VideoGenConfig) -> Domain:
    """The domain of that name, or one of its own for a description.

    Raises:
        InputError: the text is empty, or a single word that the file does not name (the nearest is named).
    """
    text = text.strip()
    known = load_domains(config.path(config.adaptation.domains_file))
    if text in known:
        return known[text]
    if len(text) < 3:
        raise InputError("the domain is empty or too short", remedy=f"describe it, or choose one of {', '.join(known)}")
    if _NAME.fullmatch(text) and (near := did_you_mean(text, known)):
        raise InputError(f"unknown domain {text!r}{near}", remedy=f"choose one of {', '.join(known)}, or describe it")
    return Domain(name=_slug(text), description=text[:2000])


def _check_policy(domain: Domain, config: VideoGenConfig) -> None:
    from videogen.preprocessing import InputValidator

    policy = config.path(config.preprocessing.policy_file)
    verdict = InputValidator(config.processing, policy).check_policy_compliance(domain.texts())
    if not verdict.allowed:
        raise PolicyError(
            f"the domain {domain.name!r} uses words that the content policy forbids: {verdict.reason}",
            remedy="describe the domain in other words",
        )


def palette_of(references: Sequence[Path | str]) -> tuple[float, ...] | None:
    """The 12 numbers of `adaptation.palette` for some pictures; None where there are none. Raises InputError."""
    import numpy as np
    from PIL import Image

    from videogen.super_resolution.look import moments

    if not references:
        return None
    pictures = []
    for reference in references:
        try:
            with Image.open(reference) as picture:
                picture.thumbnail((256, 256))
                pictures.append(np.asarray(picture.convert("RGB")))
        except (OSError, ValueError, Image.DecompressionBombError) as error:
            raise InputError(
                f"{reference} cannot be read as a picture: {error}", remedy="give a PNG, JPEG or WebP file"
            ) from error
    return moments(pictures).numbers


def _warnings(domain: Domain, coverage: float, unknown: Sequence[str], model: str) -> tuple[str, ...]:
    if coverage >= LOW_COVERAGE:
        return ()
    return (
        f"{model} knows little of the domain {domain.name!r} (coverage {coverage:.0%}); it does not know "
        f"{', '.join(unknown)}: such videos will show something else",
    )


def _slug(text: str) -> str:
    words = re.findall(r"[a-z0-9]+", text.lower())
    return ("_".join(words) or "own")[:40].rstrip("_") if words and words[0][0].isalpha() else "own"
