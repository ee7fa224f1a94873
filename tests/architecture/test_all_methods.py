"""Every class and method of the architecture: importable, makeable, named and called as the text says."""

from __future__ import annotations

import inspect
import pkgutil
from importlib import import_module

import pytest

import tests.architecture
import videogen
from tests.architecture.methods import METHODS
from videogen import VideoGenConfig

PRESENT = {name: methods for name, methods in METHODS.items() if name in videogen.__all__}
ELSEWHERE = {
    "ZeroShotAdapter", "PromptEngineer", "ParameterManager", "MonitoringService", "MetricsCollector", "AlertManager",
    "FeedbackIntegration", "FeedbackCollector", "ModelImprover",
}  # fmt: skip
"""Classes whose chapters have tests of their own, in tests/videogen: adaptation, feedback, monitoring."""
WITH_VIDEOS = {"VideoGenerator"}
"""Its methods make whole videos: tests/videogen_dagster/test_generator.py calls all of them."""
DATA = {"QualityReport", "EmergencyTemplate"}
"""Values that others make: a report needs a video, and a template needs a hazard."""


def test_every_class_of_the_architecture_is_there() -> None:
    assert set(METHODS) - set(PRESENT) == set()


@pytest.mark.parametrize("method", [f"{owner}.{name}" for owner, names in PRESENT.items() for name in names])
def test_a_method_has_the_arguments_of_the_text_and_needs_no_others(method: str) -> None:
    owner, name = method.split(".")
    wanted = [part for part in PRESENT[owner][name].split(", ") if part and part not in ("...", "**kwargs")]
    found = inspect.signature(getattr(getattr(videogen, owner), name)).parameters
    own = [one for one in found.values() if one.name != "self"]
    assert [one.name for one in own][: len(wanted)] == wanted
    needed = [one.name for one in own if one.default is one.empty and one.kind in (one.POSITIONAL_OR_KEYWORD,)]
    assert [one for one in needed if one not in wanted] == ([] if PRESENT[owner][name] != "..." else needed)


@pytest.mark.parametrize("name", sorted(set(PRESENT) - DATA - ELSEWHERE))
@pytest.mark.parametrize("given", ["nothing", "configuration"])
def test_a_class_can_be_made_of_nothing_and_of_a_configuration(name: str, given: str, home: None) -> None:
    kind = getattr(videogen, name)
    if name == "VideoGenerator":
        assert kind().config == VideoGenConfig()
        return
    made = kind() if given == "nothing" else kind(VideoGenConfig(temporal_strength=0.25, detail_strength=0.75))
    assert isinstance(made, kind)
    if given == "configuration" and hasattr(made, "strength"):
        assert made.strength == {"DetailEnhancer": 0.75, "TemporalConsistencyEnforcer": 0.25}[name]


def test_every_method_has_a_test_that_calls_it() -> None:
    called = set()
    for module in pkgutil.iter_modules(tests.architecture.__path__, "tests.architecture."):
        for _, test in inspect.getmembers(import_module(module.name), inspect.isfunction):
            called |= set(getattr(test, "methods", ()))
    wanted = {
        f"{owner}.{name}" for owner, names in PRESENT.items() if owner not in ELSEWHERE | WITH_VIDEOS for name in names
    }
    assert wanted - called == set()


def test_what_is_no_class_of_the_engine_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="NoSuchClass"):
        videogen.NoSuchClass  # noqa: B018
    assert "TextPreprocessor" in dir(videogen)
