"""Whatever a file says it is: only this file is opened, only as a video, and only within the limits."""

from __future__ import annotations

import ast
import ctypes
import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from videogen.audio.loudness import sound_of
from videogen.errors import MediaError
from videogen.media.reading import iterate_frames, probe, read_frames
from videogen.runtime import media_opening as opening
from videogen.runtime.media_opening import Limits, format_of, open_media

PROJECT = Path(__file__).resolve().parents[3]
_IN_OPEN = 0x20


@pytest.fixture
def video(write_video, moving_disc) -> Path:
    return write_video(moving_disc(12), sound=True)


@contextmanager
def opened_files(*watched: Path) -> Iterator[Callable[[], bool]]:
    """Whether any of the files was opened by anybody, also from C (inotify(7))."""
    libc = ctypes.CDLL(None, use_errno=True)
    descriptor = libc.inotify_init1(os.O_NONBLOCK)
    for path in watched:
        assert libc.inotify_add_watch(descriptor, os.fsencode(path), _IN_OPEN) > 0

    def any_opened() -> bool:
        try:
            return bool(os.read(descriptor, 4096))
        except BlockingIOError:
            return False

    try:
        yield any_opened
    finally:
        os.close(descriptor)


def lists_of_files(other: Path) -> dict[str, str]:
    """Formats of FFmpeg that name other files, each of them naming `other`."""
    return {
        "concat": f"ffconcat version 1.0\nfile '{other.name}'\nduration 1\n",
        "absolute": f"ffconcat version 1.0\nfile '{other}'\n",
        "playlist": f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{other.name}\n#EXT-X-ENDLIST\n",
        "dash": '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" profiles='
        f'"urn:mpeg:dash:profile:isoff-on-demand:2011"><Period><BaseURL>{other.name}</BaseURL></Period></MPD>',
        "session": "v=0\no=- 0 0 IN IP4 127.0.0.1\nc=IN IP4 127.0.0.1\nm=video 5004 RTP/AVP 96\n",
        "subtitles": "# VobSub index file, v7\nid: en, index: 0\ntimestamp: 00:00:00:000, filepos: 0\n",
        "rtsp": f"rtsptext\nfile://{other}\n",
    }


@pytest.mark.parametrize("kind", lists_of_files(Path("x")))
def test_files_that_are_lists_of_files_are_refused_and_open_nothing(video: Path, tmp_path: Path, kind: str) -> None:
    path = tmp_path / "film.mp4"
    path.write_text(lists_of_files(video)[kind], encoding="ascii")
    with opened_files(video) as any_opened:
        for read in (probe, lambda path: list(iterate_frames(path)), lambda path: read_frames(path, [0]), sound_of):
            with pytest.raises(MediaError, match="cannot be read as a video: it is not one of the formats mp4"):
                list(read(path))
        assert not any_opened()
        video.read_bytes()
        assert any_opened()


def test_the_same_list_does_open_the_other_file_where_ffmpeg_guesses(video: Path, tmp_path: Path) -> None:
    """So that the test above is one that could fail."""
    path = tmp_path / "film.mp4"
    path.write_text(lists_of_files(video)["concat"], encoding="ascii")
    with opened_files(video) as any_opened:
        with av.open(str(path)) as container:
            assert container.streams.video
        assert any_opened()


