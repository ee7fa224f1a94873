"""EmergencyTemplateLibrary: the templates below one folder, ``<id>/<version>.yaml``.

A version is never changed once it is there: a published video names it, and can be made again with it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from videogen.config.config import VideoGenConfig
from videogen.config.groups.emergency import EmergencySettings
from videogen.config.parts import part
from videogen.config.places import place
from videogen.emergency.cap.model import Alert
from videogen.emergency.history import Rendering
from videogen.emergency.layout.template import EmergencyTemplate
from videogen.emergency.templates.choice import GENERIC, category_of, meant, require_language
from videogen.emergency.templates.match import score, words_of_code
from videogen.emergency.templates.validation import TemplateReport, validate
from videogen.errors import ConfigError, LegibilityError
from videogen.runtime.plain_files import read_plain
from videogen.runtime.structured_text import FEW_ALIASES, MAX_BYTES, MalformedTextError, parse_yaml
from videogen.storage.atomic_folder import Folder

# A parameter of the MeteoAlarm profile of CAP: "1; Wind".
_AWARENESS_TYPE = "awareness_type"
_VERSION = re.compile(r"([1-9][0-9]{0,3})\.yaml")


def read_fields(path: Path) -> dict[str, Any]:
    """The fields of a template in a YAML file.

    Raises:
        ConfigError: it is not YAML, or holds no fields. InputError: it cannot be read.
    """
    try:
        fields = parse_yaml(read_plain(path, MAX_BYTES), max_aliases=FEW_ALIASES)
    except MalformedTextError as error:
        raise ConfigError(f"{path} is not well-formed YAML: {error}", remedy="correct the file") from error
    if not isinstance(fields, dict):
        raise ConfigError(f"{path} holds no fields of a template", remedy="compare it with templates/flood/1.yaml")
    return fields


def read_template(path: Path) -> EmergencyTemplate:
    """The template in a YAML file. Raises ConfigError where it is none, InputError where it cannot be read."""
    return _checked(read_fields(path), f"the template {path}")


class TemplateEntry(BaseModel):
    """What the index says about one version of one template."""

    model_config = ConfigDict(frozen=True)

    id: str
    version: int
    title: str
    categories: tuple[str, ...]
    languages: tuple[str, ...]
    latest: bool
    sha256: str


class EmergencyTemplateLibrary:
    """Templates by id and version.

    Args:
        folder: a local folder. A configuration: its ``emergency.emergency_template_directory``; None: that of the
            defaults.
        history: what renderings took, for the estimates.
    """

    def __init__(
        self, folder: Path | str | VideoGenConfig | EmergencySettings | None = None, history: Sequence[Rendering] = ()
    ) -> None:
        if isinstance(folder, str):
            folder = Path(folder)
        elif not isinstance(folder, Path):
            folder = place(part(folder, EmergencySettings).emergency_template_directory)
        self._folder = Folder(folder.resolve())
        self._path = folder
        self._history = tuple(history)

    def get_template(self, category: str, parameters: Mapping[str, Any] | None = None) -> EmergencyTemplate:
        """The template that fits best.

        Args:
            category: the id of a template (``"flood"``), a hazard in words (``"chemical spill"``), or a CAP category
                or its name (``"Met"``, ``"weather"``).
            parameters: any of ``event`` (CAP's text, any language), ``event_codes``, ``response_types`` (CAP's
                values), ``language`` (that the template must have) and ``version`` (an old one; only with an id).
                Where an event is given that no template is made for, the generic one stands for it.

        Raises:
            ConfigError: unknown parameter, no such version or language, a template file that cannot be used; or
                `category` alone says too little: the message names the templates that it can mean.
        """
        wanted = dict(parameters or {})
        unknown = sorted(set(wanted) - {"event", "event_codes", "response_types", "version", "language"})
        if unknown:
            raise ConfigError(
                f"templates are not chosen by {', '.join(unknown)}",
                remedy="use event, event_codes, response_types, language or version",
            )
        version, language = wanted.pop("version", None), wanted.pop("language", None)
        if category in self.ids() or version is not None:
            template = self._get(category, version)
        elif wanted:
            template = self._best((category_of(category) or category,), **wanted)
        else:
            template = meant(category, self._latest)
        return template if language is None else require_language(template, str(language))

    def for_alert(self, alert: Alert) -> EmergencyTemplate:
        """The template that fits an alert best: by its event codes, event words, response types and categories.

        Codes that are made of words (``rainFlood``, ``2; snow-ice``) are read behind the event's own.
        """
        codes = tuple(code.value for info in alert.infos for code in info.event_codes)
        return self._best(
            tuple(category for info in alert.infos for category in info.categories),
            event=" / ".join((*(info.event for info in alert.infos), *map(words_of_code, (*codes, *_kinds(alert))))),
            event_codes=codes,
            response_types=tuple(kind for info in alert.infos for kind in info.response_types),
        )

    def validate_template(self, template: EmergencyTemplate) -> TemplateReport:
        """Lay out and draw short, long and multilingual alerts with it in three sizes, and check every page.

        See `template_validation.validate`. A report with problems is returned, not raised.
        """
        return validate(template)

    def register_new_template(self, template: EmergencyTemplate) -> EmergencyTemplate:
        """Add a template that is not there yet, as its version 1; returns it.

        Raises:
            ConfigError: the id is taken, or the version is not 1.
            LegibilityError: validation found problems; nothing is written.
        """
        if template.id in self.ids():
            raise ConfigError(f"there is a template {template.id!r} already", remedy="use update_template")
        if template.version != 1:
            raise ConfigError(f"a new template has version 1, not {template.version}", remedy="set version: 1")
        return self._add(template)

    def update_template(
        self, template_id: str, new_version: EmergencyTemplate | Mapping[str, Any]
    ) -> EmergencyTemplate:
        """Add the next version of a template; the older ones stay usable. Returns it.

        Args:
            new_version: a whole template, or only the fields that change. Its version number is set here.

        Raises:
            ConfigError: no such template, or the fields do not make one.
            LegibilityError: validation found problems; nothing is written.
        """
        latest = self._get(template_id, None)
        fields = new_version.model_dump() if isinstance(new_version, EmergencyTemplate) else dict(new_version)
        numbered = {**latest.model_dump(), **fields, "id": template_id, "version": latest.version + 1}
        return self._add(_checked(numbered, f"version {latest.version + 1} of {template_id}"))

    def ids(self) -> tuple[str, ...]:
        """Ids of all templates, sorted."""
        return tuple(sorted(self._latest))

    def index(self) -> tuple[TemplateEntry, ...]:
        """Every version of every template, read from the files."""
        entries = []
        for name in self.ids():
            for version in self._versions(name):
                data = self._folder.read(f"{name}/{version}.yaml")
                template = self._get(name, version)
                entries.append(
                    TemplateEntry(
                        id=name,
                        version=version,
                        title=template.title,
                        categories=template.categories,
                        languages=tuple(sorted({*template.events, *template.guidance})),
                        latest=version == self._latest[name].version,
                        sha256=hashlib.sha256(data).hexdigest(),
                    )
                )
        return tuple(entries)

    @cached_property
    def _latest(self) -> dict[str, EmergencyTemplate]:
        found = {}
        for name in self._folder.names():
            if versions := self._versions(name):
                found[name] = self._read(name, versions[-1])
        if GENERIC not in found:
            raise ConfigError(
                f"{self._path} holds no template {GENERIC!r}",
                remedy="set emergency.emergency_template_directory to the folder of templates",
            )
        return found

    def _versions(self, name: str) -> list[int]:
        return sorted(int(match[1]) for entry in self._folder.names(name) if (match := _VERSION.fullmatch(entry)))

    def _get(self, name: str, version: int | None) -> EmergencyTemplate:
        if name not in self._latest or (version is not None and version not in self._versions(name)):
            raise ConfigError(
                f"the template {name}{'' if version is None else f' {version}'} does not exist in {self._path}",
                remedy=f"use one of {', '.join(self.ids())}",
            )
        latest = self._latest[name]
        return latest if version in (None, latest.version) else self._read(name, int(version or 0))

    def _best(
        self,
        categories: Sequence[str],
        *,
        event: str = "",
        event_codes: Sequence[str] = (),
        response_types: Sequence[str] = (),
    ) -> EmergencyTemplate:
        def merit(template: EmergencyTemplate) -> tuple[float, bool]:
            return score(template, categories, event, event_codes, response_types), template.id == GENERIC

        return max(self._latest.values(), key=merit)

    def _read(self, name: str, version: int) -> EmergencyTemplate:
        file = f"{name}/{version}.yaml"
        try:
            data = parse_yaml(self._folder.read(file), max_aliases=FEW_ALIASES)
        except MalformedTextError as error:
            raise ConfigError(f"the template {file} is not valid YAML: {error}", remedy="correct the file") from error
        template = _checked(data, f"the template {file}")
        if (template.id, template.version) != (name, version):
            raise ConfigError(
                f"the template {file} calls itself {template.name}", remedy="id and version are those of its path"
            )
        return template.with_history(self._history)

    def _add(self, template: EmergencyTemplate) -> EmergencyTemplate:
        report = self.validate_template(template)
        if report.problems:
            raise LegibilityError(report.problems)
        fields = template.model_dump(mode="json", exclude_defaults=True)
        text = yaml.safe_dump(fields, allow_unicode=True, sort_keys=False, width=116)
        try:
            self._folder.write(f"{template.id}/{template.version}.yaml", text.encode(), exclusive=True)
        except FileExistsError as error:
            raise ConfigError(
                f"somebody else has just added template {template.name}", remedy="look at it and try again"
            ) from error
        self.__dict__.pop("_latest", None)
        return self._get(template.id, template.version)


def _kinds(alert: Alert) -> tuple[str, ...]:
    """What the alerts of Europe's weather services say of the hazard beside the event, in English."""
    return tuple(one.value for info in alert.infos for one in info.parameters if one.name == _AWARENESS_TYPE)


def _checked(fields: object, what: str) -> EmergencyTemplate:
    try:
        return EmergencyTemplate.model_validate(fields)
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
        raise ConfigError(f"{what} cannot be used: {faults}", remedy="correct the fields") from error
