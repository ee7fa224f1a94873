"""The specification's usage example, as written there."""

from __future__ import annotations

import json
import textwrap
from pathlib import Path

import pytest
import yaml

from tests.videogen_dagster.front import frames_of, picture, settings_in
from videogen.config.config import PROJECT_ROOT
from videogen.errors import (
    ReleaseError,
)
from videogen_dagster.generator import VideoGenerator

USAGE = """
# Initialize the video generator
generator = VideoGenerator(config_path='config/production_config.yaml')

# Generate a video from text
result = generator.generate_video(
    prompt="A policy briefing on renewable energy initiatives",
    output_path="output/policy_briefing.mp4"
)

# Generate a video from text and images
images = ["input/image1.jpg", "input/image2.jpg"]
result = generator.generate_video(
    prompt="A journey through sustainable cities",
    images=images,
    output_path="output/sustainable_cities.mp4"
)

# Generate an emergency alert
result = generator.generate_video(
    prompt="Emergency evacuation notice for coastal areas",
    output_path="output/evacuation_alert.mp4",
    emergency_mode=True
)
"""


@pytest.fixture
def elsewhere(tmp_path, tiny_models, monkeypatch):
    """A folder outside of the project, with a production configuration and the script's pictures beside it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "dagster_home"))
    production = yaml.safe_load((PROJECT_ROOT / "config" / "production_config.yaml").read_text())
    for name, value in settings_in(tmp_path, tiny_models).items():
        group, field = name.split(".")
        production.setdefault(group, {})[field] = json.loads(json.dumps(value, default=str))
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "production_config.yaml").write_text(yaml.safe_dump(production))
    for number in (1, 2):
        picture(tmp_path / "input" / f"image{number}.jpg")
    return tmp_path


def test_the_usage_example_of_the_specification_runs_as_written(elsewhere):
    names: dict[str, object] = {"VideoGenerator": VideoGenerator}
    exec(textwrap.dedent(USAGE), names)
    assert names["generator"].config.paths.allowed_inputs == (Path("input"),)
    made = {path.name: len(frames_of(path)) for path in (elsewhere / "output").glob("*.mp4")}
    assert set(made) == {"policy_briefing.mp4", "sustainable_cities.mp4", "evacuation_alert.mp4"}
    assert all(made.values())
    assert names["result"].path == elsewhere / "output/evacuation_alert.mp4"


def test_an_emergency_is_an_alert_from_a_template_and_a_draft_where_the_prompt_lacks_what_a_warning_needs(elsewhere):
    from videogen.emergency.manager import EmergencyModeManager
    from videogen.media.reading import probe

    generator = VideoGenerator(
        "config/production_config.yaml",
        overrides={
            "resolution": [640, 360],
            "emergency_max_generation_time": 3600.0,
            # Nobody has been added as a user here: the gate itself is asked.
            "release.identity": "typed",
            "release.approvals_required": 0,
        },
    )
    result = generator.generate_video(
        "Emergency evacuation notice for coastal areas", output_path="alert.mp4", emergency_mode=True
    )
    assert result.emergency.template == "evacuation 1"
    assert result.emergency.rung == "model background"
    draft = [warning for warning in result.warnings if warning.startswith("draft, not published: ")]
    assert [warning.split(": ")[1] for warning in draft] == ["source", "time"]
    captions = " ".join(line for line in result.captions.read_text().splitlines() if line[:1].isalpha())
    assert "Emergency evacuation notice for coastal areas" in captions
    assert "Help neighbours who need it." in result.captions.read_text()
    info = probe(result.path)
    assert (info.width, info.height, info.has_captions) == (640, 360, True)
    assert info.duration > 8
    with pytest.raises(ReleaseError, match="the alert is a draft: source: nobody is named who warns"):
        generator.publish(result, operator="Ada", why="it is urgent")
    progress = EmergencyModeManager(generator.config).monitor_generation_progress(result.video_id)
    assert (progress.step, progress.rung, progress.done) == ("finished", "model background", progress.total)
