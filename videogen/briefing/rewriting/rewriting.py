"""A storyboard whose sentences a model has shortened, shot by shot, where that says the same."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import Field

from videogen.briefing.rewriting.same_facts import differences
from videogen.briefing.rewriting.service import ProposedShot, Rewriter
from videogen.briefing.storyboard.model import Sentence, Shot, Span, Storyboard
from videogen.domain.frozen_model import FrozenModel
from videogen.fact_check.judging.remote import RemoteError

RECORD = "rewriting"
_KINDS = ("statement", "figure", "chart", "map")
"""Shots whose narration may be put in other words: titles, quotations and lists stand on the card as they are."""
_MOST_SAID = 3


class RewrittenSentence(FrozenModel):
    """A sentence in the model's words. source: what it stands for in the release, first and last character."""

    shot: str
    text: str
    source: tuple[Span, ...]


class RewritingRecord(FrozenModel):
    """What a model was asked and answered. kept: shot → why it stays as the release says it; problem: no answer."""

    model: str
    prompt_sha256: str = ""
    answer: str = ""
    rewritten: tuple[RewrittenSentence, ...] = ()
    kept: dict[str, str] = Field(default_factory=dict)
    problem: str = ""

    @property
    def notes(self) -> tuple[str, ...]:
        """For people: what was not taken over, and why."""
        if self.problem:
            return (f"every sentence stays as the release says it: {self.model}: {self.problem}",)
        return tuple(f"shot {shot} stays as the release says it: {why}" for shot, why in self.kept.items())


def rewritten(storyboard: Storyboard, rewriter: Rewriter) -> tuple[Storyboard, RewritingRecord]:
    """The storyboard with the sentences of its first language in the model's words, where they say the same.

    What the model answers is held against the sentences that it cites; a shot with one wrong sentence stays whole as
    it is, and without a usable answer all do. Sentences in the model's words have no place in the release any more: the
    check of facts judges them like a person's own.
    """
    language = storyboard.languages[0]
    asked: list[tuple[str, list[tuple[int, str]]]] = []
    number = 0
    for shot in storyboard.shots:
        if shot.kind in _KINDS:
            texts = [sentence.text[language] for sentence in shot.narration]
            asked.append((shot.id, [(number + i, text) for i, text in enumerate(texts, 1)]))
            number += len(texts)
    if not asked:
        return storyboard, RewritingRecord(model=rewriter.name)
    try:
        reply = rewriter.ask(asked, language)
    except RemoteError as error:
        return storyboard, RewritingRecord(model=rewriter.name, problem=str(error))
    answers: dict[str, list[ProposedShot]] = {}
    for one in reply.shots:
        answers.setdefault(one.id, []).append(one)
    changed: dict[str, tuple[Sentence, ...]] = {}
    sentences: list[RewrittenSentence] = []
    kept: dict[str, str] = {}
    by_id = {shot.id: shot for shot in storyboard.shots}
    for name, rows in asked:
        why = _against(rows, answers.get(name, []))
        if why:
            kept[name] = why
            continue
        made = _narration(by_id[name], rows, answers[name][0], language)
        changed[name] = tuple(sentence for sentence, _ in made)
        sentences += [
            RewrittenSentence(shot=name, text=sentence.text[language], source=spans)
            for sentence, spans in made
            if spans
        ]
    shots = tuple(
        shot.model_copy(update={"narration": changed[shot.id]}) if shot.id in changed else shot
        for shot in storyboard.shots
    )
    record = RewritingRecord(
        model=rewriter.name,
        prompt_sha256=reply.prompt_sha256,
        answer=reply.answer,
        rewritten=tuple(sentences),
        kept=kept,
    )
    return storyboard.model_copy(update={"shots": shots}), record


def _against(rows: Sequence[tuple[int, str]], answers: Sequence[ProposedShot]) -> str:
    """What speaks against a shot in the model's words; "" if nothing does."""
    if len(answers) != 1:
        return "the model answered it twice" if answers else "the model did not answer it"
    texts = dict(rows)
    cited = [number for sentence in answers[0].sentences for number in sentence.cites]
    if cited != sorted(texts):
        return "the model's sentences do not cite each sentence of the shot once, in order"
    wrong = [
        f"{sentence.text[:60]!r}: {reason}"
        for sentence in answers[0].sentences
        for reason in differences(" ".join(texts[number] for number in sentence.cites), sentence.text)
    ]
    return "; ".join(wrong[:_MOST_SAID])


def _narration(
    shot: Shot, rows: Sequence[tuple[int, str]], answer: ProposedShot, language: str
) -> list[tuple[Sentence, tuple[Span, ...]]]:
    """The shot's sentences, each with the places of what it stands for; none where it is the release's own."""
    first = rows[0][0]
    found: list[tuple[Sentence, tuple[Span, ...]]] = []
    for sentence in answer.sentences:
        old = [shot.narration[number - first] for number in sentence.cites]
        same = len(old) == 1 and old[0].text[language] == sentence.text
        if same:
            found.append((old[0], ()))
            continue
        texts = {key: " ".join(one.text[key] for one in old) for key in old[0].text if key != language}
        source = {key: span for key, span in old[0].source.items() if key != language} if len(old) == 1 else {}
        spans = tuple(one.source[language] for one in old if language in one.source)
        found.append((Sentence(text={language: sentence.text, **texts}, source=source), spans))
    return found
