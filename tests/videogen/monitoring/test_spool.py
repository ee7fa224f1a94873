"""Numbers from workers: nothing is lost when they are killed, and nothing breaks them."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from videogen.config.config import PROJECT_ROOT
from videogen.monitoring.sources.spool import FOLDER, MOST_BYTES, SpoolReader, SpoolWriter

NAME = "videogen_denoise_step_seconds"
KILLED = f"""
import os, signal, sys
from pathlib import Path
from videogen.monitoring.sources.spool import SpoolWriter
writer = SpoolWriter(Path(sys.argv[1]))
for number in range(100):
    writer.write("{NAME}", float(number), {{}})
os.kill(os.getpid(), signal.SIGKILL)
"""


def values(reader: SpoolReader) -> list[float]:
    return [line.update.value for line in reader.read() if line.update.name == NAME]


def test_what_a_killed_process_wrote_is_read_once_and_its_file_removed(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", KILLED, tmp_path], cwd=PROJECT_ROOT, check=False)
    assert done.returncode == -signal.SIGKILL
    reader = SpoolReader(tmp_path, {})
    assert values(reader) == [float(number) for number in range(100)]
    assert values(reader) == []
    assert list((tmp_path / FOLDER).iterdir()) == []


def test_lines_of_a_living_process_are_read_as_they_come_also_by_the_next_exporter(tmp_path: Path) -> None:
    writer, positions = SpoolWriter(tmp_path), {}
    writer.write(NAME, 1.0, {}, {"run_id": "r1", "video_id": "v1"})
    (line,) = SpoolReader(tmp_path, positions).read()
    assert (line.update.value, line.context, line.update.exemplar) == (
        1.0, {"run_id": "r1", "video_id": "v1"}, {"run_id": "r1"},
    )  # fmt: skip
    writer.write(NAME, 2.0, {})
    assert values(SpoolReader(tmp_path, positions)) == [2.0]


def test_a_line_that_is_not_complete_yet_is_left_for_later(tmp_path: Path) -> None:
    writer = SpoolWriter(tmp_path)
    writer.write(NAME, 1.0, {})
    (file,) = (tmp_path / FOLDER).iterdir()
    with file.open("ab") as half:
        half.write(b'{"n": "videogen_deno')
    reader = SpoolReader(tmp_path, {})
    assert values(reader) == [1.0]
    with file.open("ab") as rest:
        rest.write('ise_step_seconds", "l": {}, "t": 1, "v": 3.0}\nno json\n'.replace("videogen_deno", "").encode())
    assert values(reader) == [3.0]
    assert reader.unreadable == 1


def test_a_full_file_is_followed_by_another_one(tmp_path: Path) -> None:
    writer, reader = SpoolWriter(tmp_path), SpoolReader(tmp_path, {})
    lines = 2 * MOST_BYTES // 90
    for number in range(lines):
        writer.write(NAME, float(number), {})
    assert len(list((tmp_path / FOLDER).iterdir())) >= 2
    assert values(reader) == [float(number) for number in range(lines)]
    assert len(list((tmp_path / FOLDER).iterdir())) == 1


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EIO])
def test_a_disk_that_refuses_costs_numbers_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, number: int
) -> None:
    writer = SpoolWriter(tmp_path)
    writer.write(NAME, 1.0, {})
    genuine = os.write

    def refuse(descriptor: int, data: bytes) -> int:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("videogen.monitoring.sources.spool.os.write", refuse)
    for _ in range(3):
        writer.write(NAME, 2.0, {})
    assert writer.dropped == 3
    assert caplog.text.count("cannot be recorded") == 1
    monkeypatch.setattr("videogen.monitoring.sources.spool.os.write", genuine)
    writer._closed_until = 0.0
    writer.write(NAME, 3.0, {})
    lines = list(SpoolReader(tmp_path, {}).read())
    assert [(line.update.name, line.update.value) for line in lines] == [
        (NAME, 1.0), (NAME, 3.0), ("videogen_events_total", 3.0),
    ]  # fmt: skip


def test_a_folder_that_cannot_be_made_costs_numbers_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    writer = SpoolWriter(tmp_path / "file")
    writer.write(NAME, 1.0, {})
    assert writer.dropped == 1


def test_a_forked_process_writes_a_file_of_its_own(tmp_path: Path) -> None:
    writer = SpoolWriter(tmp_path)
    writer.write(NAME, 1.0, {})
    child = os.fork()
    if child == 0:
        writer.write(NAME, 2.0, {})
        os._exit(0)
    os.waitpid(child, 0)
    writer.write(NAME, 3.0, {})
    assert len(list((tmp_path / FOLDER).iterdir())) == 2
    assert sorted(values(SpoolReader(tmp_path, {}))) == [1.0, 2.0, 3.0]


def test_names_that_are_not_of_a_spool_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / FOLDER).mkdir()
    strange: Any = tmp_path / FOLDER / "notes.txt"
    strange.write_text("mine", encoding="utf-8")
    assert values(SpoolReader(tmp_path, {})) == []
    assert strange.exists()
