"""The content policy: rules in an editable YAML file, and the screening of texts by them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from string import punctuation
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from videogen.domain.artifacts import PolicyVerdict
from videogen.errors import ConfigError, InputError
from videogen.preprocessing.policy_text import fold, policy_views
from videogen.runtime.plain_files import read_plain
from videogen.runtime.structured_text import FEW_ALIASES, MAX_BYTES, MalformedTextError, parse_yaml
from videogen.text.language import UNDETERMINED, detect

_CERTAIN = 0.9
_GAP = 4


class PolicyRule(BaseModel):
    """One rule as it stands in the file; config/policy.yaml explains the fields and how patterns are written."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    reason: str = Field(min_length=10)
    severity: Literal["refuse", "warn"] = "refuse"
    languages: tuple[str, ...] = ()
    patterns: tuple[str, ...] = Field(min_length=1)
    unless: tuple[str, ...] = ()
    must_match: tuple[str, ...] = Field(min_length=1)
    must_not_match: tuple[str, ...] = Field(min_length=1)


@dataclass(frozen=True)
class _CompiledRule:
    rule: PolicyRule
    pattern: re.Pattern[str]
    unless: re.Pattern[str] | None

    def find(self, views: list[str]) -> str | None:
        for sentence in (f"{sentence} " for view in views for sentence in view.split(" .")):
            match = self.pattern.search(sentence)
            if match and not (self.unless and self.unless.search(sentence)):
                return match[0].strip()
        return None


class ContentPolicy:
    """The rules of one file, ready to screen texts."""

    def __init__(self, rules: list[_CompiledRule]) -> None:
        # A refusal goes before a warning, else the order of the file decides.
        self._rules = sorted(rules, key=lambda compiled: compiled.rule.severity == "warn")

    @property
    def rules(self) -> list[PolicyRule]:
        return [compiled.rule for compiled in self._rules]

    def screen(self, content: str) -> PolicyVerdict:
        """The verdict on `content`: the first refusing rule that matches, else the first that warns, else none."""
        views = policy_views(content)
        for compiled in self._rules:
            matched = compiled.find(views)
            if matched is not None and _concerns(compiled.rule, content):
                rule = compiled.rule
                return PolicyVerdict(allowed=rule.severity == "warn", rule=rule.id, reason=rule.reason, matched=matched)
        return PolicyVerdict(allowed=True)

    def failing_examples(self) -> list[str]:
        """The file's own examples that its rules get wrong, each as a sentence."""
        problems = []
        for compiled in self._rules:
            rule = compiled.rule
            problems += [
                f"{rule.id} misses {text!r}" for text in rule.must_match if not compiled.find(policy_views(text))
            ]
            for text in rule.must_not_match:
                if not self.screen(text).allowed or compiled.find(policy_views(text)):
                    problems.append(f"{rule.id}: {self.screen(text).rule} hits {text!r}")
        return problems


def load_policy(path: Path) -> ContentPolicy:
    """The policy in the YAML file `path`.

    Raises:
        ConfigError: the file is missing, not YAML, or a rule in it is malformed; the rule is named.
    """
    try:
        return _load(path, path.stat().st_mtime_ns)
    except OSError as error:
        raise ConfigError(
            f"cannot read the content policy {path}: {error.strerror}",
            remedy="set preprocessing.policy_file; nothing is made without a policy",
        ) from error


@lru_cache(maxsize=8)
def _load(path: Path, changed: int) -> ContentPolicy:
    try:
        content = parse_yaml(read_plain(path, MAX_BYTES), max_aliases=FEW_ALIASES)
    except MalformedTextError as error:
        raise ConfigError(f"the content policy {path} is not well-formed YAML: {error}") from error
    except InputError as error:
        raise ConfigError(f"cannot read the content policy: {error.problem}", remedy=error.remedy) from error
    if not isinstance(content, dict) or not isinstance(content.get("rules"), list) or not content["rules"]:
        raise ConfigError(f"the content policy {path} has no rules", remedy="it needs a list under 'rules:'")
    unknown = set(content) - {"rules", "lists"}
    if unknown:
        raise ConfigError(f"the content policy {path} has unknown keys: {', '.join(map(str, sorted(unknown)))}")
    lists = content.get("lists") or {}
    if not isinstance(lists, dict) or not all(isinstance(words, str) for words in lists.values()):
        raise ConfigError(f"in the content policy {path}, 'lists:' must map names to words separated by '|'")
    rules = [_compiled(entry, number, lists, path) for number, entry in enumerate(content["rules"], 1)]
    names = [compiled.rule.id for compiled in rules]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ConfigError(f"the content policy {path} has more than one rule {', '.join(twice)}")
    return ContentPolicy(rules)


def _compiled(entry: Any, number: int, lists: dict[str, str], path: Path) -> _CompiledRule:
    name = entry.get("id", f"number {number}") if isinstance(entry, dict) else f"number {number}"
    try:
        rule = PolicyRule.model_validate(entry)
        unless = [_regex(pattern, lists) for pattern in rule.unless]
        return _CompiledRule(
            rule,
            re.compile("|".join(_regex(pattern, lists) for pattern in rule.patterns)),
            re.compile("|".join(unless)) if unless else None,
        )
    except ValidationError as error:
        problem = error.errors()[0]
        where = ".".join(map(str, problem["loc"])) or "the rule"
        message = f"{where}: {problem['msg']}"
    except ValueError as error:
        message = str(error)
    raise ConfigError(
        f"rule {name} of the content policy {path} is malformed: {message}",
        remedy="repair or remove the rule",
    )


def _regex(pattern: str, lists: dict[str, str]) -> str:
    """A pattern of the file as regular expression over a view, in which each word is followed by a space."""
    parts = []
    anchored = False
    for element in pattern.split():
        if element == "...":
            parts.append(rf"(?:[^ .]+ ){{0,{_GAP}}}?")
            continue
        optional = element.endswith("?")
        words = _alternatives(element.removesuffix("?"), pattern, lists)
        anchored |= not optional
        parts.append(f"(?:{'|'.join(words)}) " if not optional else f"(?:(?:{'|'.join(words)}) )?")
    if not anchored:
        raise ValueError(f"the pattern {pattern!r} would match everything")
    return "(?<= )" + "".join(parts)


def _alternatives(element: str, pattern: str, lists: dict[str, str]) -> list[str]:
    for name in re.findall(r"\{(\w+)\}", element):
        if name not in lists:
            raise ValueError(f"the pattern {pattern!r} uses the list {name!r}, which is not under 'lists:'")
        element = element.replace(f"{{{name}}}", "|".join(lists[name].replace("|", " ").split()))
    words = []
    for word in element.split("|"):
        stem = " ".join(fold(word.removesuffix("*")).replace("_", " ").split())
        if len(stem) < (2 if word.endswith("*") else 1) or set(stem) & set(punctuation):
            raise ValueError(f"the pattern {pattern!r} has {word!r} where a word belongs")
        words.append(re.escape(stem) + (r"[^ .]*" if word.endswith("*") else ""))
    return words


def _concerns(rule: PolicyRule, content: str) -> bool:
    """False only where the text is surely in a language that the rule is not written for."""
    if not rule.languages:
        return True
    language, confidence = detect(content)
    return language == UNDETERMINED or confidence < _CERTAIN or language in rule.languages
