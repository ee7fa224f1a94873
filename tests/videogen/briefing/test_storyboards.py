"""The storyboard: whole sentences of the release, the right kinds of shot, always the same."""

from __future__ import annotations

import pytest

from tests.videogen.briefing.releases import LAMPS, PORTS, read, storyboard_of
from videogen.briefing.source.read import release_from
from videogen.briefing.storyboard.candidates import sentences_of
from videogen.briefing.storyboard.planning import planned
from videogen.briefing.storyboard.quotes import find_quotation
from videogen.briefing.storyboard.reconciling import passages
from videogen.briefing.storyboard.yaml_text import as_yaml


def spoken(storyboard) -> list[str]:
    language = storyboard.languages[0]
    return [sentence.text[language] for shot in storyboard.shots for sentence in shot.narration]


@pytest.mark.parametrize("text", [PORTS, LAMPS], ids=["english", "hindi"])
def test_every_text_stands_in_the_release_where_it_says(text):
    document = read(text)
    storyboard = storyboard_of(document)
    found = [pair for shot in storyboard.shots for pair in passages(shot)]
    assert len(found) > 5
    for _, passage in found:
        for language, (start, end) in passage.source.items():
            assert document.text[start:end] == passage.text[language]


def test_the_same_release_gives_the_same_storyboard_bit_for_bit():
    assert as_yaml(storyboard_of(read(PORTS))) == as_yaml(storyboard_of(read(PORTS)))


def test_tables_and_changes_become_charts_figures_become_figures_and_the_ends_are_there():
    storyboard = storyboard_of(read(PORTS))
    kinds = [shot.kind for shot in storyboard.shots]
    assert (kinds[0], kinds[-1]) == ("title", "end")
    assert kinds.count("chart") == 2
    assert "figure" in kinds
    shown = {figure.text["en"] for shot in storyboard.shots for figure in shot.figures}
    assert {"up to 1.1 million tonnes", "₹1,23,456 crore"} <= shown


def test_a_longer_video_has_the_quotation_with_its_speaker():
    storyboard = storyboard_of(read(PORTS), 90)
    quote = next(shot.quote for shot in storyboard.shots if shot.kind == "quote")
    assert quote.speaker.text["en"] == "Minister of Inland Ports, Ms. Ilara Devan"


def test_no_sentence_points_back_to_one_that_is_not_told():
    for target in (30, 60, 90, 120):
        told = spoken(storyboard_of(read(PORTS), target))
        for number, sentence in enumerate(told):
            if sentence.startswith("She added"):
                assert "said the Minister" in told[number - 1]


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("The campaign will last six weeks.", "This campaign reaches 240 villages and 1,250 homes.", True),
        ("The trams run all night on four lines.", "These trams carry 412,000 passengers a year.", True),
        ("Buses run all night on four lines.", "This campaign reaches 240 villages and 1,250 homes.", False),
        ("The campaign will last six weeks.", "It reaches 240 villages and 1,250 homes.", False),
        ("अभियान छह सप्ताह चलेगा।", "इस अभियान में 1,250 स्वास्थ्य कर्मी काम करेंगे।", True),
    ],
)
def test_a_paragraph_may_point_back_to_the_one_before_if_it_names_what_is_meant(before, after, told):
    name = "A campaign begins in May" if before.isascii() else "टीकाकरण अभियान मई में शुरू होगा"
    sentences = spoken(storyboard_of(read(f"{name}\n\n{before}\n\n{after}\n"), 60))
    assert (after in sentences) == told
    if told:
        assert sentences[sentences.index(after) - 1] == before


def test_a_subtitle_is_no_heading_of_the_shots_and_a_list_has_its_own():
    body = "\n".join(PORTS.split("\n")[6:])
    document = read(f"Ministry of Inland Ports\n\nCargo at inland ports rises\n\nGrain leads the way\n\n{body}")
    assert [document.at(line) for line in document.subtitles][:1] == ["Grain leads the way"]
    headings = {
        sentence.text: sentence.section for sentence in sentences_of(document) if "grain" not in sentence.text.lower()
    }
    assert headings["At least 340 barges now carry satellite trackers."] == "Key points:"
    assert not any(section for text, section in headings.items() if "340 barges" not in text and "cranes" not in text)


