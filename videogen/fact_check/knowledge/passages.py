"""Documents cut into passages that can be quoted and searched."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from videogen.fact_check.knowledge.facts import Document, Passage
from videogen.text.sentences import split_sentences

PASSAGE_WORDS = 80


def cut_passages(documents: Iterable[Document]) -> list[Passage]:
    """Whole sentences, about 80 words to a passage; an overlong sentence is cut at word boundaries."""
    passages = []
    for document in documents:
        for number, text in enumerate(_stretches(document.text)):
            passages.append(
                Passage(
                    id=f"{document.id}#{number}",
                    document=document.id,
                    title=document.title,
                    text=text,
                    source=document.source,
                    published=document.published,
                )
            )
    return passages


def _stretches(text: str) -> Iterator[str]:
    held: list[str] = []
    for sentence in split_sentences(text):
        tokens = sentence.text.split()
        if held and len(held) + len(tokens) > PASSAGE_WORDS:
            yield " ".join(held)
            held = []
        held.extend(tokens)
        while len(held) > 2 * PASSAGE_WORDS:
            yield " ".join(held[:PASSAGE_WORDS])
            held = held[PASSAGE_WORDS:]
    if held:
        yield " ".join(held)


def embedded_rows(passages: list[Passage]) -> list[dict[str, Any]]:
    """Rows of the table ``passages``: each with its embedding, 384 float16 values as bytes."""
    import numpy as np

    from videogen.fact_check.knowledge.embeddings import embed

    vectors = embed([passage.text for passage in passages]).astype(np.float16)
    return [
        {**passage.model_dump(), "embedding": vector.tobytes()}
        for passage, vector in zip(passages, vectors, strict=True)
    ]
