"""`--container`, and an output that ends as it is called: what the stages make, measure and deliver."""

from __future__ import annotations

from pathlib import Path

import pytest

from videogen.errors import InputError
from videogen.intake.request_files import build_request
from videogen.media.reading import probe
from videogen_dagster.arguments import with_output
from videogen_dagster.project import Project


def test_a_webm_goes_through_every_stage_to_where_it_is_wanted(videogen, home, config) -> None:
    made = videogen("generate", "a red bus", "--out", home / "made.webm", "--seed", 4, "--json")
    path = Path(made.data["path"])
    assert path == home / "made.webm"
    assert (probe(path).codec, probe(path).fps) == ("vp9", 16.0)
    assert path.with_suffix(".vtt").is_file()
    stores = Project(config)
    report = stores.artifacts.read_json(made.data["video_id"], 1, "quality_report")
    assert {check["name"]: check["passed"] for check in report["checks"]}["frame_rate"]
    assert (report["video"], report["facts"]["codec"], report["facts"]["has_captions"]) == (
        "rendered_video.webm",
        "vp9",
        True,
    )
    assert report["fidelity"][0]["compared"] == "upscaled against decoded"
    assert "rendered_video.webm" in videogen("show", made.data["video_id"]).out


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"output": "a.webm", "container": "mov"}, "output ends in .webm, but container is mov"),
        ({"container": "webm", "emergency": True}, "videos of emergencies are mp4 files"),
        ({"container": "avi"}, "container"),
        ({"output": "a.avi", "source": "inbox"}, "ends in .mp4, .webm or .mov"),
    ],
)
def test_a_container_that_does_not_fit_is_refused(config, fields, problem) -> None:
    given = {"prompt": "a bus", **{name: value for name, value in fields.items() if name != "source"}}
    with pytest.raises(InputError, match=problem):
        build_request(given, source=fields.get("source", "python"), config=Project(config).config)


def test_a_folder_gets_a_file_of_the_wanted_kind_and_a_name_decides_it(config, tmp_path) -> None:
    settings = Project(config).config
    plain = build_request({"prompt": "a bus"}, source="python", config=settings)
    mov = build_request({"prompt": "a bus", "container": "mov"}, source="python", config=settings)
    assert with_output(mov, tmp_path, settings).output.suffix == ".mov"
    named = with_output(plain, tmp_path / "a.webm", settings)
    assert named.settings(settings).delivery.container == "webm"
    urgent = build_request({"prompt": "a flood", "emergency": True}, source="python", config=settings)
    with pytest.raises(InputError, match="videos of emergencies are mp4 files"):
        with_output(urgent, tmp_path / "a.webm", settings)
    with pytest.raises(InputError, match=r"does not end in \.mov, but the container is mov"):
        with_output(mov, tmp_path / "a.mp4", settings)
