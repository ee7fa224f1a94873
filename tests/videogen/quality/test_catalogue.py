from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from tests.videogen.quality.scenes import moving_scene, write
from videogen.config.config import VideoGenConfig
from videogen.config.metric_names import BUILTIN_METRICS
from videogen.config.quality_weights import DEFAULT_WEIGHTS
from videogen.errors import ConfigError
from videogen.quality import catalogue
from videogen.quality.assessor import QualityAssessor
from videogen.quality.catalogue import METRICS, MetricDefinition
from videogen.quality.metrics.streams import Stills
from videogen.quality.thresholds import LEVELS, Levels
from videogen.runtime import plugins


def test_the_configuration_knows_the_names_of_all_built_in_metrics() -> None:
    assert sorted(BUILTIN_METRICS) == sorted(METRICS)


def test_every_metric_has_levels_weights_and_a_measure() -> None:
    assert set(METRICS) == set(LEVELS)
    for table in DEFAULT_WEIGHTS.values():
        assert set(table) == set(METRICS)
    for name, metric in METRICS.items():
        if metric.stream is None:
            assert name in ("temporal_coherence", "text_relevance", "subject_seen")
        else:
            assert metric.open_stream().method


def redness() -> Stills:
    """A metric from outside: mean of the frames' luma."""
    return Stills(lambda gray: float(gray.mean()), "mean luma")


BRIGHTNESS = MetricDefinition(
    "brightness",
    "Brightness",
    "visual",
    "",
    "mean luma",
    Levels("at least", 60.0, 90.0, 0.0),
    f"{__name__}:redness",
)


def test_a_metric_from_another_package_takes_part(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from importlib.metadata import EntryPoint

    point = EntryPoint("brightness", f"{__name__}:BRIGHTNESS", plugins.QUALITY_METRICS)
    monkeypatch.setitem(sys.modules, __name__, sys.modules[__name__])

    def installed(*, group: str, name: str | None = None) -> list[EntryPoint]:
        return [point] if group == plugins.QUALITY_METRICS and name in (None, "brightness") else []

    monkeypatch.setattr("videogen.runtime.plugins.entry_points", installed)
    config = VideoGenConfig().updated({"quality.weights": {"illustration": {"brightness": 5.0}}})
    dark = (moving_scene(12, (256, 160)) * 0.3).astype(np.uint8)
    report = QualityAssessor(config).assess_video(write(tmp_path / "dark.mp4", dark), "")
    assert report.metric("brightness").passed is False
    assert "brightness" in {name for suggestion in report.suggestions for name in suggestion.metrics}


def test_an_unknown_metric_is_a_clear_error() -> None:
    with pytest.raises(ConfigError, match="no component named 'beauty'"):
        catalogue.definition("beauty")
