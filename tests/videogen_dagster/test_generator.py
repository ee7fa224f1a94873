from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from tests.videogen_dagster.front import config_in, frames_of, no_verdict, picture, settings_in
from videogen.config.config import PROJECT_ROOT, VideoGenConfig
from videogen.domain.stages import STAGES
from videogen.errors import (
    ArtifactError,
    ConfigError,
    InputError,
    MediaError,
    ModelError,
    PolicyError,
)
from videogen_dagster.arguments import request_for
from videogen_dagster.generator import VideoGenerator
from videogen_dagster.result import GenerationResult, read_result


class Recorder:
    """A monitoring service that remembers."""

    def __init__(self) -> None:
        self.metrics: list[tuple[str, float]] = []

    def record_metric(self, name: str, value: float) -> None:
        self.metrics.append((name, value))

    def names(self) -> set[str]:
        return {name for name, _ in self.metrics}


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("project")


@pytest.fixture(scope="module")
def instance(folder) -> Iterator[dg.DagsterInstance]:
    (folder / "dagster").mkdir()
    with dg.DagsterInstance.local_temp(str(folder / "dagster")) as made:
        yield made


@pytest.fixture(scope="module")
def never_good(folder, tiny_models, instance) -> VideoGenerator:
    """A generator whose reports always fail, and that may try twice more."""
    changes = {"quality__target_temporal_coherence": 1.0, "quality__max_regeneration_attempts": 2}
    return VideoGenerator(overrides=settings_in(folder, tiny_models, **changes), instance=instance)


@pytest.fixture(scope="module")
def always_good(folder, tiny_models, instance) -> VideoGenerator:
    overrides = settings_in(folder, tiny_models, quality__weights=no_verdict(VideoGenConfig()))
    return VideoGenerator(overrides=overrides, instance=instance, monitoring_service=Recorder())


@pytest.fixture(scope="module")
def first(never_good, folder) -> GenerationResult:
    """One finished video below target, with a picture and an output path."""
    return never_good.generate_video(
        "a (red bus:9) driving left",
        [picture(folder / "bus.png")],
        folder / "out" / "red bus.mp4",
        title="Bus",
        seed=7,
    )


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_video_lies_at_the_output_path_with_its_captions(first, folder):
    assert first.path == folder / "out" / "red bus.mp4"
    assert frames_of(first.path) == [(128, 80)] * 16
    assert first.captions == folder / "out" / "red bus.vtt"
    assert "Bus" in first.captions.read_text()
    assert [path.name for path in sorted((folder / "out").iterdir())] == ["red bus.mp4", "red bus.vtt"]


def test_the_result_says_how_it_came_about(first):
    assert (first.attempt, first.attempts, first.seed) == (1, (1,), 7)
    assert set(first.timings) == set(STAGES)
    assert all(seconds >= 0 for seconds in first.timings.values())
    assert (first.target_reached, first.quality.passed) == (False, False)
    assert "below target" in first.note
    assert first.fact_check.text.split("\n\n")[:2] == ["Bus", "a red bus driving left"]


def test_what_the_model_will_not_do_as_asked_is_part_of_the_result(first):
    assert first.warnings == (
        "the emphasis 9 of 'red bus' is outside 0.1 to 2: 2 is used",
        "the model's text input is full: it does not read 'left'; put important words first",
    )


def test_what_it_makes_is_in_dagster_with_lineage(first, instance):
    for stage in STAGES:
        record = instance.fetch_materializations(
            dg.AssetRecordsFilter(asset_key=dg.AssetKey(str(stage)), asset_partitions=[first.video_id]), limit=1
        ).records
        assert record[0].run_id == first.run_ids[0]
    assert instance.get_run_by_id(first.run_ids[0]).is_success
    assert first.video_id in instance.get_dynamic_partitions("videos")


def test_regeneration_keeps_the_best_attempt_and_says_when_the_target_is_missed(first, never_good):
    again = never_good.regenerate_if_needed(first)
    assert again.attempts == (1, 2, 3)
    assert len(again.run_ids) == 3
    attempts = never_good._storage.requests.attempts(first.video_id)
    assert all(attempt.changes and attempt.reason.startswith("regeneration") for attempt in attempts[1:])
    storage = never_good._storage
    scores = {number: read_result(storage, first.video_id, number, {}, ()).quality.score for number in again.attempts}
    assert scores[again.attempt] == max(scores.values())
    stored = read_result(storage, first.video_id, again.attempt, {}, ()).path
    assert again.path == first.path
    assert sha256(again.path) == sha256(stored)
    assert not again.target_reached
    assert "best of 3" in again.note
    assert again.warnings == first.warnings
    assert again.timings["rendered_video"] > first.timings["rendered_video"]
    assert never_good.regenerate_if_needed(first.video_id).attempts == (1, 2, 3)


