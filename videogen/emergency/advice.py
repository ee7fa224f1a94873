"""General advice where an alert does not say what to do: the template's, marked as such and as not from the sender."""

from __future__ import annotations

from typing import NamedTuple

from videogen.emergency.cap.model import Alert
from videogen.emergency.layout.message import steps_of
from videogen.emergency.layout.template import EmergencyTemplate
from videogen.text.language_tags import primary

FALLBACK = "en"
"""Language of the advice where a template has none in that of the alert."""


class Advised(NamedTuple):
    """A template for one alert.

    languages: of the info blocks that show the template's advice, for want of the sender's instruction.
    """

    template: EmergencyTemplate
    languages: tuple[str, ...]


def advised(template: EmergencyTemplate, alert: Alert) -> Advised:
    """The template as it is to be shown with this alert: with its advice in every language without an instruction.

    Where several blocks of one language are there and one lacks it, the others show the advice too.
    """
    lacking = [
        info.language
        for info in alert.infos
        if not steps_of(info.instruction or "") and "AllClear" not in info.response_types
    ]
    guidance = {
        primary(language): template.guidance.get(primary(language)) or template.guidance.get(FALLBACK, ())
        for language in lacking
    }
    guidance = {language: steps for language, steps in guidance.items() if steps}
    if not guidance:
        return Advised(template, ())
    shown = template.guidance | guidance if template.show_guidance else guidance
    return Advised(
        template.model_copy(update={"guidance": shown, "show_guidance": True}),
        tuple(dict.fromkeys(language for language in lacking if primary(language) in guidance)),
    )
