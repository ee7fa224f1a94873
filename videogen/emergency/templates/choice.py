"""Which template somebody means who names a kind of emergency in a word or two."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import get_args

from videogen.emergency.cap.model import Category
from videogen.emergency.layout.template import EmergencyTemplate
from videogen.emergency.templates.match import score
from videogen.errors import ConfigError
from videogen.text.language_tags import primary

GENERIC = "generic"
_IN_WORDS: Mapping[str, Category] = {
    "weather": "Met", "meteorological": "Met", "geophysical": "Geo", "landslide": "Geo", "public safety": "Safety",
    "terrorism": "Security", "law enforcement": "Security", "wildfire": "Fire", "medical": "Health",
    "disease": "Health", "environment": "Env", "environmental": "Env", "pollution": "Env", "traffic": "Transport",
    "transportation": "Transport", "utility": "Infra", "power": "Infra", "chemical": "CBRNE", "biological": "CBRNE",
    "radiological": "CBRNE", "nuclear": "CBRNE", "explosives": "CBRNE",
}  # fmt: skip


def category_of(word: str) -> Category | None:
    """The CAP category that a word stands for: ``"met"`` and ``"weather"`` are Met; None: it is none."""
    plain = " ".join(word.lower().split())
    codes: dict[str, Category] = {code.lower(): code for code in get_args(Category)}
    return codes.get(plain) or _IN_WORDS.get(plain)


def meant(word: str, templates: Mapping[str, EmergencyTemplate]) -> EmergencyTemplate:
    """The template that `word` names: a hazard in any language of the templates, or a category with one template.

    Raises:
        ConfigError: several templates are of that category, or there is none for that word; the message names them.
            The generic template is never taken silently: only for the category Other, or by its name.
    """
    hazards = {name: template for name, template in templates.items() if name != GENERIC}
    best = max(hazards.values(), key=lambda one: score(one, (), word, (), ()), default=None)
    if best is not None and score(best, (), word, (), ()) > 0:
        return best
    category = category_of(word)
    if category == "Other" and GENERIC in templates:
        return templates[GENERIC]
    if category is None:
        near = get_close_matches(word.lower().replace(" ", "_"), list(templates), n=1)
        hint = f": did you mean {near[0]!r}?" if near else ""
        raise ConfigError(
            f"no emergency template is called or made for {word!r}{hint}",
            remedy=f"use one of {', '.join(templates)}, or a CAP category ({', '.join(get_args(Category))})",
        )
    chosen = [one for one in hazards.values() if category in one.default_for]
    fitting = chosen or [one for one in hazards.values() if category in one.categories]
    if len(fitting) == 1:
        return fitting[0]
    names = ", ".join(one.id for one in fitting) or "no hazard with a template"
    raise ConfigError(
        f"{word!r} (CAP category {category}) can be {names}",
        remedy='name one of them, give {"event": "…"}, or take the plain template: "generic"',
    )


def require_language(template: EmergencyTemplate, language: str) -> EmergencyTemplate:
    """The template, if it has advice or words in that language.

    Raises:
        ConfigError: it has not; the message names the languages that it has.
    """
    known = sorted({*template.events, *template.guidance})
    if primary(language) not in known:
        raise ConfigError(
            f"template {template.name} has no words in {language!r}", remedy=f"it has {', '.join(known) or 'none'}"
        )
    return template
