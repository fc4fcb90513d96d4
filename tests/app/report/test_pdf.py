"""The pack as PDF, read back: every number is one of the statement, in every locale, brand and odd month."""

import re
from dataclasses import replace
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from functools import cache
from io import BytesIO

import pytest
from fontTools.ttLib import TTFont
from pypdf import PdfReader

from app.colour import contrast
from app.report import pdf
from app.report.chart import FONTS
from app.report.content import Pack, content
from metrics import apart
from metrics.sla.facts import Count
from metrics.sla.review import ReviewNotes
from tests.app.report.months import (
    HELIX,
    NORTHWIND,
    NOTES,
    empty,
    figure,
    full,
    missed,
    month,
    not_proven,
    usual,
)
from tests.metrics.sla.given import held, seen, success, terms

pytestmark = pytest.mark.slow

NUMBER = re.compile(r"\d+(?:[.,]\d+)*")


@cache
def usual_pdf() -> bytes:
    return pdf.draw(Pack(month(), NORTHWIND, "en-GB", "We moved to the new API on 12 October."))


def read(file: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(BytesIO(file)).pages).split())


def told(statement) -> str:
    """What is in the content of a pack, which is what every form prints."""
    said = content(Pack(statement, NORTHWIND))
    tables = " ".join(" ".join(row) for row in said.figures.rows)
    return " ".join((said.state, *said.restates, *said.sentences, tables))


def of(statement, brand=NORTHWIND, locale="en-GB") -> str:
    return read(pdf.draw(Pack(statement, brand, locale)))


def test_what_the_pack_says_is_what_the_statement_says() -> None:
    said = read(usual_pdf())
    for expected in (
        "Service review October 2026",
        "Sealed on 3 Nov 2026, 10:00 CET by P. Artner, version 1",
        "In October 2026, 0 of 3 objectives were met; 2 missed and 1 not proven.",
        "Sync success stood at 94.1% (113 of 120), agreed was at least 99%",
        "Projects set up (3 of unknown outcome would decide it)",
        "1 was proposed and not agreed, and counts in full.",
        "A credit of €420 is owed, which is 10% of the month's fee of €4,200.",
        "We moved to the new API on 12 October.",
        "between 69.2% and 92.3%",
        "3 counted against it: Customer's data 1, Not said yet 1, Northwind Integrations 1",
        "Open exceptions 1,284",
        "Page 1 of",
        month().sha256,
    ):
        assert expected in said


LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft mbH & Co. KG " * 2
ITEMS = [
    missed(0, "شركة النور للتجارة"),
    missed(1, "חברת האור"),
    missed(2, LONG),
    missed(3, "Łódź ≤ 3 → Ωмега"),
]
ODD = {
    "yen, dinar and text from right to left": lambda: full(evaluation=usual("KWD", "1250.505")),
    "long names": lambda: month(usual("JPY", 480005), customer=f"{LONG}مجموعة", items=ITEMS),
    "an empty month": empty,
    "a month not proven": not_proven,
}


@pytest.mark.parametrize("case", ODD)
@pytest.mark.parametrize("brand", [NORTHWIND, HELIX], ids=lambda brand: brand.key)
def test_every_number_in_the_pack_of_an_odd_month_is_one_of_its_statement(brand, case) -> None:
    statement = ODD[case]()
    assert (
        strange(read(drawn(brand, case)), statement, NOTES if statement.body.get("context") else None)
        == set()
    )


@cache
def drawn(brand, case) -> bytes:
    """In the locale in which numbers are told apart from text most easily; other locales have tests of their own."""
    statement = ODD[case]()
    notes = NOTES if statement.body.get("context") else ReviewNotes()
    return pdf.draw(Pack(statement, brand, "en-GB", notes=notes))


def test_every_number_in_the_pack_is_a_number_of_the_statement() -> None:
    assert strange(read(usual_pdf()), month(), "12 October") == set()
    # and the walk finds one that is not
    assert strange(read(usual_pdf()).replace("94.1%", "97.3%"), month(), "12 October") == {"97.3"}


def strange(said: str, statement, beside) -> set[str]:
    """Numbers that are printed and are none of the statement's, nor of what is kept beside it.

    Apart from pages and definitions, told by an arithmetic of its own: whole numbers, and shares cut to their digits.
    """
    pages = " ".join(str(n) for n in range(1, 12))
    allowed = set(NUMBER.findall(f"Page {pages} SHA-256 {beside}")) | {statement.sha256}
    for text in _leaves(statement.body):
        allowed |= set(NUMBER.findall(text))
        if not re.fullmatch(r"-?\d+(\.\d+)?", text):
            continue
        value = Decimal(text)
        allowed |= {f"{value:,}", f"{value.normalize():f}", f"{value / 86400:f}".rstrip("0").rstrip(".")}
        allowed |= {f"{value.quantize(Decimal(cent)):,}" for cent in ("1", "0.01", "0.001")}
        for share in (value / 10_000, value * 100):
            for digits in ("1", "0.1", "0.01"):
                allowed |= {
                    f"{share.quantize(Decimal(digits), side):,}" for side in (ROUND_FLOOR, ROUND_CEILING)
                }
    allowed |= {"5", "14", "10", "00"}  # days and hours of instants in Berlin
    said, proof = said.partition(" Definitions ")[0], said.partition(" Proof ")[2]
    printed = set(NUMBER.findall(said + proof.replace(statement.sha256, "")))
    assert len(printed) > 5
    return printed - allowed


