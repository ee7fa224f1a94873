"""Alert to mp4: the real renderer, real encoder, decoded again."""

from __future__ import annotations

import subprocess
import sys
import time

import av
import numpy as np
import pytest

from tests.videogen.emergency.sample_renderings import ARABIC, ENGLISH, FPS, LIBRARY, SIZE, alert, changed
from videogen.audio import speech
from videogen.audio.loudness import measure_loudness, sound_of
from videogen.emergency.rendering.renderer import Background, render_alert
from videogen.errors import DeadlineError, InputError, LegibilityError
from videogen.media.label import Label
from videogen.media.reading import probe, read_frames
from videogen.quality.metrics.label_check import read_label

FLOOD = LIBRARY.get_template("flood")


def rendered(folder, *infos, **options):
    return render_alert(alert(*infos), FLOOD, folder, **{"size": SIZE, "fps": FPS, **options})


@pytest.fixture(scope="module")
def video(tmp_path_factory):
    """One video in two languages, with sound."""
    return rendered(tmp_path_factory.mktemp("alert"), ENGLISH, ARABIC, timezone="Europe/Rome")


def test_the_file_is_what_the_facts_say(video):
    seen = probe(video.path)
    facts = video.facts
    assert (seen.width, seen.height, seen.num_frames) == (facts.width, facts.height, facts.num_frames)
    assert seen.duration == pytest.approx(facts.duration, abs=0.01)
    assert seen.has_audio
    assert (facts.template, facts.template_version) == ("flood", 2)
    assert "template=flood 2" in seen.metadata["comment"]


def test_every_language_has_a_caption_track_and_a_file_that_hold_its_words(video):
    with av.open(str(video.path)) as container:
        assert [stream.metadata["language"] for stream in container.streams.subtitles] == ["eng", "ara"]
    assert set(video.captions) == {"en-GB", "ar"}
    english, arabic = (video.captions[language].read_text() for language in ("en-GB", "ar"))
    assert "Go to upper floors now." in english
    assert "اصعدوا إلى الطوابق العليا." in arabic
    assert "اصعدوا" not in english


def test_captions_stand_only_while_their_language_is_shown(video):
    first_arabic = video.captions["ar"].read_text().split(" --> ")[0].split("\n")[-1]
    last_english = video.captions["en-GB"].read_text().split(" --> ")[-1].split("\n")[0]
    assert first_arabic >= last_english


def test_sound_of_the_file_keeps_to_ebu_r128(video):
    found = measure_loudness(sound_of(video.path))
    assert found.integrated == pytest.approx(-23.0, abs=1.0)
    assert found.true_peak <= -1.0


