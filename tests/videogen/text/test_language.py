from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from videogen.text.language import detect

SENTENCES = {
    "en": [
        "a red bus driving left through the city at night",
        "a wind farm at sunset",
        "heavy rain in Mumbai",
        "Prime Minister inaugurates new railway station",
        "THIS IS AN ALERT: FLOOD WATER IS RISING",
        "Vaccination drive begins in Kerala",
    ],
    "hi": ["मुंबई में भारी बारिश", "एक लाल बस रात में शहर से गुजर रही है"],
    "mr": ["मुंबईत मुसळधार पाऊस पडत आहे"],
    "fr": ["une éolienne au coucher du soleil"],
    "de": ["ein roter Bus fährt durch die Stadt"],
    "es": ["un autobús rojo en la ciudad por la noche"],
    "pt": ["um ônibus vermelho na cidade à noite"],
    "ta": ["சென்னையில் கனமழை"],
    "te": ["హైదరాబాద్‌లో భారీ వర్షం"],
    "bn": ["কলকাতায় বন্যা"],
    "ar": ["حافلة حمراء في المدينة"],
    "zh": ["城市夜晚的红色公交车"],
    "ja": ["夜の街を走る赤いバス"],
}


@pytest.mark.parametrize(("language", "sentence"), [(code, s) for code, many in SENTENCES.items() for s in many])
def test_sentences_of_a_prompts_length_are_recognised(language: str, sentence: str) -> None:
    code, confidence = detect(sentence)
    assert code == language
    assert 0.75 <= confidence <= 1


@pytest.mark.parametrize(
    "short", ["", "flood", "bus", "a cat", "12:30", "🌊🔥", "...", "solar panels", "digital india"]
)
def test_what_is_too_short_or_ambiguous_is_undetermined(short: str) -> None:
    assert detect(short)[0] == "und"


def test_the_same_text_gives_the_same_answer_in_every_thread() -> None:
    sentences = [sentence for many in SENTENCES.values() for sentence in many]
    expected = [detect(sentence) for sentence in sentences]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(detect, sentences * 10)) == expected * 10


def test_langdetects_global_seed_is_left_alone() -> None:
    from langdetect import DetectorFactory

    before = DetectorFactory.seed
    detect(SENTENCES["en"][0])
    assert DetectorFactory.seed == before


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=200))
def test_any_text_gets_a_code_and_a_probability(raw: str) -> None:
    code, confidence = detect(raw)
    assert code == "und" or (code.isalpha() and len(code) == 2)
    assert 0 <= confidence <= 1
