"""Draws requests into experiments, by a hash: the same request always falls on the same arm, on any machine."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from videogen.config.config import VideoGenConfig
from videogen.config.setting_names import flat
from videogen.domain.experiments import ExperimentRecord
from videogen.domain.requests import VideoRequest
from videogen.domain.safe_ranges import SAFE_RANGES, value_of

_FIELDS = {
    "profile": "model.profile",
    "negative_prompt": "model.negative_prompt",
    "duration": "processing.duration",
    "size": "processing.resolution",
}
EXPLORATION = "exploration"


def assigned(request: VideoRequest, running: Sequence[ExperimentRecord], config: VideoGenConfig) -> VideoRequest:
    """The request as part of at most one experiment, its arm's settings laid *under* what the requester asked for.

    Emergencies take part in none; nor does a request that sets one of the tested settings itself.

    Args:
        running: in the order in which they are asked; a request that one has drawn is not offered to the next.
        request: the request.
        config: the configuration in force.
    """
    if request.emergency or request.experiment is not None:
        return request
    own = asked_for(request)
    for record in running:
        experiment = record.experiment
        unit = request.requester or request.id if experiment.unit == "requester" else request.id
        if own & experiment.settings() or _overlaps(own, experiment.settings()):
            continue
        if draw(experiment.id, unit, "share") >= experiment.share:
            continue
        place = _arm(draw(experiment.id, unit, "arm"), record.shares)
        arm = experiment.arms[place]
        return _part_of(request, experiment.id, arm.name, record.shares[place], flat(arm.overrides))
    return _explored(request, own, config)


def asked_for(request: VideoRequest) -> frozenset[str]:
    """The settings that the requester has set."""
    fields = {setting for field, setting in _FIELDS.items() if getattr(request, field) is not None}
    return frozenset(fields | set(flat(request.overrides)))


def draw(experiment: str, unit: str, purpose: str) -> float:
    """A number in [0, 1) that these three always give: SHA-256."""
    digest = hashlib.sha256(f"{experiment}\0{unit}\0{purpose}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


def _arm(drawn: float, shares: Sequence[float]) -> int:
    total = 0.0
    for place, share in enumerate(shares):
        total += share
        if drawn < total:
            return place
    return len(shares) - 1


def _overlaps(own: frozenset[str], tested: frozenset[str]) -> bool:
    """Also where one of the two names a table, and the other a key of it."""
    return any(mine.startswith(f"{name}.") or name.startswith(f"{mine}.") for mine in own for name in tested)


def _explored(request: VideoRequest, own: frozenset[str], config: VideoGenConfig) -> VideoRequest:
    """One parameter of an unhurried request, drawn at random inside its safe range, if the operator wants that."""
    share = config.feedback.exploration
    if share == 0.0 or request.priority >= 0 or draw(EXPLORATION, request.id, "share") >= share:
        return request
    open_ones = [one for one in SAFE_RANGES if one.setting not in own and value_of(config, one.setting) is not None]
    if not open_ones:
        return request
    chosen = open_ones[int(draw(EXPLORATION, request.id, "setting") * len(open_ones))]
    values = chosen.notches(float(value_of(config, chosen.setting)))
    value = values[int(draw(EXPLORATION, request.id, "value") * len(values))]
    share_of_it = share / len(open_ones) / len(values)
    return _part_of(request, EXPLORATION, chosen.setting, share_of_it, chosen.changes(value))


def _part_of(request: VideoRequest, experiment: str, arm: str, share: float, changes: dict[str, Any]) -> VideoRequest:
    overrides = {**changes, **flat(request.overrides)}
    update = {"experiment": experiment, "arm": arm, "arm_share": share, "overrides": overrides}
    return request.model_copy(update=update)
