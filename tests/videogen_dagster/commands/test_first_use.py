"""Four first commands at once in a fresh home, as four processes."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from videogen.config.config import PROJECT_ROOT

# All four are ready before one begins: imports take longer than the work.
GATE = """
import os, sys, time
from pathlib import Path
{imports}
gate = Path(sys.argv[1])
(gate / f"ready-{{os.getpid()}}").touch()
while not (gate / "go").exists():
    time.sleep(0.001)
{work}
"""
INSTANCE = GATE.format(
    imports="from videogen_dagster.home import project_instance",
    work="instance = project_instance(); print(instance.get_runs(limit=1), instance.all_instigator_state())",
)
KNOWLEDGE = GATE.format(
    imports="from videogen.fact_check.knowledge.knowledge_base import KnowledgeBase",
    work="print(KnowledgeBase(gate / 'knowledge').counts()['facts'] > 0)",
)


def four_at_once(program: str, folder: Path) -> list[tuple[int | None, str, str]]:
    """Exit code, stdout and stderr of each."""
    environment = os.environ | {"DAGSTER_HOME": str(folder / "home"), "PYTHONPATH": str(PROJECT_ROOT)}
    started = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(folder)],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    deadline = time.monotonic() + 120
    while len(list(folder.glob("ready-*"))) < 4 and time.monotonic() < deadline:
        time.sleep(0.05)
    (folder / "go").touch()
    ended = []
    for process in started:
        out, err = process.communicate(timeout=200)
        ended.append((process.returncode, out, err))
    return ended


@pytest.mark.slow
def test_four_first_commands_find_the_databases(tmp_path: Path) -> None:
    for code, out, err in four_at_once(INSTANCE, tmp_path):
        assert (code, out) == (0, "[] []\n"), err
    assert (tmp_path / "home" / "dagster.yaml").is_file()


@pytest.mark.slow
def test_the_knowledge_base_is_prepared_by_one_and_the_others_wait(tmp_path: Path) -> None:
    ended = four_at_once(KNOWLEDGE, tmp_path)
    for code, out, err in ended:
        assert (code, out) == (0, "True\n"), err
    waited = [err for _, _, err in ended if "another process is preparing the knowledge base" in err]
    assert len(waited) == 3
