"""Whatever a file for the knowledge base holds, it is imported whole or refused whole, with an error of the project."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzzing import examples
from videogen.errors import InputError
from videogen.fact_check import KnowledgeBase
from videogen.fact_check.knowledge.imports import read_import

_COLUMNS = ["entity", "attribute", "value", "number", "unit", "valid_from", "valid_to", "source", "source_url", "reliability",
            "retrieved", "origin", "aliases", "colour", ""]  # fmt: skip
_CELLS = st.text(max_size=12) | st.sampled_from(
    ["Karma Dam", "height", "120 m", "m", "1e999", "nan", "-0", "9" * 5000, "2024-02-30", "2001-99-99", "0.5", "7", "|", "a|" * 50,
     "\0", "\u202e", "٣", "\ud800", "[" * 3000, "http://[x", "=1+1"]
)  # fmt: skip
_LEAVES = _CELLS | st.none() | st.booleans() | st.integers() | st.floats() | st.just(10**400)
_KEYS = st.sampled_from(
    [
        *_COLUMNS,
        "@type",
        "@id",
        "@graph",
        "@context",
        "name",
        "description",
        "claims",
        "labels",
        "mainsnak",
        "datavalue",
        "sameAs",
    ]
)
_OBJECTS = st.recursive(
    st.dictionaries(_KEYS, _LEAVES, max_size=6),
    lambda inner: st.dictionaries(_KEYS, inner | st.lists(inner, max_size=3), max_size=4),
    max_leaves=8,
)
_SUFFIXES = st.sampled_from([".csv", ".jsonl", ".ndjson", ".json", ".jsonld", ".txt", ".md", ".html", ".pdf"])


@st.composite
def _tables(draw: st.DrawFn) -> str:
    header = ["entity", "attribute", "value", *draw(st.lists(st.sampled_from(_COLUMNS), max_size=4))]
    rows = draw(st.lists(st.lists(_CELLS, max_size=8).map(lambda more: ["Karma Dam", "height", *more]), max_size=4))
    out = io.StringIO()
    csv.writer(out).writerows([header, *rows])
    return out.getvalue()


def _dumped(value: Any) -> str:
    return json.dumps(value)


_PAGES = st.lists(
    st.sampled_from(
        ["<p>", "</p>", "<table>", "<script>", "<!--", "]]>", "<svg><style>", "&#0;", "&#x110000;", "&amp", "<a href='"]
    )
    | st.text(max_size=20),
    max_size=12,
).map("".join)
_CONTENTS = st.one_of(
    st.one_of(
        _tables(),
        _OBJECTS.map(_dumped),
        st.lists(_OBJECTS, max_size=3).map(_dumped),
        st.lists(_OBJECTS.map(_dumped), max_size=3).map("\n".join),
        _PAGES,
    ).map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.binary(max_size=120),
    st.binary(max_size=120).map(
        lambda data: b"%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 1 0 R>>\n" + data + b"\ntrailer<</Root 1 0 R>>"
    ),
)


@pytest.mark.fuzz("knowledge")
@settings(max_examples=examples(25), deadline=None)
@given(content=_CONTENTS, suffix=_SUFFIXES)
def test_any_import_is_whole_or_refused(content: bytes, suffix: str) -> None:
    with TemporaryDirectory() as folder:
        path, base = Path(folder, f"file{suffix}"), KnowledgeBase(Path(folder, "base"), starter=False)
        path.write_bytes(content)
        nothing = base.counts()
        try:
            base.add(read_import(path))
        except InputError:
            assert base.counts() == nothing
            return
        assert base.counts() != nothing
        base.query("Karma Dam")
        base.check_consistency()
