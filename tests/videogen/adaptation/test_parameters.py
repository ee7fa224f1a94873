"""Settings for a domain: within the limits of profile and requester, and by what earlier videos showed."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from videogen.adaptation.adapter import ZeroShotAdapter
from videogen.adaptation.evaluation import Measured, verdict
from videogen.adaptation.history import Row, choose, kernel, posteriors
from videogen.adaptation.parameters import ParameterManager, by_rule
from videogen.adaptation.profiles import AdaptationQuality, Characteristics
from videogen.config.config import VideoGenConfig
from videogen.errors import ConfigError, InputError

NOW = datetime(2026, 11, 30, tzinfo=UTC)


@pytest.fixture
def config(tmp_path: Path) -> VideoGenConfig:
    return VideoGenConfig().updated({"paths.warehouse": str(tmp_path / "warehouse")})


def test_the_further_a_domain_is_from_the_model_the_more_is_adapted(config: VideoGenConfig) -> None:
    manager = ParameterManager(config)
    near, far = (manager.optimize_sampling_strategy({"novelty": novelty}) for novelty in (0.1, 0.9))
    assert near.settings == {}
    assert far.settings == {"model.guidance_scale": 3.75, "model.num_inference_steps": 20}
    assert far.cost == pytest.approx(20 / 16)
    assert "90% of the domain is new" in far.reasons["model.guidance_scale"]


@given(st.floats(0.0, 1.0), st.floats(0.0, 1.0))
def test_the_rule_is_monotone_in_novelty(first: float, second: float) -> None:
    order = ("off", "mild", "strong")
    low, high = sorted((first, second))
    assert order.index(by_rule(Characteristics(novelty=low))) <= order.index(by_rule(Characteristics(novelty=high)))


def test_what_the_requester_set_stays(config: VideoGenConfig) -> None:
    found = ZeroShotAdapter(config).adjust_parameters({"model.guidance_scale": 2.0}, {"novelty": 0.9})
    assert found.settings == {"model.guidance_scale": 2.0, "model.num_inference_steps": 20}
    assert "model.guidance_scale: the requester set it" in found.skipped


def test_settings_of_the_operator_and_unknown_ones_are_refused(config: VideoGenConfig) -> None:
    adapter = ZeroShotAdapter(config)
    with pytest.raises(InputError, match=r"delivery\.label is for the operator"):
        adapter.adjust_parameters({"delivery.label": "none"}, {"novelty": 0.1})
    with pytest.raises(ConfigError, match="guidence"):
        adapter.adjust_parameters({"model.guidence": 2.0}, {"novelty": 0.1})


def test_domains_that_share_key_terms_lend_each_other_weight(config: VideoGenConfig) -> None:
    manager = ParameterManager(config)
    near = manager.apply_transfer_weights("storms and floods at the coast", "floods and storms in the city")
    assert near.similarity > 0.6
    assert max(near.words.values()) > 1.0
    assert np.mean(list(near.words.values())) == pytest.approx(1.0, abs=1e-3)
    assert all(0.25 <= weight <= 4.0 for weight in near.words.values())
    far = manager.apply_transfer_weights("algebra lessons", "storms and floods at the coast")
    assert far.words == {}
    assert "too far" in far.reason


def test_what_worked_for_a_similar_domain_is_used_again(config: VideoGenConfig) -> None:
    manager = ParameterManager(config)
    info = ZeroShotAdapter(config).adapt_to_domain("disaster").profile
    assert manager.preset_for(info)[0] == by_rule(info.characteristics) != "strong"
    for number in range(6):
        saved = {"domain": "disaster", "description": info.description, "settings": {"model.guidance_scale": 3.75}}
        good = AdaptationQuality(verdict="better", score=0.8, passed=True, difference=0.2, reason="measured")
        key = manager.save_successful_adaptation(
            {**saved, "video_id": f"20261130-120000-000000-0000a{number}", "preset": "strong"}, good
        )
        assert key.endswith(".1")
    assert manager.preset_for(info) == ("strong", 6)
    other = ZeroShotAdapter(config).adapt_to_domain("education").profile
    assert manager.preset_for(other)[0] == by_rule(other.characteristics)
    elsewhere = ParameterManager(config.updated({"model.profile": "animatediff-sd15"}))
    assert elsewhere.preset_for(info.model_copy(update={"model": "animatediff-sd15"}))[1] == 0


def test_failures_are_kept_as_failures(config: VideoGenConfig) -> None:
    from videogen.storage.warehouse import Warehouse

    bad = AdaptationQuality(verdict="worse", score=0.3, passed=False, difference=-0.2, reason="measured")
    row = {
        "video_id": "20261130-120000-000000-0000aa",
        "domain": "health",
        "description": "hospitals",
        "preset": "mild",
    }
    ParameterManager(config).save_successful_adaptation(row, bad)
    found = Warehouse(config.paths.warehouse).query("SELECT verdict, success, gain FROM adaptations")
    assert found.to_dict("records") == [{"verdict": "worse", "success": False, "gain": -0.2}]
    with pytest.raises(InputError, match="does not say its preset"):
        ParameterManager(config).save_successful_adaptation({**row, "preset": None}, bad)


def test_rows_of_similar_domains_count_more() -> None:
    rows = [Row("a", "a", "strong", 0.3, True, NOW)] * 4 + [Row("b", "b", "strong", -0.3, False, NOW)] * 4
    beliefs = posteriors(rows, [1.0] * 4 + [0.0] * 4)
    assert beliefs["strong"].mean == pytest.approx(0.3 * 4 / 5, abs=1e-3)
    assert beliefs["off"].mean == 0.0
    assert kernel(1.0) == 1.0
    assert kernel(0.0) == pytest.approx(np.exp(-8.0))


def test_thompson_sampling_finds_the_best_preset() -> None:
    """Thirty simulated domains: the mean gain comes near to that of the best preset in hindsight."""
    truth = {"off": 0.0, "mild": 0.05, "strong": 0.2}
    rng = np.random.default_rng(3)
    rows: list[Row] = []
    gains = []
    for _ in range(150):
        preset = choose(posteriors(rows, [1.0] * len(rows)), "off", explore=True, rng=rng)
        gains.append(truth[preset])
        rows.append(Row("d", "d", preset, float(rng.normal(truth[preset], 0.1)), True, NOW))
    assert np.mean(gains) >= 0.8 * truth["strong"]
    assert choose(posteriors(rows, [1.0] * len(rows)), "off", explore=False, rng=rng) == "strong"


@pytest.mark.parametrize(
    ("sample", "twin", "word"),
    [
        (Measured(0.8, True, 2.0), None, "cannot tell"),
        (Measured(0.8, True, 2.0), Measured(0.6, True, 1.5), "better"),
        (Measured(0.6, True, 2.0), Measured(0.8, True, 1.5), "worse"),
        (Measured(0.8, True, 2.0), Measured(0.79, True, 2.0), "same"),
        (Measured(0.8, False, 2.0), Measured(0.81, True, 2.0), "worse"),
    ],
)
def test_the_verdict_compares_with_the_twin(sample: Measured, twin: Measured | None, word: str) -> None:
    assert verdict(sample, twin).verdict == word