def test_telephone_numbers_are_never_told():
    assert not any("23456789" in sentence for sentence in spoken(storyboard_of(read(PORTS), 300)))


@pytest.mark.parametrize("target", [30, 60, 120])
def test_it_lasts_about_as_long_as_it_was_asked_to(target):
    from videogen.briefing.storyboard.planning import planned

    text = PORTS + "".join(
        f"\nThe {name} quay handled {number} thousand tonnes of ore in the month of March.\n"
        for number, name in enumerate(
            ["north", "south", "east", "west", "upper", "lower", "inner", "outer", "old", "new"], 21
        )
    )
    plan = planned(read(text.replace("***", "")), target)
    whole = 4 + plan.title.seconds + 0.7 + sum(unit.seconds for unit in plan.units)
    assert 0.8 * target <= whole <= 1.1 * target


def test_a_long_release_has_no_more_shots_than_a_storyboard_may():
    places = [f"{first} {second}" for first in ("upper", "lower", "old", "new", "far") for second in "abcdefghijkl"]
    text = "Wells for all towns\n\n" + "".join(
        f"The {name} valley has {number} wells.\n\n" for number, name in enumerate(places, 21)
    )
    assert len(storyboard_of(read(text), 300).shots) <= 40


def test_a_release_with_one_sentence_gives_a_title_a_statement_and_an_end():
    storyboard = storyboard_of(
        read("Wells for all towns\n\nThe Ministry of Wells opened a new office by the river in May.")
    )
    assert [shot.kind for shot in storyboard.shots] == ["title", "statement", "end"]


def test_a_sentence_of_ten_thousand_letters_and_a_word_of_three_hundred_are_not_told():
    monster = "The Ministry " + "of very many wells " * 600 + "spoke."
    text = f"Wells for all towns\n\nThe Ministry of Wells dug 40 wells in May.\n\n{monster}\n\nIt is {'x' * 300} now.\n"
    told = spoken(storyboard_of(read(text), 300))
    assert told == ["Wells for all towns", "The Ministry of Wells dug 40 wells in May."]


@pytest.mark.parametrize(
    ("text", "speaker"),
    [
        ('"We will dig forty more wells," said Dr. Asha Rao, Secretary of Wells.', "Dr. Asha Rao, Secretary of Wells"),
        ('Minister Asha Rao said, "We will dig forty more wells."', "Minister Asha Rao"),
        ("“We will dig forty more wells,” Minister Asha Rao said.", "Minister Asha Rao"),
        ('"We will dig forty more wells," he said.', None),
        ('The so-called "well of wells" was closed.', None),
    ],
)
def test_quotations_have_the_speaker_that_is_named_or_none(text, speaker):
    found = find_quotation(text, "en")
    assert (None if found is None else text[slice(*found.speaker)]) == speaker


def test_quotation_marks_stay_balanced_over_several_sentences():
    text = 'Wells for all\n\n"We dug forty wells. We will dig more next year," said Minister Asha Rao. The work began in May.'
    told = spoken(storyboard_of(read(text)))
    assert all(sentence.count('"') % 2 == 0 for sentence in told)
    assert any(sentence.count('"') == 2 for sentence in told)


def test_a_sentence_that_leads_to_a_table_is_told_with_the_table_or_not_at_all():
    table = (
        "| State | Capacity (MW) |\n| --- | --- |\n| Marudesh | 21,300 |\n| Sindhara | 15,900 |\n| Others | 5,000 |\n"
    )
    leads = "Capacity by state at the end of April 2026 is given below."
    lead = f"# Power from the sun\n\nSolar power reached 42,200 MW in April 2026.\n\n{leads}\n\n"
    end = "Rooftop systems on 14 lakh homes account for 7,200 MW.\n"
    charted = release_from("sun.md", f"{lead}{table}\n{end}".encode())
    unit = next(unit for unit in planned(charted, 60).units if unit.chart is not None)
    assert unit.text == leads
    assert [row.value for row in unit.chart.rows] == [21300, 15900, 5000]
    mixed = table.replace("5,000", "12 lakh homes")
    told = " ".join(unit.text for unit in planned(release_from("sun.md", f"{lead}{mixed}\n{end}".encode()), 60).units)
    assert leads not in told
    assert end.strip() in told
