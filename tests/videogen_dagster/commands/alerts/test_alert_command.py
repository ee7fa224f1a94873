"""`videogen alert`, `alerts` and `emergency`, and the same from Python: from a form or file to the published mp4."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from tests.videogen.emergency.publishing_helpers import current, settings
from tests.videogen_dagster.front import frames_of
from videogen.config.config import PROJECT_ROOT, VideoGenConfig
from videogen.emergency.alerts.form import AlertForm
from videogen.emergency.cap.writer import write_alert
from videogen_dagster import cli
from videogen_dagster.jobs.emergency import AlertConfig, submit_alert

FORM = {"headline": "Flood in the lower valley", "area": "Lower Elm valley", "instruction": "Go to higher ground."}
OPTIONS = [part for name, value in FORM.items() for part in (f"--{name}", value)]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project of its own, as environment variables name it."""
    (tmp_path / "config.yaml").write_text(VideoGenConfig.load(None, settings(tmp_path)).to_yaml(), encoding="utf-8")
    (tmp_path / "dagster_home").mkdir()
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "dagster_home"))
    monkeypatch.setenv("VIDEOGEN_CONFIG", str(tmp_path / "config.yaml"))
    return tmp_path


@pytest.fixture
def videogen(home: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Run the command as the console script does: exit code, stdout, stderr."""

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["videogen", *arguments])
        code = 0
        try:
            cli.main()
        except SystemExit as ending:
            code = int(ending.code or 0)
        out, err = capfd.readouterr()
        return code, out, err

    return run


def test_a_short_form_becomes_a_published_video_without_any_model_library(home: Path) -> None:
    script = (
        "import sys; from videogen_dagster import cli\n"
        "try: cli.main()\n"
        "finally: print(sorted({'torch', 'diffusers', 'transformers'} & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script, "alert", *OPTIONS, "--out", str(home), "--json"],
        cwd=PROJECT_ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr.splitlines()[-1] == "[]"
    (alert,) = json.loads(done.stdout)["alerts"]
    assert alert["state"] == "published"
    assert Path(alert["path"]) == home / "published" / "alerts" / alert["key"] / "alert.mp4"
    assert set(frames_of(Path(alert["copy"]))) == {(640, 360)}
    with dg.DagsterInstance.get() as instance:
        (run,) = instance.get_runs()
        assert run.job_name == "emergency_video"
        assert run.tags["videogen/alert"] == alert["key"]
        assert run.tags["dagster/partition"] == alert["key"]
        assert instance.get_materialized_partitions(dg.AssetKey("emergency_video")) == {alert["key"]}


def test_a_file_is_published_listed_and_cancelled(home: Path, videogen: Callable[..., Any]) -> None:
    file = home / "flood.xml"
    file.write_bytes(write_alert(current("elm-1", minutes=5)))
    code, out, err = videogen("alert", str(file))
    assert code == 0, err
    published = Path(out.strip())
    assert published.is_file()
    key = published.parent.name

    published.parent.rename(home / "elsewhere")
    code, out, err = videogen("alert", str(file))
    assert (code, out) == (3, ""), err
    assert f"it was published, but {published.parent} is gone" in err
    (home / "elsewhere").rename(published.parent)

    code, out, _ = videogen("alerts", "--json")
    (line,) = json.loads(out)
    assert (code, line["key"], line["state"], line["on_air"]) == (0, key, "published", True)

    code, _, err = videogen("alerts", key, "--cancel", "the water falls")
    assert code == 0, err
    assert not published.exists()
    assert json.loads((published.parent / "cancelled.json").read_text())["state"] == "cancelled"
    code, out, _ = videogen("alerts", key, "--json")
    told = json.loads(out)
    assert (told["state"], told["progress"]["step"]) == ("cancelled", "cancelled")
    assert [event["state"] for event in told["history"]][-2:] == ["cancelled", "withdrawn"]


def test_what_is_missing_is_named_and_nothing_is_invented(home: Path, videogen: Callable[..., Any]) -> None:
    code, out, err = videogen("alert", "--headline", "Flood", "--json")
    assert code == 3
    assert json.loads(out)["error"]["type"] == "InputError"
    assert "location: where" in err
    assert "guidance: what people should do" in err
    assert not (home / "published").exists()


def test_a_file_without_a_good_alert_is_refused_with_every_reason(home: Path, videogen: Callable[..., Any]) -> None:
    file = home / "bad.xml"
    file.write_bytes(write_alert(current()).replace(b">Actual<", b">Perhaps<").replace(b">Public<", b">Some<"))
    code, _, err = videogen("alert", str(file))
    assert code == 3
    assert "Perhaps" in err
    assert "Some" in err


def test_an_unescaped_sign_is_named_by_its_line_and_repaired_on_wish_only(
    home: Path, videogen: Callable[..., Any]
) -> None:
    file = home / "bad.xml"
    file.write_bytes(write_alert(current(scope="Private", addresses=("a",))).replace(b">River", b">Fire & River"))
    line = next(n for n, text in enumerate(file.read_text().splitlines(), start=1) if "Fire &" in text)
    code, _, err = videogen("alert", str(file))
    assert code == 3
    assert f"line {line}: & → &amp;" in err
    assert "--repair" in err
    _, _, err = videogen("alert", str(file), "--repair")
    assert f"bad.xml is repaired: line {line}: & → &amp;" in err
    _, out, _ = videogen("alerts", "--json")
    assert [one["state"] for one in json.loads(out)] == ["not for air"]


def test_a_file_and_a_form_together_are_refused(home: Path, videogen: Callable[..., Any]) -> None:
    file = home / "flood.xml"
    file.write_bytes(write_alert(current()))
    code, _, err = videogen("alert", str(file), *OPTIONS)
    assert code == 3
    assert "cannot be given together" in err


def test_the_emergency_mode_is_switched_on_and_off_by_hand(videogen: Callable[..., Any]) -> None:
    assert json.loads(videogen("emergency", "status", "--json")[1]) == {"active": False}
    code, out, _ = videogen("emergency", "on", "--level", "120", "--minutes", "5", "--why", "storm", "--json")
    told = json.loads(out)
    assert (code, told["level"], told["holders"][0]["why"]) == (0, 120, "storm")
    assert "level 120" in videogen("emergency", "status")[2]
    assert "off" in videogen("emergency", "off")[2]


def test_python_publishes_an_alert_and_puts_a_copy(home: Path) -> None:
    from videogen_dagster.generator import VideoGenerator

    with dg.DagsterInstance.ephemeral() as instance:
        generator = VideoGenerator(home / "config.yaml", instance=instance)
        (outcome,) = generator.emergency_alert(output_path=home / "copy.mp4", **FORM, severity="Severe")
    assert outcome.published
    assert outcome.path is not None
    assert (home / "copy.mp4").read_bytes() == outcome.path.read_bytes()


def test_the_launchpad_asks_for_the_fields_of_the_form() -> None:
    assert set(AlertConfig.model_fields) == {"operator", *AlertForm.model_fields}
    assert AlertConfig.model_fields["operator"].is_required()
    defaults = {name: field.default for name, field in AlertForm.model_fields.items()}
    for name, field in AlertConfig.model_fields.items():
        assert field.is_required() or field.default == defaults[name], name


def test_an_alert_of_the_launchpad_is_taken_with_its_partition(home: Path) -> None:
    from videogen_dagster.runs.alerts import storage_of

    config = VideoGenConfig.load(home / "config.yaml")
    storage = storage_of(config)
    ends = (datetime.now(UTC) + timedelta(hours=2)).isoformat()
    filled_in = {**FORM, "expires": ends, "severity": "Severe"}
    with dg.DagsterInstance.ephemeral() as instance:
        result = submit_alert.execute_in_process(
            run_config={"ops": {"take_alert": {"config": {**filled_in, "operator": "Ada Desk"}}}},
            instance=instance,
            resources={"storage": storage, "mem_io_manager": dg.mem_io_manager},
        )
        key = result.output_for_node("take_alert")
        assert instance.get_dynamic_partitions("alerts") == [key]
    assert storage.alerts.get(key).state == "taken"
    assert storage.alerts.get(key).record.origin == "launchpad, Ada Desk"


def test_an_alert_that_no_font_can_show_ends_with_the_exit_code_that_the_help_names(home, videogen) -> None:
    code, out, err = videogen("alert", *OPTIONS, "--description", "The sign \U0010fffd is on the dam.", "--json")
    assert code == 12, err
    assert "no font has" in err
    assert json.loads(out)["alerts"][0]["state"] == "refused"


def test_python_gets_the_class_of_the_error(home) -> None:
    from videogen.errors import LegibilityError
    from videogen_dagster.generator import VideoGenerator

    with pytest.raises(LegibilityError, match="no font has"):
        VideoGenerator(home / "config.yaml").emergency_alert(**FORM, description="The sign \U0010fffd is on the dam.")
