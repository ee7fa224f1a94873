"""Stores requests and their attempts in the folder of each video, beside its artifacts."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from videogen.config.groups.all import ProcessingSettings
from videogen.config.setting_names import flat
from videogen.domain.requests import Attempt, VideoRequest
from videogen.domain.setting_stages import check_changes_act
from videogen.domain.source import Source
from videogen.domain.stages import STAGES, downstream, made_from, made_with
from videogen.domain.video_ids import VIDEO_ID
from videogen.errors import ArtifactError, InputError, reasons
from videogen.storage.artifact_store import NAME
from videogen.storage.atomic_folder import SAFE_NAME, Folder
from videogen.storage.inputs.clip_file import clip_content
from videogen.storage.inputs.picture_file import picture_content
from videogen.storage.inputs.request_inputs import (
    check_number_of_pictures,
    checked_id,
    keep_pictures,
    keep_sources,
    source_texts,
    stored_files,
    stored_picture,
)
from videogen.storage.inputs.source_files import SourceText, read_source
from videogen.storage.remote.days import names_since, newest_first

Model = TypeVar("Model", bound=BaseModel)


class RequestStore:
    """Requests and attempts below one root, a local folder or any fsspec URL.

    Layout: ``<root>/<video id>/request.json``, ``inputs/<nn>.<ext>``, ``inputs/logo.<ext>``, ``inputs/start.<ext>``,
    ``sources/<nn>-<name>.txt``, ``attempt-<n>/attempt.json`` and ``attempt-<n>/runs/<root run id>``.

    Args:
        allowed_inputs: folders that pictures and texts of requests from outside (inbox, batch, Launchpad) may come
            from; empty: any readable file. What a person or program in this process names is not restricted: it
            could read the file itself.
        limits: pictures beyond them are refused before they are copied.
    """

    def __init__(
        self, root: str, *, allowed_inputs: Sequence[Path] = (), limits: ProcessingSettings | None = None
    ) -> None:
        self.root = root
        self.allowed_inputs = tuple(allowed_inputs)
        self.limits = limits or ProcessingSettings()
        self._folder = Folder(root)

    def submit(
        self,
        request: VideoRequest,
        *,
        read: Callable[[Path], bytes] | None = None,
        read_source_file: Callable[[Path], bytes] | None = None,
        read_clip: Callable[[Path], bytes] | None = None,
    ) -> VideoRequest:
        """Store the request with copies of its images, clip and sources; from then on it exists.

        Submitting the same request twice is harmless: the second time changes nothing.

        Args:
            request: the request; its pictures and sources are paths.
            read: gives the content of a picture that was checked already; None: `read_picture`.
            read_source_file: the same for a text of the issuer; None: the method of that name.
            read_clip: the same for what the video is made from.

        Returns:
            the request as stored: its images are names inside its own ``inputs`` folder.

        Raises:
            InputError: a picture or source cannot be taken, there are too many, or another request has that id.
            StorageError: the disk or remote store refused.
        """
        allowed = self.allowed_for(request)
        check_number_of_pictures(request, self.limits)
        stored = request.model_copy(update=stored_files(request))
        if self._folder.exists(f"{checked_id(request.id)}/request.json"):
            if self.get(request.id) != stored:
                raise InputError("another request has this id already", video_id=request.id)
            return stored
        pictures, clips = partial(self.read_picture, allowed=allowed), partial(self.read_clip, allowed=allowed)
        keep_pictures(self._folder, request, read or pictures, read_clip or clips)
        keep_sources(self._folder, request, read_source_file or partial(self.read_source_file, allowed=allowed))
        self._folder.write(f"{request.id}/request.json", _json(stored), exclusive=True)
        return stored

    def allowed_for(self, request: VideoRequest) -> tuple[Path, ...]:
        """Return the folders that files of this request may come from; empty: any."""
        return () if Source(request.source).trusted else self.allowed_inputs

    def get(self, video_id: str) -> VideoRequest:
        """Return the request with that id.

        Raises:
            InputError: the request does not exist.
            ArtifactError: it cannot be read.
        """
        try:
            return self._read(f"{checked_id(video_id)}/request.json", VideoRequest)
        except FileNotFoundError as error:
            raise InputError(
                f"request {video_id} does not exist", remedy="see `videogen status` for the ids"
            ) from error

    def exists(self, video_id: str) -> bool:
        """Return whether the request exists."""
        return self._folder.exists(f"{checked_id(video_id)}/request.json")

    def ids(self, after: str = "") -> list[str]:
        """Ids of all requests, oldest first; with `after`, of those that are newer than the request of this id."""
        return list(self.since(after))

    def since(self, after: str) -> Iterator[str]:
        """The same, each looked up when it is asked for."""
        return (name for name in names_since(self._folder, after) if VIDEO_ID.fullmatch(name) and self.exists(name))

    def newest(self) -> Iterator[str]:
        """Ids of all requests, newest first; each is looked up when it is asked for."""
        return (name for name in newest_first(self._folder) if VIDEO_ID.fullmatch(name) and self.exists(name))

    def image_paths(self, request: VideoRequest) -> list[Path]:
        """Local paths of the request's pictures; those in a remote store are downloaded once."""
        return [stored_picture(self._folder, request.id, str(name)) for name in request.images]

    def logo_path(self, request: VideoRequest) -> Path | None:
        """Local path of the request's logo, if it has one."""
        return None if request.logo is None else stored_picture(self._folder, request.id, str(request.logo))

    def clip_path(self, request: VideoRequest) -> Path | None:
        """Local path of the clip or picture that the video is made from, if there is one."""
        return None if request.from_video is None else stored_picture(self._folder, request.id, str(request.from_video))

    def read_source_file(self, path: Path, allowed: Sequence[Path] | None = None) -> bytes:
        """Read and check a source text of the issuer.

        Args:
            path: the file.
            allowed: the folders it may lie in, instead of `allowed_inputs`; empty: any.

        Raises:
            InputError: it is not a text file that can be read, or lies elsewhere.
        """
        return read_source(path, self.allowed_inputs if allowed is None else allowed)

    def source_texts(self, request: VideoRequest) -> list[SourceText]:
        """Return the source texts of a request as they were when it was submitted.

        Raises:
            ArtifactError: one is gone, or differs from what was submitted.
        """
        return source_texts(self._folder, request)

    def attempts(self, video_id: str) -> list[Attempt]:
        """All attempts at a video, first to last."""
        found = sorted(filter(None, map(self._number, self._folder.names(checked_id(video_id)))))
        return [
            self._read(_attempt_file(video_id, number), Attempt)
            for number in found
            if self._folder.exists(_attempt_file(video_id, number))
        ]

    def attempt(self, video_id: str, number: int) -> Attempt:
        """One attempt. Raises ArtifactError where there is none with that number."""
        try:
            return self._read(_attempt_file(checked_id(video_id), number), Attempt)
        except FileNotFoundError as error:
            raise ArtifactError(f"attempt {number} does not exist", video_id=video_id) from error

    def open_attempt(
        self,
        video_id: str,
        *,
        reason: str,
        changes: Mapping[str, Any] | None = None,
        from_stage: str | None = None,
        run_id: str | None = None,
        parent: int | None = None,
        other_stages: Sequence[str] = (),
        arm: str | None = None,
    ) -> Attempt:
        """Open the next attempt; processes that do so at the same time get different numbers.

        Args:
            video_id: id of the video.
            reason: why the attempt is made, for people.
            run_id: root run that opens it; None: none does.
            changes: settings that differ from the request's, and ``"seed"``; those of the parent hold on.
            from_stage: first stage to recompute, with the others of the same step and all their descendants; the
                rest is inherited. None: everything is recomputed.
            parent: attempt to inherit from; None: the latest one, if there is `from_stage`.
            other_stages: further stages to recompute that are not descendants of `from_stage`.
            arm: variant of the request's experiment that it makes.

        Raises:
            InputError: the request or stage does not exist, or a stage that is inherited is the first to read a
                setting that changes.
        """
        together = made_with(from_stage) if from_stage else ()
        others = tuple(dict.fromkeys(stage for stage in (*together, *other_stages) if stage != from_stage))
        return self._open(video_id, reason, changes or {}, from_stage, others, parent, run_id, arm)

    def _open(
        self,
        video_id: str,
        reason: str,
        changes: Mapping[str, Any],
        from_stage: str | None,
        other_stages: tuple[str, ...],
        parent: int | None,
        run_id: str | None,
        arm: str | None = None,
    ) -> Attempt:
        request = self.get(video_id)
        _check_run(run_id)
        made = made_from(*((from_stage,) if from_stage else ()), *other_stages)
        before = self.attempts(video_id)
        if parent is None and from_stage is not None and before:
            parent = before[-1].number
        inherited = self.attempt(video_id, parent).changes if parent is not None else {}
        if parent is not None and from_stage is not None:
            check_changes_act(_differing(changes, request, inherited), made, from_stage, video_id)
        number = before[-1].number + 1 if before else 1
        while True:
            attempt = Attempt(
                video_id=video_id,
                number=number,
                reason=reason,
                changes={**inherited, **changes},
                parent=parent,
                from_stage=from_stage if parent is not None else None,
                other_stages=other_stages if parent is not None else (),
                run_id=run_id,
                arm=arm,
            )
            try:
                self._folder.write(_attempt_file(video_id, number), _json(attempt), exclusive=True)
            except FileExistsError:
                number += 1
                continue
            if run_id is not None:
                self._mark(attempt, run_id)
            return attempt

    def attempt_for_run(
        self,
        video_id: str,
        root_run_id: str,
        stages: Collection[str],
        number: int | None = None,
        *,
        is_running: Callable[[str], bool] = lambda run_id: False,
    ) -> Attempt:
        """The attempt that a run works on; the same run (re-executions included) always gets the same one.

        Args:
            video_id: id of the video.
            root_run_id: id of the first run of a chain of re-executions.
            stages: what the run is going to make.
            number: the attempt to work on; None: the latest, unless another run made one of `stages` in it
                or is working on it: then a new one, which inherits the other stages.
            is_running: tells of a root run id whether that run is still going on.

        Raises:
            ArtifactError: attempt `number` does not exist.
        """
        _check_run(root_run_id)
        attempts = self.attempts(video_id)
        for attempt in attempts:
            if root_run_id in self._folder.names(_runs_folder(attempt)):
                return attempt
        if number is not None:
            chosen = self.attempt(video_id, number)
            self._mark(chosen, root_run_id)
            return chosen
        if not attempts:
            return self.open_attempt(video_id, reason="first attempt", run_id=root_run_id)
        latest = attempts[-1]
        # Marked before looking: of two runs that arrive at once, at least one sees the other.
        self._mark(latest, root_run_id)
        others = [run for run in self._folder.names(_runs_folder(latest)) if run != root_run_id]
        taken = any(self._holds(video_id, latest.number, stage) for stage in stages)
        if not taken and not any(map(is_running, others)):
            return latest
        self._folder.remove(f"{_runs_folder(latest)}/{root_run_id}")
        # The seed stays, so what the run does not draw again is the other half of the same draw.
        roots = _roots(stages)
        return self._open(
            video_id,
            "recomputed by another run",
            {},
            roots[0] if roots else None,
            tuple(roots[1:]),
            latest.number,
            root_run_id,
        )

    def runs(self, video_id: str, number: int) -> list[str]:
        """Ids of the root runs that worked on an attempt."""
        return self._folder.names(_runs_folder(self.attempt(video_id, number)))

    def holder(self, video_id: str, attempt: int, stage: str) -> int:
        """Return the attempt that owns the artifact of `stage` that counts for `attempt`.

        Raises:
            ArtifactError: neither the attempt nor one that it inherits from has made that stage.
        """
        number = attempt
        while not self._holds(video_id, number, stage):
            current = self.attempt(video_id, number)
            # A parent is older than its child, so this ends.
            if current.parent is None or current.parent >= number or stage in current.makes_anew():
                raise ArtifactError(
                    f"attempt {attempt} has no {stage}",
                    remedy="run that stage first",
                    stage=stage,
                    video_id=video_id,
                )
            number = current.parent
        return number

    def _holds(self, video_id: str, number: int, stage: str) -> bool:
        if not NAME.fullmatch(stage):
            raise ArtifactError(f"{stage!r} is not the name of an artifact", remedy="use a-z, 0-9 and _")
        return self._folder.exists(f"{checked_id(video_id)}/attempt-{number}/{stage}.manifest.json")

    def _mark(self, attempt: Attempt, run_id: str) -> None:
        with suppress(FileExistsError):
            self._folder.write(f"{_runs_folder(attempt)}/{run_id}", b"", exclusive=True)

    def _number(self, name: str) -> int | None:
        digits = name.removeprefix("attempt-")
        return int(digits) if digits != name and digits.isdecimal() else None

    def _read(self, name: str, kind: type[Model]) -> Model:
        try:
            return kind.model_validate_json(self._folder.read(name))
        except FileNotFoundError:
            raise
        except (ValidationError, OSError) as error:
            reason = reasons(error) if isinstance(error, ValidationError) else error.strerror or str(error)
            raise ArtifactError(
                f"{self._folder.url(name)} cannot be read: {reason}",
                remedy="restore that file, or remove the folder that it lies in",
                video_id=name.partition("/")[0],
            ) from error

    def read_picture(self, path: Path, allowed: Sequence[Path] | None = None) -> bytes:
        """Read and check an image file; the returned bytes are what is stored. Args: those of `read_source_file`.

        Raises:
            InputError: it is not a plain file, is too large, lies elsewhere, or is not a picture.
        """
        return picture_content(path, self.limits, self.allowed_inputs if allowed is None else allowed)

    def read_clip(self, path: Path, allowed: Sequence[Path] | None = None) -> bytes:
        """Read and check a clip or picture that a video is made from. Args, errors: those of `read_picture`."""
        return clip_content(path, self.limits, self.allowed_inputs if allowed is None else allowed)


def _attempt_file(video_id: str, number: int) -> str:
    return f"{video_id}/attempt-{number}/attempt.json"


def _runs_folder(attempt: Attempt) -> str:
    return f"{attempt.video_id}/attempt-{attempt.number}/runs"


def _check_run(run_id: str | None) -> None:
    if run_id is not None and not SAFE_NAME.fullmatch(run_id):
        raise ArtifactError(f"{run_id!r} cannot be the id of a run", remedy="use letters, digits and . _ = -")


def _roots(stages: Collection[str]) -> list[str]:
    """Those of `stages` that are not made from another one of them, in the order of the data."""
    known = [stage for stage in STAGES if stage in stages]
    made = {stage for other in known for stage in downstream(other) - {other}}
    return [stage for stage in known if stage not in made]


def _differing(changes: Mapping[str, Any], request: VideoRequest, inherited: Mapping[str, Any]) -> list[str]:
    """Names of the settings that get another value by `changes` than the request and the parent attempt gave them."""
    before = {"seed": request.seed, **flat(request.overrides), **flat(inherited)}
    return [name for name, value in flat(changes).items() if name not in before or before[name] != value]


def _json(model: BaseModel) -> bytes:
    return model.model_dump_json(indent=1).encode()
