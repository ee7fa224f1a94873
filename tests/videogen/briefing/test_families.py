"""Releases in two languages: the same shots by the same quantities, nothing translated."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.dagster_helpers import places
from tests.videogen.briefing.releases import read, storyboard_of
from videogen.briefing.production.making import BriefingMaker
from videogen.briefing.production.ordering import take_order
from videogen.briefing.production.store import BriefingStore
from videogen.briefing.storyboard.family import differing_quantities, joined
from videogen.briefing.storyboard.reconciling import passages
from videogen.briefing.storyboard.yaml_text import as_yaml, from_yaml
from videogen.config.config import VideoGenConfig
from videogen.errors import VideogenError

ENGLISH = """\
Ministry of Lamps

12 May 2026

Solar lamps reach more than 1.25 lakh families

More than 1.25 lakh families have received a solar lamp, the Ministry of Lamps said. The scheme has cost ₹340 crore. In \
all, 45 per cent of the lamps went to villages in the hills. The lamps are made in Vasanta.

Lamps by year:

Year\tLamps
2024\t40,000
2025\t85,000

A lamp costs ₹500.
"""
HINDI = """\
दीप मंत्रालय

12 मई 2026

सौर दीप 1.25 लाख से अधिक परिवारों तक पहुंचे

दीप मंत्रालय ने बताया कि 1.25 लाख से अधिक परिवारों को सौर दीप मिल चुके हैं। योजना पर ₹340 करोड़ खर्च हुए हैं। कुल 45 प्रतिशत दीप \
पहाड़ी गांवों में दिए गए। सभी दीप वसंता में बनते हैं।

वर्ष के अनुसार दीपों की संख्या तालिका में है।

वर्ष\tदीप
2024\t40,000
2025\t85,000

एक दीप की कीमत ₹500 है।
"""


def family():
    english, hindi = read(ENGLISH), read(HINDI)
    return english, hindi, *joined(storyboard_of(english), {"en": english, "hi": hindi})


def test_every_figure_is_told_in_both_languages_with_the_same_value():
    _, _, storyboard, _ = family()
    assert storyboard.languages == ("en", "hi")
    shared = [shot for shot in storyboard.shots if {"en", "hi"} <= shot.languages()]
    assert len(shared) >= 4
    shown = {figure.text["en"]: figure.text["hi"] for shot in shared for figure in shot.figures}
    assert shown["₹340 crore"] == "₹340 करोड़"
    assert any("45 प्रतिशत" in sentence.text.get("hi", "") for shot in shared for sentence in shot.narration)
    assert differing_quantities(storyboard) == []


def test_every_text_of_both_languages_stands_in_its_own_release():
    english, hindi, storyboard, _ = family()
    documents = {"en": english, "hi": hindi}
    for shot in storyboard.shots:
        for _, passage in passages(shot):
            for language, text in passage.text.items():
                start, end = passage.source[language]
                assert documents[language].text[start:end] == text


def test_a_family_is_written_and_read_back_the_same():
    storyboard = family()[2]
    assert as_yaml(from_yaml(as_yaml(storyboard))) == as_yaml(storyboard)


def test_another_number_in_one_language_is_found():
    storyboard = family()[2]
    wrong = from_yaml(as_yaml(storyboard).replace("₹340 करोड़ खर्च", "₹430 करोड़ खर्च"))
    assert any("hi has other quantities than en" in problem for problem in differing_quantities(wrong))


def test_releases_of_different_matters_share_no_shot_but_title_and_end():
    english = read(ENGLISH)
    other = read(
        "रेल मंत्रालय\n\nउदयन में 274 किलोमीटर नई रेल\n\nमंत्रिमंडल ने 274 किलोमीटर रेल को मंजूरी दी। लागत ₹6,456 करोड़ है।\n"
    )
    storyboard, notes = joined(storyboard_of(english), {"en": english, "hi": other})
    shared = [shot.id for shot in storyboard.shots if {"en", "hi"} <= shot.languages()]
    assert shared == ["title"]
    assert len(notes) >= 3


def test_one_language_that_fails_leaves_the_others_and_is_named(tmp_path: Path):
    config = VideoGenConfig.load(None, places(tmp_path))
    maker = BriefingMaker(BriefingStore(config.location(config.paths.store)), config)
    files = []
    short = {
        "en.txt": "Ministry of Lamps\n\nSolar lamps for 40 villages\n\nA lamp costs ₹500 in every village.\n",
        "hi.txt": "दीप मंत्रालय\n\n40 गांवों को सौर दीप\n\nहर गांव में एक दीप की कीमत ₹500 है।\n",
    }
    for name, text in short.items():
        files.append(tmp_path / name)
        files[-1].write_text(text, encoding="utf-8")
    order = take_order(maker.store, files, source="python", formats=("square",), target=20)
    maker.plan(order.id)
    text = maker.store.storyboard_text(order.id).decode().replace("\nshots:", "\nvoice: {hi: nobody}\nshots:", 1)
    maker.edit(order.id, text.encode(), name="edited", by="editor", why="a voice that is not installed")
    facts = maker.narrate(order.id, 2)
    assert list(facts.seconds) == ["en"]
    assert [note.startswith("hi: ") and "nobody" in note for note in facts.notes] == [True]
    variants = maker.assemble(order.id, 2)
    assert [record.facts.video for record in variants.made] == ["en_square.mp4"]
    assert list(variants.failed) == ["hi_square"]
    assert "nobody" in variants.failed["hi_square"]


def test_where_no_language_can_be_spoken_the_first_says_why(tmp_path: Path):
    config = VideoGenConfig.load(None, places(tmp_path))
    maker = BriefingMaker(BriefingStore(config.location(config.paths.store)), config)
    path = tmp_path / "en.txt"
    path.write_text(ENGLISH, encoding="utf-8")
    order = take_order(maker.store, [path], source="python", formats=("square",), target=20)
    maker.plan(order.id)
    text = maker.store.storyboard_text(order.id).decode().replace("\nshots:", "\nvoice: {en: nobody}\nshots:", 1)
    maker.edit(order.id, text.encode(), name="edited", by="editor", why="a voice that is not installed")
    with pytest.raises(VideogenError, match="nobody"):
        maker.assemble(order.id, 2)