def _leaves(value):
    if isinstance(value, dict):
        return [leaf for each in value.values() for leaf in _leaves(each)]
    if isinstance(value, list):
        return [leaf for each in value for leaf in _leaves(each)]
    return [] if value is None else [str(value)]


@pytest.mark.parametrize("brand", [NORTHWIND, HELIX], ids=lambda brand: brand.key)
def test_the_pack_is_tagged_light_readable_and_has_its_fonts(brand) -> None:
    file = pdf.draw(Pack(month(), brand, brand.locale))
    root = PdfReader(BytesIO(file)).trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"].startswith("en")
    assert b"<pdfuaid:part>1</pdfuaid:part>" in file
    fonts = {
        str(font["/BaseFont"])
        for page in PdfReader(BytesIO(file)).pages
        for font in (each.get_object() for each in page["/Resources"]["/Font"].values())
    }
    assert all(re.match(r"/[A-Z]{6}\+", name) for name in fonts)
    assert file.count(b"/FontFile2") + file.count(b"/FontFile3") >= len(fonts)
    assert {"/H1", "/H2", "/P", "/Table", "/TR", "/TH", "/TD", "/Figure"} <= _roles(root["/StructTreeRoot"])
    assert any(brand.font.replace(" ", "") in name for name in fonts)
    colours = pdf._colours(brand)
    assert contrast(colours["text"], "#ffffff") >= 7
    assert all(
        contrast(colours[name], "#ffffff") >= 4.5
        for name in ("muted", "ok_text", "breach_text", "unknown_text")
    )


def _roles(element) -> set[str]:
    """What the parts of a document say that they are, to somebody who hears it read."""
    kids = element.get("/K", [])
    inside = [each.get_object() for each in (kids if isinstance(kids, list) else [kids])]
    own = {str(element["/S"])} if "/S" in element else set()
    return own.union(*(_roles(each) for each in inside if isinstance(each, dict)))


def test_nobody_else_signs_the_file() -> None:
    file = usual_pdf()
    assert not re.search(rb"(?i)typst|krilla|throughline|streamlit|vega", file)
    about = PdfReader(BytesIO(file)).metadata
    assert about is not None
    assert (about.author, about.title) == (
        "Northwind Integrations",
        "Service review October 2026, Acme Consulting",
    )
    assert str(about.creator).strip() == "Review pack"


@pytest.mark.parametrize(("paper", "width", "height"), [("a4", 595, 842), ("letter", 612, 792)])
def test_a_pack_is_drawn_for_both_papers(paper, width, height) -> None:
    box = PdfReader(BytesIO(pdf.draw(Pack(empty(), NORTHWIND), paper))).pages[0].mediabox
    assert (round(box.width), round(box.height)) == (width, height)


def test_equal_packs_are_equal_bytes() -> None:
    assert (
        pdf.draw(Pack(month(), NORTHWIND, "en-GB", "We moved to the new API on 12 October.")) == usual_pdf()
    )


@pytest.mark.parametrize(
    ("locale", "currency", "fee", "expected"),
    [
        ("de-DE", "EUR", 4200, ("94,1 %", "420 € is owed", "fee of 4.200 €", "113 of 120", "1.284")),
        ("en-GB", "GBP", 4200, ("94.1%", "£420 is owed", "fee of £4,200")),
        ("en-GB", "JPY", 480005, ("JP¥48,001 is owed", "JP¥480,005")),
        ("en-GB", "KWD", "1250.505", ("KWD 125.051 is owed", "KWD 1,250.505")),
    ],
)
def test_numbers_and_money_are_those_of_the_locale_and_the_currency(locale, currency, fee, expected) -> None:
    said = of(month(usual(currency, fee)), HELIX, locale).replace("\N{NO-BREAK SPACE}", " ")
    assert [text for text in expected if text not in said] == []


def test_a_preliminary_pack_says_so() -> None:
    said = told(month(sealed=False))
    assert "Preliminary: as it was known on 1 Nov 2026, 01:00 CET" in said
    assert "Sealed" not in said


def test_a_restated_month_names_what_it_restates_and_why() -> None:
    causes = [{"kind": "late_data", "said": ["1 transactions received after the seal"], "changes": []}]
    said = told(month(version=2, restates={"version": 1, "sha256": "0" * 64, "causes": causes}))
    assert "version 2" in said
    assert "Restates version 1. Because of late data: 1 transactions received after the seal." in said


