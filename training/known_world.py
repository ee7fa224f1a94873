"""Write models/pib-mini/world.json: what the model can draw, in the words of its captions, and their sentence vectors.

python -m training.known_world
"""

from __future__ import annotations

from training.published import FOLDER
from training.world.phrases import (
    COLOUR_WORDS,
    FRAMES,
    MOTION,
    NOUNS,
    PLACES,
    POLICY,
    SPEED_WORDS,
    STILL_MOTION,
    SUN_TIMES,
    TIME_WORDS,
    TOPIC_FORMS,
)
from videogen.adaptation.known_vectors import write_vectors
from videogen.adaptation.world import KnownSubject, KnownWorld, vectors_file
from videogen.fact_check.knowledge.embeddings import embed

PATH = FOLDER / "world.json"
# What people call the sun where they name only its hour.
_FURTHER_TOPICS = {"sun": ("sunrise", "sunset")}


def known_world() -> KnownWorld:
    """The subjects of the captions with their names and topics, and the phrases that say everything else."""
    words = [phrases for table in (PLACES, COLOUR_WORDS, SPEED_WORDS, TIME_WORDS) for phrases in table.values()]
    words += [phrases for table in (*MOTION.values(), *SUN_TIMES.values()) for phrases in table.values()]
    words.append(tuple(form.replace("{text}", "").strip(" :") for form in FRAMES))
    words.append(tuple(form.replace("{topic}", "").strip(" :") for form in TOPIC_FORMS))
    names = {phrase for phrases in NOUNS.values() for phrase in phrases}
    setting = {phrase for phrases in words for phrase in phrases if phrase} - names
    return KnownWorld(
        languages=("en",),
        subjects={subject: KnownSubject(names=NOUNS[subject], topics=_topics(subject)) for subject in NOUNS},
        setting=tuple(sorted(setting)),
    )


def _topics(subject: str) -> tuple[str, ...]:
    """What the subject stands for, and what it is seen doing."""
    seen = tuple(f"{NOUNS[subject][0]} {what}" for what in STILL_MOTION.get(subject, ()))
    return (*POLICY.get(subject, ()), *_FURTHER_TOPICS.get(subject, ()), *seen)


def main() -> None:
    """Entry point."""
    world = known_world()
    PATH.write_text(world.model_dump_json(indent=1) + "\n", encoding="utf-8")
    write_vectors(vectors_file(PATH), world, embed)


if __name__ == "__main__":
    main()
