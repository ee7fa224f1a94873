"""What is missing for a release, as a list of what is to be done."""

from __future__ import annotations

from collections.abc import Iterable
from types import MappingProxyType
from typing import Final

from videogen.domain.frozen_model import FrozenModel
from videogen.domain.video_ids import VIDEO_ID
from videogen.release.decision import ABSOLUTE, Gate

WORTH_WAITING: Final = frozenset(("approval", "embargo"))
"""Gates that open by themselves, or by somebody else: a decision to publish waits for them."""


class Missing(FrozenModel):
    """One closed gate: what was found, what to do about it, and whether an operator can override it."""

    gate: str
    found: str
    remedy: str
    can_be_overridden: bool


_REMEDIES: Final = MappingProxyType(
    {
        "policy": "change the text that breaks the rule; no override opens this gate",
        "facts": "attach the issuer's text or add evidence, and check the facts again",
        "quality": "make another attempt, or override with a reason",
        "label": "render the video again: the label must be seen and read",
        "signature": "correct release.certificate and release.key",
        "approval": "a checker who is neither author nor editor looks at it: `videogen approve {id}`",
        "embargo": "wait: it goes out when the embargo has passed; or change the embargo",
        "rights": "give credit and licence: `videogen rights {id} FILE --credit … --licence …`, or take the file out",
        "withdrawal": "it was withdrawn: publish a correction, or override with a reason",
        "publisher": "somebody with the role publisher publishes it: `videogen publish {id}`",
        "message": "the alert is a draft: correct it and send it as an alert",
    }
)
_REMEDIES_OF_A_CLIP: Final = MappingProxyType(
    {
        "facts": "attach the issuer's own text to a new request (`--source`), or add evidence, `videogen kb add FILE`, "
        "and check the facts again, `videogen retry {id} --from fact_check_report`",
        "quality": "make another attempt, `videogen retry {id}`, or override with a reason",
    }
)


def missing_for_release(subject_id: str, gates: Iterable[Gate]) -> tuple[Missing, ...]:
    """The gates that do not hold, each with what to do; empty: nothing stands against the release."""
    is_clip = VIDEO_ID.fullmatch(subject_id) is not None
    remedies = {**_REMEDIES, **_REMEDIES_OF_A_CLIP} if is_clip else _REMEDIES
    return tuple(
        Missing(
            gate=gate.name,
            found=gate.found,
            remedy=remedies.get(gate.name, "correct the cause").format(id=subject_id),
            can_be_overridden=gate.name not in ABSOLUTE,
        )
        for gate in gates
        if not gate.holds
    )
