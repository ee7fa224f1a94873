"""Lines that fit, break where the script allows it, and lose no letter."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from videogen.cards.flow import Block, flowed, largest
from videogen.cards.text_setting import Face, draw_line, fonts_of, line_height, set_line, without_font, wrapped

FACE = Face(20)
SPOKEN = st.text(st.characters(codec="latin-1", categories=("L", "N", "P", "Zs")), min_size=1, max_size=120)


@settings(max_examples=60, deadline=None)
@given(SPOKEN, st.integers(60, 500))
def test_lines_fit_and_hold_every_letter(text, width):
    lines = wrapped(text, FACE, width)
    assert all(line.width <= width for line in lines)
    assert "".join("".join(line.text.split()) for line in lines) == "".join(text.split())


def test_a_number_stays_with_its_unit():
    narrow = wrapped("The water is at 11.2 m and rising by 12 cm an hour", FACE, 190)
    assert not any(line.text.endswith(("11.2", "12")) for line in narrow)


def test_ideographs_break_anywhere_but_never_begin_a_line_with_a_full_stop():
    if without_font("高"):
        pytest.skip("no Chinese font here")
    lines = wrapped("高台へ避難してください。海岸に近づかないでください。" * 3, FACE, 200)
    assert len(lines) > 3
    assert not any(line.text.startswith("。") for line in lines)


def test_balanced_lines_are_about_equally_long():
    text = "Flash flood on the Rhine between Bonn and Cologne: move to higher ground now"
    ragged, balanced = (wrapped(text, FACE, 420, balanced=choice) for choice in (False, True))
    assert len(ragged) == len(balanced)
    assert min(line.width for line in balanced) >= min(line.width for line in ragged)


def test_mixed_scripts_are_set_from_several_fonts_in_reading_order():
    if without_font("अ"):
        pytest.skip("no Devanagari font here")
    line = set_line("सूचना NDMA की", FACE)
    assert [run.text.strip() for run in line.runs] == ["सूचना", "NDMA", "की"]
    assert len({run.font for run in line.runs}) == 2


def test_arabic_is_shaped_and_drawn_from_the_right():
    """Joined letters are narrower than the same letters alone; the first word stands at the right."""
    face = Face(40, rtl=True)
    joined, alone = set_line("محمد", face), sum(set_line(letter, face).width for letter in "محمد")
    assert joined.width < alone
    line = set_line("ـ 1", face)
    image = Image.new("RGB", (int(line.width) + 8, 60))
    draw_line(ImageDraw.Draw(image), line, face, (4, 45), (255, 255, 255))
    left, right = image.crop((0, 0, 24, 60)), image.crop((image.width - 24, 0, image.width, 60))
    assert left.getbbox()[3] - left.getbbox()[1] > right.getbbox()[3] - right.getbbox()[1]


def test_characters_without_a_font_are_named():
    assert without_font("Flood \U0010fffd warning") == "\U0010fffd"
    assert without_font("Flood – 12 °C, Überflutung, наводнение, فيضان") == ""


@settings(max_examples=40, deadline=None)
@given(st.lists(SPOKEN.filter(str.strip), min_size=1, max_size=6), st.integers(80, 400))
def test_flowing_text_fits_its_pages_and_loses_nothing(texts, height):
    blocks = [Block(text, FACE, (255, 255, 255), gap=10) for text in texts]
    pages = flowed(blocks, 200, height)
    for page in pages:
        assert page[-1].y + page[-1].height <= max(height, line_height("x", FACE))
    shown = "".join("".join(line.text.split()) for page in pages for piece in page for line in piece.lines)
    assert shown == "".join("".join(text.split()) for text in texts)


def test_the_largest_type_that_fits_is_taken():
    block = Block("Go to upper floors now.", FACE, (255, 255, 255), gap=0)
    (page,) = largest([block], 300, 60, (60, 40, 24, 12))
    assert page[0].block.face.size == 24


@pytest.mark.parametrize("text", ["3.4 लाख नए नल", "₹1,245 करोड़", "2,300 से अधिक टंकियां"])
def test_figures_at_the_beginning_of_a_line_are_set_in_the_font_of_its_letters(text):
    face = Face(40, bold=True)
    assert len(fonts_of(text, face)) == 1
    assert fonts_of(text, face) == fonts_of(f"नए {text}", face)
