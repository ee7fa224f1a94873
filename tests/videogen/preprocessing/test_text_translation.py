"""Prompts in other languages: what they name is said in English, and the user is told so."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from videogen.config.config import PROJECT_ROOT
from videogen.domain.artifacts import PolicyVerdict
from videogen.models.motion_planner import Planner
from videogen.models.text_encoders import minilm_encoder
from videogen.preprocessing.prompt.translation import english_words, languages
from videogen.preprocessing.text import TextPreprocessor


def test_the_languages_are_those_of_the_bureaus_and_their_neighbours() -> None:
    assert languages() == ("de", "es", "fr", "hi", "pt")


@pytest.mark.parametrize(
    ("language", "prompt", "english"),
    [
        ("hi", "तटीय क्षेत्रों में बाढ़ की चेतावनी", "flood warning at the coast"),
        ("hi", "लाल बस शहर में बाईं ओर जा रही है", "red bus driving left in the city"),
        ("hi", "आज रात शहर में भारी बारिश", "heavy rain in the city at night"),
        ("de", "Ein roter Bus fährt nachts durch die Stadt nach links", "red bus driving left in the city at night"),
        ("de", "Ein Zug fährt von rechts nach links", "train driving left"),
        ("fr", "Alerte à l'inondation en ville cette nuit", "flood warning in the city at night"),
        ("fr", "Un train bleu roule vers la droite au coucher du soleil", "blue train driving right at sunset"),
        ("es", "Incendio forestal en la sierra", "forest fire in the hills"),
        ("pt", "Um ônibus vermelho na cidade à noite", "red bus in the city at night"),
    ],
)
def test_what_a_prompt_names_is_said_as_english_captions_say_it(language: str, prompt: str, english: str) -> None:
    assert english_words(prompt, language) == english


def test_composed_and_decomposed_letters_and_apostrophes_are_the_same() -> None:
    assert english_words("Überschwemmung", "de") == english_words("U\u0308berschwemmung", "de") == "flood"
    assert english_words("l’inondation", "fr") == english_words("L'INONDATION", "fr") == "flood"
    assert english_words("बाढ\u093c", "hi") == english_words("बा\u095d", "hi") == "flood"


def test_longer_phrases_win_and_nothing_is_said_twice() -> None:
    assert english_words("incendio forestal, incendio forestal", "es") == "forest fire"
    assert english_words("Ein Auto und noch ein Auto", "de") == "car"
    assert english_words("नमस्ते", "hi") == ""


def test_people_and_governments_are_shown_only_where_nothing_else_is_named() -> None:
    assert english_words("Die Regierung fördert Windräder", "de") == "wind turbines"
    assert english_words("Die Regierung tritt zusammen", "de") == "parliament building"


def test_the_user_is_told_what_the_model_reads(text: TextPreprocessor, allowed: PolicyVerdict) -> None:
    asset = text.process("गाँव में बाढ़ की चेतावनी", "", allowed)
    assert asset.language == "hi"
    assert asset.cleaned == "गाँव में बाढ़ की चेतावनी"
    assert asset.enhanced.startswith("flood warning in a village")
    assert any("Hindi" in warning and "flood warning in a village" in warning for warning in asset.warnings)


def test_a_prompt_of_unknown_words_is_left_with_a_warning(text: TextPreprocessor, allowed: PolicyVerdict) -> None:
    asset = text.process("Der Quastenflosser philosophierte gemeinhin über Schachbretter", "", allowed)
    assert asset.language == "de"
    assert "Quastenflosser" in asset.enhanced
    assert any("none of the words" in warning for warning in asset.warnings)


@pytest.mark.parametrize(
    ("prompt", "english"),
    [
        ("Alerta de tsunami en la costa", "tsunami warning at the coast"),
        ("Nova escola na aldeia", "school in a village"),
        ("Terremoto na capital", "earthquake in the city"),
    ],
)
def test_few_words_are_read_by_the_table_that_knows_them(
    prompt: str, english: str, text: TextPreprocessor, allowed: PolicyVerdict
) -> None:
    assert text.process(prompt, "", allowed).enhanced.startswith(english)


@pytest.mark.parametrize("prompt", ["tsunami", "a red bus", "metro in Berlin", "hospital", "flood warning", "rail"])
def test_short_english_stays_english(prompt: str, text: TextPreprocessor, allowed: PolicyVerdict) -> None:
    asset = text.process(prompt, "", allowed)
    assert asset.enhanced.startswith(prompt)
    assert not any("reads English" in warning for warning in asset.warnings)


# Written as press offices write, after the table and without a look at it.
_NEWS = (
    ("hi", "भारी बारिश के कारण निचले इलाकों में बाढ़ का खतरा", ("flood", "rain")),
    ("hi", "चक्रवात तट से टकराने की आशंका, लोग सुरक्षित स्थानों पर जाएँ", ("cyclone",)),
    ("hi", "ग्रामीण क्षेत्रों में सौर ऊर्जा योजना का शुभारंभ", ("solar panels",)),
    ("hi", "नई रेल लाइन का उद्घाटन आज", ("train",)),
    ("de", "Amtliche Warnung vor schwerem Gewitter mit Hagel", ("storm",)),
    ("de", "Hochwasser an der Elbe erreicht die Altstadt", ("flood",)),
    ("de", "Bundesregierung fördert den Ausbau der Windkraft", ("wind turbines",)),
    ("fr", "Vigilance orange aux inondations dans le sud du pays", ("flood",)),
    ("fr", "La ville met en service de nouveaux autobus électriques", ("bus",)),
    ("es", "El huracán se acerca a la costa con fuertes lluvias", ("cyclone", "rain")),
    ("es", "Nuevos trenes para la línea del norte", ("train",)),
    ("pt", "Incêndio em uma casa no centro mobiliza os bombeiros", ("burning house",)),
    ("pt", "Usina solar vai abastecer escolas da região", ("solar panels",)),
)  # fmt: skip


@pytest.mark.parametrize(("language", "prompt", "subjects"), _NEWS)
def test_pib_mini_plans_what_the_news_is_about(language: str, prompt: str, subjects: tuple[str, ...]) -> None:
    planner = Planner.load(Path(PROJECT_ROOT) / "models" / "pib-mini" / "planner")
    states = minilm_encoder(20, torch.device("cpu"))([english_words(prompt, language)])[0]
    read = planner.heads["subject"][int(planner.probabilities(states)["subject"].argmax())]
    assert read in subjects
