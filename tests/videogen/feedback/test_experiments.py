"""Changes are drawn, tested, adopted by a person, watched, and reverted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from videogen.config.config import VideoGenConfig
from videogen.domain.requests import VideoRequest
from videogen.errors import ConfigError, InputError
from videogen.feedback import FeedbackIntegration, ModelImprover
from videogen.feedback.experiments.decision import (
    GUARDRAILS,
    decide,
    guardrail_pairs,
    primary_pairs,
    primary_wins,
    thompson_shares,
)
from videogen.intake.assignment import assigned
from videogen.intake.request_files import build_request
from videogen.storage.warehouse_tables import TABLES

CRF = {"delivery.crf": 17}


def ask(config: VideoGenConfig, **fields: Any) -> VideoRequest:
    return build_request({"prompt": "a red bus", **fields}, source="inbox", config=config)


def attempts(feedback: FeedbackIntegration, name: str, made: list[tuple[VideoRequest, int, str | None, float]]) -> None:
    """Write requests, arms and measurements of many attempts, as the pipeline does one by one.

    made: request, attempt, arm of attempts after the first, score.
    """
    warehouse, now = feedback.collector.store.warehouse, datetime.now(UTC)
    columns = {column.name for column in TABLES["requests"]}
    requests = {r.id: {**r.model_dump(include=columns), "video_id": r.id, "images": 0} for r, _, _, _ in made}
    quality, timings, arms = [], [], []
    for request, attempt, arm, score in made:
        about = {"video_id": request.id, "attempt": attempt}
        quality += [{**about, "metric": "score", "value": score, "threshold": None, "passed": True}]
        quality += [{**about, "metric": "flashes", "value": 0.0, "threshold": None, "passed": True}]
        run = {"stage": "video_latents", "run_id": "r", "started_at": now, "seconds": 9.0, "peak_memory_bytes": 1}
        timings.append({**about, **run})
        if attempt > 1:
            arms.append({**about, "experiment": request.experiment, "arm": arm, "assigned_at": now})
    tables = (("requests", list(requests.values())), ("quality", quality), ("stage_timings", timings),
              ("experiment_attempts", arms))  # fmt: skip
    for table, rows in tables:
        if rows:
            warehouse.write(table, name, pd.DataFrame(rows))


def pairs(feedback: FeedbackIntegration, experiment: str, count: int, gain: float) -> None:
    """Requests of a paired test of which both arms were made."""
    random, made = np.random.default_rng(count), []
    for _ in range(count):
        request = ask(feedback.config)
        assert request.experiment == experiment
        other = "change" if request.arm == "control" else "control"
        base = 0.6 + random.normal(0, 0.1)
        for attempt, arm in ((1, request.arm), (2, other)):
            better = gain + random.normal(0, 0.05) if arm == "change" else 0.0
            made.append((request, attempt, arm, float(np.clip(base + better, 0, 1))))
    attempts(feedback, f"pairs-{count}", made)


def test_requests_fall_on_the_arms_by_their_id_and_the_requester_wins(feedback: FeedbackIntegration) -> None:
    config = feedback.config
    record = feedback.improver.setup_ab_test({}, CRF, by="ada", design="split", share=0.5, start=True)
    drawn = [ask(config) for _ in range(300)]
    arms = Counter(request.arm for request in drawn)
    assert arms[None] == pytest.approx(150, abs=45)
    assert arms["control"] == pytest.approx(75, abs=35)
    for request in drawn:
        plain = request.model_copy(update={"experiment": None, "arm": None, "arm_share": None, "overrides": {}})
        assert assigned(plain, feedback.improver.trials.store.running(), config) == request
        crf = request.settings(config).delivery.crf
        assert crf == (17 if request.arm == "change" else 15)
        assert request.arm_share in (None, 0.5)
        assert request.experiment in (None, record.experiment.id)
    assert ask(config, overrides={"delivery.crf": 20}).experiment is None
    assert ask(config, emergency=True).experiment is None
    own = [ask(config, overrides={"model.guidance_scale": 5}) for _ in range(20)]
    assert any(request.arm == "change" and request.overrides["model.guidance_scale"] == 5 for request in own)


def test_one_requester_stays_on_one_arm_if_the_test_is_about_requesters(feedback: FeedbackIntegration) -> None:
    feedback.improver.setup_ab_test({}, CRF, design="split", unit="requester", start=True)
    assert len({ask(feedback.config, requester="desk").arm for _ in range(20)}) == 1
    assert len({ask(feedback.config, requester=f"desk {n}").arm for n in range(20)}) == 2


def test_unhurried_requests_explore_only_if_the_operator_wants_it(config: VideoGenConfig) -> None:
    eager = config.updated({"feedback.exploration": 1.0})
    assert ask(config, priority=-10).experiment is None
    assert ask(eager).experiment is None
    found = [ask(eager, priority=-10) for _ in range(60)]
    assert {request.experiment for request in found} == {"exploration"}
    assert len({request.arm for request in found}) > 4
    assert all(0 < request.arm_share < 0.2 for request in found)
    noise = next(r for r in found if "model.base_noise_lambda" in r.overrides)
    assert sum(noise.overrides.values()) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("change", "options", "problem"),
    [
        ({"release.automatic": True}, {}, "release.automatic is for the operator"),
        ({"paths.store": "/tmp"}, {}, "paths.store"),
        ({"delivery.crf": 99}, {}, "crf"),
        ({"delivery.krf": 9}, {}, "no such setting"),
        ({"super_resolution.upscaler": "magic"}, {}, "magic"),
        ({}, {}, "both variants are the same"),
        (CRF, {"most_units": 5000}, "feedback.max_pairs"),
        (CRF, {"design": "split", "outcome": "preference"}, "preferences need the paired design"),
        (CRF, {"design": "magic"}, "design"),
        (CRF, {"share": 0.0}, "share"),
        (CRF, {"id": "../escape"}, "id"),
    ],
)
def test_what_cannot_be_tested_is_refused(
    feedback: FeedbackIntegration, change: dict, options: dict, problem: str
) -> None:
    with pytest.raises(InputError, match=problem):
        feedback.improver.setup_ab_test({}, change, **options)
    assert feedback.improver.trials.store.all() == []


def test_two_tests_on_one_setting_do_not_run_at_once(feedback: FeedbackIntegration) -> None:
    store = feedback.improver.trials.store
    first = feedback.improver.setup_ab_test({}, CRF, start=True).experiment.id
    second = feedback.improver.setup_ab_test({}, {"delivery.crf": 13}).experiment.id
    with pytest.raises(InputError, match=f"being tested by {first}"):
        store.start(second, "ada")
    store.end(first, "ada", "stopped", "test")
    assert store.start(second, "ada").state == "running"
    for wrong, problem in ((second, "is running already"), ("nothing-like-it", "does not exist")):
        with pytest.raises(InputError, match=problem):
            store.start(wrong, "ada")
    with pytest.raises(InputError, match="has ended already"):
        store.end(first, "ada", "stopped", "again")


def test_a_killed_start_leaves_both_files_and_the_later_state_counts(feedback: FeedbackIntegration) -> None:
    store = feedback.improver.trials.store
    name = feedback.improver.setup_ab_test({}, CRF).experiment.id
    folder = Path(store._folder.base)
    draft = (folder / "draft" / f"{name}.json").read_bytes()
    store.start(name, "ada")
    (folder / "draft" / f"{name}.json").write_bytes(draft)
    assert [record.state for record in store.all()] == ["running"]


def test_a_better_arm_is_found_adopted_by_name_watched_and_reverted(
    feedback: FeedbackIntegration, config: VideoGenConfig
) -> None:
    trials = feedback.improver.trials
    name = feedback.improver.setup_ab_test({}, CRF, by="ada", why="smaller files", start=True).experiment.id
    with pytest.raises(InputError, match="has no winner"):
        trials.adopt(name, "ada")
    pairs(feedback, name, 12, 0.1)
    assert trials.look(name).verdict == "too_early"
    pairs(feedback, name, 108, 0.1)
    decision = trials.review(name)
    assert (decision.verdict, decision.winner) == ("superior", "change"), decision.why
    assert decision.units == {"control": 120, "change": 120}
    assert trials.store.get(name).state == "ended"
    assert set(feedback.collector.store.warehouse.query("SELECT decision FROM ab_tests")["decision"]) == {"superior"}
    with pytest.raises(InputError, match="nobody is named"):
        trials.adopt(name, " ")
    change = trials.adopt(name, "Grace")
    reloaded = VideoGenConfig.load(None, {k: v for k, v in _own(config).items()})
    assert reloaded.delivery.crf == 17
    assert VideoGenConfig.load(None, {**_own(config), "delivery.crf": 9}).delivery.crf == 9, "what is written wins"
    with pytest.raises(InputError, match="adopted already"):
        trials.adopt(name, "Grace")
    held = [r for r in (ask(reloaded) for _ in range(200)) if r.arm == "held-back"]
    assert 5 <= len(held) <= 40
    assert held[0].settings(reloaded).delivery.crf == 15
    watching = FeedbackIntegration(reloaded)
    impact = watching.track_improvement_impact(change.change_id)
    assert (impact.verdict, impact.state) == ("cannot tell", "in force")
    later = [ask(reloaded) for _ in range(600)]
    gains = [(r, 1, None, 0.5 + 0.01 * (n % 5) + (0.2 if r.arm == "adopted" else 0)) for n, r in enumerate(later)]
    attempts(watching, "later", gains)
    impact = watching.track_improvement_impact(change.change_id)
    assert (impact.verdict, impact.evidence) == ("holds", "hold-back")
    reverted = FeedbackIntegration(reloaded).improver.trials.revert(change.change_id, "Grace", "too large")
    assert reverted.reverted_by == "Grace"
    assert VideoGenConfig.load(None, _own(config)).delivery.crf == 15
    assert trials.store.running() == []
    assert watching.track_improvement_impact(change.change_id).state == "reverted"
    events = feedback.collector.store.warehouse.query("SELECT event, operator FROM improvements ORDER BY changed_at")
    assert list(events["event"]) == ["adopted", "reverted"]
    with pytest.raises(InputError, match="no change"):
        trials.revert(change.change_id, "Grace", "")


def _own(config: VideoGenConfig) -> dict[str, Any]:
    paths = config.paths.model_dump(include={"store", "warehouse", "inbox", "output", "published"})
    return {
        **{f"paths.{name}": str(value) for name, value in paths.items()},
        "feedback.key_file": str(config.feedback.key_file),
        "feedback.adopted_file": str(config.feedback.adopted_file),
    }


def test_a_person_may_adopt_what_is_not_shown_but_has_to_say_why(feedback: FeedbackIntegration) -> None:
    trials = feedback.improver.trials
    name = feedback.improver.setup_ab_test({}, CRF, start=True).experiment.id
    with pytest.raises(InputError, match="reason is missing"):
        trials.adopt(name, "ada", override=True)
    assert trials.adopt(name, "ada", "the disks are full", override=True).why == "the disks are full"


def test_a_damaged_list_of_adopted_settings_is_named(config: VideoGenConfig) -> None:
    Path(config.feedback.adopted_file).write_text("changes: [{change_id: x}]\n")
    with pytest.raises(ConfigError, match="adopted settings"):
        VideoGenConfig.load(None, _own(config))


def rails(n: int, **worse: float) -> list:
    random = np.random.default_rng(3)
    found = []
    for rail in GUARDRAILS:
        gap = np.zeros(n)
        if rail.measure in worse:
            gap = np.where(random.random(n) < worse[rail.measure], -1.0 if rail.higher_is_better else 1.0, 0.0)
        found.append(guardrail_pairs(rail, "change", gap))
    return found


def test_nothing_ships_before_every_guardrail_is_shown_to_hold() -> None:
    better = primary_pairs(np.random.default_rng(1).normal(0.1, 0.05, 50), "change", "score")
    units = {"control": 50, "change": 50}
    assert decide([better], rails(50), units, (0.5, 0.5), 400, check_ratio=False).verdict == "continue"
    many = {"control": 400, "change": 400}
    assert decide([better], rails(400), many, (0.5, 0.5), 500, check_ratio=False).verdict == "superior"
    early = decide([better], rails(400), many, (0.5, 0.5), 500, check_ratio=False, old_enough=False)
    assert (early.verdict, "shortest time" in early.why) == ("continue", True)


def test_a_guardrail_that_is_worse_stops_the_test_even_if_the_primary_is_better() -> None:
    better = primary_pairs(np.random.default_rng(1).normal(0.1, 0.05, 100), "change", "score")
    bad = decide([better], rails(100, failures=0.4), {"a": 100, "change": 100}, (0.5, 0.5), 400, check_ratio=False)
    assert (bad.verdict, "failures" in bad.why) == ("harmful", True)


def test_units_that_get_lost_halt_the_test() -> None:
    found = decide([primary_wins(0, 0, "change")], [], {"control": 900, "change": 700}, (0.5, 0.5), 5000)
    assert found.verdict == "sample_ratio"
    assert decide([primary_wins(0, 0, "change")], [], {"control": 820, "change": 780}, (0.5, 0.5), 5000).ratio_p > 0.001


def test_a_test_that_shows_nothing_ends() -> None:
    same = primary_pairs(np.random.default_rng(1).normal(0, 0.1, 200), "change", "score")
    assert decide([same], rails(200), {"a": 200, "change": 200}, (0.5, 0.5), 200, check_ratio=False).verdict == "futile"


def test_a_bandit_prefers_the_better_arm_and_starves_none() -> None:
    shares = thompson_shares([80, 20, 50], [20, 80, 50])
    assert sum(shares) == pytest.approx(1.0)
    assert shares[0] > 0.7
    assert min(shares) >= 0.1 - 1e-9


def test_preferences_of_raters_decide_a_paired_test(feedback: FeedbackIntegration, video: Callable[..., str]) -> None:
    improver = feedback.improver
    name = improver.setup_ab_test({}, CRF, outcome="preference", start=True).experiment.id
    made = []
    for number in range(40):
        request = ask(feedback.config)
        feedback.collector.requests.submit(request)
        other = "change" if request.arm == "control" else "control"
        made += [(request, 1, request.arm, 0.6), (request, 2, other, 0.6)]
        feedback.collector.requests.open_attempt(request.id, reason="first attempt")
        feedback.collector.requests.open_attempt(request.id, reason=f"experiment {name}", arm=other)
        better = 1 if (request.arm == "change") == (number % 8 != 0) else 2
        said = {"user": f"r{number % 7}", "attempt": better, "other_attempt": 3 - better}
        (event,) = feedback.collect_feedback(request.id, said)
        assert event.experiment == name
    attempts(feedback, "compared", made)
    decision = improver.trials.look(name)
    (primary, *_) = decision.readings
    assert (primary.verdict, primary.improvement.n) == ("better", 40)
    assert primary.improvement.estimate == pytest.approx(0.375)
    assert decision.verdict == "continue", "of so few pairs no guardrail is shown to hold"


def test_improvements_are_validated_on_the_same_videos_only(feedback: FeedbackIntegration) -> None:
    random = np.random.default_rng(5)
    before = {f"v{n}": {"score": 0.6 + random.normal(0, 0.1), "seconds": 10.0 + random.normal(0, 1)} for n in range(40)}

    def after(gain: float, slower: float = 0.0) -> dict[str, dict[str, float]]:
        return {
            unit: {"score": values["score"] + gain + random.normal(0, 0.03), "seconds": values["seconds"] + slower}
            for unit, values in before.items()
        }

    validate = ModelImprover(feedback.config).validate_improvements
    lower = {"lower_is_better": ["seconds"]}
    assert validate(before, after(0.05), **lower).decision == "improved"
    assert validate(before, after(0.0), **lower).decision == "not_shown"
    assert validate(before, after(-0.05), **lower).decision == "worse"
    assert validate(before, after(0.05, slower=5.0), **lower).decision == "worse"
    frame = pd.DataFrame([{"video_id": unit, **values} for unit, values in before.items()])
    assert validate(frame, after(0.05), **lower).decision == "improved"
    for wrong, problem in (
        ({"score": 0.7}, "one value a video"),
        ({"v0": {"score": 0.7}}, "not of the same videos"),
        ({}, "no values"),
        ({unit: {"sharpness": 1.0} for unit in before}, "none of the primary metrics"),
    ):
        with pytest.raises(InputError, match=problem):
            validate(before, wrong)
    few = dict(list(before.items())[:5])
    with pytest.raises(InputError, match="too few"):
        validate(few, few)


def test_regression_before_and_after_is_marked_as_observational(feedback: FeedbackIntegration) -> None:
    from videogen.config.adopted import Adoption
    from videogen.feedback.experiments.impact import impact_of

    warehouse, now = feedback.collector.store.warehouse, datetime.now(UTC)
    random = np.random.default_rng(2)
    videos, made = [], []
    for day in range(60):
        request = VideoRequest(prompt="a bus")
        videos.append({"video_id": request.id, "attempt": 1, "created_at": now - timedelta(days=60 - day), "width": 2,
                       "height": 2, "fps": 1.0, "num_frames": 1, "duration": 1.0, "codec": "h264", "bytes": 1,
                       "sha256": "0" * 64, "label": "x", "model": "m", "revision": None, "seed": 1})  # fmt: skip
        made.append((request, 1, None, 0.5 + (0.2 if day >= 30 else 0.0) + random.normal(0, 0.03)))
    warehouse.write("videos", "all", pd.DataFrame(videos))
    attempts(feedback, "all", made)
    change = Adoption(
        change_id="c",
        experiment="e",
        settings={"delivery.crf": 17},
        operator="ada",
        adopted_at=now - timedelta(days=30),
    )
    impact = impact_of(change, None, warehouse)
    assert (impact.verdict, impact.evidence) == ("holds", "observational")
    assert impact.difference.estimate == pytest.approx(0.2, abs=0.07)
