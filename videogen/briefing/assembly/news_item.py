"""The briefing as a news item for other systems: ninjs 2.1 (IPTC), one for each language."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from videogen.briefing.assembly.variant import VariantFacts
from videogen.briefing.storyboard.model import Storyboard

_SOURCE_TYPES = {
    "clip": "compositeWithTrainedAlgorithmicMedia",
    "picture": "composite",
    "": "algorithmicMedia",
}
_VOCABULARY = "http://cv.iptc.org/newscodes/digitalsourcetype/"


def as_ninjs(
    briefing_id: str,
    revision: int,
    storyboard: Storyboard,
    language: str,
    variants: Sequence[VariantFacts],
    now: datetime,
) -> str:
    """The item with its videos as renditions and what is said as its body."""
    said = "\n".join(sentence.text[language] for shot in storyboard.shots_in(language) for sentence in shot.narration)
    kinds = {shot.kind for shot in storyboard.shots}
    kind = next((name for name in ("clip", "picture") if name in kinds), "")
    item: dict[str, Any] = {
        "uri": f"urn:pib-videogen:{briefing_id}:{language}",
        "standard": {"name": "ninjs", "version": "2.1", "schema": "https://iptc.org/std/ninjs/ninjs-schema_2.1.json"},
        "type": "video",
        "version": str(revision),
        "versioncreated": now.isoformat(timespec="seconds"),
        "pubstatus": "usable",
        "language": language,
        "headlines": [{"role": "main", "value": storyboard.title.get(language, "")}],
        "bodies": [{"role": "transcript", "contenttype": "text/plain", "charcount": len(said), "value": said}],
        "digitalsourcetype": {"name": _VOCABULARY + _SOURCE_TYPES[kind]},
        "copyrightholder": storyboard.issuer.get(language, ""),
        "renditions": [
            {
                "name": facts.format,
                "href": facts.video,
                "contenttype": "video/mp4",
                "width": facts.size[0],
                "height": facts.size[1],
                "duration": round(facts.seconds),
                "sizeinbytes": facts.bytes,
            }
            for facts in variants
            if facts.language == language
        ],
    }
    if storyboard.embargo is not None:
        item["embargoed"] = storyboard.embargo.isoformat()
    if language in storyboard.corrects:
        item["ednote"] = storyboard.corrects[language]
    return json.dumps(item, ensure_ascii=False, indent=1) + "\n"
