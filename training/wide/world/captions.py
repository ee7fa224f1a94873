"""Sentences about a scene of the wide world: many wordings, orders and lengths, so that free prompts find something near."""

from __future__ import annotations

import re

import numpy as np

from training.wide.world import words
from training.wide.world.scene import Scene

MAX_WORDS = 17
_UNCOUNTED = ("heavy", "pouring", "people", "high", "lightning", "rainfall", "monsoon", "rain", "snow", "falling", "extreme", "hot",
              "flood", "flooded", "children", "cattle", "voting", "coins", "traffic", "road", "shaking", "collapsing", "cracked",
              "dry", "parched", "quake", "jumping", "leaping", "waste", "fish", "gold", "vaccination", "vaccine", "medicine",
              "speech", "volunteers", "money", "wildlife", "livestock", "garbage", "immunisation", "running", "wet", "first",
              "aid", "soldiers", "emergency", "planting", "firefighters", "paramedics", "police", "sunshine", "power", "relief", "rescue", "deer", "grazing", "two", "three", "an", "a")  # fmt: skip
_KNOWN = ("sun", "parliament", "house of the assembly")


def pick(rng: np.random.Generator, options: tuple[str, ...]) -> str:
    """The first wording of a list is the plainest, and the likeliest to be typed."""
    return options[0] if rng.uniform() < 0.3 else options[int(rng.integers(len(options)))]


def article(noun: str, rng: np.random.Generator) -> str:
    """The noun with "a", "the" or nothing, as its number allows."""
    kind = rng.uniform()
    if noun in _KNOWN:
        return f"the {noun}"
    first, last = noun.split()[0], re.split(" (?:with|of|and|in) ", noun)[0].split()[-1]
    if kind < 0.12 or first in ("a", "an"):
        return noun
    if kind < 0.27:
        return f"the {noun}"
    plural = last.endswith("s") and not last.endswith(("ss", "bus"))
    if plural or (
        first in _UNCOUNTED and last not in ("boat", "dinghy", "camp", "helicopter", "clinic", "construction", "tap")
    ):
        return noun
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"


def _subject(scene: Scene, rng: np.random.Generator, keep: float) -> str:
    noun = pick(rng, words.NOUNS[scene.subject])
    if scene.colour is None or rng.uniform() > keep:
        return article(noun, rng)
    return article(f"{pick(rng, words.COLOURS[scene.colour])} {noun}", rng)


def _second(scene: Scene, rng: np.random.Generator, keep: float) -> str:
    if scene.second is None or rng.uniform() > keep:
        return ""
    return pick(rng, words.TOGETHER).format(other=article(pick(rng, words.NOUNS[scene.second]), rng))


def _motion(scene: Scene, rng: np.random.Generator, keep: float) -> str:
    if scene.direction is None:
        still = words.STILL_MOTION.get(scene.subject)
        return pick(rng, still) if still and rng.uniform() < 0.6 else ""
    if rng.uniform() > keep:
        return ""
    phrase = pick(rng, words.MOTION[scene.subject][scene.direction])
    if scene.tempo != "medium" and rng.uniform() < 0.3:
        phrase = f"{phrase} {pick(rng, words.SPEEDS[scene.tempo])}"
    return phrase


def _time(scene: Scene, rng: np.random.Generator, keep: float) -> str:
    if rng.uniform() > keep:
        return ""
    if scene.subject == "sun":
        return pick(rng, words.SUN_TIMES[scene.time_of_day][scene.direction or "rising"])
    wet = scene.rain or scene.subject in ("rain", "storm", "snowfall", "cyclone")
    found = pick(rng, (words.WET_TIMES if wet else words.TIMES)[scene.time_of_day])
    if scene.rain and rng.uniform() < keep:
        rain = pick(rng, words.RAIN)
        return f"{rain} {found}" if rng.uniform() < 0.5 else f"{found} {rain}"
    return found


def _place(scene: Scene, rng: np.random.Generator, keep: float) -> str:
    if rng.uniform() > keep:
        return ""
    if scene.inside:
        return pick(rng, words.ROOMS.get(scene.subject, words.PLACES["interior"]))
    place = pick(rng, words.PLACES[scene.setting])
    return place if scene.direction in ("left", "right") else place.replace("through", "in").replace("along", "at")


def _sentence(scene: Scene, rng: np.random.Generator, keep: float) -> str:
    noun, motion, second = _subject(scene, rng, keep), _motion(scene, rng, keep), _second(scene, rng, keep)
    place, time = _place(scene, rng, keep), _time(scene, rng, keep)
    kind = rng.uniform()
    if kind < 0.06:
        return ", ".join(part for part in (noun, motion, second, place, time) if part)
    orders = (
        (0.6, [noun, motion, second, place, time]),
        (0.7, [noun, motion, second, time, place]),
        (0.8, [f"{time}," if time else "", noun, motion, second, place]),
        (0.88, [f"{place}," if place else "", noun, motion, second, time]),
        (1.01, [noun, second, place, motion, time]),
    )
    parts = next(order for limit, order in orders if kind < limit)
    return " ".join(part for part in parts if part)


def _policy(scene: Scene, rng: np.random.Generator) -> str:
    sentence = pick(rng, words.TOPIC_FORMS).format(topic=pick(rng, words.POLICY[scene.subject]))
    tail = [_place(scene, rng, 0.5), _time(scene, rng, 0.4)]
    return " ".join([sentence, *(part for part in tail if part)])


def caption(scene: Scene, rng: np.random.Generator, complete: bool = False) -> str:
    """A sentence about the scene; a `complete` one names every attribute and keeps to the sentence itself."""
    if complete:
        return _sentence(scene, rng, 1.1)
    if scene.second is None and rng.uniform() < 0.16:
        return _policy(scene, rng)
    text = _sentence(scene, rng, 0.84)
    if rng.uniform() < 0.15:
        framed = pick(rng, words.FRAMES).format(text=text)
        text = framed if len(framed.split()) <= MAX_WORDS else text
    if rng.uniform() < 0.06 and len(text.split()) < MAX_WORDS - 3:
        text = f"{text}, {pick(rng, words.QUALITY)}"
    if rng.uniform() < 0.25:
        text = text[0].upper() + text[1:]
    return f"{text}." if rng.uniform() < 0.1 else text


def fragment(scene: Scene, rng: np.random.Generator) -> str:
    """One thing that is to be seen, as people name what they do not want: "rain", "at night", "red bus", "people"."""
    found = [pick(rng, words.NOUNS[scene.subject]), _place(scene, rng, 1.1), _time(scene, rng, 1.1)]
    if scene.colour is not None:
        found.append(f"{scene.colour} {found[0]}" if rng.uniform() < 0.7 else scene.colour)
    if scene.second is not None:
        found.append(pick(rng, words.NOUNS[scene.second]))
    if scene.rain:
        found.append(pick(rng, ("rain", *words.RAIN)))
    chosen = found[int(rng.integers(len(found)))]
    if rng.uniform() < 0.5:
        # "in the city" is negated as "city", "at night" as "night".
        chosen = re.sub(r"^(?:in|at|on|by|during|through|along|near|inside|among) (?:the |a )?", "", chosen)
    return chosen
