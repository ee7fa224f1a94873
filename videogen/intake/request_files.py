"""Reads request files: one or many requests per file, all accepted or none."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from videogen.config.config import VideoGenConfig
from videogen.config.flat_names import is_short, short_names
from videogen.config.suggestions import did_you_mean
from videogen.domain.requests import CONTAINERS, VideoRequest
from videogen.errors import ConfigError, InputError, listed, reasons, shortened
from videogen.intake.assignment import assigned
from videogen.intake.component_names import check_names
from videogen.models.preflight import require_own_loop
from videogen.models.profile import profile_of
from videogen.runtime.plain_files import read_plain
from videogen.runtime.structured_text import MalformedTextError, as_text, parse_json, parse_yaml
from videogen.storage.experiment_store import ExperimentStore
from videogen.storage.inputs.request_inputs import check_number_of_pictures

SUFFIXES = (".json", ".yaml", ".yml", ".jsonl", ".csv", ".txt")
MAX_BYTES = 16_000_000
MAX_REQUESTS = 500
"""One file is processed in one sensor tick, and a tick has one minute."""
_SYSTEM_FIELDS = {
    "id", "created_at", "source", "experiment", "arm", "arm_share", "varied_from", "varied_attempt", "settled_by",
}  # fmt: skip
_FIELDS = set(VideoRequest.model_fields) - _SYSTEM_FIELDS
_MOST_NAMED = 20


def read_requests(
    path: Path, *, source: str, config: VideoGenConfig | None = None, pictures: Path | None = None
) -> list[VideoRequest]:
    """Return the requests in a file.

    Formats: ``.json`` and ``.yaml`` (one request, or a list), ``.jsonl`` (one a line), ``.csv`` (a header
    with the field names; pictures and sources separated by ``;``; settings as columns such as
    ``model.guidance_scale`` or ``guidance_scale``), ``.txt`` (the prompt).

    Args:
        path: the file.
        source: how it arrived, one of `videogen.domain.source.Source`.
        config: where given, the settings that each request asks for are checked against it.
        pictures: folder that relative paths of pictures start from; None: the file's own.

    Raises:
        InputError: the file cannot be read, or rows are bad; each bad row is named with its line.
    """
    if path.suffix.lower() not in SUFFIXES:
        raise InputError(f"{path.name} has an unknown file type", remedy=f"use {', '.join(SUFFIXES)}")
    data = read_plain(path, MAX_BYTES)
    return parse_requests(path.name, data, source=source, config=config, pictures=pictures or path.parent)


def parse_requests(
    name: str, data: bytes, *, source: str, config: VideoGenConfig | None = None, pictures: Path
) -> list[VideoRequest]:
    """The requests that the content of the file `name` asks for; see `read_requests`."""
    suffix = Path(name).suffix.lower()
    if suffix not in SUFFIXES:
        raise InputError(f"{name} has an unknown file type", remedy=f"use {', '.join(SUFFIXES)}")
    try:
        text = as_text(data)
    except MalformedTextError as error:
        raise InputError(f"{name}: {error}", remedy="save it as UTF-8") from error
    requests: list[VideoRequest] = []
    problems: list[str] = []
    for number, (place, row) in enumerate(_rows(suffix, text), start=1):
        if number > MAX_REQUESTS:
            raise InputError(f"{name} contains more than {MAX_REQUESTS} requests", remedy="split it into several files")
        try:
            requests.append(_request(row, pictures, source, config))
        except InputError as error:
            problems.append(f"{place}: {error.problem}")
    if problems:
        raise InputError(f"{name}: {listed(problems)}", remedy="correct these and submit the file again")
    if not requests:
        raise InputError(f"{name} contains no request", remedy="give at least one with a prompt")
    return requests


def build_request(fields: Mapping[str, Any], *, source: str, config: VideoGenConfig | None = None) -> VideoRequest:
    """Build a request from the fields that a person or program gave.

    Args:
        fields: fields of `VideoRequest` by name.
        config: where given, the settings that the request asks for are checked against it.
        source: one of `videogen.domain.source.Source`. An output of untrusted ones must lie in the output folder.

    Args:
        fields: of `VideoRequest`, and settings for this video by their own names, such as ``fps``.

    Raises:
        InputError: a field is refused; each is named with the reason.
        ConfigError: it asks for settings that are not valid on top of `config`, or for a profile or part that is
            not there.
    """
    fields = _with_settings(fields)
    unknown = [str(name) for name in fields if name not in _FIELDS]
    problems = [_unknown_field(name) for name in unknown[:_MOST_NAMED]]
    if len(unknown) > _MOST_NAMED:
        problems.append(f"and {len(unknown) - _MOST_NAMED:,} more unknown fields")
    known = {name: value for name, value in fields.items() if name in _FIELDS}
    try:
        request = VideoRequest(**known, source=source)
        request.model_dump_json()
    except ValidationError as error:
        problems.append(reasons(error))
    except (ValueError, RecursionError) as error:
        raise InputError(
            f"prompt, text or settings cannot be kept as JSON: {error}", remedy="write it as plain UTF-8 text"
        ) from error
    if problems:
        all_fields = f"a request has {', '.join(sorted(_FIELDS))}, and settings such as fps; " if unknown else ""
        raise InputError("; ".join(problems), remedy=f"{all_fields}docs/requests.md lists the fields with their bounds")
    if request.output is not None and not request.source.trusted:
        _check_output(request.output)
    if config is not None:
        limit = config.processing.max_prompt_characters
        for field in ("prompt", "negative_prompt"):
            length = len(getattr(request, field) or "")
            if length > limit:
                raise InputError(
                    f"{field}: {length:,} characters are more than the limit of {limit:,}",
                    remedy="describe in a few sentences what the video shows; long texts belong in the captions",
                )
        check_number_of_pictures(request, config.processing)
        request.settings(config)
        request = assigned(request, ExperimentStore(config.location(config.paths.store)).running(), config)
        settings = request.settings(config)
        check_names(settings)
        if request.from_video is not None:
            require_own_loop(profile_of(settings))
        if request.narration:
            return _long_enough(request, settings)
    return request


def _with_settings(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields, those that are settings moved to `overrides`, where those of the same name give way."""
    request = {name: value for name, value in fields.items() if not _is_setting(name)}
    settings = {name: value for name, value in fields.items() if _is_setting(name)}
    given = request.get("overrides", {})
    if settings and isinstance(given, Mapping):
        request["overrides"] = {**given, **settings}
    return request