def test_a_video_that_passes_is_not_made_again(always_good, instance):
    runs = instance.get_runs_count()
    result = always_good.generate("a boat on a lake")
    assert result.attempts == (1,)
    assert (result.target_reached, result.note) == (True, "")
    assert instance.get_runs_count() == runs + 1
    assert result.path.is_relative_to(always_good.config.path(always_good.config.paths.store))
    recorder = always_good.monitoring_service
    wanted = {"generation_seconds", "quality_score", *(f"stage_seconds.{stage}" for stage in STAGES)}
    assert recorder.names() == wanted
    assert all(isinstance(value, float) for _, value in recorder.metrics)


def test_an_emergency_is_smaller_first_in_line_and_made_once(never_good):
    result = never_good.generate("flood warning for the coast", emergency_mode=True)
    assert result.attempts == (1,)
    assert frames_of(result.path)[0] == (96, 80)
    request = never_good._storage.requests.get(result.video_id)
    assert (request.emergency, request.priority) == (True, 100)


def test_facts_are_checked_in_texts_and_in_videos(never_good, first):
    report = never_good.apply_fact_checking("a red bus driving left")
    assert report.text == "a red bus driving left"
    assert never_good.apply_fact_checking(first.video_id).text.splitlines()[0] == "Bus"
    with pytest.raises(InputError, match=r"request \S+ does not exist"):
        never_good.apply_fact_checking("20200101-000000-000000-abcdef")


# --- what cannot be done --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ({"images": ["none.png"]}, "cannot read the picture"),
        ({"images": "one.png"}, "must be a list of paths"),
        ({"images": 5}, "must be a list of paths, not a int"),
        ({"images": b"one.png"}, "must be a list of paths, not a bytes"),
        ({"images": [None]}, "picture 1 is a NoneType"),
        ({"output_path": 5}, "is not a path"),
        ({"output_path": "a\0.mp4"}, "is not a path"),
        ({"output_path": "~nobody-here/x.mp4"}, "no home that is known"),
        ({"output_path": "/etc/passwd/x.mp4"}, "/etc/passwd is not a folder"),
        ({"settings": ["x"]}, "settings must be a dictionary, not a list"),
        ({"output_path": "video.avi"}, "does not end in"),
        ({"output_path": "~/../x"}, "does not end in"),
        ({"duration": -1}, "duration: Input should be greater than 0"),
        ({"seed": "x"}, "seed:"),
        ({"colour": "red"}, "unknown field colour"),
        ({"settings": {"paths.store": "/tmp/x"}}, "is for the operator to set"),
    ],
)
def test_what_cannot_be_asked_for_is_refused_before_anything_is_stored(never_good, arguments, word):
    before = never_good._storage.requests.ids()
    with pytest.raises(InputError, match=word):
        never_good.generate_video("x", **arguments)
    assert never_good._storage.requests.ids() == before


@pytest.mark.parametrize("field", ["id", "created_at"])
def test_what_the_system_makes_cannot_be_given(never_good, field):
    with pytest.raises(InputError, match=f"unknown field {field}"):
        never_good.generate_video("x", **{field: "20200101-000000-000000-abcdef"})


def test_settings_and_profiles_that_are_none_are_refused_before_anything_is_stored(never_good):
    before = never_good._storage.requests.ids()
    with pytest.raises(ConfigError, match=r"model\.guidance: no such setting"):
        never_good.generate_video("x", settings={"model.guidance": 3})
    with pytest.raises(ConfigError, match=r"model\.profile: 'none' is not one of"):
        never_good.generate_video("x", profile="none")
    assert never_good._storage.requests.ids() == before


def test_a_failing_stage_is_the_error_that_it_met_and_the_request_stays(never_good, tmp_path, monkeypatch):
    recorder = never_good.monitoring_service = Recorder()
    monkeypatch.setattr("videogen.media.render.write_mp4", _no_room)
    with pytest.raises(MediaError) as caught:
        never_good.generate_video("a boat")
    never_good.monitoring_service = None
    assert caught.value.stage == "rendered_video"
    assert never_good._storage.requests.get(caught.value.video_id).prompt == "a boat"
    assert recorder.metrics == [("generation_failures", 1.0)]


def _no_room(*_: object, **__: object) -> None:
    raise MediaError("the encoder stopped")


@pytest.mark.parametrize(
    ("prompt", "kind", "said"),
    [
        ("", InputError, "the prompt is empty"),
        (" \n", InputError, "the prompt is empty"),
        ("a nude woman on the beach", PolicyError, "sexual-content"),
    ],
)
def test_an_empty_or_forbidden_prompt_is_refused_before_anything_is_stored_or_started(never_good, prompt, kind, said):
    requests, runs = never_good._storage.requests.ids(), never_good._instance.get_runs_count()
    with pytest.raises(kind, match=said) as caught:
        never_good.generate_video(prompt)
    assert caught.value.exit_code == kind.exit_code
    assert never_good._storage.requests.ids() == requests
    assert never_good._instance.get_runs_count() == runs


def test_settings_are_arguments_by_their_own_names_and_an_unknown_one_is_answered(never_good):
    wishes = {"prompt": "a boat", "num_frames": 4, "fps": 12, "guidance_scale": 2.0}
    request = request_for(never_good.config, wishes, None, None, False, None, "python")
    settings = request.settings(never_good.config)
    assert (settings.model.num_frames, settings.processing.fps, settings.model.guidance_scale) == (4, 12, 2.0)
    with pytest.raises(InputError, match="unknown field num_frame: did you mean 'num_frames'"):
        never_good.generate_video("a boat", num_frame=4)


