from __future__ import annotations

import json
import os
from datetime import date
from pathlib import Path

import pytest

from videogen.errors import InputError
from videogen.fact_check import KnowledgeBase
from videogen.fact_check.knowledge.imports import read_import


def test_a_csv_file_gives_facts_with_units_terms_and_aliases(tmp_path: Path, empty: KnowledgeBase) -> None:
    path = tmp_path / "press.csv"
    path.write_text(
        "entity,attribute,value,unit,valid_from,valid_to,source,reliability,aliases\n"
        "Karma Dam,Height,120,m,,,Bureau,0.9,Karma Bandh|कर्मा बांध\n"
        "Sunrise Scheme,budget,₹2\u202f500 crore,,2023,2024-03,Bureau,0.9,\n".replace("\u202f", ""),
        encoding="utf-8",
    )
    empty.add(read_import(path))
    (height,) = empty.query("कर्मा बांध", "height")
    assert (height.number, height.unit, height.entity) == (120.0, "metre", "Karma Dam")
    (budget,) = empty.query("Sunrise Scheme", "budget")
    assert (budget.number, budget.unit) == (2.5e10, "INR")
    assert (budget.valid_from, budget.valid_to) == (date(2023, 1, 1), date(2024, 3, 31))
    assert empty.get_sources(budget)[0].reliability == 0.9


def test_every_bad_row_is_reported_with_its_line_and_nothing_changes(tmp_path: Path, empty: KnowledgeBase) -> None:
    path = tmp_path / "bad.csv"
    path.write_text(
        "entity,attribute,value,unit,valid_from,valid_to,reliability\n"
        "A,height,10,m,,,\n"
        ",height,10,m,,,\n"
        "B,height,10,furlongs,,,\n"
        "C,height,tall,m,,,\n"
        "D,minister,X,,soon,,\n"
        "E,minister,X,,2024,2020,\n"
        "F,minister,X,,,,7\n",
        encoding="utf-8",
    )
    with pytest.raises(InputError) as caught:
        empty.add(read_import(path))
    message = str(caught.value)
    for row, reason in (
        (3, "entity is empty"), (4, "furlongs"), (5, "is not a number"), (6, "not a date"), (7, "before valid_from"), (8, "less than or equal to 1"),
    ):  # fmt: skip
        assert f"row {row}: " in message
        assert reason in message
    assert "row 2" not in message
    assert not (empty.folder / "imports").exists() or not list((empty.folder / "imports").iterdir())


@pytest.mark.parametrize(
    ("content", "complaint"),
    [("entity,value\nA,1\n", "'attribute' is missing"), ("entity,attribute,value,colour\nA,b,c,d\n", "unknown column 'colour'"),
     ("entity,attribute,value\nA,b,c,d\n", "more fields"), ('entity,attribute,value\n"A,b,c\n', "cannot be read"), ("", "is missing"),
     ("entity,attribute,value\n", "nothing to import")],
)  # fmt: skip
def test_a_malformed_csv_file_is_refused(tmp_path: Path, empty: KnowledgeBase, content: str, complaint: str) -> None:
    path = tmp_path / "bad.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=complaint):
        empty.add(read_import(path))