def _is_setting(name: object) -> bool:
    return isinstance(name, str) and name not in _FIELDS and is_short(name)


def _unknown_field(name: str) -> str:
    return f"unknown field {shortened(name, 200)}{did_you_mean(name.lower(), [*_FIELDS, *short_names()])}"


def _long_enough(request: VideoRequest, settings: VideoGenConfig) -> VideoRequest:
    """The request, lengthened where its narration takes longer."""
    from videogen.media.narration import lengthened
    from videogen.models.profile import load_profile

    profile = load_profile(settings.model.profile, settings.path(settings.paths.models))
    return lengthened(request, settings, profile.fps, profile.num_frames)


def _rows(suffix: str, text: str) -> Iterator[tuple[str, Any]]:
    """Pairs of where a row is, for messages, and what it says; a ValueError where that is nothing."""
    if suffix == ".txt":
        yield "the text", {"prompt": text.strip()}
    elif suffix == ".csv":
        yield from _csv_rows(text)
    elif suffix == ".jsonl":
        # Not splitlines: JSON allows U+2028 and its like within a string.
        for number, line in enumerate(text.split("\n"), start=1):
            if line.strip():
                yield f"line {number}", _parsed(line, parse_json)
    else:
        value = _parsed(text, parse_json if suffix == ".json" else parse_yaml)
        if isinstance(value, list):
            yield from ((f"request {number}", row) for number, row in enumerate(value, start=1))
        elif value is not None:
            yield "the request", value


def _refuse_doubles(names: list[str]) -> None:
    """Which of the two is meant?"""
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise ValueError(f"{listed([repr(name) for name in twice], ', ')} is given more than once")


def _parsed(text: str, parse: Callable[[str], Any]) -> Any:
    """What the text says, or the error that says why not."""
    try:
        return parse(text)
    except MalformedTextError as error:
        return error


