from __future__ import annotations

from datetime import timedelta

import pytest

from videogen import errors
from videogen.cards.legibility import Problem
from videogen.errors import FetchError, LegibilityError, ModelError, VideogenError, from_failure, to_failure

PROBLEM = Problem(rule="contrast", where="en page 1", what="the contrast is 2 : 1", remedy="choose a darker colour")


def kinds(base: type[VideogenError] = VideogenError) -> list[type[VideogenError]]:
    return [base, *(kind for child in base.__subclasses__() for kind in kinds(child))]


def one_of(kind: type[VideogenError]) -> VideogenError:
    if kind is FetchError:
        return FetchError("the server is silent", retry_after=timedelta(seconds=5))
    if kind is LegibilityError:
        return LegibilityError([PROBLEM])
    return kind("the weights are damaged", remedy="restore them", stage="video_latents", video_id="some-video")


PROJECT_KINDS = [kind for kind in kinds() if kind.__module__ == errors.__name__]


@pytest.mark.parametrize("kind", PROJECT_KINDS, ids=lambda kind: kind.__name__)
def test_every_error_comes_back_as_it_went(kind):
    error = one_of(kind)
    back = from_failure(to_failure(error, stage="quality_report", video_id="some-video"), video_id="some-video")
    assert type(back) is kind
    assert (back.problem, back.remedy, back.exit_code) == (error.problem, error.remedy, error.exit_code)
    assert (back.stage, back.video_id) == (error.stage, "some-video")
    assert str(back) == str(error)


def test_the_stage_that_an_error_names_itself_wins():
    facts = to_failure(ModelError("no weights", stage="decoded_frames"), stage="video_latents")
    assert facts["stage"] == "decoded_frames"


def test_an_error_of_a_plug_in_keeps_its_class_where_it_is_loaded():
    class LicenceError(VideogenError):
        exit_code = 40

    facts = to_failure(LicenceError("the licence has ended"), stage="video_latents")
    assert isinstance(from_failure(facts), LicenceError)
    facts["error"] = "NobodyKnowsError"
    unknown = from_failure(facts)
    assert type(unknown) is VideogenError
    assert unknown.exit_code == 40


def test_an_unexpected_exception_names_its_class_and_the_log():
    facts = to_failure(ZeroDivisionError("division by zero"), stage="rendered_video")
    error = from_failure(facts, video_id="some-video")
    assert error.exit_code == 1
    assert "ZeroDivisionError: division by zero" in str(error)
    assert "log" in error.remedy
