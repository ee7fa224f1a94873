"""Real files, made here: what cameras, phones, printers, attackers and mistakes produce."""

from __future__ import annotations

import contextlib
import io
import struct
import time
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from tests.fuzzing import examples
from videogen.config.groups.all import PreprocessingSettings, ProcessingSettings
from videogen.errors import InputError
from videogen.preprocessing.images import ImagePreprocessor
from videogen.storage.inputs.picture_file import picture_content, read_picture

LIMITS = ProcessingSettings()


def noise(size: tuple[int, int] = (64, 48)) -> Image.Image:
    return Image.fromarray(np.random.default_rng(1).integers(0, 255, (size[1], size[0], 3), dtype=np.uint8))


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def refused(tmp_path: Path, name: str, content: bytes, problem: str) -> None:
    file = tmp_path / name
    file.write_bytes(content)
    with pytest.raises(InputError, match=problem) as caught:
        read_picture(file, LIMITS)
    assert name in caught.value.problem
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.png", "PNG"),
        ("a.JPEG", "JPEG"),
        ("a.webp", "WEBP"),
        ("a.tif", "TIFF"),
        ("a.bmp", "BMP"),
        ("a.gif", "GIF"),
    ],
)
def test_the_usual_formats_are_read(tmp_path: Path, name: str, kind: str) -> None:
    (tmp_path / name).write_bytes(encoded(noise(), kind))
    image = read_picture(tmp_path / name, LIMITS)
    assert image.size == (64, 48)
    image.convert("RGB").getpixel((63, 47))


def test_a_text_named_jpg_is_called_a_text(tmp_path: Path) -> None:
    refused(tmp_path, "notes.jpg", b"Minutes of the meeting on Monday", "not a picture but a text file")


def test_other_files_are_called_what_they_are(tmp_path: Path) -> None:
    refused(tmp_path, "a.png", b"%PDF-1.7 and so on, more bytes", "PDF")
    refused(tmp_path, "b.png", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG")
    refused(tmp_path, "c.jpg", b"\0\0\0\x18ftypheic" + b"\0" * 20, "HEIC")
    refused(tmp_path, "d.jpg", b"\0\0\0\x18ftypisom" + b"\0" * 20, "MP4")
    refused(tmp_path, "e.png", b"%!PS-Adobe-3.0 EPSF-3.0\n" * 3, "PostScript")
    refused(tmp_path, "f.png", b"", "is empty")
    refused(tmp_path, "g.png", bytes(range(200, 256)), "unknown kind")


def test_a_picture_with_the_wrong_extension_is_refused_with_the_right_one(tmp_path: Path) -> None:
    refused(tmp_path, "photo.png", encoded(noise(), "JPEG"), "named '.png' but holds a JPEG")
    refused(tmp_path, "photo", encoded(noise(), "PNG"), "no extension")


@pytest.mark.parametrize(
    ("name", "kind"), [("cut.png", "PNG"), ("cut.jpg", "JPEG"), ("cut.webp", "WEBP"), ("cut.tiff", "TIFF")]
)
def test_a_truncated_picture_is_refused(tmp_path: Path, name: str, kind: str) -> None:
    content = encoded(noise(), kind)
    for share in (0.3, 0.6, 0.95):
        refused(tmp_path, name, content[: int(len(content) * share)], "damaged or truncated|cannot be read as one")


def test_a_decompression_bomb_is_refused_without_unpacking_it(tmp_path: Path) -> None:
    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    for edge, problem in ((60_000, "far more pixels"), (9_000, "9000×9000, more pixels than the limit")):
        header = struct.pack(">IIBBBBB", edge, edge, 8, 2, 0, 0, 0)
        bomb = (
            b"\x89PNG\r\n\x1a\n"
            + chunk(b"IHDR", header)
            + chunk(b"IDAT", zlib.compress(b"\0" * 1_000_000))
            + chunk(b"IEND", b"")
        )
        refused(tmp_path, "bomb.png", bomb, problem)


@pytest.mark.parametrize(("name", "kind"), [("a.gif", "GIF"), ("a.webp", "WEBP"), ("a.png", "PNG")])
def test_animations_are_refused_with_their_length(tmp_path: Path, name: str, kind: str) -> None:
    frames = [Image.new("RGB", (32, 32), colour) for colour in ("red", "green", "blue")]
    content = encoded(frames[0], kind, save_all=True, append_images=frames[1:], duration=100)
    refused(tmp_path, name, content, "animation of 3 pictures")


def test_a_document_of_several_pages_is_refused(tmp_path: Path) -> None:
    refused(
        tmp_path, "fax.tiff", encoded(noise(), "TIFF", save_all=True, append_images=[noise()]), "more than one page"
    )


def test_a_phones_picture_with_a_second_one_inside_is_taken(tmp_path: Path) -> None:
    file = tmp_path / "phone.jpg"
    file.write_bytes(encoded(noise(), "MPO", save_all=True, append_images=[Image.new("RGB", (8, 8))]))
    assert read_picture(file, LIMITS).size == (64, 48)


PNG, JPEG = encoded(noise((24, 16)), "PNG"), encoded(noise((24, 16)), "JPEG")


@pytest.mark.fuzz("pictures")
@settings(max_examples=examples(150), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    picture=st.sampled_from([("a.png", PNG), ("a.jpg", JPEG)]),
    flips=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=8),
)
def test_damaged_bytes_give_a_picture_or_an_input_error(tmp_path: Path, picture: tuple[str, bytes], flips) -> None:
    name, content = picture
    damaged = bytearray(content)
    for place, value in flips:
        damaged[int(place * len(damaged))] = value
    (tmp_path / name).write_bytes(damaged)
    with contextlib.suppress(InputError):
        read_picture(tmp_path / name, LIMITS).convert("RGB")