def _csv_rows(text: str) -> Iterator[tuple[str, Any]]:
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    try:
        # Columns without a name are kept apart by their number of spaces.
        header = [name.strip() or " " * place for place, name in enumerate(reader.fieldnames or (), start=1)]
        reader.fieldnames = header
        if "prompt" not in header:
            named = ", ".join(map(repr, header)) or "it is empty"
            yield (
                "line 1",
                ValueError(
                    f"the column 'prompt' is missing{_near_prompt(header)}; the first line must name the columns, "
                    f"separated by commas ({named})"
                ),
            )
            return
        _refuse_doubles(header)
        for row in reader:
            yield f"line {reader.line_num}", _from_cells(row)
    except csv.Error as error:
        yield f"line {reader.line_num}", ValueError(f"not well-formed: {error}")
    except ValueError as error:
        yield "line 1", error


def _near_prompt(header: list[str]) -> str:
    """Which column may have been meant."""
    near = get_close_matches("prompt", [name.lower() for name in header], n=1)
    return f": is {near[0]!r} meant?" if near else ""


def _from_cells(cells: Mapping[str | None, Any]) -> Any:
    if None in cells:
        return ValueError("more cells than the header has columns")
    row: dict[str, Any] = {}
    overrides: dict[str, Any] = {}
    for name, cell in cells.items():
        value = (cell or "").strip()
        if not value or name is None:
            continue
        if not name.strip():
            return ValueError(f"{shortened(value, 200)!r} is in a column without a name")
        if "." in name or _is_setting(name):
            overrides[name] = _parsed(value, parse_yaml)
            if isinstance(overrides[name], ValueError):
                return ValueError(f"{name}: {overrides[name]}")
        elif name in ("images", "sources"):
            row[name] = [part.strip() for part in value.split(";") if part.strip()]
        elif name in ("captions", "overrides"):
            row[name] = _parsed(value, parse_json)
        else:
            row[name] = value
    if overrides:
        given = row.setdefault("overrides", {})
        if not isinstance(given, Mapping):
            return (
                given
                if isinstance(given, ValueError)
                else ValueError(f"overrides {shortened(repr(given), 200)} is not a JSON object")
            )
        row["overrides"] = {**given, **overrides}
    return row


def _request(row: Any, folder: Path, source: str, config: VideoGenConfig | None) -> VideoRequest:
    broken = [row] if isinstance(row, ValueError) else row.values() if isinstance(row, Mapping) else ()
    for value in broken:
        if isinstance(value, ValueError):
            raise InputError(str(value))
    if not isinstance(row, Mapping):
        raise InputError(f"a request needs fields such as 'prompt', but this is a {type(row).__name__}")
    fields = _with_files(row, folder)
    if str(row.get("prompt") or "").strip():
        return _built(fields, source, config)
    # What else is wrong is found with any prompt, so that all of it is said at once.
    try:
        _built({**fields, "prompt": "any"}, source, config)
    except InputError as error:
        raise InputError(f"the prompt is missing; {error.problem}") from error
    raise InputError("the prompt is missing")


def _built(fields: Mapping[str, Any], source: str, config: VideoGenConfig | None) -> VideoRequest:
    try:
        return build_request(fields, source=source, config=config)
    except ConfigError as error:
        raise InputError(error.problem) from error


def _with_files(row: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """The row with the paths of its pictures and sources counted from `folder`."""
    found = dict(row)
    for name in ("images", "sources"):
        paths = row.get(name, ())
        if isinstance(paths, list | tuple) and all(isinstance(path, str) for path in paths):
            found[name] = [folder / path for path in paths]
    for name in ("logo", "from_video"):
        if isinstance(row.get(name), str):
            found[name] = folder / row[name]
    return found


def _check_output(output: Path) -> None:
    if output.is_absolute() or any(part.startswith((".", "~")) for part in output.parts):
        raise InputError(f"output {str(output)!r} is outside of the output folder: use a relative path inside it")
    if output.suffix.lower().removeprefix(".") not in CONTAINERS or "\0" in str(output):
        raise InputError(f"output must be a file name that ends in .mp4, .webm or .mov, not {str(output)!r}")