def test_json_lines_are_read_and_a_broken_line_is_named(tmp_path: Path) -> None:
    path = tmp_path / "facts.jsonl"
    good = {
        "entity": "Karma Dam",
        "attribute": "height",
        "number": 120,
        "value": "120 m",
        "unit": "m",
        "aliases": ["Karma Bandh"],
    }
    path.write_text(json.dumps(good) + "\n\n{\n[1]\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"row 3: is not JSON.*row 4: is not an object"):
        read_import(path)
    path.write_text(json.dumps(good), encoding="utf-8")
    batch = read_import(path, source="Bureau of Dams", reliability=0.8)
    assert batch.facts[0].number == 120
    assert (batch.sources[0].name, batch.sources[0].reliability) == ("Bureau of Dams", 0.8)
    assert batch.aliases[0].alias == "Karma Bandh"


def test_schema_org_json_ld_gives_facts(tmp_path: Path) -> None:
    path = tmp_path / "dam.jsonld"
    path.write_text(
        json.dumps(
            {
                "@context": "https://schema.org",
                "@graph": [
                    {
                        "@type": "Place",
                        "name": "Karma Dam",
                        "alternateName": ["Karma Bandh"],
                        "height": {"@type": "QuantitativeValue", "value": 120, "unitText": "m"},
                        "foundingDate": "1998-04-02",
                        "containedInPlace": {"@type": "State", "name": "Northland"},
                    }
                ],
            }
        ),
        encoding="utf-8",
    )
    facts = {fact.attribute: fact for fact in read_import(path).facts}
    assert (facts["height"].number, facts["height"].unit) == (120.0, "metre")
    assert facts["founding_date"].value == "1998-04-02"
    assert facts["contained_in_place"].value == "Northland"


def test_a_wikidata_export_gives_facts_with_terms(tmp_path: Path) -> None:
    def statement(value: object, **qualifiers: object) -> dict[str, object]:
        return {
            "mainsnak": {"datavalue": {"value": value}},
            "rank": "normal",
            "qualifiers": {key: [{"datavalue": {"value": item}}] for key, item in qualifiers.items()},
        }

    path = tmp_path / "entities.json"
    path.write_text(
        json.dumps(
            {
                "entities": {
                    "Q1": {
                        "labels": {"en": {"value": "Northland"}, "hi": {"value": "नॉर्थलैंड"}},
                        "aliases": {"en": [{"value": "State of Northland"}]},
                        "claims": {
                            "P6": [
                                statement(
                                    {"id": "Q2"},
                                    P580={"time": "+2021-05-04T00:00:00Z", "precision": 11},
                                    P582={"time": "+2026-00-00T00:00:00Z", "precision": 9},
                                )
                            ],
                            "P1082": [
                                statement(
                                    {"amount": "+4200000", "unit": "1"},
                                    P585={"time": "+2020-00-00T00:00:00Z", "precision": 9},
                                ),
                                {**statement({"amount": "+1", "unit": "1"}), "rank": "deprecated"},
                            ],
                            "P2046": [
                                statement({"amount": "+52000", "unit": "http://www.wikidata.org/entity/Q712226"})
                            ],
                        },
                    },
                    "Q2": {"labels": {"en": {"value": "Asha Verel"}}},
                    "Q712226": {"labels": {"en": {"value": "square kilometre"}}},
                }
            }
        ),
        encoding="utf-8",
    )
    batch = read_import(path)
    facts = {fact.attribute: fact for fact in batch.facts}
    assert len(batch.facts) == 3
    head = facts["head_of_government"]
    assert (head.value, head.valid_from, head.valid_to) == ("Asha Verel", date(2021, 5, 4), date(2026, 12, 31))
    assert facts["population"].number == 4_200_000
    assert (facts["area"].number, facts["area"].unit) == (52_000, "kilometre ** 2")
    assert {"State of Northland", "नॉर्थलैंड"} <= {alias.alias for alias in batch.aliases}


@pytest.mark.parametrize("content", ["{", "[]", '{"@graph": []}', '{"@graph": [{"height": 3}]}', '"text"', "3"])
def test_malformed_json_ld_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "bad.jsonld"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InputError):
        read_import(path)


def _pdf(text: str) -> bytes:
    """A one-page PDF with one line of text, written by hand so that the reader meets an independent file."""
    stream = f"BT /F1 12 Tf 72 720 Td ({text}) Tj ET".encode()
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    body, offsets = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        offsets.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    tail = b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n"
    return body + tail % (len(objects) + 1, table, len(objects) + 1, len(body))


