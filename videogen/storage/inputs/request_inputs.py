"""The pictures, clips and texts that come with a request: their names in the store, how they are kept and read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from videogen.config.groups.all import ProcessingSettings
from videogen.domain.requests import VideoRequest
from videogen.domain.rights import Rights
from videogen.domain.video_ids import VIDEO_ID
from videogen.errors import ArtifactError, InputError
from videogen.storage.atomic_folder import SAFE_NAME, Folder
from videogen.storage.inputs.clip_file import CLIP_SUFFIXES
from videogen.storage.inputs.picture_file import EXTENSIONS
from videogen.storage.inputs.source_files import CHECKSUMS, SourceText, source_text, stored_source_name

# The last two are not taken, but are pictures in an inbox all the same.
PICTURE_SUFFIXES = frozenset({".avif", ".heic"}).union(*EXTENSIONS.values())


def stored_name(index: int, path: Path) -> str:
    """Return the stored name of image number `index` of a request."""
    suffix = path.suffix.lower()
    return f"{index:02d}{suffix if suffix in PICTURE_SUFFIXES else '.bin'}"


def stored_logo(request: VideoRequest) -> Path | None:
    """The name under which the logo of a request is kept."""
    return None if request.logo is None else Path(f"logo{request.logo.suffix.lower()}")


def stored_clip(request: VideoRequest) -> Path | None:
    """The name under which the clip or picture that a video is made from is kept."""
    if request.from_video is None:
        return None
    suffix = request.from_video.suffix.lower()
    return Path(f"start{suffix if suffix in CLIP_SUFFIXES | PICTURE_SUFFIXES else '.bin'}")


def stored_files(request: VideoRequest) -> dict[str, Any]:
    """What the fields that name files say once their copies are in the store."""
    return {
        "images": tuple(Path(stored_name(index, path)) for index, path in enumerate(request.images)),
        "sources": tuple(Path(stored_source_name(index, path)) for index, path in enumerate(request.sources)),
        "logo": stored_logo(request),
        "from_video": stored_clip(request),
        "rights": stored_rights(request),
    }


def keep_pictures(
    folder: Folder, request: VideoRequest, read: Callable[[Path], bytes], read_clip: Callable[[Path], bytes]
) -> None:
    """Store copies of the pictures, the logo and the clip that the video is made from.

    Raises:
        InputError: one cannot be taken.
        StorageError: the disk or remote store refused.
    """
    for index, path in enumerate(request.images):
        folder.write(f"{request.id}/inputs/{stored_name(index, path)}", read(path))
    if (logo := stored_logo(request)) is not None and request.logo is not None:
        folder.write(f"{request.id}/inputs/{logo}", read(request.logo))
    if (clip := stored_clip(request)) is not None and request.from_video is not None:
        folder.write(f"{request.id}/inputs/{clip}", read_clip(request.from_video))


def stored_rights(request: VideoRequest) -> dict[str, Rights]:
    """The rights of a request's files, by the names under which those are kept."""
    names = {stored_name(index, path): path.name for index, path in enumerate(request.images)}
    logo = stored_logo(request)
    if logo is not None and request.logo is not None:
        names[str(logo)] = request.logo.name
    clip = stored_clip(request)
    if clip is not None and request.from_video is not None:
        names[str(clip)] = request.from_video.name
    return {name: request.rights[given] for name, given in names.items() if given in request.rights}


def check_number_of_pictures(request: VideoRequest, limits: ProcessingSettings) -> None:
    """Raise InputError if a request has more images than allowed."""
    if len(request.images) > limits.max_images:
        raise InputError(
            f"{len(request.images):,} pictures are given, at most {limits.max_images} are allowed",
            remedy="choose the most important ones, or raise processing.max_images",
        )


def keep_sources(folder: Folder, request: VideoRequest, read: Callable[[Path], bytes]) -> None:
    """Store copies of the issuer's texts with their SHA-256, in the form of `sha256sum`.

    Raises:
        InputError: one cannot be taken.
        StorageError: the disk or remote store refused.
    """
    sums = []
    for index, path in enumerate(request.sources):
        content, name = read(path), stored_source_name(index, path)
        sums.append(f"{source_text(name, content).sha256}  {name}\n")
        folder.write(f"{request.id}/sources/{name}", content)
    if sums:
        folder.write(f"{request.id}/sources/{CHECKSUMS}", "".join(sums).encode())


def source_texts(folder: Folder, request: VideoRequest) -> list[SourceText]:
    """Return the source texts of a request as they were when it was submitted.

    Raises:
        ArtifactError: one is gone, or differs from what was submitted.
    """
    if not request.sources:
        return []
    place = f"{checked_id(request.id)}/sources"
    try:
        listed = folder.read(f"{place}/{CHECKSUMS}").decode()
        sums = {name: digest for digest, name in (line.split("  ", 1) for line in listed.splitlines())}
        texts = [source_text(str(name), folder.read(f"{place}/{name}")) for name in request.sources]
    except (OSError, ValueError, InputError) as error:
        raise ArtifactError(
            f"a source of the request cannot be read: {error}",
            remedy="submit the request again with its sources",
            video_id=request.id,
        ) from error
    for text in texts:
        if sums.get(text.name) != text.sha256:
            raise ArtifactError(
                f"the source {text.name} has changed since it was handed in",
                remedy="submit the request again with its sources",
                video_id=request.id,
            )
    return texts


def stored_picture(folder: Folder, video_id: str, name: str) -> Path:
    """Return the local path of a picture in the store; one in a remote store is downloaded once.

    Raises:
        InputError: `video_id` does not have the form of an id.
        ArtifactError: `name` does not have the form of a stored picture's name.
    """
    stored = f"{checked_id(video_id)}/inputs/{name}"
    if "/" in name or not SAFE_NAME.fullmatch(name):
        raise ArtifactError(f"{name!r} is not the name of a stored picture", video_id=video_id)
    if folder.is_local:
        return folder.local(stored)
    return folder.fetched(stored)


def checked_id(video_id: str) -> str:
    """Return `video_id`. Raises InputError if it does not have the form of an id."""
    if not VIDEO_ID.fullmatch(video_id):
        raise InputError(f"{video_id!r} is not a video id", remedy="see `videogen status` for the ids")
    return video_id
