"""The storyboard as a form: every text, place and number that people change, and the file that follows from it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from videogen.briefing.storyboard.model import Shot, Storyboard
from videogen.briefing.storyboard.yaml_text import as_yaml
from videogen.errors import InputError
from videogen_dagster.desk.security.bodies import Form

_LONG = 60
_SKIPPED = ("id", "kind", "from", "transition", "type", "file", "focus", "move", "latitude", "longitude")
_LABELS = {
    "narration": "Spoken",
    "say": "Say it as",
    "heading": "Heading",
    "figures": "Figure",
    "items": "Line",
    "chart": "Chart",
    "rows": "row",
    "label": "label",
    "shown": "as written",
    "value": "value",
    "unit": "unit",
    "title": "title",
    "quote": "Quotation",
    "speaker": "speaker",
    "points": "Place",
    "name": "name",
    "role": "role",
    "picture": "Picture",
    "credit": "credit",
    "licence": "licence",
    "alt": "description",
    "clip": "Clip",
    "prompt": "shows",
    "seed": "seed",
    "lower_third": "Lower third",
}
_NEW = "+"


@dataclass(frozen=True)
class Field:
    """One input. own: a text that does not stand in the release. group: what stands on one line with it; "": none."""

    name: str
    label: str
    language: str
    value: str
    rows: int
    own: bool = False
    group: str = ""


@dataclass(frozen=True)
class ShotForm:
    """The inputs of one shot. takes: ids of the clips that were drawn for it."""

    number: int
    id: str
    kind: str
    fields: tuple[Field, ...]
    takes: tuple[str, ...] = ()

    @property
    def groups(self) -> list[list[Field]]:
        """The inputs, those that belong together on one line."""
        found: list[list[Field]] = []
        for one in self.fields:
            if one.group and found and found[-1][-1].group == one.group:
                found[-1].append(one)
            else:
                found.append([one])
        return found


def shot_forms(storyboard: Storyboard) -> list[ShotForm]:
    """The inputs of all shots, in their order."""
    return [
        ShotForm(number, shot.id, shot.kind, tuple(_fields(shot, storyboard.languages)))
        for number, shot in enumerate(storyboard.shots, 1)
    ]


def _fields(shot: Shot, languages: tuple[str, ...]) -> Iterator[Field]:
    plain = _plain(shot)
    for path, value in _leaves(plain, ()):
        language = path[-1] if isinstance(path[-1], str) and path[-1] in languages else ""
        text = str(value)
        own = language != "" and _is_own(plain, path)
        rows = 1 if len(text) < _LONG and path[0] != "narration" else 2 + len(text) // 110
        yield Field(_name(shot.id, path), _label(path), language, text, rows, own, _group(path) if rows == 1 else "")
    if shot.narration or shot.kind not in ("title", "end"):
        for language in languages:
            yield Field(
                _name(shot.id, ("narration", _NEW, "text", language)), "Spoken, one more sentence", language, "", 1
            )


def changed_by(form: Form, storyboard: Storyboard) -> str:
    """The storyboard as a file, with what the form says.

    Raises:
        InputError: a number is not one, or nothing is left.
    """
    board: dict[str, Any] = json.loads(storyboard.model_dump_json(by_alias=True, exclude_defaults=True))
    board["briefing"], board["revision"] = storyboard.briefing, form.number("revision", "the revision")
    for language in storyboard.languages:
        if f"title.{language}" in form.texts:
            board["title"][language] = form.text(f"title.{language}").strip()
    board["title"] = {language: text for language, text in board["title"].items() if text}
    if "embargo" in form.texts:
        board["embargo"] = form.text("embargo").strip() or None
    if "formats" in form.texts:
        board["formats"] = form.all("formats")
    placed: list[tuple[float, int, dict[str, Any]]] = []
    for number, shot in enumerate(storyboard.shots, 1):
        if form.text(f"{shot.id}:remove") == "yes":
            continue
        place = form.text(f"{shot.id}:place").strip() or str(number)
        placed.append((_place(place, shot.id, number), number, _changed(form, shot)))
    if not placed:
        raise InputError("no shot is left", remedy="keep at least one")
    board["shots"] = [shot for _, _, shot in sorted(placed, key=lambda entry: entry[:2])]
    try:
        return as_yaml(Storyboard.model_validate(board))
    except ValueError:
        # The reader of files names the place of what is wrong.
        import yaml

        return yaml.safe_dump(board, sort_keys=False, allow_unicode=True)


def _place(text: str, shot_id: str, number: int) -> float:
    try:
        wanted = float(text)
    except ValueError as error:
        raise InputError(
            f"shot {shot_id}: the place {text[:20]!r} is not a number", remedy="write 1, 2, 3 …"
        ) from error
    # Who moves a shot to a place that is taken means: before (up) or behind (down) the one that is there.
    return wanted + (0.5 if wanted > number else -0.5 if wanted < number else 0.0)


def _changed(form: Form, shot: Shot) -> dict[str, Any]:
    plain = _plain(shot)
    for path, value in list(_leaves(plain, ())):
        name = _name(shot.id, path)
        if name in form.texts:
            _put(plain, path, _converted(form.text(name), value, shot.id))
    for name in form.texts:
        prefix = f"{shot.id}:narration.{_NEW}.text."
        if name.startswith(prefix) and form.text(name).strip():
            plain.setdefault("narration", []).append({"text": {name.removeprefix(prefix): form.text(name).strip()}})
    return _without_empty(plain)


def _plain(shot: Shot) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(shot.model_dump_json(by_alias=True, exclude_defaults=True))
    return told


def _leaves(value: Any, path: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """Every text and number that people change, with its place in the shot."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key not in _SKIPPED:
                yield from _leaves(inner, (*path, key))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _leaves(inner, (*path, number))
    elif isinstance(value, str | int | float) and not isinstance(value, bool):
        yield path, value


