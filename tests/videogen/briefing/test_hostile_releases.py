"""Releases that are made to stop whoever reads them: each is read or refused in a moment, and nothing else escapes."""

from __future__ import annotations

import io
import time
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzzing import examples
from videogen.briefing.source.pieces import MAX_LETTERS, MOST_PIECES
from videogen.briefing.source.read import SUFFIXES, release_from
from videogen.errors import InputError

SENTENCE = "The bridge in Sorvik opened on 3 May 2025."
PAGE = f"<h1>Bridge opens</h1><p>{SENTENCE}</p>"
DOCUMENT = '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>{}</w:body></w:document>'
TEXTS = st.one_of(
    st.text(max_size=400),
    st.lists(
        st.sampled_from(
            [*"|-:*#>[]()<&;@.,“\t \n\u0301\u202e\0", "Posted On: ", "31 Feb 2025", "12-34-", "http://", SENTENCE]
        ),
        max_size=80,
    ).map("".join),
)


def docx(xml: str | bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", xml)
    return packed.getvalue()


@pytest.mark.parametrize("encoding", ["punycode", "idna", "undefined", "unicode_escape", "hex", "no-such"])
def test_a_page_in_an_encoding_that_no_page_has_is_refused(encoding: str) -> None:
    content = f'<meta charset="{encoding}">{PAGE}é'.encode()
    with pytest.raises(InputError, match="encoding"):
        release_from("a.html", content)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.html", b"<h1>x</h1>" * (MOST_PIECES + 1)),
        ("a.html", b"<p>a." * (MAX_LETTERS + 1)),
        ("a.txt", b"a\n" * 200_000),
        ("a.md", b"# Title\n\nA bridge opened.\n\n" * MOST_PIECES),
        ("a.docx", docx(DOCUMENT.format("<w:p><w:r><w:t>x.</w:t></w:r></w:p>" * 50_000))),
    ],
    ids=["headings", "paragraphs", "lines", "markdown", "word"],
)
def test_more_pieces_than_a_release_has_are_refused_while_it_is_read(name: str, content: bytes) -> None:
    begun = time.process_time()
    with pytest.raises(InputError, match="more than the 120,000 letters"):
        release_from(name, content)
    assert time.process_time() - begun < 10.0


def test_a_pdf_with_an_unknown_encryption_is_refused() -> None:
    from pypdf import PdfWriter
    from pypdf.generic import DictionaryObject, NameObject, NumberObject, TextStringObject

    writer = PdfWriter()
    writer.add_blank_page(200, 200)
    packed = io.BytesIO()
    writer.write(packed)
    lock = DictionaryObject({NameObject("/Filter"): NameObject("/Standard"), NameObject("/P"): NumberObject(0)})
    lock |= {NameObject(f"/{name}"): NumberObject(9) for name in "VR"}
    lock |= {NameObject(f"/{name}"): TextStringObject("") for name in "OU"}
    shown = io.BytesIO()
    lock.write_to_stream(shown)
    content = packed.getvalue().replace(b"/Root", b"/Encrypt " + shown.getvalue() + b"\n/Root")
    with pytest.raises(InputError, match=r"PDF|encrypted"):
        release_from("a.pdf", content)


@pytest.mark.parametrize("word", ["a" * 100_000, "a@" * 50_000, "“" * 100_000, "9" * 100_000, "1 May 2024 " * 8_000])
def test_one_endless_word_or_line_takes_a_moment(word: str) -> None:
    begun = time.process_time()
    release = release_from("a.txt", f"Bridge opens in Sorvik\n\n{SENTENCE}\n\n{word} is open.\n".encode(), "en")
    assert SENTENCE in release.text
    assert time.process_time() - begun < 10.0


@pytest.mark.fuzz("releases")
@settings(max_examples=examples(60), deadline=None)
@given(suffix=st.sampled_from(SUFFIXES), text=TEXTS, raw=st.binary(max_size=300), kind=st.integers(0, 3))
def test_any_release_is_read_or_refused(suffix: str, text: str, raw: bytes, kind: int) -> None:
    plain = text.encode("utf-8", "surrogatepass")
    content = (
        plain
        if kind == 0
        else raw
        if kind == 1
        else f"{PAGE}{text}".encode("utf-8", "surrogatepass") + raw
        if kind == 2
        else docx(
            DOCUMENT.format("".join(f"<w:p><w:r><w:t>{line}</w:t></w:r></w:p>" for line in text.split("\n"))).encode(
                "utf-8", "surrogatepass"
            )
        )
    )
    try:
        release = release_from(f"a{suffix}", content)
    except InputError:
        return
    assert release.at(release.title)
