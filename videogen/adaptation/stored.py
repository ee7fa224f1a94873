"""The adaptation of one video: found once, kept beside its artifacts, and applied to the settings of every stage."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from videogen.adaptation.adapter import ZeroShotAdapter
from videogen.adaptation.describing import find_domain, palette_of
from videogen.adaptation.evaluation import of_report, verdict
from videogen.adaptation.parameters import ParameterManager
from videogen.adaptation.profiles import Adaptation, AdaptationQuality
from videogen.config.groups.adaptation import REFERENCES
from videogen.config.setting_names import flat

if TYPE_CHECKING:
    from videogen.config.config import VideoGenConfig
    from videogen.domain.requests import Attempt, VideoRequest
    from videogen.quality.reporting.report import QualityReport
    from videogen.storage.artifact_store import ArtifactStore

NAME = "adaptation"
"""What the artifact is called. It belongs to no stage: all of them read it."""


def adapted(
    config: VideoGenConfig,
    request: VideoRequest,
    attempt: Attempt,
    artifacts: ArtifactStore,
    pictures: Callable[[VideoRequest], Sequence[Path]],
) -> VideoGenConfig:
    """The settings of a video with what its domain changes; the same ones for all of its stages and for later attempts.

    What request and attempt set stays. An emergency keeps its settings: it is drawn as fast as possible. A domain that
    another attempt named, or another model, is adapted to again.

    Args:
        pictures: the request's reference images, for a look that is taken from them.

    Raises:
        InputError, PolicyError: see `ZeroShotAdapter.adapt_to_domain`.
    """
    settings = config.adaptation
    if settings.domain is None or request.emergency:
        return _with_palette(config, request, pictures)
    found = _kept(config, request, attempt, artifacts)
    if found is None:
        references = pictures(request) if settings.look == REFERENCES else ()
        found = ZeroShotAdapter(config).adapt_to_domain(settings.domain, references=references)
        artifacts.save(request.id, attempt.number, NAME, found)
    own = {*flat(request.overrides), *attempt.changes, *request.pipeline_settings(config)}
    wishes: dict[str, Any] = {name: value for name, value in found.parameters.settings.items() if name not in own}
    if found.profile.palette is not None:
        wishes["adaptation.palette"] = found.profile.palette
    if found.profile.look is not None and settings.look is None:
        wishes["adaptation.look"] = found.profile.look
    return config.updated(wishes) if wishes else config


def _kept(
    config: VideoGenConfig, request: VideoRequest, attempt: Attempt, artifacts: ArtifactStore
) -> Adaptation | None:
    """The latest adaptation of this or an earlier attempt that was made for the same domain and model."""
    domain = find_domain(config.adaptation.domain or "", config)
    for number in range(attempt.number, 0, -1):
        if artifacts.exists(request.id, number, NAME):
            found = artifacts.load(request.id, number, NAME, Adaptation)
            same = (found.profile.name, found.profile.description, found.profile.model)
            return found if same == (domain.name, domain.description, config.model.profile) else None
    return None


def _with_palette(
    config: VideoGenConfig, request: VideoRequest, pictures: Callable[[VideoRequest], Sequence[Path]]
) -> VideoGenConfig:
    """With the colours of the reference images, where the look is to come from them."""
    if config.adaptation.look != REFERENCES or config.adaptation.palette is not None or not request.images:
        return config
    return config.updated({"adaptation.palette": palette_of(pictures(request))})


def record(
    config: VideoGenConfig,
    video_id: str,
    number: int,
    report: QualityReport,
    artifacts: ArtifactStore,
    twin: QualityReport | None,
) -> AdaptationQuality | None:
    """Keep in the table `adaptations` how an adapted video turned out; None where it was not adapted to a domain.

    Args:
        twin: the report of an attempt of the same seed without a domain, if there is one.
    """
    kept = next((n for n in range(number, 0, -1) if artifacts.exists(video_id, n, NAME)), None)
    if config.adaptation.domain is None or kept is None:
        return None
    found = artifacts.load(video_id, kept, NAME, Adaptation)
    result = verdict(of_report(report), None if twin is None else of_report(twin))
    ParameterManager(config).save_successful_adaptation(
        {
            "video_id": video_id,
            "attempt": number,
            "domain": found.profile.name,
            "description": found.profile.description,
            "preset": found.preset,
            "settings": found.parameters.settings,
        },
        result,
    )
    return result


def is_twin(other: Attempt, attempt: Attempt, request: VideoRequest) -> bool:
    """Whether another attempt has the seed of this one, and was not adapted to a domain."""
    asked = {"adaptation.domain": request.domain, **flat(request.overrides)}
    domain = {**asked, **other.changes}["adaptation.domain"]
    return domain is None and other.seed(request) == attempt.seed(request)
