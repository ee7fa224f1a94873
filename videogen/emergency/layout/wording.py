"""The words that the frame of an alert adds to the alert's own text, in the alert's language."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files

import yaml

from videogen.domain.frozen_model import FrozenModel
from videogen.text.language_tags import primary

FALLBACK = "en"


class Wording(FrozenModel):
    """Labels of one language. iso: ISO 639-2 code of the language; rtl: written from right to left."""

    iso: str
    rtl: bool = False
    issued_by: str
    issued: str
    starts: str
    ends: str
    where: str
    when: str
    what_to_do: str
    details: str
    source: str
    contact: str
    more: str
    advice: str
    severity: dict[str, str]
    urgency: dict[str, str]
    certainty: dict[str, str]
    response: dict[str, str]


def wording(language: str) -> tuple[Wording, bool]:
    """The labels for a language tag, and whether they are of that language: English ones where it is not known."""
    words = _all()
    known = primary(language) in words
    return words[primary(language) if known else FALLBACK], known


def iso_code(language: str) -> str:
    """ISO 639-2 code of a language tag, as mp4 tracks name languages; ``"und"`` where it is not known."""
    words = _all()
    if primary(language) in words:
        return words[primary(language)].iso
    import pycountry

    code = primary(language)
    found = pycountry.languages.get(alpha_2=code) or pycountry.languages.get(alpha_3=code)
    return str(found.alpha_3) if found else "und"


@lru_cache(maxsize=1)
def _all() -> dict[str, Wording]:
    text = files("videogen.emergency").joinpath("data/wording.yaml").read_text(encoding="utf-8")
    return {language: Wording.model_validate(words) for language, words in yaml.safe_load(text).items()}
