"""The whole road, from prompts to measured mp4s, with a tiny model of the real kind."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import dagster as dg
import pytest

from assets.all import ASSETS, CHECKS
from resources.jobs_and_tags import POSTER, SHEET, WATCH
from tests.dagster_helpers import Project, failure_text, made, places, that_make
from tests.tiny_models import SETTINGS
from videogen.domain.artifacts import RenderedVideo, StageFailure, VideoLatents
from videogen.domain.requests import Caption
from videogen.domain.stages import STAGES, UPSTREAM
from videogen.runtime.worker_threads import cores

BUS, LONG, REFUSED, UNKNOWN = range(4)
BEFORE_MODELS = {"prompt_asset", "reference_images", "fact_check_report"}


@pytest.fixture(scope="module")
def run(tiny_models: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """One run over four requests: two good ones of different length, a refused one, one with a bad profile."""
    from PIL import Image

    folder = tmp_path_factory.mktemp("pipeline")
    picture = folder / "red.png"
    Image.new("RGB", (90, 60), (200, 30, 20)).save(picture)
    with dg.DagsterInstance.ephemeral() as instance:
        project = Project(SETTINGS | places(folder) | {"paths.models": str(tiny_models)}, instance)
        cue = Caption(start=0.1, end=0.8, text="The bus drives to the left.")
        ids = project.submit(
            "a red bus at night", images=(picture,), captions=(cue,), seed=1, output="copy/bus.mp4", source="inbox"
        )
        ids += project.submit("a blue boat in the rain", duration=1.5, seed=2)
        ids += project.submit("an explicit sex scene", seed=3)
        ids += project.submit("a train", profile="no-such-profile", seed=4)
        result = project.materialize([*ASSETS, *CHECKS], ids)
        yield SimpleNamespace(project=project, ids=ids, result=result, folder=folder)


def facts(run: Any, asset: str, video: int) -> dict[str, Any]:
    for event in run.result.asset_materializations_for_node(asset):
        if event.partition == run.ids[video]:
            return {key: value.value for key, value in event.metadata.items()}
    raise AssertionError(f"{asset} of video {video} was not made")


def test_the_good_videos_come_through_every_stage_and_the_others_stop_where_they_fail(run: Any) -> None:
    expected: set[tuple[str, Any]] = {(stage, run.ids[video]) for stage in STAGES for video in (BUS, LONG)}
    expected |= {(stage, run.ids[REFUSED]) for stage in BEFORE_MODELS - {"fact_check_report"}}
    assert made(run.result) - {("reference_images", run.ids[REFUSED])} == expected - {
        ("reference_images", run.ids[REFUSED])
    }
    assert not run.result.success


def test_the_failure_names_each_lost_video_with_stage_problem_and_remedy(run: Any) -> None:
    text = failure_text(run.result)
    assert "2 of 4 videos failed" in text
    assert f"[prompt_asset · {run.ids[REFUSED]}] rule 'sexual-content'" in text
    assert f"[prompt_asset · {run.ids[UNKNOWN]}] no model profile named 'no-such-profile'" in text
    assert "set model.profile to one of: tiny" in text


def test_only_the_last_step_fails_so_that_the_others_stay_green(run: Any) -> None:
    failed = {event.step_key for event in run.result.all_events if event.is_step_failure}
    assert failed == {"quality_report"}


def test_a_refused_prompt_is_kept_as_a_policy_error(run: Any) -> None:
    failure = run.project.storage.artifacts.load(run.ids[REFUSED], 1, "failure", StageFailure)
    assert (failure.error, failure.exit_code) == ("PolicyError", 4)


def test_the_mp4s_decode_and_have_the_size_rate_and_length_asked_for(run: Any) -> None:
    from videogen.media.reading import iterate_frames, probe

    for video, frames in ((BUS, 16), (LONG, 24)):
        path = run.project.storage.artifacts.local_file(run.ids[video], 1, "rendered_video.mp4")
        info = probe(path)
        assert (info.width, info.height, round(info.fps, 3)) == (128, 80, 16.0)
        assert sum(len(part) for part in iterate_frames(path)) == frames


@pytest.mark.parametrize("stage", ["decoded_frames", "upscaled_frames", "rendered_video", "quality_report"])
def test_what_can_be_seen_is_the_first_row_and_title_and_prompt_the_next(run: Any, stage: str) -> None:
    rows = list(facts(run, stage, BUS))
    seen = [row for row in rows if row in (POSTER, WATCH, SHEET)]
    assert seen[0] == POSTER
    assert (WATCH in seen) == (stage in ("rendered_video", "quality_report"))
    assert rows[: len(seen) + 2] == [*seen, "title", "prompt"]


def test_a_strip_of_frames_is_seen_while_the_video_is_denoised(run: Any) -> None:
    observed = [event for event in run.result.all_events if event.event_type_value == "ASSET_OBSERVATION"]
    strips = [event.event_specific_data.asset_observation.metadata for event in observed]
    strips = [told["preview"].value for told in strips if "preview" in told]
    assert len(strips) >= 3
    assert all("data:image/" in strip for strip in strips)


def test_videos_of_one_shape_are_denoised_one_a_core_and_a_seed_gives_one_video(run: Any, tiny_models: Path) -> None:
    assert facts(run, "video_latents", BUS)["videos_side_by_side"] == 1  # the other one is longer
    load = run.project.storage.artifacts.load
    assert load(run.ids[BUS], 1, "video_latents", VideoLatents).seed == 1
    ids = run.project.submit("a red bus at night", "a red bus at night", seed=5)
    again = run.project.materialize([*ASSETS, *CHECKS], ids, selection=_until("video_latents"))
    assert again.success
    events = again.asset_materializations_for_node("video_latents")
    at_once = [[event.metadata[f"videos_{how}"].value for event in events] for how in ("in_batch", "side_by_side")]
    assert at_once == [[1, 1], [min(2, cores())] * 2]
    first, second = (load(video_id, 1, "video_latents", VideoLatents).latents for video_id in ids)
    assert (first - second).abs().max() < 1e-4


def test_videos_of_one_batch_are_told_from_those_side_by_side(run: Any) -> None:
    run.project.settings["synthesis.max_batch"] = 2
    ids = run.project.submit("a bus", "a boat", "a tree")
    made = run.project.materialize([*ASSETS, *CHECKS], ids, selection=_until("video_latents"))
    del run.project.settings["synthesis.max_batch"]
    for event in made.asset_materializations_for_node("video_latents"):
        assert event.metadata["videos_in_batch"].value == 2
        assert event.metadata["videos_side_by_side"].value == min(2, cores())


def test_metadata_of_the_latents_show_how_they_came_about(run: Any) -> None:
    found = facts(run, "video_latents", BUS)
    assert found["noise_variance"] == pytest.approx(1.0, abs=0.1)
    assert found["noise_neighbour_correlation"] == pytest.approx(0.7, abs=0.1)
    assert found["guidance_interval"] == "0 to 1 of the steps"
    assert 0.0 <= found["complexity"] <= 1.0
    picture = base64.b64decode(found["diagnostics"].partition("base64,")[2].rstrip(")"))
    assert len(picture) < 60_000


def test_seconds_of_each_frame_step_are_in_metadata_and_warehouse(run: Any) -> None:
    found = facts(run, "upscaled_frames", BUS)
    assert found["frame_steps"] == "upscale, enhance_details, temporal_consistency, look"
    rows = run.project.storage.warehouse.query(f"SELECT * FROM step_timings WHERE video_id = '{run.ids[BUS]}'")
    assert list(rows["step"]) == ["upscale", "enhance_details", "temporal_consistency", "look"]
    assert list(rows["seconds"]) == [found[f"seconds_{step}"] for step in rows["step"]]


def test_contact_sheets_are_pictures_inside_of_the_metadata(run: Any) -> None:
    from PIL import Image

    for asset in ("decoded_frames", "upscaled_frames", "reference_images"):
        text = facts(run, asset, BUS)["contact_sheet"]
        data = base64.b64decode(text.partition("base64,")[2].rstrip(")"))
        assert Image.open(io.BytesIO(data)).format == "JPEG"
        assert len(data) < 120_000


def test_brightness_contrast_colourfulness_and_sharpness_of_each_picture_are_in_the_metadata(run: Any) -> None:
    (record,) = facts(run, "reference_images", BUS)["features"].records
    assert record.data["picture"].endswith(".png")
    assert set(record.data) == {"picture", "brightness", "contrast", "colourfulness", "sharpness"}
    assert record.data["sharpness"] == 0.0


def test_metadata_tell_seed_model_revision_seconds_and_attempt_of_what_the_model_made(run: Any) -> None:
    for asset in ("conditioning_embeddings", "video_latents", "rendered_video"):
        found = facts(run, asset, BUS)
        assert (found["seed"], found["attempt"], found["model"]) == ("1", "1", "tiny")
        assert len(found["revision"]) == 16
        assert found["seconds"] > 0


def test_the_copy_that_an_inbox_request_wants_lies_in_the_output_folder(run: Any) -> None:
    copy = run.folder / "output" / "copy" / "bus.mp4"
    stored = run.project.storage.artifacts.local_file(run.ids[BUS], 1, "rendered_video.mp4")
    assert copy.read_bytes() == stored.read_bytes()


def test_the_warehouse_knows_videos_metrics_and_timings(run: Any) -> None:
    query = run.project.storage.warehouse.query
    videos = query("SELECT video_id, num_frames, model, seed FROM videos ORDER BY video_id")
    assert list(videos.itertuples(index=False, name=None)) == [
        (run.ids[BUS], 16, "tiny", 1),
        (run.ids[LONG], 24, "tiny", 2),
    ]
    assert query(f"SELECT count(*) AS n FROM quality WHERE video_id = '{run.ids[BUS]}'")["n"][0] > 5
    stages = query(f"SELECT DISTINCT stage FROM stage_timings WHERE video_id = '{run.ids[BUS]}'")["stage"]
    assert set(stages) == set(STAGES)


def test_every_check_has_an_evaluation_of_each_video_that_came_so_far(run: Any) -> None:
    evaluations = run.result.get_asset_check_evaluations()
    found = {(evaluation.check_name, evaluation.partition): evaluation.passed for evaluation in evaluations}
    assert found["policy_allows_the_prompt", run.ids[BUS]]
    assert not found["policy_allows_the_prompt", run.ids[REFUSED]]
    assert ("policy_allows_the_prompt", run.ids[UNKNOWN]) not in found
    for name in ("frames_show_something", "video_is_as_ordered", "rows_fit_videos", "no_claim_is_refuted"):
        assert found[name, run.ids[BUS]]
        assert found[name, run.ids[LONG]]


def test_the_report_shows_the_worst_frames_in_a_contact_sheet(run: Any) -> None:
    picture = facts(run, "quality_report", BUS)["contact_sheet"]
    assert picture.startswith("![worst frames marked: ")
    assert "data:image/jpeg;base64," in picture


def test_captions_lie_beside_the_copy(run: Any) -> None:
    copy = run.folder / "output" / "copy" / "bus.vtt"
    assert "The bus drives to the left." in copy.read_text(encoding="utf-8")


def test_captions_stand_beside_the_video(run: Any) -> None:
    facts_of_bus = run.project.storage.artifacts.load(run.ids[BUS], 1, "rendered_video", RenderedVideo)
    text = run.project.storage.artifacts.local_file(run.ids[BUS], 1, facts_of_bus.captions).read_text(encoding="utf-8")
    assert text.startswith("WEBVTT")
    assert "The bus drives to the left." in text


def test_the_graph_is_that_of_the_stages() -> None:
    graph = {
        key.path[-1]: {source.path[-1] for source in asset.keys_by_input_name.values()}
        for asset in ASSETS
        for key in asset.keys
    }
    expected = {stage: set(sources) for stage, sources in UPSTREAM.items()}
    expected["conditioning_embeddings"].add("fact_check_report")
    assert graph == expected


def test_every_asset_says_what_it_is_who_owns_it_and_where_it_belongs() -> None:
    for asset in ASSETS:
        spec = next(iter(asset.specs))
        assert spec.group_name
        assert spec.owners
        assert spec.kinds
        assert spec.description
        assert spec.code_version
        assert spec.partitions_def is not None
        assert asset.backfill_policy == dg.BackfillPolicy.single_run()


def _until(stage: str) -> list[Any]:
    names = STAGES[: STAGES.index(stage) + 1]
    return that_make(names)
