"""The pack as workbook, slides and page: the same numbers, in the form each of them is used in."""

import re
import zipfile
from io import BytesIO

import pytest
from pptx import Presentation

from app.report import page, slides, workbook
from app.report.chart import charts
from app.report.content import Pack, content
from tests.app.report.months import HELIX, NORTHWIND, empty, missed, month, not_proven

pytestmark = pytest.mark.slow

EVIL = [
    missed(0, '=HYPERLINK("http://x.example","pay")'),
    missed(1, "@SUM(1+1)", "partner"),
    missed(2, "<script>alert(1)</script>"),
]


def sheets(file: bytes) -> dict[str, str]:
    with zipfile.ZipFile(BytesIO(file)) as book:
        names = re.findall(r'<sheet name="([^"]+)"', book.read("xl/workbook.xml").decode())
        return {
            name: book.read(f"xl/worksheets/sheet{number}.xml").decode()
            for number, name in enumerate(names, 1)
        }


def all_text(file: bytes) -> str:
    with zipfile.ZipFile(BytesIO(file)) as book:
        return " ".join(
            book.read(name).decode("utf-8", "replace")
            for name in book.namelist()
            if name.endswith((".xml", ".rels"))
        )


def test_the_workbook_has_a_sheet_for_each_objective_with_its_items() -> None:
    found = sheets(workbook.draw(Pack(month(), NORTHWIND)))
    assert list(found)[:5] == [
        "Summary",
        "Sync success",
        "Transactions within 15 minutes",
        "Projects set up",
        "Figures",
    ]
    assert len(re.findall(r"<row ", found["Sync success"])) == 4
    assert len(re.findall(r"<row ", found["Projects set up"])) == 1


def test_numbers_in_the_workbook_are_numbers_and_moments_are_moments() -> None:
    found = sheets(workbook.draw(Pack(month(), NORTHWIND)))
    numbers = [
        float(value)
        for value in re.findall(r"<v>([^<]+)</v>", re.sub(r'<c [^>]*t="s".*?</c>', "", found["Summary"]))
    ]
    assert numbers[:6] == [0.99, 0.941666, 113, 120, 0, 0.941666]
    moments = re.findall(r'<c r="C2" s="\d+"><v>([^<]+)</v>', found["Sync success"])
    assert [round(float(each), 4) for each in moments] == [46300.5833]  # 5 Oct 2026, 14:00 in Berlin
    figures = re.sub(r'<c [^>]*t="s".*?</c>', "", found["Figures"])
    assert "<v>4200</v>" in figures


def test_no_text_becomes_a_formula_or_a_link() -> None:
    file = workbook.draw(Pack(month(items=EVIL), NORTHWIND))
    text = all_text(file)
    assert "<f>" not in text
    assert "hyperlink" not in text.replace("HYPERLINK", "")
    assert "=HYPERLINK(&quot;http" in text or '=HYPERLINK("http' in text


def test_sheets_of_like_titles_have_names_of_their_own() -> None:
    body = month().body
    same = [
        {**each, "title": "A very long objective [of] this customer's: projects"}
        for each in body["evaluation"]["objectives"]
    ]
    found = sheets(workbook.draw(Pack(month(body["evaluation"] | {"objectives": same}), NORTHWIND)))
    assert len(found) == 14
    assert all(len(name.replace("&apos;", "'")) <= 31 for name in found)


def test_objectives_of_equal_titles_have_rows_of_their_own_in_the_chart() -> None:
    evaluation = month().body["evaluation"]
    same = [{**each, "title": 'So "called" \\ twice'} for each in evaluation["objectives"]]
    pack = Pack(month(evaluation | {"objectives": same}), NORTHWIND)
    drawing = charts(pack, content(pack))[0]
    assert drawing.svg().count('So "called" \\ twice</text>') == 3


def test_the_slides_have_native_tables_pictures_with_words_and_notes() -> None:
    deck = Presentation(BytesIO(slides.draw(Pack(month(), HELIX, "de-DE", "Thank you."))))
    tables = [shape.table for slide in deck.slides for shape in slide.shapes if shape.has_table]
    assert [cell.text for cell in tables[0].rows[1].cells][:4] == [
        "Sync success",
        "at least 99\N{NO-BREAK SPACE}%",
        "94,1\N{NO-BREAK SPACE}% 113 of 120",
        "Missed",
    ]
    pictures = [shape for slide in deck.slides for shape in slide.shapes if shape.shape_type == 13]
    alt = pictures[0]._element.nvPicPr.cNvPr.get("descr")
    assert alt.startswith(
        "Sync success: 94,1\N{NO-BREAK SPACE}% (113 of 120), at least 99\N{NO-BREAK SPACE}% agreed, missed"
    )
    notes = [slide.notes_slide.notes_text_frame.text for slide in deck.slides if slide.has_notes_slide]
    assert any("Of the transactions that came due" in note for note in notes)
    assert "Thank you." in notes


def test_the_page_needs_nothing_else_and_runs_nothing() -> None:
    said = page.draw(Pack(month(items=EVIL), NORTHWIND)).decode()
    assert "<script" not in said
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in said
    assert not re.findall(r'(?:src|href)="(?!data:)', said)
    assert not re.findall(r"url\((?!data:)", said)
    assert "A credit of €420 is owed" in said
    assert month(items=EVIL).sha256 in said


@pytest.mark.parametrize("draw", [workbook.draw, slides.draw, page.draw], ids=["xlsx", "pptx", "html"])
@pytest.mark.parametrize("statement", [empty(), not_proven()], ids=["empty", "not proven"])
def test_odd_months_can_be_told_in_every_form(draw, statement) -> None:
    pack = Pack(statement, NORTHWIND)
    file = draw(pack)
    text = file.decode() if file.startswith(b"<!doctype") else all_text(file)
    assert content(pack).sentences[2].partition("(")[2].rstrip(").") in text


@pytest.mark.parametrize("draw", [workbook.draw, slides.draw, page.draw], ids=["xlsx", "pptx", "html"])
def test_nobody_else_signs_a_file(draw) -> None:
    file = draw(Pack(month(), NORTHWIND))
    text = file.decode() if file.startswith(b"<!doctype") else all_text(file)
    assert not re.search(r"(?i)throughline|streamlit|typst|xlsxwriter|python-pptx|canny|vega", text)
    assert "Northwind Integrations" in text
