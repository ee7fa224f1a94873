"""The lean process of the command line: it ends early, but neither lies about its end nor loses anything."""

import subprocess
import sys

import pytest

from videogen.config.config import PROJECT_ROOT
from videogen_dagster.process import exit_status

HEAD = "import atexit, sys, threading, time\nfrom videogen_dagster.process import run_lean\n"


def ended(body: str) -> subprocess.CompletedProcess[str]:
    script = HEAD + "def command():\n" + "".join(f"    {line}\n" for line in body.splitlines()) + "run_lean(command)\n"
    return subprocess.run([sys.executable, "-c", script], cwd=PROJECT_ROOT, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize("code", [0, 7, 256 + 3, None, "a word to the user", -1])
def test_exit_status_is_the_one_that_python_would_give(code):
    plain = subprocess.run([sys.executable, "-c", f"import sys; sys.exit({code!r})"], capture_output=True, text=True)
    lean = ended(f"sys.exit({code!r})")
    assert (lean.returncode, lean.stderr) == (plain.returncode, plain.stderr)
    assert exit_status(code) == plain.returncode


def test_a_command_that_returns_ends_with_success():
    assert ended("print('done')").returncode == 0


def test_unexpected_error_ends_with_its_traceback_and_status_1():
    done = ended("raise RuntimeError('broken')")
    assert done.returncode == 1
    assert "RuntimeError: broken" in done.stderr


def test_interruption_ends_with_130():
    assert ended("raise KeyboardInterrupt").returncode == 130


def test_threads_are_joined_handlers_run_and_output_is_flushed():
    done = ended(
        "atexit.register(print, 'handler')\n"
        "threading.Thread(target=lambda: (time.sleep(0.2), sys.stdout.write('thread\\n'))).start()\n"
        "sys.stdout.write('command\\n')"
    )
    assert done.stdout.split() == ["command", "thread", "handler"]


def test_nothing_is_taken_apart_at_the_end():
    done = ended("class Noisy:\n    def __del__(self): print('freed', flush=True)\nsys.kept = Noisy()")
    assert (done.returncode, done.stdout) == (0, "")


def test_a_reader_that_left_early_is_no_error():
    script = HEAD + "run_lean(lambda: sys.stdout.write('a' * 10_000_000))"
    with subprocess.Popen([sys.executable, "-c", script], cwd=PROJECT_ROOT, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.read(1)
        process.stdout.close()
        process.wait(60)
    assert process.returncode in (0, 1)


def test_only_the_process_of_a_command_changes_how_libraries_work_in_it():
    said = "from videogen_dagster.process import runs_a_command\nprint(runs_a_command())"
    plain = subprocess.run(
        [sys.executable, "-c", said], cwd=PROJECT_ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    assert (plain.stdout.strip(), ended(said).stdout.strip()) == ("False", "True")
