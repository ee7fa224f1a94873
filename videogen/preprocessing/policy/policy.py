"""The content policy: rules in an editable YAML file, and the screening of texts by them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, ValidationError, model_validator

from videogen.domain.artifacts import PolicyVerdict
from videogen.domain.frozen_model import FrozenModel
from videogen.errors import ConfigError, InputError
from videogen.preprocessing.policy.pattern import Alternative, Together, alternatives, ordered
from videogen.preprocessing.policy.readings import STOP, Reading, readings
from videogen.preprocessing.policy.words import RuleWords
from videogen.runtime.plain_files import read_plain
from videogen.runtime.structured_text import FEW_ALIASES, MAX_BYTES, MalformedTextError, parse_yaml
from videogen.text.language import UNDETERMINED, detect

_CERTAIN = 0.9


class PolicyRule(FrozenModel):
    """One rule as it stands in the file; config/policy.yaml explains the fields and how patterns are written."""

    id: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    reason: str = Field(min_length=10)
    severity: Literal["refuse", "warn"] = "refuse"
    languages: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()
    together: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    unless_together: tuple[str, ...] = ()
    must_match: tuple[str, ...] = Field(min_length=1)
    must_not_match: tuple[str, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _it_looks_for_something(self) -> Self:
        if not (self.patterns or self.together):
            raise ValueError("it needs patterns or together")
        return self


@dataclass(frozen=True)
class _CompiledRule:
    rule: PolicyRule
    patterns: tuple[re.Pattern[str], ...]
    together: tuple[Together, ...]
    unless: tuple[re.Pattern[str], ...]
    unless_together: tuple[re.Pattern[str], ...]

    def find(self, sentences: Sequence[Reading]) -> str | None:
        """The words of the first sentence that breaks the rule."""
        for words in sentences:
            sentence = f" {' '.join(words)} "
            found = next(self._hits(words, sentence), None)
            if found is not None and not _any(self.unless, sentence):
                return found
        return None

    def _hits(self, words: Reading, sentence: str) -> Iterator[str]:
        for pattern in self.patterns:
            if match := pattern.search(sentence):
                yield match[0].strip()
        for together in self.together:
            found = together.find(words)
            if found is not None and not _any(self.unless_together, sentence):
                yield found


def _any(patterns: Sequence[re.Pattern[str]], sentence: str) -> bool:
    return any(pattern.search(sentence) for pattern in patterns)


class ContentPolicy:
    """The rules of one file, ready to screen texts."""

    def __init__(self, rules: list[_CompiledRule], words: RuleWords) -> None:
        self._words = words
        # A refusal goes before a warning, else the order of the file decides.
        self._rules = sorted(rules, key=lambda compiled: compiled.rule.severity == "warn")

    @property
    def rules(self) -> list[PolicyRule]:
        """All rules, in the order of the file."""
        return [compiled.rule for compiled in self._rules]

    def screen(self, content: str) -> PolicyVerdict:
        """The verdict on `content`: the first refusing rule that matches, else the first that warns, else none."""
        sentences = self._sentences(content)
        for compiled in self._rules:
            matched = compiled.find(sentences)
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
                f"{rule.id} misses {text!r}" for text in rule.must_match if not compiled.find(self._sentences(text))
            ]
            for text in rule.must_not_match:
                if not self.screen(text).allowed or compiled.find(self._sentences(text)):
                    problems.append(f"{rule.id}: {self.screen(text).rule} hits {text!r}")
        return problems

    def _sentences(self, text: str) -> list[Reading]:
        """The sentences of every reading of `text`, each once."""
        found = (sentence for reading in readings(text, self._words) for sentence in _split(reading))
        return list(dict.fromkeys(found))


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
            remedy="set preprocessing.policy_file; no video is made without a policy",
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
    return ContentPolicy(rules, RuleWords(_words(rules, lists)))


def _split(reading: Reading) -> Iterator[Reading]:
    start = 0
    for index, word in enumerate((*reading, STOP)):
        if word == STOP:
            yield reading[start:index]
            start = index + 1


def _words(rules: Sequence[_CompiledRule], lists: Mapping[str, str]) -> Iterator[Alternative]:
    """All that the patterns of the rules look for."""
    for compiled in rules:
        for pattern in (*compiled.rule.patterns, *compiled.rule.together):
            for element in pattern.split():
                if element != "...":
                    yield from alternatives(element.removesuffix("?"), pattern, lists)


def _compiled(entry: Any, number: int, lists: dict[str, str], path: Path) -> _CompiledRule:
    name = entry.get("id", f"number {number}") if isinstance(entry, dict) else f"number {number}"
    try:
        rule = PolicyRule.model_validate(entry)
        return _CompiledRule(
            rule,
            tuple(ordered(pattern, lists) for pattern in rule.patterns),
            tuple(Together(pattern, lists) for pattern in rule.together),
            tuple(ordered(pattern, lists) for pattern in rule.unless),
            tuple(ordered(pattern, lists) for pattern in rule.unless_together),
        )
    except ValidationError as error:
        problem = error.errors()[0]
        where = ".".join(map(str, problem["loc"])) or "the rule"
        message = f"{where}: {problem['msg']}"
    except ValueError as error:
        message = str(error)
    raise ConfigError(
        f"rule {name} of the content policy {path} is malformed: {message}",
        remedy="correct or remove the rule",
    )


def _concerns(rule: PolicyRule, content: str) -> bool:
    """False only where the text is surely in a language that the rule is not written for."""
    if not rule.languages:
        return True
    language, confidence = detect(content)
    return language == UNDETERMINED or confidence < _CERTAIN or language in rule.languages
