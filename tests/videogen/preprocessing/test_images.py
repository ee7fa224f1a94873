from __future__ import annotations

import io
import sys
from dataclasses import replace
from importlib.metadata import EntryPoint
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms, ImageDraw, ImageFilter

from tests.fuzzing import examples
from videogen.config.groups.all import PreprocessingSettings, ProcessingSettings
from videogen.errors import ConfigError, InputError
from videogen.preprocessing import ImagePreprocessor
from videogen.preprocessing.image.adjustment import contrast, enhance, sharpness
from videogen.preprocessing.image.colour import as_srgb
from videogen.preprocessing.image.features import FEATURES, LENGTH
from videogen.preprocessing.image.framing import crop_box
from videogen.preprocessing.image.image_state import ImageState
from videogen.runtime import plugins

SIZE = (128, 80)


def preprocessor(**changes: object) -> ImagePreprocessor:
    return ImagePreprocessor(PreprocessingSettings(**changes), ProcessingSettings(), SIZE)


def wide_gamut_profile() -> bytes:
    """An RGB profile whose red and blue primaries are exchanged: nobody can mistake the result for sRGB."""
    raw = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    red, blue = raw.index(b"rXYZ"), raw.index(b"bXYZ")
    raw[red : red + 4], raw[blue : blue + 4] = b"bXYZ", b"rXYZ"
    return bytes(raw)


def halves(first: object, second: object, mode: str = "RGB") -> Image.Image:
    image = Image.new(mode, (160, 100), first)
    image.paste(second, (80, 0, 160, 100))
    return image


def pixel(pictures: ImagePreprocessor, path: Path, x: int = 64, y: int = 40) -> list[int]:
    return pictures.process([path]).pixels[0, y, x].tolist()


def test_no_pictures_are_a_valid_value() -> None:
    result = preprocessor().process([])
    assert result.pixels.shape == (0, 80, 128, 3)
    assert result.pixels.dtype == torch.uint8
    assert result.features.shape == (0, LENGTH)


def test_pictures_of_all_shapes_come_out_at_the_profiles_size(tmp_path: Path) -> None:
    paths = []
    for number, size in enumerate([(1, 1), (1, 500), (500, 1), (333, 77), (127, 81), (600, 900)]):
        path = tmp_path / f"{number}.png"
        Image.effect_noise(size, 50).convert("RGB").save(path)
        paths.append(path)
    for fit in ("crop", "letterbox"):
        result = preprocessor(fit=fit, remove_background=True).process(paths)
        assert result.pixels.shape == (6, 80, 128, 3)
        assert torch.isfinite(result.features).all()
        assert [source["width"] for source in result.sources] == [1, 1, 500, 333, 127, 600]
    assert any("1×1 and is enlarged" in warning for warning in result.warnings)


