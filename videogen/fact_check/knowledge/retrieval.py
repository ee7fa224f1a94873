"""Finds passages by BM25 and by embeddings, and joins both rankings by reciprocal rank."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from videogen.fact_check.knowledge.facts import Passage
from videogen.fact_check.reading.stemming import stem
from videogen.storage.atomic import whole_folder
from videogen.text.normalise import words
from videogen.text.word_lists import word_set

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

STOP_WORDS = word_set("english_function_words", "hindi_function_words", "stop_words")
_RANK_OFFSET = 60  # reciprocal rank fusion, Cormack et al. 2009
_DEPTH = 30


@dataclass(frozen=True)
class Found:
    """A passage found for a text. bm25: at least 0; cosine: nearness in meaning, −1 to 1."""

    passage: Passage
    bm25: float
    cosine: float


class PassageIndex:
    """Searches passages.

    Args:
        embeddings: 384 float16 values as bytes, one for each passage.
        folder: where the BM25 index is kept between processes; it belongs to exactly these passages.
    """

    def __init__(self, passages: Sequence[Passage], embeddings: Sequence[bytes], folder: Path) -> None:
        self.passages = passages
        self._embeddings = embeddings
        self._folder = folder

    @cached_property
    def _vectors(self) -> NDArray[np.float32]:
        import numpy as np

        from videogen.fact_check.knowledge.embeddings import DIMENSIONS

        joined = np.frombuffer(b"".join(self._embeddings), dtype=np.float16)
        return joined.reshape(len(self.passages), DIMENSIONS).astype(np.float32)

    @cached_property
    def _bm25(self) -> Any:
        import bm25s

        logging.getLogger("bm25s").setLevel(logging.WARNING)
        if self._folder.exists():
            return bm25s.BM25.load(str(self._folder))
        index = bm25s.BM25()
        index.index([stems(f"{passage.title} {passage.text}") for passage in self.passages], show_progress=False)
        self._keep(index)
        return index

    def _keep(self, index: Any) -> None:
        # Where another process was faster, or the folder is read-only, the index in memory serves as well.
        with suppress(OSError), whole_folder(self._folder, Path.is_dir) as temporary:
            index.save(str(temporary))

    def search(self, texts: Sequence[str], limit: int) -> list[list[Found]]:
        """For each text at most `limit` passages, best first."""
        if not self.passages or not texts:
            return [[] for _ in texts]
        import numpy as np

        from videogen.fact_check.knowledge.embeddings import embed

        queries = embed(texts)
        found = []
        for text, cosine in zip(texts, queries @ self._vectors.T, strict=True):
            tokens = [token for token in dict.fromkeys(stems(text)) if token in self._bm25.vocab_dict]
            lexical = self._bm25.get_scores(tokens) if tokens else np.zeros(len(self.passages), dtype=np.float32)
            best = _fuse(lexical, cosine, limit)
            found.append([Found(self.passages[i], float(lexical[i]), float(cosine[i])) for i in best])
        return found


def _fuse(lexical: NDArray[Any], cosine: NDArray[Any], limit: int) -> list[int]:
    import numpy as np

    scores: dict[int, float] = {}
    for values in (lexical, cosine):
        depth = min(_DEPTH, len(values))
        top = np.argpartition(-values, depth - 1)[:depth]
        ranked = top[np.argsort(-values[top], kind="stable")]
        for rank, index in enumerate(ranked):
            if values[index] > 0:
                scores[int(index)] = scores.get(int(index), 0.0) + 1.0 / (_RANK_OFFSET + rank)
    return sorted(scores, key=lambda index: (-scores[index], index))[:limit]


def stems(text: str) -> list[str]:
    """Index terms: normalised words without the commonest ones, English endings taken off (Porter 2)."""
    return [stem(word.norm) for word in words(text) if word.norm and word.norm not in STOP_WORDS]