def test_an_empty_month_is_not_proven_and_has_no_zero_percent() -> None:
    said = read(drawn(NORTHWIND, "an empty month"))
    assert "Sync success (nothing came due)" in said
    assert "No item counts against an objective." in said
    assert "Sync success rate no data" in said
    assert "0 of 0" not in said
    assert "%" not in said.partition("Definitions")[0].replace("at least 99%", "").replace("100%", "")


def test_a_month_that_was_not_read_is_not_proven_with_the_reason() -> None:
    said = read(drawn(NORTHWIND, "a month not proven"))
    assert "0 of 1 objective was met; 1 not proven" in said
    assert "Sync success (only 87.0% of the time was read)" in said


def test_a_month_without_objectives_promises_nothing() -> None:
    said = told(month(_without_objectives(), items=[]))
    assert "Nothing was agreed for October 2026 that could be kept or missed." in said


def _without_objectives():
    one = held(terms(success(99)), success=seen(Count(1, 1)))
    return replace(one, objectives=(), met=0)


def test_names_may_be_long_or_run_from_right_to_left() -> None:
    file = drawn(NORTHWIND, "long names")
    said = read(file)
    fonts = "".join(str(name) for name in re.findall(rb"/BaseFont/(\S+)", file))
    assert "NotoSansArabic" in fonts
    assert "NotoSansHebrew" in fonts
    assert "Donaudampfschifffahrtselektrizitäten" in said
    assert "Łódź ≤ 3 → Ωмега" in said
    lines: dict[str, set[int]] = {"Donau": set(), "Northwind Integrations": set()}

    def seen(text, about, place, *_) -> None:
        for name, at in lines.items():
            if name in text:
                at.add(round(about[5] + place[5]))

    PdfReader(BytesIO(file)).pages[0].extract_text(visitor_text=seen)
    # a long name stands below the logo, not in it
    assert max(lines["Donau"]) < max(lines["Northwind Integrations"])
    assert "□" not in said


def test_a_long_word_is_found_in_one_piece_or_over_the_end_of_a_line_of_its_cell() -> None:
    fits, word = "Teilrechnungsziel", LONG.split(maxsplit=1)[0]
    file = pdf.draw(Pack(month(items=[missed(0, fits), missed(1, word)]), NORTHWIND))
    said = "\n".join(page.extract_text() for page in PdfReader(BytesIO(file)).pages)
    assert fits in said
    assert word in said.replace("\n", "")
    assert not re.search("[\u00ad\u200b-\u200d\u2060\ufeff]", said)
    found = re.search(r"\s*".join(word), said)
    assert found is not None
    lines = found[0].split()
    item = (210 - 2 * 18) / 25.4 * 72 * 1.8 / 9.2 - 2 * 4  # the cell's share of the page, without its edges
    assert max(_wide(line) for line in lines) <= item
    assert min(_wide(line) for line in lines[:-1]) > 0.8 * item


def _wide(text: str) -> float:
    """Points that a text of a table takes."""
    font = TTFont(FONTS / "inter-latin-400.ttf")
    letters = font.getBestCmap()
    return sum(font["hmtx"][letters[ord(each)]][0] for each in text) * 8.5 / font["head"].unitsPerEm


def test_packs_that_are_drawn_side_by_side_are_those_that_are_drawn_one_by_one() -> None:
    packs = [
        Pack(month(), NORTHWIND, "en-GB", "We moved to the new API on 12 October."),
        Pack(empty(), HELIX),
    ]
    assert apart.side_by_side(packs, pdf.draw) == [usual_pdf(), pdf.draw(packs[1])]


def test_a_letter_that_no_font_has_is_told_and_stays_in_the_statement() -> None:
    statement = month(customer="株式会社 Acme")
    file = pdf.draw(Pack(statement, NORTHWIND))
    assert "□□□□ Acme" in read(file)
    assert "□ stands for a letter that no font of this pack has" in read(file)
    assert "株式会社".encode() in PdfReader(BytesIO(file)).attachments["statement.json"][0]


def test_what_is_data_is_never_markup() -> None:
    said = of(month(customer="#panic() *bold* $x$ <tag>", items=[missed(0, '#read("/etc") @here')]))
    assert "#panic() *bold* $x$ <tag>" in said
    assert '#read("/etc") @here' in said


def test_the_first_fifty_missed_items_are_in_the_pdf() -> None:
    pack = Pack(month(items=[missed(n, f"Deal {n:04}") for n in range(60)]), NORTHWIND)
    said = read(pdf.draw(pack))
    assert "Deal 0049" in said
    assert "Deal 0050" not in said
    assert "10 more are in the workbook." in said
    assert len(content(pack).missed.rows) == 60


def test_money_is_never_added_across_currencies() -> None:
    figures = [
        figure("unbilled_time", "4200", currency="EUR"),
        figure("unbilled_time", "1000.5", currency="GBP"),
    ]
    said = told(month(figures=figures))
    assert "Unbilled work (EUR) €4,200" in said
    assert "Unbilled work (GBP) £1,000.50" in said
    assert "5,200" not in said
