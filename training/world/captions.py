"""Sentences about a scene: many wordings, orders and lengths, so that free prompts find something near."""

from __future__ import annotations

import numpy as np

from training.world.phrases import (
    COLOUR_WORDS,
    FRAMES,
    MOTION,
    NOUNS,
    PLACES,
    POLICY,
    QUALITY,
    SPEED_WORDS,
    STILL_MOTION,
    SUN_TIMES,
    TIME_WORDS,
    TOPIC_FORMS,
)
from training.world.scenes import Scene

MAX_WORDS = 16


def _pick(rng: np.random.Generator, options: tuple[str, ...]) -> str:
    # The first wording of each list is the plainest, and the likeliest to be typed.
    if rng.uniform() < 0.3:
        return options[0]
    return options[int(rng.integers(len(options)))]


def _article(noun: str, rng: np.random.Generator) -> str:
    plural = noun.endswith("s") and not noun.endswith(("ss", "bus"))
    kind = rng.uniform()
    if kind < 0.15:
        return noun
    if kind < 0.3:
        return f"the {noun}"
    if plural:
        return noun
    if noun.split()[0] in ("heavy", "pouring", "people", "high", "lightning"):
        return noun
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"


def _noun(scene: Scene, rng: np.random.Generator, keep: float) -> str:
    noun = _pick(rng, NOUNS[scene.subject])
    if scene.colour is None or rng.uniform() > keep:
        return _article(noun, rng)
    word = _pick(rng, COLOUR_WORDS[scene.colour])
    if rng.uniform() < 0.08:
        return f"{_article(noun, rng)} in {word}"
    return _article(f"{word} {noun}", rng)


def _motion(scene: Scene, rng: np.random.Generator, keep: float) -> str:
    if scene.direction is None:
        return _pick(rng, STILL_MOTION[scene.subject]) if rng.uniform() < 0.7 else ""
    if rng.uniform() > keep:
        return ""
    phrase = _pick(rng, MOTION[scene.subject if scene.subject in MOTION else "vehicle"][scene.direction])
    if (scene.fast or scene.slow) and rng.uniform() < 0.35:
        phrase = f"{phrase} {_pick(rng, SPEED_WORDS['fast' if scene.fast else 'slow'])}"
    return phrase


def _time(scene: Scene, rng: np.random.Generator, keep: float) -> str:
    if rng.uniform() > keep:
        return ""
    if scene.subject == "sun":
        return _pick(rng, SUN_TIMES[scene.time_of_day][scene.direction or "rising"])
    return _pick(rng, TIME_WORDS[scene.time_of_day])


def _place(scene: Scene, rng: np.random.Generator, keep: float) -> str:
    if rng.uniform() > keep:
        return ""
    place = _pick(rng, PLACES[scene.landscape])
    return place if scene.direction else place.replace("through the", "in the")


def _sentence(scene: Scene, rng: np.random.Generator, keep: float) -> str:
    noun, motion = _noun(scene, rng, keep), _motion(scene, rng, keep)
    place, time = _place(scene, rng, keep), _time(scene, rng, keep)
    kind = rng.uniform()
    if kind < 0.6:
        parts = [noun, motion, place, time]
    elif kind < 0.7:
        parts = [noun, motion, time, place]
    elif kind < 0.8:
        parts = [f"{time}," if time else "", noun, motion, place]
    elif kind < 0.88:
        parts = [f"{place}," if place else "", noun, motion, time]
    elif kind < 0.94:
        parts = [noun, place, motion, time]
    else:
        return ", ".join(part for part in (noun, motion, place, time) if part)
    return " ".join(part for part in parts if part)


def _policy(scene: Scene, rng: np.random.Generator) -> str:
    topic = _pick(rng, POLICY[scene.subject])
    sentence = _pick(rng, TOPIC_FORMS).format(topic=topic)
    tail = [_place(scene, rng, 0.5), _time(scene, rng, 0.4)]
    return " ".join([sentence, *(part for part in tail if part)])


def caption(scene: Scene, rng: np.random.Generator, complete: bool = False) -> str:
    """A sentence about the scene; a `complete` one names every attribute and keeps to the sentence itself."""
    if complete:
        return _sentence(scene, rng, 1.1)
    if rng.uniform() < 0.13:
        return _policy(scene, rng)
    text = _sentence(scene, rng, 0.84)
    if rng.uniform() < 0.2:
        framed = _pick(rng, FRAMES).format(text=text)
        text = framed if len(framed.split()) <= MAX_WORDS else text
    if rng.uniform() < 0.08 and len(text.split()) < MAX_WORDS - 3:
        text = f"{text}, {_pick(rng, QUALITY)}"
    if rng.uniform() < 0.25:
        text = text[0].upper() + text[1:]
    return f"{text}." if rng.uniform() < 0.1 else text
