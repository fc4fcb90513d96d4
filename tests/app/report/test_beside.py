"""What a pack tells beside the promises: in words of its statement and of what is kept beside it, read back from every form."""

import json
import re
from dataclasses import replace
from io import BytesIO

import pytest
from pptx import Presentation
from pypdf import PdfReader

from app.report import page, pdf, slides, workbook
from app.report.content import Content, Pack, content
from app.report.kept import notes_read, notes_said
from app.report.said import Said
from app.report.table import Table
from app.report.verify import verify
from app.wording import Words
from metrics.sla.statement import StatementError
from tests.app.report.months import HELIX, NORTHWIND, NOTES, NOTHING_WRONG, empty, full, month
from tests.app.report.test_files import all_text, sheets

pytestmark = pytest.mark.slow

TITLES = (
    "Still to settle", "Causes by money", "Value recovered", "Value out of danger again", "Actions", "Risks of November 2026", "Signatures",
)  # fmt: skip


def told(locale: str = "en-GB", **more) -> Content:
    return content(Pack(full(**more), NORTHWIND, locale, notes=NOTES))


def rows(table: Table) -> list[str]:
    return [" | ".join(row).replace("\N{NO-BREAK SPACE}", " ") for row in table.rows]


def test_what_waits_for_an_answer_says_for_whose_and_what_it_would_change() -> None:
    assert rows(told().to_settle) == [
        "Sync success | Change by the customer | 2 | KWD 1,250.505, 1 of no known value | Proposed by Northwind Integrations, 2 Nov 2026, 10:00 CET | Acme Consulting | 94.1% (113 of 120) | 95.7% (113 of 118)"
    ]
    assert "| 2, KWD 1,250.505, 1 of no known value | Proposed |" in rows(told().excluded)[0]
    said = Said(full().body, Words("en-GB", "UTC"))
    assert [said.worth("exclusion 1"), said.worth("exclusion 2")] == ["JP¥480,005", ""]


def test_causes_are_told_by_money_and_each_currency_for_itself() -> None:
    assert rows(told().causes) == [
        "Rate limit of the target | Won deals to projects | 8 | 2 | €18,450.50",
        "رفض النظام الطلب | – | 3 | 3 | JP¥480,005",
        "Account has no number | – | 1 | 0 | KWD 1,250.505",
        "A field is missing | – | 2 | 1 | not known",
    ]
    assert rows(told("de-DE").causes)[0].endswith("| 18.450,50 €")


def test_what_is_out_of_danger_says_what_is_not_measured() -> None:
    table = told().out_of_danger
    assert [line.partition(" | ")[2] for line in rows(table)] == ["6 | €9,925", "1 | not known"]
    assert "invoiced since is not measured" in table.note


def test_what_was_recovered_says_who_had_found_it_and_what_is_not_counted() -> None:
    table = told().recovered
    assert rows(table) == [
        "Won deal without a project | 3 | €8,200 | €1,725 | 1 in trouble again",
        "Transfer failed | 1 | JP¥480,005 | JP¥0 | –",
        "Transfer failed | 0 | – | – | 2 not proven or of unknown value",
    ]
    assert "Each record once" in table.note


def test_risks_are_those_of_the_month_after_and_say_when_that_was_known() -> None:
    table = told().risks
    assert rows(table) == [
        "Sync success | Lost at the rate of the last days: 92.5% (37 of 40), agreed is at least 99%; 3 more may fail | 24 Nov 2026",
        "Won deal to project | 2 overdue and 4 not due yet | –",
        "At risk: no project | €27,700, 2 records | 30 Nov 2026, 17:00 CET",
        "At risk: no draft | value not known, 1 record | 30 Nov 2026, 17:00 CET",
    ]
    assert table.note == "November 2026, as it stood on 1 Nov 2026, 01:00 CET."


