"""Four first commands at once in a fresh home, as four processes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from videogen.config.config import PROJECT_ROOT

# Imports take longer than the work: they are done once, and all four begin when the pipe is closed.
FOUR = """
import json, os, sys, traceback
from pathlib import Path
{imports}
folder = Path(sys.argv[1])
gate, opener = os.pipe()

def work(number):
    os.close(opener)
    for stream, name in ((1, "out"), (2, "err")):
        os.dup2(os.open(folder / f"{{name}}-{{number}}", os.O_CREAT | os.O_WRONLY), stream)
    os.read(gate, 1)
    {work}

children = []
for number in range(4):
    children.append(os.fork())
    if not children[-1]:
        code = 1
        try:
            work(number)
            code = 0
        except BaseException:
            traceback.print_exc()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
os.close(opener)
print(json.dumps([os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]))
"""
INSTANCE = FOUR.format(
    imports="from videogen_dagster.home import project_instance",
    work="instance = project_instance(); print(instance.get_runs(limit=1), instance.all_instigator_state())",
)
KNOWLEDGE = FOUR.format(
    imports="from videogen.fact_check.knowledge.knowledge_base import KnowledgeBase",
    work="print(KnowledgeBase(folder / 'knowledge').counts()['facts'] > 0)",
)


def four_at_once(program: str, folder: Path) -> list[tuple[int, str, str]]:
    """Exit code, stdout and stderr of each."""
    done = subprocess.run(
        [sys.executable, "-c", program, str(folder)],
        env=os.environ | {"DAGSTER_HOME": str(folder / "home"), "PYTHONPATH": str(PROJECT_ROOT)},
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [
        (code, (folder / f"out-{number}").read_text(), (folder / f"err-{number}").read_text())
        for number, code in enumerate(json.loads(done.stdout))
    ]


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
