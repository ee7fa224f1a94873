"""PDFs are read in a process with limits: what a file does to the reader ends there."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest
from pypdf import PdfWriter
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject

from videogen.errors import InputError
from videogen.runtime.pdf_reading import read_pdf_text


def pdf(operators: str) -> bytes:
    writer = PdfWriter()
    page = writer.add_blank_page(width=600, height=800)
    face = DictionaryObject({
        NameObject("/Type"): NameObject("/Font"), NameObject("/Subtype"): NameObject("/Type1"),
        NameObject("/BaseFont"): NameObject("/Helvetica"),
    })  # fmt: skip
    page[NameObject("/Resources")] = DictionaryObject({
        NameObject("/Font"): DictionaryObject({NameObject("/F1"): face})
    })  # fmt: skip
    stream = DecodedStreamObject()
    stream.set_data(f"BT /F1 12 Tf 40 740 Td {operators}ET".encode("latin-1"))
    page[NameObject("/Contents")] = writer._add_object(stream)
    writer.add_metadata({"/Title": "Wells", "/CreationDate": "D:20260501120000Z"})
    written = io.BytesIO()
    writer.write(written)
    return written.getvalue()


def test_text_fonts_title_and_date_are_read() -> None:
    found = read_pdf_text("wells.pdf", pdf("(40 wells) Tj "), most_pages=3)
    assert found.texts == ("40 wells",)
    assert found.fonts == ("Helvetica",)
    assert found.title == "Wells"
    assert found.made is not None
    assert found.made.astimezone(UTC) == datetime(2026, 5, 1, 12, tzinfo=UTC)


def test_a_file_that_keeps_the_reader_busy_is_refused_when_its_time_is_up() -> None:
    with pytest.raises(InputError, match="within 2 s of processor time"):
        read_pdf_text("busy.pdf", pdf("(a) Tj 0 -1 Td " * 300_000), most_pages=3, seconds=2)


def test_a_file_that_needs_more_memory_than_is_allowed_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("videogen.runtime.pdf_reading.MEMORY", 64 * 2**20)
    with pytest.raises(InputError, match=r"within 20 s|not a readable PDF: MemoryError"):
        read_pdf_text("large.pdf", pdf("(" + "a" * 40_000_000 + ") Tj "), most_pages=3)


@pytest.mark.parametrize("content", [b"", b"%PDF-1.4\nnothing", b"\0" * 1000])
def test_what_is_not_a_pdf_is_refused_as_such(content: bytes) -> None:
    with pytest.raises(InputError, match="not a readable PDF"):
        read_pdf_text("a.pdf", content, most_pages=3)
