from __future__ import annotations

import contextlib
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from videogen.config.groups.all import ProcessingSettings
from videogen.errors import ConfigError, InputError, PolicyError
from videogen.preprocessing import InputValidator


def save(folder: Path, name: str, size: tuple[int, int] = (40, 30), **options: object) -> Path:
    file = folder / name
    Image.effect_noise(size, 40).convert("RGB").save(file, **options)
    return file


def strict(**limits: int) -> InputValidator:
    return InputValidator(ProcessingSettings(**limits), Path("config/policy.yaml"))


def test_a_prompt_comes_back_without_white_space_around_it(validator: InputValidator) -> None:
    assert validator.validate_prompt("  a wind farm\nat sunset\t") == "a wind farm\nat sunset"
    assert validator.validate_prompt("बाढ़") == "बाढ़"
    assert validator.validate_prompt("🌊🔥") == "🌊🔥"


@pytest.mark.parametrize(
    ("prompt", "problem"),
    [
        ("", "is empty"),
        (" \n\t\u00a0", "is empty"),
        ("\u200b\u200d", "no words"),
        ("...!?", "no words"),
        ("a\x00b", r"U\+0000 at position 2"),
        ("\x1b[31mred", r"U\+001B"),
        ("bad \ud800", r"U\+D800"),
        ("word " * 10_000, "50,000 characters.*5,000"),
        (None, "NoneType"),
        (b"bytes", "bytes"),
        (["a"], "list"),
    ],
)
def test_a_prompt_that_cannot_be_used_is_refused_with_the_reason(
    validator: InputValidator, prompt, problem: str
) -> None:
    with pytest.raises(InputError, match=problem) as caught:
        validator.validate_prompt(prompt)
    assert caught.value.remedy


@given(st.text(max_size=200))
def test_a_prompt_is_taken_or_refused_but_nothing_else(raw: str) -> None:
    with contextlib.suppress(InputError):
        assert strict().validate_prompt(raw) == raw.strip()


def test_pictures_come_back_as_absolute_paths(validator: InputValidator, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    save(tmp_path, "a.png")
    save(tmp_path, "b.JPG", format="JPEG")
    assert validator.validate_images(["a.png", Path("b.JPG")]) == [tmp_path / "a.png", tmp_path / "b.JPG"]
    assert validator.validate_images([]) == []


def test_more_pictures_than_allowed_are_refused_before_any_is_opened() -> None:
    with pytest.raises(InputError, match="3 pictures are given, at most 2"):
        strict(max_images=2).validate_images(["none"] * 3)


@pytest.mark.parametrize("given", ["a.png", b"a.png", Path("a.png"), 5, None])
def test_pictures_must_be_a_list_of_paths(validator: InputValidator, given) -> None:
    with pytest.raises(InputError, match="list of paths"):
        validator.validate_images(given)


@pytest.mark.parametrize("given", [5, None, b"x", "a\0b"])
def test_each_picture_must_be_a_path(validator: InputValidator, given) -> None:
    with pytest.raises(InputError, match="picture 1"):
        validator.validate_images([given])


def test_missing_files_folders_and_devices_are_no_pictures(validator: InputValidator, tmp_path: Path) -> None:
    for path, problem in (
        (tmp_path / "none.png", "No such file"),
        (tmp_path / ("x" * 300 + ".png"), "name too long"),
        (tmp_path, "not a plain file, but a folder, pipe or device"),
        (Path("/dev/zero"), "not a plain file, but a folder, pipe or device"),
    ):
        with pytest.raises(InputError, match=problem):
            validator.validate_images([path])


def test_a_pipe_is_refused_without_waiting_for_it(validator: InputValidator, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    with pytest.raises(InputError, match="not a plain file, but a folder, pipe or device"):
        validator.validate_images([tmp_path / "pipe.png"])


def test_only_allowed_folders_are_read_also_through_links_and_dots(tmp_path: Path) -> None:
    inside, outside = tmp_path / "in", tmp_path / "in-the-dark"
    inside.mkdir()
    outside.mkdir()
    good, secret = save(inside, "good.png"), save(outside, "secret.png")
    (inside / "link.png").symlink_to(secret)
    (inside / "loop.png").symlink_to(inside / "loop.png")
    (tmp_path / "alias").symlink_to(inside)
    validator = InputValidator(ProcessingSettings(), Path("config/policy.yaml"), [tmp_path / "alias"])
    assert validator.validate_images([good, tmp_path / "alias" / "good.png"]) == [good, good]
    for path in (
        secret,
        inside / "link.png",
        inside / ".." / "in-the-dark" / "secret.png",
        Path("/etc/passwd"),
    ):
        with pytest.raises(InputError, match="outside of the allowed folders"):
            validator.validate_images([path])
    with pytest.raises(InputError, match="loop"):
        validator.validate_images([inside / "loop.png"])


def test_files_and_pictures_over_the_limits_are_refused(tmp_path: Path) -> None:
    big = save(tmp_path, "big.png", (400, 300))
    with pytest.raises(InputError, match="larger than 100,000 bytes"):
        strict(max_image_bytes=100_000).validate_images([big])
    wide = tmp_path / "wide.png"
    Image.new("L", (2000, 600)).save(wide)
    with pytest.raises(InputError, match="2000×600, more pixels than the limit of 1,000,000"):
        strict(max_image_pixels=1_000_000).validate_images([wide])


def test_compliance_gives_a_verdict_or_raises_with_rule_and_reason(validator: InputValidator) -> None:
    assert validator.check_policy_compliance("a wind farm").allowed
    verdict = validator.check_policy_compliance("how to make a bomb")
    assert (verdict.allowed, verdict.rule) == (False, "weapon-instructions")
    assert validator.require_compliance("a wind farm").allowed
    with pytest.raises(PolicyError, match=r"weapon-instructions.*instructions for weapons.*'how to make a bomb'"):
        validator.require_compliance("how to make a bomb")


def test_without_a_policy_there_is_no_validator(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="content policy"):
        InputValidator(ProcessingSettings(), tmp_path / "none.yaml")