def test_actions_and_signatures_name_people_and_days() -> None:
    assert rows(told().actions) == [
        "تحديث الحقل in every system | R. Eader | 17 Nov 2026 | Open | September 2026, carried over",
        "Raise the rate limit | P. Artner | – | Done | October 2026",
    ]
    assert rows(told().signatures) == [
        "Northwind Integrations | P. Artner | 4 Nov 2026, 09:00 CET",
        "Acme Consulting | not signed yet | –",
    ]
    assert rows(told(version=2).signatures)[0] == "Northwind Integrations | not signed yet | –"
    assert told(sealed=False).signatures.empty == "It is signed by both sides once it is sealed."


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({}, ["The statement of this month does not tell of it."] * 4),
        (
            {"context": NOTHING_WRONG},
            [
                "Nothing went wrong with any record.", "No record came out of trouble.",
                "Nothing came out of trouble that was found while it lasted.",
                "Nothing threatens November 2026 by what is known.",
            ],
        ),
        ({"context": NOTHING_WRONG | {"risks": None}}, [None, None, None, "That month was over already."]),
    ],
    ids=["sealed before this was told", "nothing", "sealed late"],
)  # fmt: skip
def test_where_there_is_nothing_to_tell_it_says_why(more, said) -> None:
    found = content(Pack(month(**more), NORTHWIND))
    tables = (found.causes, found.out_of_danger, found.recovered, found.risks)
    assert [table.rows for table in tables] == [()] * 4
    assert [line for table, line in zip(tables, said, strict=True) if line not in (None, table.empty)] == []


@pytest.fixture(scope="module")
def file() -> bytes:
    return pdf.draw(Pack(full(), NORTHWIND, notes=NOTES))


def squeezed(text: str) -> str:
    """Without what the paper adds or takes: blanks, and where a long word may break."""
    return re.sub(r"[\s\u200b]", "", text)


@pytest.mark.parametrize("brand", [NORTHWIND, HELIX], ids=lambda brand: brand.key)
def test_all_of_it_is_printed_and_the_pack_is_held_against_what_it_carries(brand, file) -> None:
    made = file if brand is NORTHWIND else pdf.draw(Pack(full(), brand, notes=NOTES))
    said = squeezed("".join(page.extract_text() for page in PdfReader(BytesIO(made)).pages))
    found = content(Pack(full(), brand, notes=NOTES))
    assert [table.title for table in found.tables if squeezed(table.title) not in said] == []
    cells = [cell for table in found.tables for row in table.rows for cell in row if cell.isascii()]
    assert [cell for cell in cells if squeezed(cell) not in said] == []
    assert len(cells) > 40


def test_an_action_with_another_day_is_found_out(file, monkeypatch) -> None:
    assert verify(file) == full()
    with monkeypatch.context() as patch:
        patch.setattr(pdf, "notes_said", lambda notes: notes_said(replace(notes, actions=notes.actions[1:])))
        forgery = pdf.draw(Pack(full(), NORTHWIND, notes=NOTES))
    with pytest.raises(StatementError, match="of this PDF prints 17 where its statement says"):
        verify(forgery)


def test_what_is_kept_beside_a_month_is_read_back_as_it_was() -> None:
    assert notes_read(json.loads(json.dumps(notes_said(NOTES)))) == NOTES


def test_every_form_carries_the_same_tables() -> None:
    pack = Pack(full(), NORTHWIND, notes=NOTES)
    said = page.draw(pack).decode()
    deck = Presentation(BytesIO(slides.draw(pack)))
    on_slides = " ".join(
        [shape.text_frame.text for slide in deck.slides for shape in slide.shapes if shape.has_text_frame]
        + [
            cell.text
            for slide in deck.slides
            for shape in slide.shapes
            if shape.has_table
            for row in shape.table.rows
            for cell in row.cells
        ]
    )
    book = workbook.draw(pack)
    assert [
        title for title in TITLES if title not in said or title not in on_slides or title not in sheets(book)
    ] == []
    for text in ("Rate limit of the target", "رفض النظام الطلب", "R. Eader", "Acme Consulting"):
        assert text in said
        assert text in on_slides
        assert text in all_text(book)


def test_the_workbook_has_amounts_days_and_moments_as_such() -> None:
    book = workbook.draw(Pack(full(), NORTHWIND, notes=NOTES))
    found = sheets(book)
    assert "<v>18450.5</v>" in found["Causes by money"]
    assert "<v>46343</v>" in found["Actions"]  # 17 November 2026
    assert "EUR" in all_text(book)
    assert "<v>480005</v>" in found["Causes by money"]


def test_an_empty_month_has_no_table_without_a_word() -> None:
    found = content(Pack(empty(), NORTHWIND))
    assert [table.title for table in found.tables if not table.rows and not table.empty] == []