@pytest.mark.parametrize("head", [b"GIF89a" + bytes(20), b"II*\0" + bytes(20)])
def test_a_file_that_only_starts_like_a_picture_is_said_to_be_none(tmp_path, head):
    name = "p.gif" if head.startswith(b"GIF") else "p.tif"
    refused(tmp_path, name, head, "cannot be read as one|damaged or truncated: (?!'MPO')")


@pytest.mark.parametrize(("kind", "extension"), [("JPEG", ".jpg"), ("PNG", ".png"), ("TIFF", ".tif"), ("BMP", ".bmp")])
def test_the_remedy_of_a_wrong_extension_is_the_usual_one(tmp_path, kind, extension):
    file = tmp_path / "p.webp"
    file.write_bytes(encoded(noise(), kind))
    with pytest.raises(InputError) as caught:
        read_picture(file, LIMITS)
    assert caught.value.remedy.startswith(f"rename it to *{extension},")


# --- files that are no pictures, and pictures that take for ever ---------------------------------------


@pytest.mark.parametrize("file", ["/proc/self/environ", "/proc/self/pagemap", "/dev/zero", "/etc/passwd", "/etc"])
def test_files_of_the_system_are_not_taken_for_pictures(tmp_path: Path, file: str) -> None:
    (tmp_path / "p.png").symlink_to(file)
    started = time.process_time()
    for path in (Path(file), tmp_path / "p.png"):
        with pytest.raises(InputError, match=r"cannot be used|cannot read|is not a picture"):
            picture_content(path, LIMITS)
    assert time.process_time() - started < 2


def test_what_is_kept_is_what_was_checked(tmp_path: Path) -> None:
    (tmp_path / "p.png").write_bytes(PNG)
    assert picture_content(tmp_path / "p.png", LIMITS, [tmp_path]) == PNG
    with pytest.raises(InputError, match="outside of the allowed folders"):
        picture_content(tmp_path / "p.png", LIMITS, [tmp_path / "other"])


def test_a_document_of_a_hundred_thousand_pages_is_refused_by_its_second_one(tmp_path: Path) -> None:
    entries = [(256, 3, 1), (257, 3, 1), (258, 3, 8), (259, 3, 1), (262, 3, 1), (273, 4, 0), (278, 3, 1), (279, 4, 1)]
    page = struct.pack("<H", len(entries)) + b"".join(struct.pack("<HHII", tag, kind, 1, v) for tag, kind, v in entries)
    length, pages = len(page) + 4, 100_000
    directories = (
        page + struct.pack("<I", 8 + length * number if number < pages else 0) for number in range(1, pages + 1)
    )
    started = time.process_time()
    refused(tmp_path, "fax.tif", b"II*\0" + struct.pack("<I", 8) + b"".join(directories), "more than one page")
    assert time.process_time() - started < 3


def test_a_jpeg_of_thousands_of_scans_is_refused_without_decoding_one(tmp_path: Path) -> None:
    content = encoded(noise(), "JPEG", progressive=True)
    begin = content.rindex(b"\xff\xda")
    scan = content[begin:-2]
    (tmp_path / "few.jpg").write_bytes(content)
    assert read_picture(tmp_path / "few.jpg", LIMITS).size == (64, 48)
    refused(tmp_path, "many.jpg", content[:-2] + scan * 3000 + b"\xff\xd9", "scans, and each is decoded")


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def test_a_palette_that_contradicts_the_pixels_is_an_input_error(tmp_path: Path) -> None:
    content = encoded(noise().quantize(16), "PNG")
    after = content.index(b"IDAT") - 4
    (tmp_path / "p.png").write_bytes(content[:after] + chunk(b"tRNS", b"\1" * 300) + content[after:])
    steps = ImagePreprocessor(PreprocessingSettings(), LIMITS, (64, 48))
    with pytest.raises(InputError, match=r"p\.png \(P\) cannot be prepared"):
        steps.process([tmp_path / "p.png"])


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "I;16", "RGBA"])
def test_pictures_of_every_mode_of_png_become_rgb(tmp_path: Path, mode: str) -> None:
    ramp = np.linspace(0, 65535, 64 * 48).reshape(48, 64).astype(np.uint16)
    image = Image.fromarray(ramp) if mode == "I;16" else noise().convert(mode)
    (tmp_path / "p.png").write_bytes(encoded(image, "PNG"))
    pixels = ImagePreprocessor(PreprocessingSettings(), LIMITS, (64, 48)).process([tmp_path / "p.png"]).pixels
    assert pixels.shape == (1, 48, 64, 3)
    assert 60 < pixels.float().mean() < 200


@pytest.mark.fuzz("pictures")
@settings(max_examples=examples(100), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    kind=st.sampled_from(["PNG", "JPEG", "GIF", "TIFF", "BMP", "WEBP"]),
    mode=st.sampled_from(["1", "L", "P", "RGB"]),
    places=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), max_size=6),
    cut=st.floats(0.2, 1.0),
)
def test_fuzz_any_damaged_picture_is_prepared_or_refused(tmp_path: Path, kind: str, mode: str, places, cut) -> None:
    image = noise((24, 16)).convert(mode if kind != "JPEG" or mode not in "1P" else "L")
    content = bytearray(encoded(image, kind))
    for place, value in places:
        content[int(place * len(content))] = value
    path = tmp_path / f"p.{kind.lower()}"
    path.write_bytes(content[: max(1, int(cut * len(content)))])
    with contextlib.suppress(InputError):
        ImagePreprocessor(PreprocessingSettings(), LIMITS, (16, 16)).process([path])
