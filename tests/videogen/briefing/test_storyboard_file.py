"""The storyboard as a file: strict, with line and column, and edits that cannot overwrite each other."""

from __future__ import annotations

import pytest

from tests.videogen.briefing.releases import PORTS, read, storyboard_of
from videogen.briefing.storyboard.reconciling import own_words, reconciled
from videogen.briefing.storyboard.yaml_text import as_yaml, from_yaml
from videogen.errors import InputError

DOCUMENT = read(PORTS)
TEXT = as_yaml(storyboard_of(DOCUMENT))


def test_what_is_written_is_read_back_the_same():
    assert as_yaml(from_yaml(TEXT)) == TEXT


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("target: 60", "targte: 60", "targte: is not a key of a storyboard"),
        ("target: 60", "target: '60'", "target: Input should be a valid integer"),
        ("id: end", "id: title", "two shots have the id 'title'"),
        ("id: end", "id: ../../x", "should match pattern"),
        ("formats:", "embargo: 2026-04-01T16:30:00\nformats:", "needs a time and a zone"),
        ("value: 3.77", "value: .inf", "finite number"),
        ("value: 3.77", "value: .nan", "finite number"),
        ("value: 3.77", "value: '3.77'", "valid number"),
        ("languages: [en]", "languages: [en]\nlanguages: [hi]", "given more than once"),
        ("languages: [en]", "languages: [hi]", "title has no text in hi"),
        ("target: 60", "target:\t60\n\t- x", "not well-formed"),
    ],
)
def test_faults_are_named_where_they_stand(old, new, says):
    assert old in TEXT
    with pytest.raises(InputError, match=says) as caught:
        from_yaml(TEXT.replace(old, new, 1), "mine.yaml")
    assert "mine.yaml" in caught.value.problem


def test_the_line_and_column_of_an_unknown_key_are_told():
    line = TEXT[: TEXT.index("target: 60")].count("\n") + 1
    with pytest.raises(InputError, match=rf"line {line}, column 1: targte"):
        from_yaml(TEXT.replace("target: 60", "targte: 60"))


@pytest.mark.parametrize(
    "text",
    [
        "a: &x [1]\nb: *x",
        "- 1\n- 2",
        "",
        TEXT + "  - {id: x, kind: statement}\n",
        TEXT + "  - {id: x, kind: figure, narration: [{text: {en: Hello there}}]}\n",
        TEXT + "  - {id: x, kind: statement, narration: [{text: {fr: Bonjour}}]}\n",
        TEXT + "".join(f"  - {{id: s{n}, kind: end}}\n" for n in range(1000)),
        TEXT.replace("type: column", "type: pie", 1),
    ],
    ids=["alias", "a-list", "nothing", "no-narration", "no-figures", "strange-language", "thousand-shots", "pie"],
)
def test_what_is_no_storyboard_is_refused(text):
    with pytest.raises(InputError):
        from_yaml(text)


@pytest.mark.parametrize("name", ["../x.png", "/etc/passwd", "a/b.png", ".hidden.png"])
def test_pictures_come_from_the_folder_of_the_briefing_only(name):
    picture = f"picture: {{file: {name}, credit: PIB, licence: own, alt: {{en: A well}}}}"
    with pytest.raises(InputError, match="without a folder"):
        from_yaml(TEXT + f"  - {{id: x, kind: picture, {picture}, narration: [{{text: {{en: A well.}}}}]}}\n")


def test_a_picture_without_credit_is_refused_with_its_shot():
    picture = "picture: {file: a.png, licence: own, alt: {en: A well}}"
    with pytest.raises(InputError, match=r"picture\.credit: is missing"):
        from_yaml(TEXT + f"  - {{id: x, kind: picture, {picture}, narration: [{{text: {{en: A well.}}}}]}}\n")


def test_an_edited_sentence_is_a_persons_own_and_an_untouched_one_keeps_its_place():
    edited = from_yaml(TEXT.replace("Grain traffic reached", "The grain traffic reached", 1))
    made = reconciled(edited, {"en": DOCUMENT})
    assert [own.text[:9] for own in own_words(made)] == ["The grain"]


def test_a_place_that_is_wrong_is_found_again_where_the_text_stands():
    moved = from_yaml(TEXT.replace("en: [706, 730]", "en: [1, 25]", 1))
    made = reconciled(moved, {"en": DOCUMENT})
    assert as_yaml(made) == TEXT


def test_a_chart_that_draws_another_number_than_it_shows_is_refused():
    with pytest.raises(InputError, match=r"draws 4 where it shows '3\.77 million tonnes'"):
        reconciled(from_yaml(TEXT.replace("value: 3.77", "value: 4.0", 1)), {"en": DOCUMENT})
