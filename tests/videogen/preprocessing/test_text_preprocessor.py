from __future__ import annotations

import sys
from dataclasses import replace
from importlib.metadata import EntryPoint

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from videogen.config.groups.all import PreprocessingSettings, ProcessingSettings
from videogen.domain.artifacts import PolicyVerdict, PromptAsset
from videogen.errors import ConfigError
from videogen.preprocessing.prompt.text_state import TextState
from videogen.preprocessing.text import TextPreprocessor
from videogen.runtime import plugins


def shout(state: TextState) -> TextState:
    """A step from outside."""
    return replace(state, text=state.text.upper())


def broken(state: TextState) -> str:
    return state.text


@pytest.fixture
def outside_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    points = {name: EntryPoint(name, f"{__name__}:{name}", plugins.TEXT_STEPS) for name in ("shout", "broken")}
    monkeypatch.setattr(
        plugins,
        "entry_points",
        lambda group, name=None: [p for n, p in points.items() if p.group == group and name in (None, n)],
    )
    monkeypatch.setitem(sys.modules, __name__, sys.modules[__name__])


def test_a_prompt_becomes_what_the_model_reads(tokenizer, text: TextPreprocessor, allowed: PolicyVerdict) -> None:
    asset = text.process("  A wind  farm\u200b at sunset \n", " blurry\x00 ", allowed)
    assert asset.cleaned == asset.enhanced == "A wind farm at sunset"
    assert asset.negative_prompt == "blurry"
    assert asset.language == "en"
    assert (list(asset.tokens), list(asset.token_text)) == tokenizer("A wind farm at sunset")
    assert asset.token_text[1:-1] == ("a", "wind", "farm", "at", "sunset")
    assert asset.steps == (
        "clean",
        "emphasis",
        "detect_language",
        "translate",
        "adapt",
        "enhance",
        "truncate",
        "keywords",
        "settle",
    )
    assert not asset.truncated
    assert asset.warnings == ()
    assert PromptAsset.model_validate_json(asset.model_dump_json()) == asset


def test_steps_can_be_left_out_and_reordered(tokenizer, allowed: PolicyVerdict) -> None:
    only_clean = TextPreprocessor(PreprocessingSettings(text_steps=("clean",)), ProcessingSettings(), tokenizer)
    asset = only_clean.process("renewable energy ", "", allowed)
    assert (asset.enhanced, asset.language, asset.keywords) == ("renewable energy", "und", ())
    none = TextPreprocessor(PreprocessingSettings(text_steps=()), ProcessingSettings(), tokenizer)
    assert none.process(" as is ", "", allowed).enhanced == " as is "
    early = TextPreprocessor(
        PreprocessingSettings(text_steps=("truncate", "enhance")),
        ProcessingSettings(max_text_length=4),
        tokenizer,
    )
    assert early.process("renewable energy", "", allowed).enhanced == "renewable energy, wind turbines"


@pytest.mark.usefixtures("outside_steps")
def test_a_step_of_another_package_runs_by_its_name(tokenizer, allowed: PolicyVerdict) -> None:
    steps = PreprocessingSettings(text_steps=("clean", "shout"))
    asset = TextPreprocessor(steps, ProcessingSettings(), tokenizer).process("a red bus", "", allowed)
    assert asset.enhanced == "A RED BUS"
    assert asset.steps == ("clean", "shout")


@pytest.mark.usefixtures("outside_steps")
def test_a_step_that_gives_something_else_is_named(tokenizer, allowed: PolicyVerdict) -> None:
    steps = PreprocessingSettings(text_steps=("broken",))
    with pytest.raises(ConfigError, match="'broken' returned a str"):
        TextPreprocessor(steps, ProcessingSettings(), tokenizer).process("a red bus", "", allowed)


def test_an_unknown_step_is_refused_with_the_known_ones(tokenizer) -> None:
    with pytest.raises(ConfigError, match="detect_language"):
        TextPreprocessor(PreprocessingSettings(text_steps=("translated",)), ProcessingSettings(), tokenizer)


def test_a_policy_warning_goes_into_the_record(text: TextPreprocessor) -> None:
    verdict = PolicyVerdict(allowed=True, rule="election-date", reason="check the date")
    asset = text.process("polling on 1 June", "", verdict)
    assert asset.policy == verdict
    assert asset.warnings == ("policy rule election-date: check the date",)


@settings(max_examples=60, deadline=None)
@given(prompt=st.text(st.characters(exclude_categories=["Cs"]), max_size=300))
def test_no_text_raises(text: TextPreprocessor, prompt: str) -> None:
    asset = text.process(prompt, prompt, PolicyVerdict(allowed=True))
    assert asset.original == prompt
    assert list(asset.tokens) == text.tokenize(asset.enhanced)[0]
    PromptAsset.model_validate_json(asset.model_dump_json())