def _put(value: Any, path: tuple[str | int, ...], new: Any) -> None:
    for part in path[:-1]:
        value = value[part]
    value[path[-1]] = new


def _converted(text: str, before: Any, shot_id: str) -> Any:
    text = " ".join(text.split()) if isinstance(before, str) else text.strip()
    if isinstance(before, str):
        return text
    try:
        return int(text) if isinstance(before, int) else float(text.replace(",", "."))
    except ValueError as error:
        raise InputError(f"shot {shot_id}: {text[:20]!r} is not a number", remedy="write digits") from error


def _without_empty(shot: dict[str, Any]) -> dict[str, Any]:
    """A sentence, figure or line whose text was emptied is left out."""
    for name in ("narration", "figures", "items", "points"):
        kept = []
        for entry in shot.get(name, ()):
            holder = entry["name"] if name == "points" else entry
            holder["text"] = {language: text for language, text in holder["text"].items() if text}
            if "from" in holder:
                holder["from"] = {x: span for x, span in holder["from"].items() if x in holder["text"]}
            if holder["text"]:
                kept.append(entry)
        if name in shot:
            shot[name] = kept
    if "heading" in shot and not any(shot["heading"]["text"].values()):
        del shot["heading"]
    return shot


def _is_own(plain: dict[str, Any], path: tuple[str | int, ...]) -> bool:
    """Whether a text has no place in the release."""
    if len(path) < 2 or path[-2] != "text":
        return path[0] in ("picture", "lower_third")
    holder: Any = plain
    for part in path[:-2]:
        holder = holder[part]
    return path[-1] not in holder.get("from", {})


def _group(path: tuple[str | int, ...]) -> str:
    """What belongs together: a row of a chart, the figures of a card, the rights of a picture."""
    if path[:2] == ("chart", "rows"):
        return f"row {path[2]}"
    return str(path[0]) if path[0] in ("figures", "picture", "clip", "lower_third", "points") else ""


def _name(shot_id: str, path: tuple[str | int, ...]) -> str:
    return f"{shot_id}:{'.'.join(map(str, path))}"


def _label(path: tuple[str | int, ...]) -> str:
    words: list[str] = []
    for place, part in enumerate(path):
        if isinstance(part, int):
            # The first sentence needs no number: most shots have one.
            if part or path[place - 1] != "narration":
                words.append(str(part + 1))
        elif part in _LABELS:
            words.append(_LABELS[part])
    return " ".join(words) or str(path[-1])
