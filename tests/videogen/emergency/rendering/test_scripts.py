"""Alerts of many scripts, through the real renderer: the richer form is made, with its map, and words stay whole."""

from __future__ import annotations

from datetime import timedelta, timezone
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from tests.videogen.emergency.sample_renderings import ENGLISH, LIBRARY, SENT, SIZE, alert, changed
from videogen.cards.geography import Circle, Point
from videogen.cards.page import PlacedText
from videogen.cards.text_setting import without_font
from videogen.emergency.cap.model import Area
from videogen.emergency.layout.check import PageCheck
from videogen.emergency.layout.drawing import draw_page, without_faint_names
from videogen.emergency.layout.frame import Frame
from videogen.emergency.layout.layout import lay_out
from videogen.emergency.layout.message import message_of
from videogen.emergency.rendering.renderer import render_alert
from videogen.media.reading import probe

FLOOD = LIBRARY.get_template("flood")
FRAME = Frame(SIZE)
# language: (event, headline, instruction, latitude and longitude of the area)
ALERTS = {
    "el": ("Πλημμύρα", "Απομακρυνθείτε τώρα από τις παραποτάμιες συνοικίες", "Ανεβείτε ψηλά. Καλέστε το 112.", 38.1, 23.7),
    "ja": ("大雨特別警報", "球磨川で氾濫が発生、命の危険が迫っています", "高台へ避難してください。川に近づかないでください。", 32.2, 130.7),
    "ur": ("سیلاب", "دریائے سندھ میں اونچے درجے کا سیلاب", "محفوظ مقام پر جائیں۔ ہیلپ لائن 1129 پر رابطہ کریں۔", 27.7, 68.9),
    "de": ("Hochwasser", "HOCHWASSERSCHUTZMASSNAHMEN AN DER ELBE", "Gehen Sie nach oben. Meiden Sie Keller.", 51.0, 13.7),
    "th": ("น้ำท่วม", "ประกาศเตือนน้ำท่วมฉับพลันบริเวณริมแม่น้ำและที่ลุ่มต่ำ", "ขึ้นที่สูงทันที โทร 1784", 7.9, 98.4),
    "km": ("ទឹកជំនន់", "ការព្រមានអំពីទឹកជំនន់នៅតាមដងទន្លេ", "សូមផ្លាស់ទៅទីទួល។ កុំឆ្លងកាត់ទឹក។", 12.5, 106.0),
    "my": ("မုန်တိုင်း", "ကမ်းရိုးတန်းသို့ အင်အားပြင်းမုန်တိုင်း ဝင်ရောက်မည်", "ဘေးလွတ်ရာသို့ ပြောင်းပါ။ ပင်လယ်မထွက်ပါနှင့်။", 20.1, 92.9),
    "ar": ("عاصفة رملية (Sandstorm)", "الرؤية أقل من 200 m على طريق King Fahd (40)", "ابقوا في منازلكم. أغلقوا النوافذ.", 29.3, 47.7),
}  # fmt: skip


def info_in(language):
    event, headline, instruction, latitude, longitude = ALERTS[language]
    if missing := without_font(" ".join((event, headline, instruction))):
        pytest.skip(f"no font here has {missing[:8]}")
    area = Area(description=event, circles=(Circle(Point(latitude, longitude), 20.0),))
    return changed(language=language, event=event, headline=headline, instruction=instruction, areas=(area,))


def pages_of(info, frame=FRAME):
    return lay_out(message_of(alert(info), info, FLOOD), FLOOD, frame)


def words_shown(page):
    return [text.line.text for text in page.texts]


@pytest.mark.parametrize("language", ALERTS)
@pytest.mark.parametrize("size", [(640, 360), (360, 640), (480, 480)])
def test_every_script_is_laid_out_and_drawn_legibly_with_its_map(language, size):
    frame = Frame(size)
    check = PageCheck(FLOOD.quality, frame)
    pages = pages_of(info_in(language), frame)
    for page in pages:
        check.layout(page)
        check.drawing(page, draw_page(page, FLOOD, frame))
    assert check.problems == []
    assert any(page.map for page in pages)


@pytest.mark.parametrize("language", ["ur", "de", "ja"])
def test_the_renderer_makes_the_richer_form(tmp_path, language):
    video = render_alert(alert(info_in(language)), FLOOD, tmp_path, size=SIZE, fps=6, audio=False)
    assert probe(video.path).num_frames == video.facts.num_frames
    assert video.facts.style == "template"
    assert video.facts.legibility.contrast >= 4.5
    told = "".join(video.captions[language].read_text().split())
    assert "".join(ALERTS[language][1].split()) in told


def test_all_urdu_of_an_alert_comes_from_one_font():
    fonts = set()
    for page in pages_of(info_in("ur")):
        for text in page.texts:
            fonts |= {
                run.font for run in text.line.runs if any("\u0600" <= x <= "\u06ff" and x.isalpha() for x in run.text)
            }
    families = {font.name.replace("-Bold", "").replace("-Regular", "") for font in fonts}
    assert len(families) == 1


