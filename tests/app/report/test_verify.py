"""A pack is held against the statement it carries: one changed digit, wherever it is, is found out."""

import json
import re
from dataclasses import replace
from io import BytesIO

import pytest
from pypdf import PdfReader, PdfWriter
from pypdf.generic import ByteStringObject, ContentStream, NameObject

from app.report import pdf
from app.report import verify as verifying
from app.report.content import Pack, content
from app.report.verify import verify
from metrics.sla import statement
from metrics.sla.statement import StatementError
from tests.app.report.months import HELIX, NORTHWIND, month

pytestmark = pytest.mark.slow

PACK = Pack(month(), NORTHWIND, "en-GB", "Thank you.")


@pytest.fixture(scope="module")
def file() -> bytes:
    return pdf.draw(PACK)


@pytest.mark.parametrize(("brand", "locale", "sealed"), [(NORTHWIND, "en-GB", True), (HELIX, "de-DE", False)])
def test_a_pack_carries_its_statement(brand, locale, sealed) -> None:
    pack = Pack(month(sealed=sealed), brand, locale)
    assert verify(pdf.draw(pack, "letter")) == pack.statement


def test_a_digit_that_was_changed_on_the_page_is_named(file) -> None:
    with pytest.raises(StatementError, match=r"page 1 of this PDF prints \S+ where its statement says \S+"):
        verify(_with_another_digit(file))


def _with_another_digit(file: bytes) -> bytes:
    """The same PDF with the first 9 in bold on its first page painted as another digit."""
    writer = PdfWriter(clone_from=PdfReader(BytesIO(file)))
    page = writer.pages[0]
    stream = ContentStream(page.get_contents(), writer)
    codes, done = {}, False
    for operands, operator in stream.operations:
        if operator == b"Tf":
            font = page["/Resources"]["/Font"][operands[0]].get_object()
            table = font["/ToUnicode"].get_data().decode("latin-1")
            pairs = re.findall(r"<([0-9a-fA-F]{4})>\s*<([0-9a-fA-F]{4})>", table)
            codes = {chr(int(letter, 16)): bytes.fromhex(code) for code, letter in pairs}
        shown = operands[0] if operator == b"TJ" else operands if operator == b"Tj" else []
        for place, text in enumerate(shown):
            raw = getattr(text, "original_bytes", text)
            if not done and isinstance(raw, bytes) and {"9", "4"} <= codes.keys():
                at = next((n for n in range(0, len(raw), 2) if raw[n : n + 2] == codes["9"]), None)
                if at is not None:
                    shown[place] = ByteStringObject(raw[:at] + codes["4"] + raw[at + 2 :])
                    done = True
    assert done
    page[NameObject("/Contents")] = writer._add_object(stream)
    made = BytesIO()
    writer.write(made)
    return made.getvalue()


def test_a_pack_drawn_with_another_number_than_its_statement_has_is_named(file, monkeypatch) -> None:
    def forged(pack):
        said = content(pack)
        better = replace(said.objectives[0], value="99.2%")
        return replace(said, objectives=(better, *said.objectives[1:]))

    with monkeypatch.context() as patch:
        patch.setattr(pdf, "content", forged)
        forgery = pdf.draw(PACK)
    with pytest.raises(StatementError, match=r"prints 99\.2 where its statement says 94\.1"):
        verify(forgery)


def test_a_changed_byte_that_no_number_tells_is_found_too(file) -> None:
    with pytest.raises(StatementError, match="was changed after it was drawn"):
        verify(re.sub(rb"/ModDate\(D:2026", b"/ModDate(D:2025", file, count=1))


def test_a_statement_that_was_changed_is_found(file, monkeypatch) -> None:
    kept = type(PACK.statement).file
    with monkeypatch.context() as patch:
        patch.setattr(type(PACK.statement), "file", lambda self: kept(self).replace(b'"k": 113', b'"k": 119'))
        forgery = pdf.draw(PACK)
    with pytest.raises(StatementError, match="this statement was changed"):
        verify(forgery)


@pytest.mark.parametrize(
    ("given", "said"),
    [(b"no pdf", "no PDF that can be read"), (None, "carries no statement")],
    ids=["text", "blank"],
)
def test_what_is_no_pack_is_told_in_one_line(given, said) -> None:
    if given is None:
        writer, made = PdfWriter(), BytesIO()
        writer.add_blank_page(100, 100)
        writer.write(made)
        given = made.getvalue()
    with pytest.raises(StatementError, match=said):
        verify(given)


def test_a_statement_without_a_month_in_it_is_no_pack(monkeypatch) -> None:
    carried = statement.of({"customer": {"key": "acme"}, "period": {"name": "2026-10"}, "version": 1})
    attached = {
        "statement.json": [carried.file()],
        "pack.json": [json.dumps(pdf.drawn(PACK, "a4")).encode()],
    }
    monkeypatch.setattr(verifying, "_read", lambda file: ([carried.sha256], attached))
    with pytest.raises(StatementError, match="cannot be drawn again"):
        verify(b"%PDF")


def test_a_pack_of_another_release_is_held_number_by_number(file, monkeypatch) -> None:
    monkeypatch.setattr(pdf, "drawing", lambda: "later")
    monkeypatch.setattr(pdf, "content", _with_other_definitions)
    assert verify(file) == PACK.statement


def _with_other_definitions(pack):
    said = content(pack)
    told = tuple(
        (title, "Said in 17 other words. " * 40, version) for title, _, version in said.definitions.rows
    )
    return replace(said, definitions=replace(said.definitions, rows=told))


def test_a_changed_number_in_a_pack_of_another_release_is_named_too(file, monkeypatch) -> None:
    forgery = _with_another_digit(file)
    monkeypatch.setattr(pdf, "drawing", lambda: "later")
    with pytest.raises(StatementError, match=r"prints \S+ where its statement says \S+"):
        verify(forgery)


@pytest.mark.parametrize("drawing", [None, "another release"])
def test_a_pack_with_another_verdict_is_found_whatever_release_it_says_it_is_of(
    file, monkeypatch, drawing
) -> None:
    def forged(pack):
        said = content(pack)
        kept = tuple(replace(each, verdict="Met") for each in said.objectives)
        return replace(said, objectives=kept)

    with monkeypatch.context() as patch:
        patch.setattr(pdf, "content", forged)
        if drawing:
            patch.setattr(pdf, "drawing", lambda: drawing)
        forgery = pdf.draw(PACK)
    with pytest.raises(StatementError, match="prints Met where its statement says"):
        verify(forgery)
