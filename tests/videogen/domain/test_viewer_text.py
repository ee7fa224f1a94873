from __future__ import annotations

import pytest

from videogen.domain.requests import Caption, VideoRequest
from videogen.domain.viewer_text import PARAGRAPH


def request(*captions: str, **fields: object) -> VideoRequest:
    cues = [Caption(start=n, end=n + 1, text=text) for n, text in enumerate(captions)]
    return VideoRequest.model_validate({"prompt": "a city", "captions": cues, **fields})


def readings(*captions: str) -> list[str]:
    return request(*captions).words().split(PARAGRAPH)[1:]


@pytest.mark.parametrize(
    "cues",
    [
        ("The capital of France", "is Berlin."),
        ("The capital", "of France", "is Berlin."),
        ("The capital of France\nis Berlin.",),
        ("The capital of France …", "… is Berlin."),
        ("The capital of France...", "is Berlin."),
        ("The", "capital of", "France is", "Berlin."),
        ("The capital of France -", "- is Berlin."),
        ("The capital\u2028of France\n\nis Berlin.",),
    ],
)
def test_a_sentence_cut_over_cues_or_lines_is_read_as_one(cues: tuple[str, ...]) -> None:
    assert readings(*cues) == ["The capital of France is Berlin."]


def test_a_stop_ends_a_reading() -> None:
    assert readings("It rains.", "It snows.", "बारिश हो रही है।", "बर्फ़ गिरती है।") == [
        "It rains.", "It snows.", "बारिश हो रही है।", "बर्फ़ गिरती है।"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("cues", "joined"),
    [
        (("The capital of France", "Is Berlin."), "The capital of France Is Berlin."),
        (("The capital of France.", "is Berlin."), "The capital of France is Berlin."),
        (("भारत की राजधानी", "मुंबई है।"), "भारत की राजधानी मुंबई है।"),
        (("Snow", "The capital", "Of France", "Is Berlin", "Rain"), "The capital Of France Is Berlin"),
    ],
)
def test_where_nothing_tells_whether_a_sentence_goes_on_there_are_both_readings(
    cues: tuple[str, ...], joined: str
) -> None:
    found = readings(*cues)
    assert set(cues) < set(found)
    assert joined in found


def test_a_word_cut_at_a_hyphen_stays_one_word() -> None:
    assert readings("A fake tsu-", "nami warning") == ["A fake tsu-nami warning"]


def test_a_title_goes_on_in_the_first_caption() -> None:
    cut = request("is Berlin.", title="The capital of France")
    assert "The capital of France is Berlin." in cut.words().split(PARAGRAPH)
    assert "title" in cut.viewer_text.place(cut.words().index("The capital of France is"), len(cut.words()))


def test_lines_of_title_prompt_and_narration_are_joined_too() -> None:
    text = "The capital of France\nis Berlin."
    for made in (request(title=text), request(prompt=text), request(narration=text)):
        assert "The capital of France is Berlin." in made.words().split(PARAGRAPH)


def test_every_piece_of_the_text_leads_back_to_its_place() -> None:
    viewer = request(
        "The capital of France", "is Berlin.", "It rains.", title="News", narration="A dam\nbroke."
    ).viewer_text
    assert [(viewer.text[span.start : span.end].strip(), span.line.place) for span in viewer.spans] == [
        ("News", "title"),
        ("a city", "prompt"),
        ("The capital of France", "caption 1"),
        ("is Berlin.", "caption 2"),
        ("It rains.", "caption 3"),
        ("A dam", "narration"),
        ("broke.", "narration"),
        ("News", "title"),
        ("The capital of France", "caption 1"),
    ]
    start = viewer.text.index("Berlin")
    assert viewer.place(start, start + 6) == "caption 2"
    assert viewer.place(viewer.text.index("France"), start + 6) == "caption 1, caption 2"


def test_what_is_said_twice_is_read_once() -> None:
    assert request("a city.", "It rains.", title="a city.", prompt="a city.", narration="It rains.").words() == (
        "a city.\n\nIt rains."
    )


def test_the_readings_of_many_short_captions_stay_few() -> None:
    many = request(*(f"Word {n}" for n in range(300)))
    assert len(many.words().split(PARAGRAPH)) < 5 * 300
