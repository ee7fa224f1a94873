"""Cards: everything fits or is refused, nothing overlaps, the label is in every picture."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest

from tests.videogen.briefing.releases import LAMPS, PORTS, read, storyboard_of
from videogen.briefing.narration.silence import SilentVoice
from videogen.briefing.narration.speaking import narrated
from videogen.briefing.pictures.brand import Colours, load_brand
from videogen.briefing.pictures.drawing import Pictures
from videogen.briefing.pictures.formats import FORMATS, label_of
from videogen.briefing.pictures.parts import pages_of
from videogen.briefing.pictures.shot_picture import Setting
from videogen.briefing.timing.timeline import scheduled
from videogen.config.groups.all import ProcessingSettings
from videogen.config.groups.label_profile import LabelStyle
from videogen.errors import InputError, MediaError
from videogen.quality.metrics.label_check import LEGIBLE, PRESENT, read_label

URDU = """\
وزارت آبی توانائی

تمام قصبوں کے لیے 40 نئے کنویں

وزارت آبی توانائی نے مئی میں 40 نئے کنویں کھودے۔ اس منصوبے پر ₹340 کروڑ خرچ ہوئے۔
"""


def drawn(text: str, format_name: str, *, language: str | None = None, target: int = 90, storyboard=None):
    document = read(text, language=language)
    storyboard = storyboard or storyboard_of(document, target)
    form = FORMATS[format_name]
    timeline = scheduled(
        storyboard.shots_in(document.language), narrated(storyboard, document.language, SilentVoice()), Fraction(25)
    )
    label = label_of(LabelStyle("AI-generated"), form)
    setting = Setting(storyboard, document.language, form, load_brand("plain"), Fraction(25), label)

    def nothing(name):
        raise InputError(name)

    pictures = Pictures(setting, nothing, ProcessingSettings())
    return label, form, [(timed, pictures.picture_of(timed)) for timed in timeline.shots]


@pytest.mark.parametrize("format_name", FORMATS)
@pytest.mark.parametrize(
    ("text", "language"), [(PORTS, None), (LAMPS, None), (URDU, "ur")], ids=["english", "hindi", "urdu"]
)
def test_texts_keep_to_their_regions_and_never_overlap(format_name, text, language):
    label, form, shots = drawn(text, format_name, language=language)
    width, height = form.size
    for timed, picture in shots:
        assert picture.segments[0].start == 0
        assert picture.segments[-1].end == timed.count
        for role, (left, top, right, bottom) in picture.texts:
            assert left >= width * 0.05 - 2, (timed.shot.id, role)
            assert right <= width * 0.95 + 2, (timed.shot.id, role)
            assert top >= height * 0.05 - 2, (timed.shot.id, role)
            assert bottom <= form.body[3] + 2, (timed.shot.id, role)
        boxes = [*picture.texts, ("label", label.box)]
        for (role, a), (other, b) in combinations(boxes, 2):
            apart = a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]
            assert apart, (timed.shot.id, role, other)


@pytest.mark.parametrize("format_name", FORMATS)
def test_the_label_is_in_every_picture_of_every_shot(format_name):
    label, form, shots = drawn(PORTS, format_name)
    for timed, picture in shots:
        for segment in picture.segments:
            frame = segment.draw(segment.start)
            assert frame.shape == (form.size[1], form.size[0], 3)
            likeness, contrast = read_label(frame, label)
            assert likeness >= PRESENT, timed.shot.id
            assert contrast >= LEGIBLE, timed.shot.id


def test_the_same_storyboard_gives_the_same_pictures_bit_for_bit():
    first, second = (
        [segment.draw(segment.start) for _, picture in drawn(PORTS, "square")[2] for segment in picture.segments]
        for _ in range(2)
    )
    assert all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))


def test_a_chart_grows_from_nothing_and_shows_its_values_in_the_end_only():
    _, _, shots = drawn(PORTS, "wide")
    chart = next(picture for timed, picture in shots if timed.shot.kind == "chart")
    first, middle, last = (chart.segments[n].draw(f) for n, f in ((0, 0), (0, 15), (1, 40)))
    accent = np.array([0xFF, 0xB6, 0x27])
    areas = [int((np.abs(frame.astype(int) - accent).sum(axis=2) < 30).sum()) for frame in (first, middle, last)]
    assert areas[0] < areas[1] < areas[2]
    assert [role for role, _ in chart.texts].count("value") >= 2


def test_what_does_not_fit_is_refused_with_shot_and_number_of_letters():
    storyboard = storyboard_of(read(PORTS))
    title = storyboard.shots[0]
    heading = title.heading.model_copy(update={"text": {"en": "Wells of every town and village " * 40}})
    shots = (title.model_copy(update={"heading": heading}), *storyboard.shots[1:])
    with pytest.raises(MediaError, match=r"shot title: .* of its \d+ letters are too many"):
        drawn(PORTS, "square", storyboard=storyboard.model_copy(update={"shots": shots}))


def test_long_sentences_are_cut_into_pages_that_together_are_the_sentence():
    text = "One, " + "and a further clause of the same sentence, " * 12 + "which ends here."
    pages = pages_of(text)
    assert len(pages) > 1
    assert " ".join(page for _, page in pages) == text
    assert all(text[offset:].startswith(page) for offset, page in pages)


def test_colours_that_cannot_be_read_are_refused():
    good = load_brand("plain").colours.model_dump()
    with pytest.raises(ValueError, match="muted stands out"):
        Colours(**{**good, "muted": "#123a5c"})


def test_a_brand_that_does_not_exist_is_an_error():
    with pytest.raises(InputError, match="the brand 'nobody' does not exist"):
        load_brand("nobody")


def test_the_fonts_of_a_brand_are_taken_before_all_others(tmp_path):
    import shutil

    from videogen.briefing.pictures.brand import BrandKit
    from videogen.briefing.pictures.canvas import Canvas
    from videogen.cards.text_setting import fonts_of
    from videogen.media.fonts import bundled_fonts

    plain = load_brand("plain")
    own = tmp_path / "Own-Bold.ttf"
    shutil.copy(bundled_fonts()[0], own)
    kit = BrandKit(plain.brand.model_copy(update={"fonts": (own.name,)}), tmp_path)
    canvas = Canvas(FORMATS["wide"], kit, "en", "a")
    assert fonts_of("Wells", canvas.face(0.05, bold=True)) == (own,)
