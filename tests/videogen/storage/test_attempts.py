"""Attempts at a video: numbers, what they inherit, and which run works on which."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from videogen.domain.requests import VideoRequest
from videogen.domain.stages import STAGES, made_with
from videogen.domain.video_ids import new_video_id
from videogen.errors import ArtifactError, InputError
from videogen.storage.request_store import RequestStore

ROOT = Path(__file__).resolve().parents[3]
HALVES = made_with("base_noise_latents")


def test_attempts_count_up(store, video_id):
    assert [store.open_attempt(video_id, reason=str(n)).number for n in range(12)] == list(range(1, 13))
    assert [(a.number, a.reason) for a in store.attempts(video_id)] == [(n + 1, str(n)) for n in range(12)]


def test_threads_that_open_attempts_at_once_get_different_numbers(store, video_id):
    with ThreadPoolExecutor(8) as pool:
        numbers = list(pool.map(lambda n: store.open_attempt(video_id, reason=str(n)).number, range(24)))
    assert sorted(numbers) == list(range(1, 25))
    assert {a.number: a.reason for a in store.attempts(video_id)} == {
        number: str(n) for n, number in enumerate(numbers)
    }


def test_processes_that_open_attempts_at_once_get_different_numbers(tmp_path):
    store = RequestStore(str(tmp_path))
    video_id = store.submit(VideoRequest(prompt="x")).id
    script = f"""
        import sys, time
        from videogen.storage.inputs.request_inputs import stored_name
        from videogen.storage.request_store import RequestStore
        store = RequestStore({str(tmp_path)!r})
        print("ready", flush=True)
        sys.stdin.readline()
        print(*(store.open_attempt({video_id!r}, reason="race").number for _ in range(25)))
    """
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(script)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    for worker in workers:
        assert worker.stdout.readline() == "ready\n"
    for worker in workers:
        worker.stdin.write("go\n")
        worker.stdin.flush()
    numbers = [int(number) for worker in workers for number in worker.communicate(timeout=120)[0].split()]
    assert sorted(numbers) == list(range(1, 76))


def test_an_attempt_of_no_request_is_refused(store):
    with pytest.raises(InputError, match=r"request \S+ does not exist"):
        store.open_attempt(new_video_id(), reason="x")


def test_an_unknown_stage_is_refused(store, video_id):
    with pytest.raises(InputError, match="unknown stage 'decode'"):
        store.open_attempt(video_id, reason="x", from_stage="decode")


def test_a_crash_before_the_attempt_was_written_leaves_no_gap(tmp_path):
    store = RequestStore(str(tmp_path))
    video_id = store.submit(VideoRequest(prompt="x")).id
    (tmp_path / video_id / "attempt-1").mkdir()
    assert store.attempts(video_id) == []
    assert store.open_attempt(video_id, reason="x").number == 1


def test_changes_of_the_parent_hold_on_and_new_ones_win(store, video_id):
    store.open_attempt(video_id, reason="first", changes={"seed": 5, "model.guidance_scale": 6})
    second = store.open_attempt(video_id, reason="y", from_stage="video_latents", changes={"model.guidance_scale": 9})
    assert (second.parent, second.changes) == (1, {"seed": 5, "model.guidance_scale": 9})
    assert store.open_attempt(video_id, reason="all anew", changes={"seed": 8}).changes == {"seed": 8}


@pytest.mark.parametrize("stage", HALVES)
def test_an_attempt_from_one_half_of_the_noise_makes_the_other_half_too(stores, video_id, stage):
    stores.requests.open_attempt(video_id, reason="first")
    stores.make(video_id, 1, *STAGES)
    again = stores.requests.open_attempt(video_id, reason="another seed", from_stage=stage, changes={"seed": 99})
    assert again.makes_anew() == set(STAGES[STAGES.index("base_noise_latents") :])
    for half in HALVES:
        with pytest.raises(ArtifactError, match=f"attempt 2 has no {half}"):
            stores.requests.holder(video_id, 2, half)


@pytest.mark.parametrize(
    ("start", "changes"),
    [
        ("video_latents", {"seed": 8}),
        ("decoded_frames", {"model.guidance_scale": 9}),
        ("decoded_frames", {"delivery.crf": 20, "model": {"guidance_scale": 9}}),
        ("base_noise_latents", {"synthesis.keyword_emphasis": False}),
    ],
)
def test_a_change_that_would_be_recorded_but_not_used_opens_no_attempt(store, video_id, start, changes):
    store.open_attempt(video_id, reason="first")
    with pytest.raises(InputError, match=r"is read by .*, which an attempt from .* inherits: .* use --from "):
        store.open_attempt(video_id, reason="x", from_stage=start, changes=changes)
    assert [attempt.number for attempt in store.attempts(video_id)] == [1]


def test_a_change_to_what_the_parent_has_already_is_none_and_starts_anywhere(store):
    video_id = store.submit(VideoRequest(prompt="x", seed=8, overrides={"model.guidance_scale": 9})).id
    store.open_attempt(video_id, reason="first", changes={"model": {"num_inference_steps": 5}})
    changes = {"seed": 8, "model.guidance_scale": 9, "model.num_inference_steps": 5}
    assert store.open_attempt(video_id, reason="x", from_stage="rendered_video", changes=changes).number == 2


def test_what_an_attempt_does_not_make_it_inherits(stores, video_id):
    store = stores.requests
    store.open_attempt(video_id, reason="first")
    stores.make(video_id, 1, *STAGES)
    store.open_attempt(video_id, reason="again", from_stage="upscaled_frames")
    stores.make(video_id, 2, "upscaled_frames")
    store.open_attempt(video_id, reason="again", from_stage="rendered_video")
    stores.make(video_id, 3, "rendered_video")
    assert store.holder(video_id, 3, "rendered_video") == 3
    assert store.holder(video_id, 3, "upscaled_frames") == 2
    assert store.holder(video_id, 3, "decoded_frames") == 1
    assert store.holder(video_id, 3, "fact_check_report") == 1
    with pytest.raises(ArtifactError, match="attempt 3 has no quality_report"):
        store.holder(video_id, 3, "quality_report")
    with pytest.raises(ArtifactError, match="attempt 2 has no rendered_video"):
        store.holder(video_id, 2, "rendered_video")


def test_an_attempt_without_parent_inherits_nothing(stores, video_id):
    stores.requests.open_attempt(video_id, reason="first")
    stores.make(video_id, 1, *STAGES)
    stores.requests.open_attempt(video_id, reason="all anew")
    with pytest.raises(ArtifactError, match="attempt 2 has no prompt_asset"):
        stores.requests.holder(video_id, 2, "prompt_asset")


# --- runs ------------------------------------------------------------------------------------------


def test_a_run_always_gets_the_same_attempt(stores, video_id):
    store = stores.requests
    first = store.attempt_for_run(video_id, "run-a", STAGES)
    stores.make(video_id, 1, "prompt_asset")
    assert store.attempt_for_run(video_id, "run-a", STAGES) == first
    second = store.attempt_for_run(video_id, "run-b", STAGES)
    assert (first.number, second.number) == (1, 2)
    assert store.attempt_for_run(video_id, "run-a", {"decoded_frames"}) == first
    assert store.attempt_for_run(video_id, "run-b", STAGES) == second


def test_a_run_that_goes_on_where_another_stopped_works_on_the_same_attempt(stores, video_id):
    store = stores.requests
    store.attempt_for_run(video_id, "run-a", STAGES[:7])
    stores.make(video_id, 1, *STAGES[:7])
    assert store.attempt_for_run(video_id, "run-b", STAGES[7:]).number == 1


def test_a_run_that_makes_a_stage_again_gets_an_attempt_that_inherits_the_rest(stores, video_id):
    store = stores.requests
    store.attempt_for_run(video_id, "run-a", STAGES)
    stores.make(video_id, 1, *STAGES)
    again = store.attempt_for_run(video_id, "run-b", {"upscaled_frames", "rendered_video", "fact_check_report"})
    assert (again.number, again.parent, again.run_id) == (2, 1, "run-b")
    assert again.makes_anew() == {"upscaled_frames", "rendered_video", "quality_report", "fact_check_report"}
    assert store.holder(video_id, 2, "decoded_frames") == 1
    for stage in again.makes_anew():
        with pytest.raises(ArtifactError):
            store.holder(video_id, 2, stage)


def test_a_run_may_ask_for_an_attempt_by_number(store, video_id):
    store.open_attempt(video_id, reason="first")
    store.open_attempt(video_id, reason="second")
    assert store.attempt_for_run(video_id, "run-a", STAGES, 1).number == 1
    assert store.attempt_for_run(video_id, "run-a", STAGES).number == 1
    with pytest.raises(ArtifactError, match="attempt 7 does not exist"):
        store.attempt_for_run(video_id, "run-b", STAGES, 7)


def test_runs_at_once_on_one_video_do_not_share_an_attempt(store, video_id):
    running = {"run-a", "run-b"}
    first = store.attempt_for_run(video_id, "run-a", STAGES, is_running=running.__contains__)
    second = store.attempt_for_run(video_id, "run-b", STAGES, is_running=running.__contains__)
    assert (first.number, second.number) == (1, 2)
    running.clear()
    assert store.attempt_for_run(video_id, "run-c", STAGES, is_running=running.__contains__).number == 2


def test_attempts_are_readable_json(tmp_path):
    store = RequestStore(str(tmp_path))
    video_id = store.submit(VideoRequest(prompt="x")).id
    store.open_attempt(video_id, reason="quality", changes={"seed": 3}, run_id="run-a")
    written = json.loads((tmp_path / video_id / "attempt-1" / "attempt.json").read_text())
    assert (written["number"], written["reason"], written["changes"]) == (1, "quality", {"seed": 3})
    assert (tmp_path / video_id / "attempt-1" / "runs" / "run-a").exists()
