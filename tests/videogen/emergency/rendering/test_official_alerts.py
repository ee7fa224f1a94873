"""Messages as the services of the world write them, from their XML to every page of the video."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.videogen.emergency.sample_renderings import LIBRARY
from videogen.cards.text_setting import without_font
from videogen.config.groups.emergency import EmergencySettings
from videogen.emergency.advice import advised
from videogen.emergency.alerts.intake import AlertIntake
from videogen.emergency.alerts.register import AlertRegister
from videogen.emergency.cap.model import Alert
from videogen.emergency.layout.check import PageCheck
from videogen.emergency.layout.drawing import draw_page
from videogen.emergency.layout.frame import Frame
from videogen.emergency.layout.layout import lay_out
from videogen.emergency.layout.message import message_of
from videogen.emergency.rendering.renderer import render_alert
from videogen.media.reading import probe

NOW = datetime(2026, 11, 22, 9, 31, tzinfo=UTC)
SQUARE = "<polygon>{0},{1} {0},{3} {2},{3} {2},{1} {0},{1}</polygon>"
# Language: category, event, headline, instruction ("": the service gives none), description, place, shape.
MESSAGES = {
    "sv-SE": ("Met", "Snöfall", "Orange varning för snöfall", "", "20 till 35 cm snö väntas.", "Norra fjällen", SQUARE.format(66, 16, 68, 19)),
    "he-IL": ("Security", "ירי רקטות", "התרעה באזור הצפון", "", "צבע אדום", "גליל", SQUARE.format(32.9, 35.2, 33.1, 35.6)),
    "ru-RU": ("Met", "Сильный ветер", "Порывы ветра до 27 м/с", "", "Ожидается с 12 до 21 ч.", "Приморский край", "<circle>43.1,131.9 60</circle>"),
    "is-IS": ("Met", "Hríð", "Gul viðvörun vegna hríðar", "", "Snjókoma og skafrenningur.", "Vestfirðir", "<circle>65.9,-23 70</circle>"),
    "en-AU": ("Fire", "Bushfire", "Emergency Warning: leave now", "Leave immediately.<br />Go to the oval.", "Fire is moving fast.", "Elm Ridge\n", "<polygon>-33.5,150\n-33.5,150.4\n-33.2,150.4\n-33.2,150\n-33.5,150</polygon>"),
    "fr-CA": ("Met", "Verglas", "AVERTISSEMENT DE VERGLAS EN VIGUEUR", "Reportez les déplacements.", "Jusqu'à 15 mm.", "Vallée de l'Orme", "<geocode><valueName>layer:EC-MSC-SMC:1.0:CLC</valueName><value>034500</value></geocode>"),
    "el-GR": ("Geo", "Πλημμύρα", "Απομακρυνθείτε από το ποτάμι", "Ανεβείτε ψηλά. Καλέστε το 112.", "", "Κοιλάδα", "<circle>39.6,22.4 15</circle>"),
    "ja-JP": ("Met", "大雨特別警報", "川が氾濫し、命の危険が迫っています", "高台へ避難してください。", "これまでに経験したことのない大雨です。", "北の谷", "<circle>32.2,130.7 20</circle>"),
    "ta-IN": ("Met", "புயல்", "கடலோர மாவட்டங்களுக்கு புயல் எச்சரிக்கை", "மீனவர்கள் கடலுக்குச் செல்ல வேண்டாம்.", "", "கடலோரம்", "<circle>11.7,79.7 50</circle>"),
    "en-FJ": ("Met", "Tropical cyclone", "Cyclone warning for the outer islands", "Stay indoors.", "", "Outer islands", "<polygon>-17,179 -17,-179 -16,-179 -16,179 -17,179</polygon>"),
    "uk-UA": ("Infra", "Повітряна тривога", "Повітряна тривога у місті", "Пройдіть в укриття на вул. Вязовій 5.", "", "м. Вязове", "<circle>50.4,30.5 25</circle>"),
    "zh-CN": ("Met", "台风", "台风红色预警 🌀", "请立即转移到安全地带。", "&lt;p&gt;风力 14 级&lt;/p&gt;", "沿海", "<circle>22.5,114 80</circle>"),
}  # fmt: skip


def message(language: str) -> bytes:
    category, event, headline, instruction, description, place, shape = MESSAGES[language]
    texts = {"headline": headline, "description": description, "instruction": instruction}
    optional = "".join(f"<{name}>{text}</{name}>" for name, text in texts.items() if text)
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>official-{language}</identifier><sender>office@{language.lower()}.example</sender>
<sent>2026-11-22T09:30:00+00:00</sent><status>Actual</status><msgType>Alert</msgType><scope>Public</scope>
<info><language>{language}</language><category>{category}</category><event>{event}</event><urgency>Immediate</urgency>
<severity>Severe</severity><certainty>Observed</certainty><expires>2026-11-22T18:00:00+00:00</expires>{optional}
<area><areaDesc>{place}</areaDesc>{shape}</area></info></alert>""".encode()


def taken(language: str, folder: Path) -> Alert:
    """The message as the intake keeps it."""
    if missing := without_font(" ".join(MESSAGES[language][1:5]).replace("🌀", "")):
        pytest.skip(f"no font here has {missing[:8]}")
    intake = AlertIntake(AlertRegister(str(folder / "alerts")), EmergencySettings(), folder / "pins")
    result = intake.take(message(language), origin="a test", now=NOW)
    assert len(result.taken) == 1, result.reasons()
    return result.taken[0].record.alert


@pytest.mark.parametrize("language", MESSAGES)
def test_an_official_message_is_shown_whole_and_legible(tmp_path: Path, language: str) -> None:
    alert, frame = taken(language, tmp_path), Frame((640, 360))
    template = advised(LIBRARY.for_alert(alert), alert).template
    check = PageCheck(template.quality, frame)
    pages = lay_out(message_of(alert, alert.infos[0], template), template, frame)
    for page in pages:
        check.layout(page)
        check.drawing(page, draw_page(page, template, frame))
    assert check.problems == []
    assert any(page.map for page in pages) == ("<geocode>" not in MESSAGES[language][-1])
    told = "".join("".join(text for page in pages for text in page.told).split())
    said = f"{MESSAGES[language][2]} {MESSAGES[language][3]}".replace("🌀", "").replace("<br />", " ")
    assert [word for word in said.split() if word.strip(".。") not in told] == []


@pytest.mark.parametrize("language", ["he-IL", "zh-CN"])
def test_an_official_message_becomes_a_video(tmp_path: Path, language: str) -> None:
    alert = taken(language, tmp_path)
    made = render_alert(
        alert, advised(LIBRARY.for_alert(alert), alert).template, tmp_path, size=(640, 360), fps=4, audio=False
    )
    assert probe(made.path).num_frames == made.facts.num_frames
    assert made.facts.style == "template"
    assert made.facts.legibility.contrast >= 4.5