def test_words_of_two_directions_stand_apart_also_where_their_fonts_differ():
    opening = pages_of(info_in("ur"))[0]
    (line,) = (text.line for text in opening.texts if text.line.text.startswith("Issued:"))
    assert line.runs[-1].text == "Issued"
    assert line.runs[-2].text.startswith(": ")


def test_a_headline_of_long_words_keeps_them_whole():
    shown = words_shown(pages_of(info_in("de"))[0])
    assert any("HOCHWASSERSCHUTZMASSNAHMEN" in line.split() for line in shown)


def test_a_word_too_long_for_any_type_is_hyphenated_inside_the_frame():
    word = "Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetz" * 2
    pages = pages_of(changed(language="de", headline=word, areas=()))
    check = PageCheck(FLOOD.quality, FRAME)
    for page in pages:
        check.layout(page)
    assert [problem for problem in check.problems if problem.rule in ("safe area", "letter size", "overlap")] == []
    lines = [line for page in pages for line in words_shown(page) if line.rstrip("-") in word and len(line) > 3]
    assert len(lines) > 1
    assert all(line.endswith("-") for line in lines[:-1])
    assert any(word in told for page in pages for told in page.told)


@pytest.mark.parametrize(
    ("latitude", "longitude"), [(38.1, 23.8), (32.2, 130.7), (51.5, -0.1), (35.7, 139.7), (23.1, 113.3)]
)
@pytest.mark.parametrize("radius", [5.0, 12.0, 30.0])
def test_names_on_a_map_have_a_ground_of_their_own(latitude, longitude, radius):
    info = changed(areas=(Area(description="here", circles=(Circle(Point(latitude, longitude), radius),)),))
    for page in pages_of(info):
        drawing = draw_page(page, FLOOD, FRAME)
        assert min(drawing.contrasts) >= 4.5
        assert without_faint_names(page, drawing, 4.5) is page


def test_a_name_that_cannot_be_read_is_left_out_and_the_map_is_kept():
    (page,) = (page for page in pages_of(ENGLISH) if page.map)
    drawing = draw_page(page, FLOOD, FRAME)
    faint = (*drawing.contrasts[:-1], 1.3)
    left = without_faint_names(page, type(drawing)(drawing.picture, faint), 4.5)
    assert left.map.texts == page.map.texts[:-1]
    assert left.texts == page.texts
    assert left.map.polygons == page.map.polygons


def test_the_scale_of_a_map_is_never_left_out():
    (page,) = (page for page in pages_of(ENGLISH) if page.map)
    drawing = draw_page(page, FLOOD, FRAME)
    nothing_legible = type(drawing)(drawing.picture, (1.0,) * len(drawing.contrasts))
    assert without_faint_names(page, nothing_legible, 4.5).map.texts == page.map.texts[:2]


def test_times_are_in_the_zone_that_the_alert_uses_unless_one_is_set():
    kathmandu = timezone(timedelta(hours=5, minutes=45))
    info = changed(onset=(SENT + timedelta(hours=1)).astimezone(kathmandu))
    unset, rome = (message_of(alert(info), info, FLOOD, zone) for zone in (None, ZoneInfo("Europe/Rome")))
    assert unset.times[0][1].endswith("18:45\u00a0UTC+5:45")
    assert unset.issued.endswith("17:45\u00a0UTC+5:45")
    assert rome.times[0][1].endswith("14:00\u00a0CET")


def test_times_of_an_alert_in_utc_are_in_utc():
    assert message_of(alert(), ENGLISH, FLOOD).issued.endswith("12:00\u00a0UTC")


def test_a_place_that_is_drawn_does_not_lie_under_the_name_of_another():
    info = changed(areas=(Area(description="here", circles=(Circle(Point(51.5, -0.1), 12.0),)),))
    (page,) = (page for page in pages_of(info) if page.map)
    dots = [page.map.projection(place) for place in page.map.places]
    names = [text for text in page.map.texts[2 : 2 + len(dots)]]
    assert len(dots) > 2
    for x, y in dots:
        assert not any(n.x < x < n.x + n.line.width and n.top < y < n.bottom for n in names)


def test_ink_of_every_line_lies_inside_its_box():
    """What is drawn is where the layout says it is: the line's box holds all of its letters."""
    page = pages_of(info_in("ur"))[0]
    bare = type(page)(**{**vars(page), "texts": ()})
    change = np.abs(draw_page(page, FLOOD, FRAME).rgb.astype(int) - draw_page(bare, FLOOD, FRAME).rgb).sum(axis=2) > 60
    for text in page.texts:
        assert isinstance(text, PlacedText)
        left, top, right, bottom = text.box
        change[top:bottom, max(0, left - 2) : right + 2] = False
    assert not change.any()
