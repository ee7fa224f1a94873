"""What each case gives: alerts in 25 languages and odd forms, and messages made to do harm. The list is whole."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.videogen.emergency.sample_renderings import LIBRARY
from videogen.config.groups.emergency import EmergencySettings
from videogen.emergency.advice import advised
from videogen.emergency.alerts.intake import AlertIntake, IntakeResult
from videogen.emergency.alerts.register import AlertRegister
from videogen.emergency.cap.repair import repaired
from videogen.emergency.layout.check import PageCheck
from videogen.emergency.layout.drawing import draw_page
from videogen.emergency.layout.frame import Frame
from videogen.emergency.layout.layout import lay_out
from videogen.emergency.layout.message import message_of
from videogen.errors import InputError

HERE = Path(__file__).parent
NOW = datetime(2026, 11, 30, 7, 0, tzinfo=UTC)


TAKEN = [
    *sorted(path.stem for path in (HERE / "alerts").glob("*.xml")),
    "cancel_1_alert", "caption_characters", "event_from_list_with_code", "html_breaks", "long_word_headline_de",
    "long_word_headline_en", "newlines_in_polygon", "no_instruction", "polygon_crosses_itself", "street_abbreviation_uk",
    "typhoon_elements_in_description", "E102_emoji",
]  # fmt: skip
WARNED = {
    "no_instruction": "instruction",
    "html_breaks": "html-in-text",
    "E102_emoji": "emoji",
    "typhoon_elements_in_description": "elements-read-as-text",
}
REFUSED = {
    "placeholder": "closest_exit",
    "update_refers_to_itself": "refers to itself",
    "D053_envelopes": "envelope around it says Test",
    "E110_circle": r"1e\+300 km",
    "alert_coordinate_overflow": "coordinate|degrees|polygon|circle",
    "alert_empty_polygon": "polygon",
}
# Files that are not alerts: tests/cases/test_other_doors.py.
ELSEWHERE = {
    "A011_alias_bomb.csv",
    "label_by_dotted_group.json",
    "open_policy.yaml",
    "E084_captions.json",
    "D105_feed.xml",
    "C091-1.mkv",
    "C092-1.webm",
}


def file_of(case: str) -> Path:
    (found,) = HERE.rglob(f"{case}.xml")
    return found


def take(folder: Path, content: bytes, now: datetime = NOW) -> IntakeResult:
    intake = AlertIntake(AlertRegister(str(folder / "alerts")), EmergencySettings(), folder / "pins")
    return intake.take(content, origin="a case", now=now)


def test_every_case_has_its_verdict() -> None:
    named = {*TAKEN, *REFUSED, "cancel_2_without_info"}
    assert {path.stem for path in HERE.rglob("*.xml")} - {Path(name).stem for name in ELSEWHERE} == named
    files = {path.name for path in HERE.rglob("*") if path.suffix in (".csv", ".json", ".yaml", ".mkv", ".webm")}
    assert files < ELSEWHERE


@pytest.mark.parametrize("case", TAKEN)
def test_a_real_alert_is_taken_and_every_page_is_legible_with_its_map(case: str, tmp_path: Path) -> None:
    begun = time.process_time()
    result = take(tmp_path, file_of(case).read_bytes())
    assert result.taken, result.reasons()
    record = result.taken[0].record
    assert WARNED.get(case, "") in " ".join(remark.rule for remark in record.remarks)
    template = advised(LIBRARY.for_alert(record.alert), record.alert).template
    frame = Frame((640, 360))
    check = PageCheck(template.quality, frame)
    drawn_maps = 0
    for info in record.alert.infos:
        pages = lay_out(message_of(record.alert, info, template), template, frame)
        for page in pages:
            check.layout(page)
            check.drawing(page, draw_page(page, template, frame))
        drawn_maps += any(page.map for page in pages)
        told = "".join("".join(text for page in pages for text in page.told).split())
        assert all(word in told for word in info.headline.replace("🌊", "").split()) if info.headline else True
    assert check.problems == []
    outlined = any(area.polygons or area.circles for info in record.alert.infos for area in info.areas)
    assert bool(drawn_maps) == outlined
    assert time.process_time() - begun < 60.0


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_right_is_refused_with_the_reason(case: str, tmp_path: Path) -> None:
    result = take(tmp_path, file_of(case).read_bytes())
    assert not result.taken

    assert re.search(REFUSED[case], result.reasons())


def test_a_bare_ampersand_is_named_with_its_line_and_a_repair(tmp_path: Path) -> None:
    message = file_of("de_nina").read_bytes().replace(b"&amp;", b"&")
    with pytest.raises(InputError, match="line 4"):
        take(tmp_path, message)
    repair = repaired(message)
    assert repair is not None
    assert "line 4" in str(repair)


def test_a_cancel_without_info_ends_what_it_names(tmp_path: Path) -> None:
    assert take(tmp_path, file_of("cancel_1_alert").read_bytes()).taken
    result = take(tmp_path, file_of("cancel_2_without_info").read_bytes(), NOW + timedelta(hours=1))
    assert result.taken, result.reasons()
