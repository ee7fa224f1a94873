from __future__ import annotations

import re

import pytest

from videogen.errors import (
    InputError,
)
from videogen_dagster.arguments import checked_output
from videogen_dagster.generator import VideoGenerator


def test_a_folder_as_output_path_takes_files_named_after_their_ids(tmp_path):
    (tmp_path / "x.mp4").mkdir()
    assert checked_output(tmp_path, "id.mp4") == tmp_path / "id.mp4"
    assert checked_output(tmp_path / "x.mp4", "id.mp4") == tmp_path / "x.mp4" / "id.mp4"
    assert checked_output(tmp_path / "new" / "a b.MP4", "id.mp4") == tmp_path / "new" / "a b.MP4"


def test_a_service_that_cannot_be_told_anything_is_refused_when_it_is_given():
    with pytest.raises(InputError, match=r"a list, has no method record_metric"):
        VideoGenerator(monitoring_service=[])


@pytest.mark.parametrize(
    ("path", "said"),
    [("new/", "does not exist as a folder"), ("new", "does not exist as a folder"), ("x.avi", "not .avi")],
)
def test_an_output_path_that_cannot_be_one_is_refused_with_what_is_wrong(tmp_path, path, said):
    with pytest.raises(InputError, match=re.escape(said)):
        checked_output(f"{tmp_path}/{path}", "id.mp4")