def test_sources_say_which_file_it_was(tmp_path: Path, landscape: Image.Image) -> None:
    path = tmp_path / "car.png"
    landscape.save(path)
    source = preprocessor().process([path]).sources[0]
    import hashlib

    assert source["name"] == "car.png"
    assert source["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert (source["format"], source["mode"]) == ("PNG", "RGB")
    assert source["crop"][2] - source["crop"][0] == 320


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_exif_orientation_is_turned_upright(tmp_path: Path, orientation: int) -> None:
    upright = Image.new("RGB", (160, 100), (0, 0, 200))
    upright.paste((220, 0, 0), (0, 0, 80, 50))
    inverse = {1: None, 2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}[orientation]
    stored = upright if inverse is None else upright.transpose(Image.Transpose(inverse))
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored.save(tmp_path / "a.jpg", exif=exif, quality=95, subsampling=0)
    pixels = preprocessor(image_steps=("orient", "to_srgb", "resize")).process([tmp_path / "a.jpg"]).pixels[0]
    assert pixels[15, 20, 0] > 180
    for y, x in ((15, 110), (65, 20), (65, 110)):
        assert pixels[y, x, 2] > 150
        assert pixels[y, x, 0] < 60


def test_damaged_exif_is_a_warning_not_an_error(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    Image.new("RGB", (160, 100), "red").save(buffer, "JPEG", exif=b"Exif\0\0MM\0*\0\0\0\x08\xff\xff\x01\x12")
    (tmp_path / "a.jpg").write_bytes(buffer.getvalue())
    assert preprocessor().process([tmp_path / "a.jpg"]).pixels.shape == (1, 80, 128, 3)


def test_an_icc_profile_is_converted_to_srgb(tmp_path: Path) -> None:
    image = Image.new("RGB", (160, 100), (255, 0, 0))
    image.save(tmp_path / "a.png", icc_profile=wide_gamut_profile())
    image.save(tmp_path / "b.png", icc_profile=ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    red, _, blue = pixel(preprocessor(), tmp_path / "a.png")
    assert red < 40
    assert blue > 200
    assert pixel(preprocessor(), tmp_path / "b.png")[0] >= 254


def test_a_broken_icc_profile_is_a_warning(tmp_path: Path) -> None:
    Image.new("RGB", (160, 100), (200, 10, 10)).save(tmp_path / "a.png", icc_profile=b"not a profile at all" * 10)
    result = preprocessor().process([tmp_path / "a.png"])
    assert result.pixels[0, 40, 64].tolist() == [200, 10, 10]
    assert "a.png: its colour profile cannot be used" in result.warnings[0]


def test_a_profile_for_other_channels_is_a_warning(tmp_path: Path) -> None:
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    Image.new("L", (160, 100), 90).save(tmp_path / "a.png", icc_profile=srgb)
    result = preprocessor().process([tmp_path / "a.png"])
    assert result.pixels[0, 40, 64].tolist() == [90, 90, 90]
    assert "colour profile" in result.warnings[0]


def test_cmyk_jpegs_keep_their_colours(tmp_path: Path) -> None:
    Image.new("RGB", (160, 100), (200, 30, 30)).convert("CMYK").save(tmp_path / "a.jpg", quality=95)
    assert pixel(preprocessor(), tmp_path / "a.jpg") == pytest.approx([200, 30, 30], abs=6)


def test_transparency_shows_white(tmp_path: Path) -> None:
    image = Image.new("RGBA", (160, 100), (255, 0, 0, 0))
    image.paste((0, 0, 255, 255), (80, 0, 160, 100))
    image.save(tmp_path / "rgba.png")
    image.convert("LA").save(tmp_path / "la.png")
    palette = Image.new("P", (160, 100), 0)
    palette.putpalette([255, 0, 0, 0, 0, 255])
    palette.paste(1, (80, 0, 160, 100))
    palette.save(tmp_path / "p.png", transparency=0)
    Image.new("RGB", (160, 100), (9, 9, 9)).save(tmp_path / "trns.png", transparency=(9, 9, 9))
    for name in ("rgba", "la", "p", "trns"):
        assert pixel(preprocessor(), tmp_path / f"{name}.png", x=10) == [255, 255, 255], name
    assert pixel(preprocessor(), tmp_path / "p.png", x=110) == [0, 0, 255]


def test_half_transparent_is_half_white() -> None:
    image, problem = as_srgb(Image.new("RGBA", (4, 4), (0, 0, 0, 128)))
    assert not problem
    assert image.getpixel((1, 1)) == (127, 127, 127)


def test_sixteen_bit_pictures_keep_their_greys(tmp_path: Path) -> None:
    ramp = np.tile(np.linspace(0, 65535, 160).astype(np.uint16), (100, 1))
    Image.fromarray(ramp).save(tmp_path / "a.png")
    Image.fromarray(ramp).save(tmp_path / "a.tiff")
    for name in ("a.png", "a.tiff"):
        row = preprocessor(image_steps=("to_srgb", "resize")).process([tmp_path / name]).pixels[0, 40, :, 0]
        expected = np.linspace(0, 255, 160)[np.round(np.linspace(0.125, 158.875, 128)).astype(int)]
        assert np.abs(row.numpy() - expected).max() <= 3


def test_high_dynamic_range_is_mapped_with_a_warning(tmp_path: Path) -> None:
    values = np.tile(np.linspace(0, 40, 160).astype(np.float32), (100, 1))
    values[0, 0] = np.nan
    values[0, 1] = np.inf
    Image.fromarray(values).save(tmp_path / "a.tiff")
    result = preprocessor(image_steps=("to_srgb", "resize")).process([tmp_path / "a.tiff"])
    row = result.pixels[0, 40, :, 0].int()
    assert row[0] < 10
    assert row[-1] > 245
    assert "displayable range" in result.warnings[0]


@pytest.mark.parametrize(
    "mode",
    [
        "1",
        "L",
        "P",
        "PA",
        "LA",
        "La",
        "RGB",
        "RGBA",
        "RGBX",
        "RGBa",
        "CMYK",
        "YCbCr",
        "HSV",
        "LAB",
        "I",
        "F",
        "I;16",
        "I;16B",
    ],
)
def test_every_mode_becomes_rgb(mode: str) -> None:
    image, _ = as_srgb(Image.new(mode, (9, 7)))
    assert image.mode == "RGB"
    assert image.size == (9, 7)


def test_lab_is_converted_by_its_meaning() -> None:
    srgb, lab = ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB")
    stored = ImageCms.profileToProfile(Image.new("RGB", (4, 4), (200, 30, 30)), srgb, lab, outputMode="LAB")
    assert as_srgb(stored)[0].getpixel((0, 0)) == pytest.approx((200, 30, 30), abs=4)


def test_normalize_gives_minus_one_to_one(landscape: Image.Image) -> None:
    array = preprocessor().normalize(halves((0, 0, 0), (255, 255, 255)))
    assert array.shape == (100, 160, 3)
    assert array.dtype == np.float32
    assert (array.min(), array.max()) == (-1, 1)
    again = np.rint((preprocessor().normalize(landscape) + 1) * 127.5).astype(np.uint8)
    assert (again == np.asarray(landscape)).all()


def test_the_crop_follows_what_stands_out() -> None:
    for left in (20, 700, 1300):
        image = Image.new("RGB", (1600, 500), (120, 180, 230))
        draw = ImageDraw.Draw(image)
        draw.rectangle((0, 420, 1600, 500), fill=(60, 150, 60))
        draw.rectangle((left, 250, left + 250, 440), fill=(220, 30, 30))
        box = crop_box(image, SIZE)
        assert (box[2] - box[0], box[3] - box[1]) == (800, 500)
        assert box[0] <= left
        assert left + 250 <= box[2]


def test_an_empty_picture_is_cropped_to_its_middle() -> None:
    assert crop_box(Image.new("RGB", (1000, 100), "grey"), (100, 100)) == (450, 0, 550, 100)


@pytest.mark.fuzz("pictures")
@settings(max_examples=examples(40), deadline=None)
@given(st.integers(1, 300), st.integers(1, 300), st.integers(8, 200), st.integers(8, 200))
def test_a_crop_lies_in_the_picture_and_has_the_shape_asked_for(width: int, height: int, wide: int, high: int) -> None:
    left, top, right, bottom = crop_box(Image.effect_noise((width, height), 60).convert("RGB"), (wide, high))
    assert 0 <= left < right <= width
    assert 0 <= top < bottom <= height
    assert right - left == width or bottom - top == height
    scale = min(width / wide, height / high)
    assert right - left == max(round(wide * scale), 1)
    assert bottom - top == max(round(high * scale), 1)


def test_much_lost_to_the_crop_is_a_warning(tmp_path: Path) -> None:
    Image.effect_noise((300, 900), 50).save(tmp_path / "tall.png")
    assert "cropped away" in preprocessor().process([tmp_path / "tall.png"]).warnings[0]
    assert preprocessor(fit="letterbox").process([tmp_path / "tall.png"]).warnings == []


def test_letterbox_keeps_the_whole_picture(landscape: Image.Image) -> None:
    tall = Image.new("RGB", (100, 400), (10, 200, 10))
    tall.paste((200, 10, 10), (0, 0, 100, 40))
    tall.paste((10, 10, 200), (0, 360, 100, 400))
    framed = preprocessor(fit="letterbox").resize(tall, SIZE)
    assert framed.size == SIZE
    assert framed.getpixel((64, 2))[0] > 150
    assert framed.getpixel((64, 77))[2] > 150
    assert max(framed.getpixel((2, 40))) < 160
    assert preprocessor().resize(landscape, (64, 64)).size == (64, 64)


def test_low_contrast_is_raised_gently_and_good_contrast_left_alone(landscape: Image.Image) -> None:
    flat = landscape.point([110 + value // 8 for value in range(256)] * 3)
    before, after = contrast(flat), contrast(enhance(ImageState(flat, "a", SIZE)).image)
    gain = (after[1] - after[0]) / (before[1] - before[0])
    assert 1.2 < gain < 1.6
    good = Image.effect_noise((200, 200), 90).convert("RGB")
    assert (np.asarray(enhance(ImageState(good, "a", SIZE)).image) == np.asarray(good)).all()


def test_a_blurred_picture_is_sharpened_and_a_plain_one_is_not(landscape: Image.Image) -> None:
    blurred = landscape.filter(ImageFilter.GaussianBlur(4))
    state = enhance(ImageState(blurred, "a", SIZE))
    assert state.facts["sharpened"]
    assert sharpness(state.image) > 1.3 * sharpness(blurred)
    plain = Image.new("RGB", (50, 50), (90, 120, 30))
    assert enhance(ImageState(plain, "a", SIZE)).image.getcolors() == [(2500, (90, 120, 30))]


def test_features_have_their_documented_layout(landscape: Image.Image) -> None:
    vector = preprocessor().extract_features(landscape)
    assert vector.shape == (LENGTH,)
    assert vector.dtype == np.float32
    assert vector.min() >= 0
    assert vector.max() <= 1
    for name in ("lightness", "green_red", "blue_yellow"):
        assert vector[FEATURES[name]].sum() == pytest.approx(1, abs=1e-5)
    assert sum(part.stop - part.start for part in FEATURES.values()) == LENGTH


def test_features_tell_light_colour_direction_and_blur_apart(landscape: Image.Image) -> None:
    extract = preprocessor().extract_features

    def one(name: str, image: Image.Image) -> float:
        return float(extract(image)[FEATURES[name]][0])

    assert one("brightness", Image.new("RGB", (9, 9), "white")) == pytest.approx(1, abs=1e-3)
    assert one("brightness", Image.new("RGB", (9, 9), "black")) == 0
    assert one("colourfulness", landscape) > one("colourfulness", landscape.convert("L")) == 0
    assert one("sharpness", landscape) > 3 * one("sharpness", landscape.filter(ImageFilter.GaussianBlur(5)))
    stripes = Image.fromarray(np.tile(np.repeat([0, 255], 16).astype(np.uint8), (256, 8)))
    upright, lying = (extract(i)[FEATURES["gradients"]].reshape(16, 9) for i in (stripes, stripes.rotate(90)))
    assert (upright.argmax(axis=1) != lying.argmax(axis=1)).all()
    red = extract(Image.new("RGB", (9, 9), "red"))[FEATURES["green_red"]]
    assert red.argmax() > extract(Image.new("RGB", (9, 9), "green"))[FEATURES["green_red"]].argmax()


def test_the_same_picture_gives_the_same_bytes(tmp_path: Path, speckled: Image.Image) -> None:
    speckled.save(tmp_path / "a.png")
    pictures = preprocessor(remove_background=True)
    first, second = pictures.process([tmp_path / "a.png"] * 2), pictures.process([tmp_path / "a.png"] * 2)
    assert torch.equal(first.pixels, second.pixels)
    assert torch.equal(first.features, second.features)


def negative(state: ImageState) -> ImageState:
    """A step from outside."""
    return replace(state, image=state.image.point([255 - value for value in range(256)] * 3))


def test_a_step_of_another_package_runs_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    point = EntryPoint("negative", f"{__name__}:negative", plugins.IMAGE_STEPS)
    monkeypatch.setattr(plugins, "entry_points", lambda group, name=None: [point] if name in (None, "negative") else [])
    monkeypatch.setitem(sys.modules, __name__, sys.modules[__name__])
    Image.new("RGB", SIZE, (255, 0, 10)).save(tmp_path / "a.png")
    pictures = preprocessor(image_steps=("to_srgb", "resize", "negative"))
    assert pixel(pictures, tmp_path / "a.png") == [0, 255, 245]


def test_steps_that_leave_another_size_are_a_config_error(tmp_path: Path, landscape: Image.Image) -> None:
    landscape.save(tmp_path / "a.png")
    with pytest.raises(ConfigError, match=r"left a\.png at 320×240"):
        preprocessor(image_steps=("orient", "to_srgb")).process([tmp_path / "a.png"])
    with pytest.raises(ConfigError, match="remove_background"):
        preprocessor(image_steps=("melt",))


def test_a_bad_picture_among_good_ones_is_named(tmp_path: Path, landscape: Image.Image) -> None:
    landscape.save(tmp_path / "good.png")
    (tmp_path / "bad.png").write_bytes((tmp_path / "good.png").read_bytes()[:200])
    with pytest.raises(InputError, match=r"bad\.png is damaged"):
        preprocessor().process([tmp_path / "good.png", tmp_path / "bad.png"])


def test_the_package_loads_nothing_heavy() -> None:
    import subprocess

    heavy = {"torch", "cv2", "scipy", "skimage", "PIL", "langdetect", "transformers"}
    code = f"import sys, videogen.preprocessing; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
