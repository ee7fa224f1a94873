"""What README and docs show is run as it stands there: each command in a shell, the Python of a page as one program.

All of it in one file, so that one warm process and one video made before serve every page.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from tests.documentation.pages import commands, named, pages
from tests.documentation.parsing import mentions_only
from tests.documentation.programs import PAGES, RUN, SAID, given_and_program, program
from tests.documentation.workspace import Ended, Workspace
from tests.videogen_dagster.front import frames_of

ID = re.compile(r"^\d{8}-\d{9}-[a-z0-9-]+$", re.MULTILINE)
_FILE = re.compile(r"\S+\.(csv|mp4)\b")
# Exit codes that are an answer: measured and found wanting, checked and not to be published.
ANSWERS = {"assess": (0, 1), "factcheck": (0, 1)}


@cache
def to_run() -> dict[str, list[str]]:
    """Page → commands in their order. What several pages say in running text is run for the first of them."""
    said: set[str] = set()
    found: dict[str, list[str]] = {}
    for page in pages():
        here: list[str] = []
        for command in commands(page.read_text(encoding="utf-8")):
            line = command.text
            alike = _FILE.sub("FILE", line)
            known = line in here or (command.inline and alike in said)
            if command.reason or known or mentions_only(line):
                continue
            here.append(line)
        said.update(_FILE.sub("FILE", line) for line in here)
        found |= {named(page): here} if here else {}
    return found


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("page", to_run())
def test_the_commands_of_a_page_do_what_they_say(page: str, workspace: Workspace) -> None:
    for line in to_run()[page]:
        ended = workspace.run(line)
        verb = ended.line.split("videogen ", 1)[1].split()[0] if "videogen " in ended.line else ""
        assert ended.code in ANSWERS.get(verb, (0,)), f"{ended.line}\n{ended.out}{ended.err}"
        KINDS.get(verb, anything)(ended, workspace.folder)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("page", RUN, ids=named)
def test_the_python_of_a_page_runs(page: Path, workspace: Workspace) -> None:
    ended = workspace.python(given_and_program(page))
    assert ended.code == 0, ended.err
    assert SAID.get(named(page), "") in ended.out, ended.out


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_the_python_of_a_page_is_python(page: Path) -> None:
    compile(program(page), str(page), "exec")


def anything(ended: Ended, folder: Path) -> None:
    """Nothing more is known of it than that it went well."""


def a_video(ended: Ended, folder: Path) -> None:
    path = folder / ended.out.strip().splitlines()[-1].split("  ")[-1].strip()
    assert frames_of(path), ended.out


def videos(ended: Ended, folder: Path) -> None:
    """Of `retry` and `submit --run`: a table with a file a line."""
    lines = [line for line in ended.out.splitlines() if line.rstrip().endswith(".mp4")]
    assert lines, ended.out
    for line in lines:
        assert frames_of(Path(line.split()[-1])), line


def requests(ended: Ended, folder: Path) -> None:
    if "--run" in ended.line:
        videos(ended, folder)
        return
    ids = ID.findall(ended.out)
    assert len(ids) == 2, ended.out
    assert ("wait for the night" in ended.err) == ("--priority -1" in ended.line), ended.err


def a_published_video(ended: Ended, folder: Path) -> None:
    path = Path(ended.out.strip())
    assert frames_of(path), ended.out
    assert json.loads((path.parent / "release.json").read_text(encoding="utf-8"))["signer"]


def states(ended: Ended, folder: Path) -> None:
    if "--json" in ended.line:
        return
    assert re.search(r"\b\d{8}-\d{9}-", ended.out) or "no requests" in ended.err + ended.out, ended.out


def details(ended: Ended, folder: Path) -> None:
    if "--json" in ended.line:
        assert {"request", "release", "attempts"} <= set(ended.data)
        return
    assert "rendered_video" in ended.out
    assert "prompt" in ended.out


def rows(ended: Ended, folder: Path) -> None:
    assert re.search(r"\d+ rows?$|no rows", ended.err.strip()), ended.err


def a_verdict_on_a_signature(ended: Ended, folder: Path) -> None:
    assert "as it was signed by" in ended.out
    assert re.search(r"trusted +yes", ended.out), ended.out


def a_verdict_on_a_video(ended: Ended, folder: Path) -> None:
    assert re.match(r"(passed|failed) with score 0\.\d\d as ", ended.out), ended.out
    page = re.search(r"--html (\S+)", ended.line)
    assert page is None or "<html" in (folder / page[1]).read_text(encoding="utf-8")


def a_verdict_on_a_text(ended: Ended, folder: Path) -> None:
    said = ended.out + ended.err
    assert re.search(r"supported|attested|nothing to check|not enough evidence|refuted", said), said


def alerts(ended: Ended, folder: Path) -> None:
    if ended.line.startswith("videogen alerts"):
        assert re.search(r"published|not for air|cancelled|no alerts", ended.out + ended.err), ended.out
        return
    paths = [Path(line) for line in ended.out.splitlines() if line.endswith(".mp4")]
    assert paths or "not for air" in ended.out + ended.err, ended.out + ended.err
    for path in paths:
        assert len(frames_of(folder / path)) > 100


def knowledge(ended: Ended, folder: Path) -> None:
    wanted = {"add": r"(facts|documents) +[1-9]", "search": "population", "check": ""}
    assert re.search(wanted[ended.line.split()[2]], ended.out + ended.err), ended.out + ended.err


def settings(ended: Ended, folder: Path) -> None:
    wanted = "processing:" if " show" in ended.line else "configuration is valid"
    assert wanted in ended.out + ended.err


def emergency_mode(ended: Ended, folder: Path) -> None:
    assert re.search(r"\b(on|off)\b", ended.out + ended.err), ended.out + ended.err


def profiles(ended: Ended, folder: Path) -> None:
    assert re.search(r"^\*? ?tiny", ended.out, re.MULTILINE), ended.out


KINDS: dict[str, Callable[[Ended, Path], None]] = {
    "generate": a_video,
    "upscale": a_video,
    "open": a_video,
    "retry": videos,
    "submit": requests,
    "publish": a_published_video,
    "list": states,
    "status": states,
    "show": details,
    "query": rows,
    "verify": a_verdict_on_a_signature,
    "assess": a_verdict_on_a_video,
    "factcheck": a_verdict_on_a_text,
    "alert": alerts,
    "alerts": alerts,
    "kb": knowledge,
    "config": settings,
    "emergency": emergency_mode,
    "profiles": profiles,
}


def test_most_of_what_stands_on_the_pages_is_run() -> None:
    every = [command for page in pages() for command in commands(page.read_text(encoding="utf-8"))]
    videogen = [command for command in every if command.text.startswith("videogen ")]
    assert len(to_run()) >= 12
    assert sum(not command.reason for command in videogen) > 0.6 * len(videogen)
