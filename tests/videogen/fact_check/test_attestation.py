"""What the issuer announces in a text handed in with the request is attested by it, never supported."""

from __future__ import annotations

import pytest

from tests.videogen.fact_check.conftest import TODAY
from videogen.config.groups.all import FactCheckSettings
from videogen.fact_check import Batch, FactChecker, FactCheckReport, KnowledgeBase
from videogen.fact_check.html import to_html, to_markdown
from videogen.fact_check.knowledge.facts import Fact, Source
from videogen.storage.inputs.source_files import SourceText, source_text

RELEASE = """Ravensby transport office, 30 November

Strong wind is expected on the coast tonight. Up to 30 mm of rain will fall by midnight.

A new ferry line opens in Ravensby on Monday. The council of Ravensby approved 14 million euros for it in November 2026.
The minister denied that the line is late.

Die Schulen bleiben am Freitag offen.
"""


@pytest.fixture(scope="module")
def release() -> SourceText:
    return source_text("release.txt", RELEASE.encode())


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> FactChecker:
    base = KnowledgeBase(tmp_path_factory.mktemp("office"), starter=False)
    facts = [
        Fact(entity="Ravensby", attribute="mayor", value=name, source="office", retrieved=TODAY)
        for name in ("Ada Holt",)
    ]
    base.add(Batch("office", [Source(id="office", name="Office", reliability=0.95)], facts))
    return FactChecker(FactCheckSettings(), base, today=TODAY)


@pytest.mark.parametrize(
    "text",
    [
        "A new ferry line opens in Ravensby on Monday.",
        "The council of Ravensby approved 14 million euros for it in November 2026.",
        "Up to 30 mm of rain will fall by midnight.",
        "Strong wind is expected on the coast tonight.",
        "Die Schulen bleiben am Freitag offen.",
    ],
)
def test_what_the_release_says_is_attested_and_may_be_published(
    office: FactChecker, release: SourceText, text: str
) -> None:
    report = office.check_content(text, [release])
    assert (report.verdict, report.publishable) == ("attested", True)
    (verdict,) = report.claims
    assert verdict.evidence[0].kind == "release"
    assert verdict.evidence[0].source.name == "release.txt"


@pytest.mark.parametrize(
    "text",
    [
        "A new ferry line opens in Ravensby on Tuesday.",
        "A new ferry line closes in Ravensby on Monday.",
        "The council of Ravensby approved 15 million euros for it in November 2026.",
        "The council of Ravensby rejected 14 million euros for it in November 2026.",
        "The council of Ravensby did not approve 14 million euros for it in November 2026.",
        "Up to 50 mm of rain will fall by midnight.",
        "Strong wind is not expected on the coast tonight.",
    ],
)
def test_what_the_release_contradicts_is_refuted(office: FactChecker, release: SourceText, text: str) -> None:
    report = office.check_content(text, [release])
    assert (report.verdict, report.publishable) == ("refuted", False)


@pytest.mark.parametrize(
    "text",
    [
        "The line is late.",
        "The council of Velden approved 14 million euros for it in November 2026.",
        "The council of Ravensby approved 14 million euros for a second ferry line in November 2026.",
        "All schools of Ravensby were renovated in 2020.",
    ],
)
def test_what_goes_beyond_the_release_stays_open(office: FactChecker, release: SourceText, text: str) -> None:
    report = office.check_content(text, [release])
    assert (report.verdict, report.publishable) == ("not_enough_evidence", False)


def test_another_sentence_in_an_unread_language_stays_unchecked(office: FactChecker, release: SourceText) -> None:
    report = office.check_content("Die Schulen bleiben am Montag offen.", [release])
    assert (report.verdict, report.publishable) == ("unchecked_language", False)


def test_a_release_against_the_knowledge_base_is_conflicting(office: FactChecker) -> None:
    claim = "The mayor of Ravensby is Bo Lund."
    assert office.check_content(claim).verdict == "refuted"
    text = source_text("news.txt", claim.encode())
    assert office.check_content(claim, [text]).verdict == "conflicting"
    true = "The mayor of Ravensby is Ada Holt."
    assert office.check_content(true, [source_text("news.txt", true.encode())]).verdict == "supported"


def test_two_releases_that_disagree_are_conflicting(office: FactChecker) -> None:
    texts = ["The bridge opened in May 2026.", "The bridge did not open in May 2026."]
    sources = [source_text(f"{number}.txt", text.encode()) for number, text in enumerate(texts)]
    assert office.check_content(texts[0], sources).verdict == "conflicting"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Heavy rain is expected tonight.", "expected"),
        ("Everyone is welcome at the opening.", "invites"),
        ("Will the bridge open?", "question"),
        ("New tram line for the harbour", "without asserting"),
    ],
)
def test_forecasts_invitations_questions_and_headlines_are_not_checkable(
    office: FactChecker, text: str, reason: str
) -> None:
    report = office.check_content(text)
    assert report.publishable
    assert reason in report.skipped[0].reason
    assert "not checkable" in to_markdown(report)


@pytest.mark.parametrize(
    "text",
    [
        "Up to 40 mm of rain is expected tonight.",
        "Mayor Ada Holt is expected to resign.",
        "A cyclone is expected tonight.",
    ],
)
def test_expectations_with_figures_names_or_dangers_need_a_source(office: FactChecker, text: str) -> None:
    assert not office.check_content(text).publishable


def test_the_report_shows_what_is_attested_and_by_which_file(office: FactChecker, release: SourceText) -> None:
    report = office.check_content("A new ferry line opens in Ravensby on Monday.", [release])
    assert FactCheckReport.model_validate_json(report.model_dump_json()) == report
    for shown in (to_html(report), to_markdown(report)):
        assert "attested" in shown
        assert release.sha256 in shown
        assert "release.txt" in shown


def test_a_pronoun_stands_for_what_the_sentence_before_defines(checker: FactChecker) -> None:
    text = "The Lindholm Ferry is an electric ferry. It carries 240 passengers and is charged at the northern pier."
    source = SourceText(name="release.txt", sha256="0" * 64, text=text)
    assert checker.check_content(text, [source]).counts == {"attested": 3}
    other = checker.check_content(text.replace("240", "250"), [source])
    assert other.verdict in ("refuted", "not_enough_evidence")
    stranger = text.replace("The Lindholm Ferry is", "The Norra Ferry is")
    assert not checker.check_content(stranger, [source]).publishable


@pytest.mark.parametrize(
    "text",
    [
        "Claim: A new ferry line opens in Ravensby on Monday.\n\nFact: The old line stays as it is.",
        "This message is fake:\n\nA new ferry line opens in Ravensby on Monday.\n\nThe old line stays as it is.",
        "A new ferry line opens in Ravensby on Monday.\n\nThis is not true.",
        "MYTH 1\n\nA new ferry line opens in Ravensby on Monday.",
    ],
)
def test_what_a_release_quotes_to_deny_it_is_not_attested(checker: FactChecker, text: str) -> None:
    source = SourceText(name="release.txt", sha256="0" * 64, text=text)
    assert not checker.check_content("A new ferry line opens in Ravensby on Monday.", [source]).publishable


def test_another_paragraph_that_calls_something_else_false_takes_nothing_back(checker: FactChecker) -> None:
    text = "A new ferry line opens in Ravensby on Monday.\n\nThe staff move to the new hall.\n\nReports that the coins are fake are not true."
    source = SourceText(name="release.txt", sha256="0" * 64, text=text)
    assert checker.check_content("A new ferry line opens in Ravensby on Monday.", [source]).verdict == "attested"
