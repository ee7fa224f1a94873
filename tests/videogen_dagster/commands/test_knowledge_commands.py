"""`videogen kb` and `videogen factcheck` as a user meets them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from videogen.errors import InputError
from videogen_dagster.commands.knowledge import app
from videogen_dagster.project import Project

RUNNER = CliRunner()


@pytest.fixture
def project(tmp_path: Path) -> Project:
    config = tmp_path / "config.yaml"
    config.write_text(f"fact_check:\n  knowledge_base: {tmp_path / 'base'}\n", encoding="utf-8")
    return Project(config)


def test_facts_are_added_searched_and_used(project: Project, tmp_path: Path) -> None:
    rows = tmp_path / "press.csv"
    rows.write_text("entity,attribute,value,unit\nKarma Dam,height,120,m\n", encoding="utf-8")
    added = RUNNER.invoke(
        app, ["kb", "add", str(rows), "--source", "Bureau", "--reliability", "0.9", "--json"], obj=project
    )
    assert added.exit_code == 0
    assert json.loads(added.stdout)["facts"] == 1
    found = RUNNER.invoke(app, ["kb", "search", "Karma Dam", "--json"], obj=project)
    assert json.loads(found.stdout)["facts"][0]["number"] == 120
    right = RUNNER.invoke(app, ["factcheck", "The height of the Karma Dam is 394 feet.", "--json"], obj=project)
    assert (right.exit_code, json.loads(right.stdout)["verdict"]) == (0, "supported")
    wrong = RUNNER.invoke(
        app, ["factcheck", "-", "--format", "html"], input="The Karma Dam has a height of 90 m.", obj=project
    )
    assert wrong.exit_code == 1
    assert "<mark" in wrong.stdout


def test_a_bad_import_is_an_input_error(project: Project, tmp_path: Path) -> None:
    rows = tmp_path / "bad.csv"
    rows.write_text("entity,attribute,value\n,height,120\n", encoding="utf-8")
    result = RUNNER.invoke(app, ["kb", "add", str(rows)], obj=project)
    assert isinstance(result.exception, InputError)
    assert "row 2" in str(result.exception)


def test_a_fresh_base_is_clean_and_notes_where_its_sources_differ(project: Project, tmp_path: Path) -> None:
    config = tmp_path / "fresh.yaml"
    config.write_text(f"fact_check:\n  knowledge_base: {tmp_path / 'fresh'}\n", encoding="utf-8")
    fresh = Project(config)
    result = RUNNER.invoke(app, ["kb", "check", "--json"], obj=fresh)
    listed = json.loads(result.stdout)
    assert result.exit_code == 0
    assert listed["contradictions"] == []
    assert listed["rows"]["facts"] > 20_000
    assert any("Burundi" in item["text"] for item in listed["differing_in_the_starter_base"])
    rows = tmp_path / "own.csv"
    rows.write_text("entity,attribute,value\nFrance,capital,Lyon\n", encoding="utf-8")
    assert RUNNER.invoke(app, ["kb", "add", str(rows)], obj=fresh).exit_code == 0
    result = RUNNER.invoke(app, ["kb", "check", "--json"], obj=fresh)
    assert result.exit_code == 1
    assert any("Lyon" in item["text"] for item in json.loads(result.stdout)["contradictions"])


def test_the_help_of_an_import_names_every_column() -> None:
    from videogen.fact_check.knowledge.imports.rows import COLUMNS

    said = RUNNER.invoke(app, ["kb", "add", "--help"]).stdout
    assert [name for name in COLUMNS if name not in said] == []


def test_the_report_of_a_video_is_shown_in_every_format(tmp_path: Path) -> None:
    from videogen.config.groups.all import FactCheckSettings
    from videogen.domain.requests import VideoRequest
    from videogen.fact_check import FactChecker, KnowledgeBase

    config = tmp_path / "config.yaml"
    config.write_text(f"paths:\n  store: {tmp_path / 'store'}\n", encoding="utf-8")
    project = Project(config)
    request = project.requests.submit(VideoRequest(prompt="The moon is a cheese."))
    attempt = project.requests.open_attempt(request.id, reason="first")
    nothing = RUNNER.invoke(app, ["factcheck", "--video", request.id], obj=project)
    assert "no fact-check report yet" in str(nothing.exception)
    checker = FactChecker(FactCheckSettings(), KnowledgeBase(tmp_path / "base", starter=False))
    report = checker.check_content(request.words())
    project.artifacts.save(request.id, attempt.number, "fact_check_report", report)
    page = RUNNER.invoke(app, ["factcheck", "--video", request.id, "--format", "html"], obj=project)
    assert page.exit_code == 1
    assert "<mark" in page.stdout
    shown = RUNNER.invoke(app, ["factcheck", "--video", request.id, "--json"], obj=project)
    assert json.loads(shown.stdout)["text"] == "The moon is a cheese."


def test_a_text_or_a_video_must_be_given(project: Project) -> None:
    for arguments in (["factcheck"], ["factcheck", "a text", "--video", "x"]):
        assert isinstance(RUNNER.invoke(app, arguments, obj=project).exception, InputError)
