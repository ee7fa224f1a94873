"""Templates: chosen by what an alert says, versioned, validated before they are taken."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from functools import partial

import pytest
import yaml

from tests.videogen.emergency.sample_renderings import ENGLISH, LIBRARY, TEMPLATES, alert, changed
from videogen.cards.symbols import outlines_of
from videogen.emergency.cap.model import Value
from videogen.emergency.history import Rendering
from videogen.emergency.ladder import Rung
from videogen.emergency.layout.frame import colour
from videogen.emergency.layout.template import EmergencyTemplate
from videogen.emergency.templates import library as template_library
from videogen.emergency.templates.library import EmergencyTemplateLibrary
from videogen.emergency.templates.validation import validate
from videogen.errors import ConfigError, LegibilityError

REQUIRED = {
    "flood", "cyclone", "storm", "earthquake", "tsunami", "fire", "heat", "health", "evacuation", "missing_person",
    "infrastructure", "all_clear", "generic",
}  # fmt: skip


@pytest.fixture
def library(tmp_path, monkeypatch):
    """A library of three templates that may be changed; it validates in one small size."""
    monkeypatch.setattr(template_library, "validate", partial(validate, sizes=((640, 360),)))
    for name in ("flood", "generic", "heat"):
        (tmp_path / name).mkdir()
        shutil.copy(TEMPLATES / name / "1.yaml", tmp_path / name)
    return EmergencyTemplateLibrary(tmp_path)


def luminance(text):
    linear = [
        level / 12.92 if (level := c / 255) <= 0.04045 else ((level + 0.055) / 1.055) ** 2.4 for c in colour(text)
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_every_required_template_is_there():
    assert set(LIBRARY.ids()) >= REQUIRED


@pytest.mark.parametrize("name", LIBRARY.ids())
def test_shipped_templates_have_drawable_symbols_and_legible_colours(name):
    template = LIBRARY.get_template(name)
    for stroke in template.symbol:
        corners = [corner for outline in outlines_of(stroke.path) for corner in outline]
        assert all(0 <= x <= 100 and 0 <= y <= 100 for x, y in corners)
    assert 1.05 / (luminance(template.colour) + 0.05) >= 5.0


@pytest.mark.parametrize(
    ("category", "event", "expected"),
    [
        ("Met", "Flash Flood Warning", "flood"),
        ("Met", "Hurricane Warning", "cyclone"),
        ("Met", "Tropical Storm Watch", "cyclone"),
        ("Met", "Severe Thunderstorms", "storm"),
        ("Met", "Alerta por inundaciones", "flood"),
        ("Met", "चक्रवात की चेतावनी", "cyclone"),
        ("Geo", "تحذير من تسونامي", "tsunami"),
        ("Geo", "地震速報", "earthquake"),
        ("Met", "Amtliche WARNUNG vor HITZE", "heat"),
        ("Fire", "Something is burning", "fire"),
        ("Met", "Vind", "storm"),
        ("Met", "Snöfall", "winter"),
        ("Met", "Mikil rigning", "flood"),
        ("Met", "רוחות חזקות", "storm"),
        ("Met", "Қатты жел", "storm"),
        ("Met", "Су тасқыны", "flood"),
        ("Met", "Сильный ветер", "storm"),
        ("Fire", "Природный пожар", "fire"),
        ("Met", "Kova tuuli", "storm"),
        ("Met", "Upał", "heat"),
        ("Met", "Κύμα καύσωνας", "heat"),
        ("Met", "ฝนตกหนักและคลื่นลมแรง", "flood"),
        ("Met", "40 Grad", "generic"),
        ("Met", "Dense fog advisory", "generic"),
        ("Geo", "Volcanic ash", "generic"),
        ("Other", "", "generic"),
    ],
)
def test_the_event_in_any_language_chooses_the_template(category, event, expected):
    assert LIBRARY.get_template(category, {"event": event}).id == expected


def test_parts_of_words_do_not_choose_a_template():
    assert LIBRARY.get_template("Other", {"event": "Firearms and floodlights, preheated"}).id == "generic"


def test_an_event_code_beats_a_word():
    chosen = LIBRARY.get_template("Met", {"event": "Storm", "event_codes": ["TSW"]})
    assert chosen.id == "tsunami"


@pytest.mark.parametrize(
    ("name", "code", "expected"),
    [
        ("eventType", "rainFlood", "flood"),
        ("profile:CAP-CP:Event:0.4", "freezeRain", "winter"),
        ("type", "heavy_snowfall", "winter"),
    ],
)
def test_a_code_made_of_words_is_read_like_the_event(name, code, expected):
    assert LIBRARY.for_alert(alert(changed(event="?", event_codes=(Value(name, code),)))).id == expected


def test_the_awareness_type_of_european_weather_services_is_read():
    info = changed(event="Varning", event_codes=(), parameters=(Value("awareness_type", "1; Wind"),))
    assert LIBRARY.for_alert(alert(info)).id == "storm"


def test_every_template_for_a_danger_has_advice_of_its_own():
    for name in set(LIBRARY.ids()) - {"all_clear"}:
        template = LIBRARY.get_template(name)
        assert len(template.guidance.get("en", ())) >= 2, name


def test_an_all_clear_never_looks_like_the_danger_that_it_ends():
    ended = changed(response_types=("AllClear",), event_codes=(Value("SAME", "FFW"),))
    assert LIBRARY.for_alert(alert(ended)).id == "all_clear"
    assert LIBRARY.for_alert(alert(ENGLISH)).id == "flood"


def test_the_index_is_read_from_the_files(library):
    index = {(entry.id, entry.version): entry for entry in library.index()}
    assert set(index) == {("flood", 1), ("generic", 1), ("heat", 1)}
    assert index["flood", 1].latest
    assert "hi" in index["flood", 1].languages


def test_an_update_adds_a_version_and_the_old_one_stays(library):
    new = library.update_template("flood", {"colour": "#00364F"})
    assert (new.version, new.colour) == (2, "#00364F")
    assert library.get_template("flood").version == 2
    assert library.get_template("flood", {"version": 1}).colour == "#0A4F8F"
    assert [entry.latest for entry in library.index() if entry.id == "flood"] == [False, True]


def test_a_new_template_is_taken_once(library):
    flood = library.get_template("flood")
    new = EmergencyTemplate.model_validate({**flood.model_dump(), "id": "dam_break", "events": {"en": ["dam break"]}})
    assert library.register_new_template(new).name == "dam_break 1"
    assert library.get_template("Infra", {"event": "Dam break"}).id == "dam_break"
    with pytest.raises(ConfigError, match="already"):
        library.register_new_template(new)


def test_an_illegible_version_is_refused_with_its_reasons_and_not_written(library):
    with pytest.raises(LegibilityError, match=r"contrast of [1-3]\.\d : 1"):
        library.update_template("flood", {"colour": "#8FB8E0"})
    assert library.get_template("flood").version == 1
    assert library.get_template("flood").colour == "#0A4F8F"


def test_a_file_under_a_wrong_name_is_refused(library, tmp_path):
    (tmp_path / "heat" / "2.yaml").write_text((tmp_path / "heat" / "1.yaml").read_text())
    with pytest.raises(ConfigError, match="calls itself heat 1"):
        EmergencyTemplateLibrary(tmp_path).ids()


def test_a_broken_file_is_refused_with_its_fault(library, tmp_path):
    fields = yaml.safe_load((tmp_path / "heat" / "1.yaml").read_text())
    (tmp_path / "heat" / "2.yaml").write_text(yaml.safe_dump({**fields, "version": 2, "colour": "red"}))
    with pytest.raises(ConfigError, match=r"heat/2\.yaml cannot be used: colour"):
        EmergencyTemplateLibrary(tmp_path).ids()


def test_no_path_leads_out_of_the_folder(library):
    with pytest.raises(ConfigError, match="does not exist"):
        library.get_template("../flood", {"version": 1})


def test_a_folder_without_the_generic_template_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="holds no template 'generic'"):
        EmergencyTemplateLibrary(tmp_path).ids()


def test_validation_tries_short_long_and_multilingual_texts_in_every_size():
    report = validate(LIBRARY.get_template("evacuation"), sizes=((640, 360), (360, 640), (360, 360)))
    assert report.problems == ()
    assert {"short en-GB 640x360", "long en-US 360x640", "multilingual ar 360x360"} <= set(report.renderings)
    assert min(one.contrast for one in report.renderings.values()) >= 4.5
    assert min(one.safe_margin for one in report.renderings.values()) >= 0.05


def test_adapting_keeps_the_version_and_cannot_lower_the_floor():
    flood = LIBRARY.get_template("flood")
    adapted = flood.adapt_to_requirements({"colour": "#00364F", "quality": {"contrast": 7.0}})
    assert (adapted.name, adapted.colour, adapted.quality.contrast) == (flood.name, "#00364F", 7.0)
    with pytest.raises(ConfigError, match="cannot be lowered"):
        adapted.adapt_to_requirements({"quality": {"contrast": 4.5}})
    with pytest.raises(ConfigError, match="adapted in id"):
        flood.adapt_to_requirements({"id": "fire"})
    with pytest.raises(ConfigError, match="colour"):
        flood.adapt_to_requirements({"colour": "blue"})


def test_pages_must_tell_all_parts_of_a_warning():
    with pytest.raises(ConfigError, match="source"):
        LIBRARY.get_template("flood").adapt_to_requirements({"pages": ("opening", "area", "guidance")})


def test_the_estimate_is_learned_from_what_renderings_took():
    unknown = LIBRARY.get_template("flood")

    def rendering(seconds, template="flood"):
        return Rendering(
            made_at=datetime(2026, 3, 1, tzinfo=UTC), template=template, version=str(unknown.version), rung=Rung.TEMPLATE_BACKGROUND,
            width=1280, height=720, frames=480, seconds=seconds,
        )  # fmt: skip

    learned = unknown.with_history([rendering(4.0)] * 9 + [rendering(6.0)] + [rendering(60.0, "heat")] * 9)
    assert learned.estimate_generation_time(frames=480) == pytest.approx(4.0)
    assert learned.estimate_generation_time(frames=960) == pytest.approx(8.0)
    assert unknown.estimate_generation_time(frames=480) != pytest.approx(4.0)
    metrics = learned.get_quality_metrics()
    assert (metrics["renderings"], metrics["contrast"]) == (10.0, 4.5)
    assert metrics["seconds_per_frame"] == pytest.approx(4.0 / 480)


def test_generation_parameters_are_those_of_a_small_quick_clip():
    asked = LIBRARY.get_template("tsunami").get_generation_parameters(size=(320, 180), steps=4, seed=7)
    assert "wave" in asked.prompt
    assert (asked.size, asked.steps, asked.seed) == ((320, 180), 4, 7)