def test_a_result_is_fact_checked_like_its_video(never_good, first):
    of_result = never_good.apply_fact_checking(first)
    assert of_result.text == never_good.apply_fact_checking(first.video_id).text
    assert of_result.verdict == first.fact_check.verdict


def test_a_change_of_settings_acts_on_a_generator_in_use(never_good):
    before = never_good.config
    try:
        processor = never_good._resources["settings"].config.processing
        assert never_good.update_config({"processing.fps": 12}, crf=30).processing.fps == 12
        assert never_good._resources["settings"].config.processing.fps == 12 != processor.fps
        assert never_good.config.delivery.crf == 30
        with pytest.raises(ConfigError, match="did you mean 'fps'"):
            never_good.update_config(fsp=10)
        assert never_good.config.processing.fps == 12
    finally:
        never_good.config = before


def test_inputs_that_cannot_be_used_leave_no_request_and_keep_their_names(never_good, tmp_path):
    before = never_good._storage.requests.ids()
    broken = picture(tmp_path / "my house.png")
    broken.write_bytes(broken.read_bytes()[:-40])
    for prompt, arguments, said in (
        ("   ", {}, "the prompt is empty"),
        ("a house", {"images": [broken]}, r"my house\.png"),
        ("a house", {"logo": broken}, r"my house\.png"),
    ):
        with pytest.raises(InputError, match=said):
            never_good.generate_video(prompt, **arguments)
    assert never_good._storage.requests.ids() == before


def test_regenerating_what_was_never_made_is_refused(never_good):
    with pytest.raises(InputError, match=r"request \S+ does not exist"):
        never_good.regenerate_if_needed("20200101-000000-000000-abcdef")


def test_models_can_be_loaded_ahead_and_missing_weights_are_named(folder, tiny_models, tmp_path, always_good):
    always_good._initialize_models()
    (tmp_path / "profiles").mkdir()
    (tmp_path / "profiles" / "tiny.yaml").write_text((tiny_models / "profiles" / "tiny.yaml").read_text())
    with pytest.raises((ModelError, ConfigError), match="tiny"):
        VideoGenerator(overrides=settings_in(folder, tmp_path))._initialize_models()


def test_the_configuration_file_is_found_here_or_in_the_project(tmp_path, monkeypatch, tiny_models):
    config_in(tmp_path, tiny_models, processing__fps=12)
    monkeypatch.chdir(tmp_path)
    assert VideoGenerator("config.yaml").config.processing.fps == 12
    production = VideoGenerator(config_path="config/production_config.yaml").config
    assert production == VideoGenConfig.load(PROJECT_ROOT / "config/production_config.yaml")
    with pytest.raises(ConfigError, match=r"none\.yaml"):
        VideoGenerator("none.yaml")
    with pytest.raises(ConfigError, match=r"processing\.fps"):
        VideoGenerator(overrides={"processing.fps": 0})


def test_results_cannot_be_changed(first):
    with pytest.raises(dataclasses.FrozenInstanceError):
        first.attempt = 2


def test_an_unreadable_attempt_is_an_error_not_a_wrong_result(always_good, first):
    with pytest.raises(ArtifactError):
        read_result(always_good._storage, first.video_id, 99, {}, ())


class Broken:
    """A monitoring service of which nothing works."""

    def register_metrics(self, component, metrics):
        raise RuntimeError("no")

    def record_metric(self, name, value):
        raise RuntimeError("no")


def test_a_monitoring_service_that_raises_is_told_once_and_breaks_nothing(folder, tiny_models, instance, caplog):
    generator = VideoGenerator(
        overrides=settings_in(folder, tiny_models), instance=instance, monitoring_service=Broken()
    )
    generator._record("generation_seconds", 1.0)
    generator._record("quality_score", 1.0)
    assert caplog.text.count("videos are made without it") == 1


def test_without_a_service_given_the_making_is_recorded_by_the_projects_own(first, never_good, folder):
    from videogen.monitoring.sources.spool import SpoolReader

    lines = list(SpoolReader(folder / "monitoring", {}).read())
    names = {line.update.name for line in lines}
    assert {"videogen_client_generation_seconds", "videogen_denoise_step_seconds", "videogen_batch_videos"} <= names
    calls = [line for line in lines if line.update.name == "videogen_operation_seconds"]
    assert {"denoise", "decode", "upscale"} <= {line.update.labels["operation"] for line in calls}
    decoded = [line.context for line in calls if line.update.labels["operation"] == "decode"]
    assert set(first.run_ids) & {context["run_id"] for context in decoded}
    assert {context["stage"] for context in decoded} == {"decoded_frames"}
    assert never_good.monitoring.get_system_health().checks
    off = VideoGenerator(overrides={"monitoring.enabled": False})
    assert off.monitoring_service is None