def test_a_folder_of_text_html_and_pdf_is_imported_whole(tmp_path: Path, empty: KnowledgeBase) -> None:
    folder = tmp_path / "reports"
    (folder / "inner").mkdir(parents=True)
    (folder / "a.txt").write_text("The Karma Dam was repaired in June.", encoding="utf-8")
    (folder / "inner" / "b.html").write_text(
        '<html><head><title>Fair</title><meta property="article:published_time" content="2026-05-04"></head><body>'
        "<script>alert('x')</script><p>The harvest fair</p><p>drew &lt;many&gt; farmers.</p></body></html>",
        encoding="utf-8",
    )
    (folder / "c.pdf").write_bytes(_pdf("The bridge opened on Monday."))
    (folder / "notes.xyz").write_text("not a document", encoding="utf-8")
    batch = read_import(folder, source="Reports", reliability=0.6)
    documents = {document.title: document for document in batch.documents}
    assert set(documents) == {"a", "Fair", "c"}
    assert documents["Fair"].published == date(2026, 5, 4)
    assert "alert" not in documents["Fair"].text
    assert "drew <many> farmers." in documents["Fair"].text
    assert "The bridge opened on Monday." in documents["c"].text
    empty.add(batch)
    assert empty.search(["bridge opened"], 1)[0][0].passage.title == "c"


def test_one_unreadable_document_refuses_the_folder_and_is_named(tmp_path: Path, empty: KnowledgeBase) -> None:
    folder = tmp_path / "reports"
    folder.mkdir()
    (folder / "good.txt").write_text("The dam was repaired.", encoding="utf-8")
    (folder / "bad.pdf").write_bytes(b"%PDF-1.4 nothing")
    (folder / "empty.txt").write_text("  ", encoding="utf-8")
    (folder / "latin.txt").write_bytes(b"caf\xe9")
    with pytest.raises(InputError) as caught:
        empty.add(read_import(folder))
    for name in ("bad.pdf", "empty.txt", "latin.txt"):
        assert name in str(caught.value)
    assert empty.counts()["documents"] == 0


def test_unknown_kinds_and_missing_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no file or folder found"):
        read_import(tmp_path / "none.csv")
    (tmp_path / "x.xlsx").write_bytes(b"PK")
    with pytest.raises(InputError, match="unsupported file type"):
        read_import(tmp_path / "x.xlsx")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("deep.json", "[" * 100_000 + "]" * 100_000),
        ("digits.json", '{"name": "A", "height": ' + "9" * 5000 + "}"),
        ("digits.jsonl", '{"entity": "A", "attribute": "height", "value": ' + "9" * 5000 + "}"),
        ("deep.jsonl", '{"entity": ' * 100_000),
        ("infinite.jsonl", '{"entity": "A", "attribute": "height", "value": "1", "number": 1e999}'),
        ("alias.jsonl", '{"entity": "A", "attribute": "height", "value": "1", "aliases": 7}'),
        ("list.json", '{"entities": {"Q1": {"labels": {"en": "A"}, "claims": [1]}}}'),
        ("precision.json", '{"labels": {"en": "A"}, "claims": {"P571": [{"mainsnak": {"datavalue": {"value": {"time": "+2001", "precision": "x"}}}}]}}'),
        ("day.jsonl", '{"entity": "A", "attribute": "minister", "value": "B", "valid_from": "2001-99-99"}'),
    ],
)  # fmt: skip
def test_hostile_imports_are_refused_with_the_name_of_the_file(
    tmp_path: Path, empty: KnowledgeBase, name: str, content: str
) -> None:
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=name.replace(".", r"\.")):
        empty.add(read_import(path))


def test_a_link_that_leads_out_of_the_folder_of_documents_is_refused(tmp_path: Path, empty: KnowledgeBase) -> None:
    folder, secret = tmp_path / "releases", tmp_path / "secret.txt"
    folder.mkdir()
    secret.write_text("The key is under the mat.", encoding="utf-8")
    (folder / "harmless.txt").symlink_to(secret)
    (folder / "release.txt").write_text("The bridge opened in May.", encoding="utf-8")
    with pytest.raises(InputError, match=r"harmless\.txt: is a link to a place outside of the folder"):
        read_import(folder)
    (folder / "harmless.txt").unlink()
    (folder / "elsewhere").symlink_to(tmp_path)
    assert [document.text for document in read_import(folder).documents] == ["The bridge opened in May."]


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "facts.csv")
    os.mkfifo(tmp_path / "release.txt")
    for path in (tmp_path / "facts.csv", tmp_path / "release.txt", tmp_path):
        with pytest.raises(InputError, match="not a regular file"):
            read_import(path)
