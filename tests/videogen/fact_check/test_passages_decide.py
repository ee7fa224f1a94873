"""What passages say about claims: only what follows from their words is supported, what contradicts them is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.videogen.fact_check.conftest import TODAY
from videogen.config.groups.all import FactCheckSettings
from videogen.fact_check import Batch, FactChecker, KnowledgeBase
from videogen.fact_check.judging.stance import judge_passage
from videogen.fact_check.knowledge.facts import Document, Source

HANDOUT = (
    "The Ostby Tram is a low-floor city tram designed by the Kolm Works and run by the transport office of Ostby since 2017. "
    "It carries 180 passengers across the Ostby canal every ten minutes and is washed at the western depot.\n\n"
    "Erik Halvorsen (born 3 June 1968) is a Danish architect, painter and retired swimmer who planned the stops of the tram."
)


@pytest.fixture(scope="module")
def handout(tmp_path_factory: pytest.TempPathFactory) -> FactChecker:
    base = KnowledgeBase(tmp_path_factory.mktemp("handout"), starter=False)
    office = Source(id="office", name="Transport office", reliability=0.9)
    base.add(
        Batch("handout", [office], documents=[Document(id="tram", text=HANDOUT, source="office", published=TODAY)])
    )
    return FactChecker(FactCheckSettings(), base, today=TODAY)


def outcome(checker: FactChecker, text: str) -> str:
    (verdict,) = checker.check_content(text).claims
    return verdict.outcome


@pytest.mark.parametrize(
    "text",
    [
        "The Ostby Tram is a low-floor city tram.",
        "The Ostby Tram is a tram.",
        "The Ostby Tram was designed by the Kolm Works.",
        "The Ostby Tram is run by the transport office of Ostby.",
        "The Ostby Tram has been run by the transport office of Ostby since 2017.",
        "The Ostby Tram carries 180 passengers.",
        "The Ostby Tram carries 180 passengers across the Ostby canal every ten minutes.",
        "The Ostby Tram is washed at the western depot.",
        "Erik Halvorsen was born on 3 June 1968.",
        "Erik Halvorsen was born in 1968.",
        "Erik Halvorsen is a Danish architect.",
        "Erik Halvorsen is a painter.",
        "Erik Halvorsen planned the stops of the tram.",
    ],
)
def test_what_a_document_asserts_is_supported(handout: FactChecker, text: str) -> None:
    assert outcome(handout, text) == "supported"


@pytest.mark.parametrize(
    "text",
    [
        "The Ostby Tram is not a low-floor city tram.",
        "The Ostby Tram isn't a tram.",
        "The Ostby Tram was never designed by the Kolm Works.",
        "The Ostby Tram is run by the transport office of Ostby since 2016.",
        "The Ostby Tram carries 190 passengers.",
        "The Ostby Tram does not carry 180 passengers.",
        "The Ostby Tram is washed at the eastern depot.",
        "Erik Halvorsen was born on 4 June 1968.",
        "Erik Halvorsen was not born in 1968.",
        "Erik Halvorsen did not plan the stops of the tram.",
    ],
)
def test_a_negation_a_number_a_date_or_an_opposite_refutes(handout: FactChecker, text: str) -> None:
    assert outcome(handout, text) == "refuted"


@pytest.mark.parametrize(
    "text",
    [
        "Erik Halvorsen is a swimmer.",
        "Erik Halvorsen planned the tram.",
        "Erik Halvorsen is a Danish painter.",
        "The Kolm Works was designed by the Ostby Tram.",
        "The Ostby Tram carries 180 cyclists.",
        "The Ostby Tram was designed by the transport office of Ostby.",
        "The Ostby Tram carried 180 passengers.",
        "The Ostby Tram carries more than 180 passengers.",
        "All trams of Ostby are low-floor trams.",
        "The Ostby Tram may carry 180 passengers.",
        "The Ostby Tram is a low-floor city tram without a driver.",
    ],
)
def test_what_goes_beyond_a_document_is_left_open(handout: FactChecker, text: str) -> None:
    assert outcome(handout, text) == "not_enough_evidence"


@pytest.mark.parametrize(
    ("evidence", "claim"),
    [
        ("The mayor's father opened the bridge in May 2020.", "The mayor opened the bridge."),
        ("The father of the mayor opened the bridge.", "The mayor opened the bridge."),
        ("The mayor denied that the bridge opened in May 2020.", "The bridge opened in May 2020."),
        ("According to a rumour, the bridge opened in May 2020.", "The bridge opened in May 2020."),
        ("It is false that the tunnel floods. The tunnel floods.", "The tunnel floods."),
        ("If it rains, the match is cancelled and the fans get refunds.", "The fans get refunds."),
        ("Ferries in Velden are electric.", "Ferries are electric."),
        ("The road is closed at night.", "The road is closed."),
        ("The drug cured flu in mice.", "The drug cured flu."),
        ("The agency fined the bank in 2020.", "The bank fined the agency in 2020."),
        ("The ferry carries up to 240 passengers.", "The ferry carries 240 passengers."),
        ("Mara Holm is a fake doctor.", "Mara Holm is a doctor."),
        ("Mara Holm is an American-born French writer.", "Mara Holm is an American writer."),
        ("The firm sold the plant in 2019 and bought the mine in 2020.", "The firm sold the plant in 2020."),
        ("Most drivers use the road at night.", "All drivers use the road at night."),
        ("Did the bridge open in 2020?", "The bridge opened in 2020."),
        ("C is a programming language.", "C# is a programming language."),
    ],
)
def test_likeness_alone_supports_nothing(evidence: str, claim: str) -> None:
    assert judge_passage(claim, evidence).stance != "supports"


@pytest.mark.parametrize(
    ("evidence", "claim"),
    [
        ("Harbour Lights is an American series.", "Harbour Lights is not an American series."),
        ("Harbour Lights is not an American series.", "Harbour Lights is an American series."),
        ("Prices rose by 3 percent in 2021.", "Prices fell by 3 percent in 2021."),
        ("The council approved the plan on Monday.", "The council rejected the plan on Monday."),
        ("No passengers were hurt.", "Passengers were hurt."),
        ("मेले में 240 लोग आए।", "मेले में 250 लोग आए।"),
        ("पुल मई में खुला।", "पुल मई में नहीं खुला।"),
    ],
)
def test_the_same_sentence_with_one_opposite_is_refuted(evidence: str, claim: str) -> None:
    assert judge_passage(claim, evidence).stance == "refutes"


def test_the_held_out_contradictions_keep_the_limits_that_are_published(tmp_path: Path) -> None:
    from benchmarks.fact_check.contradictions import measure, pairs

    found = measure(pairs("held_out", 2))
    assert found["false_support_of_refuted"]["share"] <= 0.02
    assert found["precision_of_supported"]["share"] >= 0.9
    assert found["coverage_of_supported"]["share"] >= 0.8


@pytest.mark.parametrize(
    ("evidence", "claim"),
    [
        ("Bears died out in Orrin in 1870.", "Bears died out."),
        ("Fishing was forbidden in the Velden Sound in 2011.", "Fishing was forbidden."),
        ("The Lark is a caffeine-free tea.", "The Lark is a free tea."),
        ("The crest is a black and gold crest.", "The crest is a gold crest."),
        ("The Anchor is a bed and breakfast.", "The Anchor is a bed."),
        ("Nils Ek is a former pilot and judge.", "Nils Ek is a judge."),
        ("During the drill, the tank burst and the street was flooded.", "The street was flooded."),
        ("The well is dry. None of this is so.", "The well is dry."),
        ("Legend has it that the abbot is buried here and the tower is cursed.", "The tower is cursed."),
    ],
)
def test_what_holds_somewhere_partly_or_in_a_story_supports_nothing(evidence: str, claim: str) -> None:
    assert judge_passage(claim, evidence).stance == "irrelevant"


@pytest.mark.parametrize(
    ("evidence", "claim"),
    [
        ("The ferry was repaired in Ravensby in 2011.", "The ferry was repaired."),
        ("The Lark is a low-floor city tram.", "The Lark is a tram."),
        ("Nils Ek is a pilot, painter and retired judge.", "Nils Ek is a painter."),
        ("No, the dam is safe.", "The dam is safe."),
    ],
)
def test_what_holds_by_itself_is_supported_beside_other_things(evidence: str, claim: str) -> None:
    assert judge_passage(claim, evidence).stance == "supports"


@pytest.mark.parametrize(
    ("passage", "claim"),
    [
        ("Rumours that the dam broke are false.", "The dam broke."),
        ("Neither the ferry nor the train is electric.", "The train is electric."),
        ("The ferry is anything but electric.", "The ferry is electric."),
        ("Had the ferry been electric, it would have been cheaper.", "The ferry was electric."),
        ("The ship left Bergen for Oslo.", "The ship left Oslo for Bergen."),
        ("France lost to Spain.", "Spain lost to France."),
        ("The tax was cut from 20 to 10 percent.", "The tax was cut to 20 percent."),
        ("Fewer than 20 people were hurt.", "20 people were hurt."),
        ("Every day except Sunday the museum is open.", "The museum is open on Sunday."),
        ("Ida (born 1950, died 2001) was a painter.", "Ida was born in 2001."),
        ("मंत्रालय ने ४० कुएं खोले।", "मंत्रालय ने १४ कुएं खोले।"),
        ("बजट पाँच करोड़ रुपये है।", "बजट पचास करोड़ रुपये है।"),
    ],
)
def test_what_is_denied_meant_or_said_of_others_supports_nothing(passage: str, claim: str) -> None:
    assert judge_passage(claim, passage).stance != "supports"