@pytest.mark.parametrize(
    "name", ["concat:clip.mp4|clip.mp4", "file:clip.mp4", "pipe:0", "subfile,,start,0,end,0,,:clip.mp4", "%03d.mp4"]
)
def test_names_that_are_protocols_are_only_names(video: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.chdir(video.parent)
    with pytest.raises(MediaError, match="no file found at"):
        probe(Path(name))


def test_no_connection_is_made_for_an_address(video: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        with pytest.raises(MediaError):
            probe(Path(f"http://127.0.0.1:{server.getsockname()[1]}/film.mp4"))
        with pytest.raises(BlockingIOError):
            server.accept()


def test_a_reference_of_a_quicktime_file_to_another_is_not_followed(video: Path, tmp_path: Path) -> None:
    path = tmp_path / "film.mov"
    path.write_bytes(_with_alias(video.read_bytes(), video.name))
    with opened_files(video) as any_opened:
        with pytest.raises(MediaError):
            list(iterate_frames(path))
        assert not any_opened()
    with opened_files(video) as any_opened, av.open(str(path), options={"enable_drefs": "1"}):
        assert any_opened(), "the file of this test does not refer to the other"


def test_even_a_format_that_would_follow_references_cannot(
    video: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "film.mov"
    path.write_bytes(_with_alias(video.read_bytes(), video.name))
    monkeypatch.setattr(opening, "_OPTIONS", {"mov": {"enable_drefs": "1"}})
    with opened_files(video) as any_opened:
        with pytest.raises(MediaError, match="refers to another file"):
            probe(path)
        assert not any_opened()


def _with_alias(data: bytes, name: str) -> bytes:
    """An mp4 whose pictures lie in the file `name` beside it: a data reference of type alias (QuickTime, "alis")."""
    alias = bytearray(150)
    alias[4:6], alias[6:8] = b"\0\0", b"\0\2"
    alias[50 : 51 + len(name)] = bytes([len(name)]) + name.encode()
    alias[130:134] = (1).to_bytes(2, "big") * 2
    path = f"/{name}".encode()
    alias += b"\0\x02" + len(path).to_bytes(2, "big") + path + b"\0" * (len(path) % 2) + b"\xff\xff\0\0"
    entry = (12 + len(alias)).to_bytes(4, "big") + b"alis" + b"\0\0\0\0" + bytes(alias)
    place = data.index(b"dref") - 4
    size = int.from_bytes(data[place : place + 4], "big")
    grown = data[: place + 16] + entry + data[place + size :]
    change = len(entry) + 16 - size
    for box in (b"moov", b"trak", b"mdia", b"minf", b"dinf", b"dref"):
        start = grown.index(box) - 4
        length = int.from_bytes(grown[start : start + 4], "big") + change
        grown = grown[:start] + length.to_bytes(4, "big") + grown[start + 4 :]
    return grown.replace(b"ftypisom", b"ftypqt  ")


@pytest.mark.parametrize("kind", ["pipe", "folder", "device", "process"])
def test_only_regular_files_are_read_and_nothing_is_waited_for(tmp_path: Path, kind: str) -> None:
    if kind == "pipe":
        os.mkfifo(tmp_path / "film.mp4")
    path = {
        "pipe": tmp_path / "film.mp4",
        "folder": tmp_path,
        "device": Path("/dev/zero"),
        "process": Path("/proc/self/environ"),
    }[kind]
    # What waits at the pipe, or reads the device, does so for ever.
    with pytest.raises(MediaError, match=r"is not a file|is empty"):
        probe(path)


def test_a_name_with_a_nul_is_a_clear_error() -> None:
    with pytest.raises(MediaError, match="cannot be opened"):
        probe(Path("film\0.mp4"))


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        (replace(Limits(), bytes=1000), "at most 1,000 are read"),
        (replace(Limits(), pixels=192 * 120 - 1), "at most 23,039 pixels"),
        (replace(Limits(), frames=11), "at most 11 frames"),
        (replace(Limits(), seconds=0.4), "at most 12|lasts 0 s|at most 2000000 frames and 0 s"),
        (replace(Limits(), streams=1), "streams; at most 1|cannot be read"),
        (replace(Limits(), reading=-1.0), "takes too long to read"),
    ],
)
def test_limits_hold_before_any_work(
    video: Path, monkeypatch: pytest.MonkeyPatch, limits: Limits, message: str
) -> None:
    probe(video)
    monkeypatch.setattr(opening, "LIMITS", limits)
    with pytest.raises(MediaError, match=message):
        probe(video)


def test_a_frame_larger_than_the_container_says_is_not_decoded(
    write_video, moving_disc, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_video(moving_disc(4), "clip.mkv", codec="mjpeg", pix_fmt="yuvj420p")
    data = path.read_bytes()
    for code, edge in ((b"\xb0", 192), (b"\xba", 120)):
        # PixelWidth and PixelHeight of the track (RFC 9559) say 16.
        stored = code + bytes([0x80 | 1, edge]) if edge < 256 else b""
        assert data.count(stored) >= 1
        data = data.replace(stored, code + bytes([0x81, 16]), 1)
    path.write_bytes(data)
    monkeypatch.setattr(opening, "LIMITS", replace(Limits(), pixels=100 * 100))
    with pytest.raises(MediaError):
        list(iterate_frames(path))


@pytest.mark.parametrize("name", ["cover.mp3", "cover.flac", "cover.mp4"])
def test_sound_with_a_cover_picture_is_no_video(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    codec = {".mp3": "libmp3lame", ".flac": "flac", ".mp4": "aac"}[path.suffix]
    cover = tmp_path / "cover.jpg"
    Image.fromarray(np.zeros((48, 64, 3), np.uint8)).save(cover)
    with av.open(str(path), "w") as container:
        sound = container.add_stream(codec, rate=48000, layout="mono")
        picture = container.add_stream("mjpeg", rate=1)
        picture.width, picture.height, picture.pix_fmt = 64, 48, "yuvj420p"
        picture.disposition = av.stream.Disposition.attached_pic
        container.start_encoding()
        packet = av.Packet(cover.read_bytes())
        packet.stream, packet.pts, packet.dts = picture, 0, 0
        container.mux(packet)
        form = sound.format.name
        for number in range(4):
            samples = np.zeros((1, 1024), np.float32 if form == "fltp" else f"int{form[1:3]}")
            frame = av.AudioFrame.from_ndarray(samples, format=form, layout="mono")
            frame.sample_rate, frame.pts = 48000, 1024 * number
            container.mux(sound.encode(frame))
        container.mux(sound.encode(None))
    started = time.process_time()
    with pytest.raises(MediaError, match=r"no video stream|not one of the formats mp4"):
        probe(path)
    assert time.process_time() - started < 2


def test_titles_that_are_no_utf8_are_read_with_replacements(write_video, moving_disc) -> None:
    path = write_video(moving_disc(4), "clip.mkv")
    data = path.read_bytes()
    assert data.count(b"Lavf") >= 1
    path.write_bytes(data.replace(b"Lavf", b"\x8a\xb7\xff\xfe"))
    info = probe(path)
    assert info.num_frames == 4
    assert any("\ufffd" in value for value in info.metadata.values())


@pytest.mark.parametrize("name", ["clip.mp4", "clip.mov", "clip.mkv", "clip.avi", "clip.ts", "clip.flv"])
def test_formats_are_told_by_their_first_bytes_whatever_the_name(write_video, moving_disc, name: str) -> None:
    path = write_video(moving_disc(12), name, fps=25)
    renamed = path.rename(path.with_name("film.bin"))
    assert probe(renamed).num_frames == 12
    with open_media(renamed) as media:
        assert media.container.format.name == format_of(renamed.read_bytes()[:2048])


def test_nobody_else_opens_media() -> None:
    """av.open for reading and decord stand in one module each; all else goes through them."""
    doors = {"videogen/runtime/media_opening.py": "av.open", "videogen/media/own_videos.py": "decord"}
    found = {}
    for folder in ("videogen", "videogen_dagster", "assets", "resources", "sensors", "training"):
        for path in (PROJECT / folder).rglob("*.py"):
            name = path.relative_to(PROJECT).as_posix()
            for use in _uses(ast.parse(path.read_text(encoding="utf-8"))):
                found.setdefault(name, set()).add(use)
    assert found == {name: {use} for name, use in doors.items()}


def _uses(tree: ast.AST) -> Iterator[str]:
    readers = {"VideoCapture", "read_video", "VideoReader", "mimread", "InputContainer"}
    for node in ast.walk(tree):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import | ast.ImportFrom) else []
        module = node.module or "" if isinstance(node, ast.ImportFrom) else ""
        if "decord" in names or module.startswith("decord"):
            yield "decord"
        if module == "av" and "open" in names:
            yield "av.open"
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        owner = node.func.value.id if isinstance(node.func.value, ast.Name) else ""
        if owner == "av" and node.func.attr == "open" and not _writes(node):
            yield "av.open"
        if node.func.attr in readers and owner != "decord":
            yield node.func.attr


def _writes(call: ast.Call) -> bool:
    mode = call.args[1] if len(call.args) > 1 else None
    return isinstance(mode, ast.Constant) and mode.value == "w"