def test_decoded_frames_show_the_hazards_colour_then_the_dark_pages(video):
    first, later = read_frames(video.path, [0, video.facts.num_frames // 2 - 1])
    blue = first[4, SIZE[0] // 2].astype(int)
    assert blue[2] > blue[0] + 60
    assert later[SIZE[1] * 3 // 4].mean() < 90


def test_pages_stand_still_except_where_something_moves(video):
    """The text column of the first page does not change while the symbol does."""
    early, late = read_frames(video.path, [FPS, 2 * FPS]).astype(int)
    text, symbol = np.s_[60:300, 40:340], np.s_[90:270, 430:600]
    # Coding settles at the edges of letters; movement changes whole strokes.
    assert np.quantile(np.abs(early[text] - late[text]), 0.998) < 24
    assert np.quantile(np.abs(early[symbol] - late[symbol]), 0.99) > 60


def test_without_espeak_the_video_is_silent_after_the_tone_and_says_why(tmp_path, monkeypatch):
    monkeypatch.setattr(speech, "PROGRAM", "no-such-program")
    facts = rendered(tmp_path).facts
    assert facts.spoken == ()
    assert "no-such-program is not installed" in facts.silent["en-GB"]
    assert facts.loudness == pytest.approx(-23.0, abs=1.0)


def test_text_card_tells_the_same_without_movement_or_map(tmp_path):
    card = rendered(tmp_path / "card", style="text_card", audio=False)
    full = rendered(tmp_path / "full", audio=False)
    assert card.captions["en-GB"].read_text() == full.captions["en-GB"].read_text()
    frames = read_frames(card.path, [1, FPS, 2 * FPS]).astype(int)
    assert np.quantile(np.abs(np.diff(frames, axis=0)), 0.999) < 24
    assert not probe(card.path).has_audio


def test_a_clip_behind_the_text_carries_the_label_and_stays_legible(tmp_path):
    flicker = np.random.default_rng(0).integers(0, 255, (6, 90, 160, 3), dtype=np.uint8)
    white = np.full_like(flicker, 255)
    white[::3] = flicker[::3] // 8 + 220
    video = rendered(tmp_path, background=Background(white, 4.0, "pib-mini 1"), audio=False)
    likeness, contrast = read_label(read_frames(video.path, [FPS])[0], Label.fitted("AI-generated", SIZE))
    assert likeness > 0.7
    assert contrast > 4.5
    assert video.facts.legibility.contrast >= 4.5
    assert video.facts.label == "AI-generated"


def test_a_flashing_clip_is_refused_and_leaves_no_file(tmp_path):
    flashing = np.zeros((2, 36, 64, 3), np.uint8)
    flashing[1] = 255
    with pytest.raises(LegibilityError, match="flashes in a second") as caught:
        render_alert(
            alert(),
            FLOOD,
            tmp_path,
            size=SIZE,
            fps=12,
            background=Background(flashing, 12.0, "strobe"),
            audio=False,
        )
    assert caught.value.problems[0].rule == "flashes"
    assert list(tmp_path.iterdir()) == []


def test_missing_parts_are_named_and_nothing_is_written(tmp_path):
    bare = changed(instruction=None, areas=(), onset=None, expires=None, urgency="Unknown")
    with pytest.raises(LegibilityError) as caught:
        rendered(tmp_path, bare)
    assert [problem.what for problem in caught.value.problems] == [
        "the location is missing",
        "the time is missing",
        "the guidance is missing",
    ]
    assert list(tmp_path.iterdir()) == []


def test_missing_guidance_may_be_replaced_by_marked_advice_of_the_template(tmp_path):
    advising = FLOOD.adapt_to_requirements({"show_guidance": True})
    bare = changed(instruction=None)
    video = render_alert(alert(bare), advising, tmp_path, size=SIZE, fps=FPS, audio=False)
    words = video.captions["en-GB"].read_text()
    assert "General advice – not part of this alert" in words.replace("\n", " ")
    assert "Move to higher ground." in words


def test_a_glyph_that_no_font_has_is_refused_with_the_package_to_install(tmp_path):
    with pytest.raises(LegibilityError, match=r"no font has .*10fffd.*fonts-noto"):
        rendered(tmp_path, changed(headline="Flood \U0010fffd"))


def test_a_deadline_that_passed_leaves_no_file(tmp_path):
    with pytest.raises(DeadlineError):
        rendered(tmp_path, audio=False, deadline=time.monotonic() - 1.0)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("status", ["Exercise", "Test"])
def test_an_exercise_needs_a_watermark(tmp_path, status):
    with pytest.raises(InputError, match="must not look like a real one"):
        render_alert(alert(status=status), FLOOD, tmp_path, size=SIZE)


def test_a_watermark_is_on_every_page_and_in_the_captions(tmp_path):
    video = render_alert(
        alert(status="Exercise"), FLOOD, tmp_path, size=SIZE, fps=FPS, watermark="EXERCISE", audio=False
    )
    numbers = range(FPS, video.facts.num_frames, FPS * 2)
    strips = read_frames(video.path, list(numbers))[:, 2:8, SIZE[0] // 2]
    assert (strips[..., 0] > 220).all()
    assert (strips[..., 2] < 60).all()
    assert "EXERCISE" in video.captions["en-GB"].read_text()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"timezone": "Mars/Olympus"}, "is not a time zone"),
        ({"size": (641, 360)}, "even"),
        ({"languages": ["fr"]}, "says nothing in fr"),
    ],
)
def test_impossible_wishes_are_refused(tmp_path, options, message):
    with pytest.raises(InputError, match=message):
        rendered(tmp_path, **options)


def test_chosen_languages_come_in_the_wanted_order(tmp_path):
    facts = rendered(tmp_path, ENGLISH, ARABIC, languages=["ar", "en"], audio=False).facts
    assert facts.languages == ("ar", "en-GB")


def test_a_second_alert_is_helped_by_the_cache(tmp_path):
    clip = Background(np.full((3, 36, 64, 3), 90, np.uint8), 4.0, "grey")
    first = rendered(tmp_path / "1", background=clip, cache=tmp_path / "cache")
    kept = {
        path.relative_to(tmp_path).as_posix(): path.stat().st_mtime_ns for path in (tmp_path / "cache").rglob("*.*")
    }
    second = rendered(tmp_path / "2", background=clip, cache=tmp_path / "cache")
    again = {
        path.relative_to(tmp_path).as_posix(): path.stat().st_mtime_ns for path in (tmp_path / "cache").rglob("*.*")
    }
    assert again == kept
    assert any(name.startswith("cache/backgrounds/") for name in kept)
    assert any(name.startswith("cache/places-") for name in kept)
    assert first.facts.sha256 == second.facts.sha256


def test_the_renderer_loads_neither_torch_nor_other_slow_packages():
    code = (
        "import sys; import videogen.emergency.rendering.renderer, videogen.emergency.templates.library;"
        "slow = {'torch', 'diffusers', 'transformers', 'matplotlib', 'scipy', 'pandas', 'cv2', 'dagster'};"
        "print(sorted(slow & set(sys.modules)))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
