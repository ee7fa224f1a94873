"""What a Python program hands over, checked before anything is stored: wrong types are refused, not run into."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Protocol

from pydantic import ValidationError

from videogen.config.config import VideoGenConfig
from videogen.domain.priorities import EMERGENCY
from videogen.domain.requests import VideoRequest, file_stem
from videogen.errors import InputError, reasons
from videogen.intake.request_files import build_request
from videogen.media.containers import SUFFIXES


class Monitoring(Protocol):
    """What a monitoring service must offer."""

    def record_metric(self, metric_name: str, value: float, /) -> Any:
        """Take note of a number."""


def checked_service(service: Monitoring | None) -> Monitoring | None:
    """The monitoring service, if it can be told numbers.

    Raises:
        InputError: it has no method `record_metric`; better said now than after the first video is made.
    """
    if service is not None and not callable(getattr(service, "record_metric", None)):
        raise InputError(
            f"the monitoring service, a {type(service).__name__}, has no method record_metric(name, value)",
            remedy="give it one, or leave monitoring_service out",
        )
    return service


def request_for(
    config: VideoGenConfig,
    fields: Mapping[str, Any],
    images: Iterable[Path | str] | None,
    output_path: Path | str | None,
    emergency: bool,
    settings: Mapping[str, Any] | None,
    source: str,
) -> VideoRequest:
    """The request that the arguments of `VideoGenerator.generate_video` make.

    Raises:
        InputError: an argument cannot be used. ConfigError: a setting, profile or component does not exist.
    """
    wishes = {**fields, "images": picture_paths(images), "emergency": emergency, "overrides": settings_of(settings)}
    if isinstance(wishes.get("from_video"), str | Path):
        wishes["from_video"] = Path(wishes["from_video"]).absolute()
    if emergency:
        wishes.setdefault("priority", EMERGENCY)
    return with_output(build_request(wishes, source=source, config=config), output_path, config)


def with_output(request: VideoRequest, output_path: Path | str | None, config: VideoGenConfig) -> VideoRequest:
    """The request with the place where a copy is put; None: nowhere.

    Raises:
        InputError: no video can be put there.
    """
    if output_path is None:
        return request
    suffix = f".{request.settings(config).delivery.container}"
    target = checked_output(output_path, f"{file_stem(request)}{suffix}")
    if target.suffix.lower() != suffix and request.container is not None:
        raise InputError(
            f"the output path {output_path} does not end in {suffix}, but the container is {request.container}",
            remedy="leave one of them out",
        )
    named = request.model_copy(update={"output": target})
    try:
        return VideoRequest.model_validate(named.model_dump())
    except ValidationError as error:
        raise InputError(reasons(error), remedy="choose another output path") from error


def picture_paths(images: Iterable[Path | str] | None) -> list[Path]:
    """The absolute paths of reference pictures.

    Raises:
        InputError: not a list, or something in it is not a path.
    """
    if isinstance(images, str | Path):
        raise InputError("images must be a list of paths, not one path", remedy=f"give [{str(images)!r}]")
    if images is None:
        return []
    if isinstance(images, bytes | bytearray) or not isinstance(images, Iterable):
        raise InputError(f"images must be a list of paths, not a {type(images).__name__}", remedy='give ["house.jpg"]')
    given = list(images)
    for number, image in enumerate(given, start=1):
        if not isinstance(image, str | Path):
            raise InputError(
                f"picture {number} is a {type(image).__name__}, not a path", remedy="name the file that it lies in"
            )
    return [Path(image).absolute() for image in given]


def settings_of(settings: Mapping[str, Any] | None) -> dict[str, Any]:
    """Settings of one video as a dictionary.

    Raises:
        InputError: not a mapping.
    """
    if settings is not None and not isinstance(settings, Mapping):
        raise InputError(
            f"settings must be a dictionary, not a {type(settings).__name__}", remedy='give {"model.guidance_scale": 5}'
        )
    return dict(settings or {})


def checked_output(path: Path | str, name: str) -> Path:
    """The absolute output path; in a folder, the file is called `name`. Nothing is made there yet.

    Raises:
        InputError: no mp4 can be put there.
    """
    if not isinstance(path, str | Path) or "\0" in str(path):
        raise InputError(f"the output path {path!r} is not a path", remedy="name an mp4 file or a folder")
    try:
        target = Path(path).expanduser().absolute()
    except RuntimeError as error:
        raise InputError(f"the output path {path} names no home that is known here", remedy="write it out") from error
    if target.is_dir():
        target = target / name
    elif str(path).endswith(("/", os.sep)) or not target.suffix:
        raise InputError(
            f"the output path {path} does not exist as a folder, and does not end in .mp4, .webm or .mov",
            remedy="make the folder first, or name a video file",
        )
    elif target.suffix.lower() not in SUFFIXES:
        raise InputError(
            f"the output path {path} does not end in .mp4: videos are mp4, webm or mov files, not {target.suffix}",
            remedy="name a file of one of these kinds, or a folder; another program can convert it",
        )
    folder = next(parent for parent in target.parents if os.path.lexists(parent))
    if not folder.is_dir():
        raise InputError(f"{folder} is not a folder, so {path} cannot be written", remedy="choose another output path")
    if not os.access(folder, os.W_OK):
        raise InputError(
            f"the folder {folder} is not writable", remedy="choose another output path, or correct its permissions"
        )
    return target
