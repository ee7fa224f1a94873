from __future__ import annotations

import dagster as dg
import pytest

from resources.runs.failures import as_dagster, error_of, failures_of, stage_failure
from videogen.errors import DeadlineError, LegibilityError, PolicyError, ReleaseError, VideogenError


def run_of(error: BaseException) -> dg.ExecuteInProcessResult:
    @dg.op
    def fails() -> None:
        raise error

    @dg.job
    def job() -> None:
        fails()

    return job.execute_in_process(raise_on_error=False)


@pytest.mark.parametrize("kind", [PolicyError, ReleaseError, DeadlineError, VideogenError])
def test_a_failed_run_gives_back_the_error_of_each_video(kind):
    failures = {
        name: stage_failure(kind(f"{name} fails", remedy="try again"), "published_video", name, "run-1")
        for name in ("a", "b")
    }
    result = run_of(as_dagster(failures, 3))
    found = failures_of(result.all_events, result.run_id)
    assert sorted(found) == ["a", "b"]
    error = error_of(found["b"], "b")
    assert type(error) is kind
    assert (error.problem, error.remedy, error.exit_code) == ("b fails", "try again", kind.exit_code)
    assert (error.stage, error.video_id) == ("published_video", "b")


def test_an_alert_that_cannot_be_shown_keeps_its_exit_code():
    failure = stage_failure(LegibilityError([], video_id="alert-1"), "emergency_video", "alert-1", "run-1")
    result = run_of(as_dagster({"alert-1": failure}))
    error = error_of(failures_of(result.all_events, result.run_id)["alert-1"], "alert-1")
    assert isinstance(error, LegibilityError)
    assert error.exit_code == 12


def test_an_exception_that_nobody_expected_is_named_with_its_step():
    result = run_of(ZeroDivisionError("division by zero"))
    (failure,) = failures_of(result.all_events, result.run_id).values()
    assert failure.stage == "fails"
    assert "division by zero" in failure.problem


def test_addresses_of_a_prompt_become_no_links_on_the_page_of_the_run_and_come_back_whole():
    problem = "the prompt says https://evil.example/a, www.evil.example and b@evil.example"
    failure = stage_failure(PolicyError(problem), "prompt_asset", "a", "run-1")
    (event,) = (event for event in run_of(as_dagster({"a": failure})).all_events if event.is_step_failure)
    shown = event.step_failure_data.user_failure_data.description
    assert not any(address in shown for address in ("https://", "www.evil", "b@evil"))
    assert problem in shown.replace("\u2060", "")
    assert failures_of([event], "run-1")["a"].problem == problem
