"""A pack as slides: native tables that can be edited, charts as pictures, and the definitions in the speaker's notes."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import Any

from pptx import Presentation
from pptx.dml.color import RGBColor
from pptx.util import Emu, Inches, Pt

from app.branding import Brand
from app.colour import rgb
from app.report.chart import Chart, charts
from app.report.content import Content, Pack, content
from app.report.table import Table
from metrics.sla.draft import instant_of

SHOWN = 12
_WIDTH, _HEIGHT = Inches(13.333), Inches(7.5)
_MARGIN = Inches(0.6)


def draw(pack: Pack) -> bytes:
    """The slides, 16 by 9."""
    said = content(pack)
    deck = Presentation()
    deck.slide_width, deck.slide_height = _WIDTH, _HEIGHT
    about, instant = deck.core_properties, instant_of(pack.statement.body)
    about.title, about.author, about.last_modified_by = (
        f"{said.title}, {said.customer}",
        said.partner,
        said.partner,
    )
    about.comments = ""
    about.created = about.modified = instant.replace(tzinfo=None)
    slides = _Slides(deck, pack.brand)
    slides.words(said.title, [f"{said.customer}, {said.partner}", said.state, *said.restates], "")
    slides.words("In short", said.sentences, "\n\n".join(said.commentary))
    slides.table(_objectives(said), _definitions(said))
    for chart in charts(pack, said):
        slides.picture(chart)
    slides.words("Credits", said.credits, "")
    for table in (*said.tables, said.figures):
        slides.table(table, _definitions(said) if table is said.figures else table.note)
    slides.words("Proof", ["SHA-256 of the statement that this is drawn from:", said.sha256], "")
    made = BytesIO()
    deck.save(made)
    return made.getvalue()


def _objectives(said: Content) -> Table:
    rows = tuple(
        (
            it.title,
            it.target,
            " ".join(part for part in (it.value, it.counted, it.bounds) if part),
            it.verdict,
            it.reason,
        )
        for it in said.objectives
    )
    return Table(
        "Objectives", ("Objective", "Agreed", "Value", "Verdict", "Reason"), rows, "Nothing was agreed."
    )


def _definitions(said: Content) -> str:
    return "\n".join(f"{title}: {sentence} ({version})" for title, sentence, version in said.definitions.rows)


class _Slides:
    def __init__(self, deck: Any, brand: Brand) -> None:
        self.deck, self.brand, self.palette = deck, brand, brand.palette("light")

    def words(self, title: str, lines: Sequence[str], notes: str) -> None:
        """A slide of sentences."""
        slide = self._slide(title, notes)
        frame = slide.shapes.add_textbox(_MARGIN, Inches(1.6), _WIDTH - 2 * _MARGIN, Inches(5)).text_frame
        frame.word_wrap = True
        for number, line in enumerate(lines):
            part = frame.paragraphs[0] if number == 0 else frame.add_paragraph()
            part.space_after = Pt(10)
            self._write(part, line, 20)

    def table(self, table: Table, notes: str) -> None:
        """A slide with a table; what does not fit is counted below it."""
        if not table.rows:
            self.words(table.title, [table.empty], notes)
            return
        slide = self._slide(table.title, notes)
        shown = table.rows[:SHOWN]
        place = (_MARGIN, Inches(1.4), _WIDTH - 2 * _MARGIN, Inches(0.38) * (len(shown) + 1))
        grid = slide.shapes.add_table(len(shown) + 1, len(table.columns), *place).table
        for row, cells in enumerate((table.columns, *shown)):
            for column, text in enumerate(cells):
                cell = grid.cell(row, column)
                cell.fill.solid()
                cell.fill.fore_color.rgb = _rgb(
                    self.palette.fill
                    if row == 0
                    else self.palette.background
                    if row % 2
                    else self.palette.surface
                )
                self._write(
                    cell.text_frame.paragraphs[0],
                    text,
                    12,
                    self.palette.ink if row == 0 else self.palette.text,
                    row == 0,
                )
        if len(table.rows) > len(shown):
            frame = slide.shapes.add_textbox(
                _MARGIN, Inches(6.9), _WIDTH - 2 * _MARGIN, Inches(0.4)
            ).text_frame
            self._write(
                frame.paragraphs[0],
                f"The first {len(shown)} of {len(table.rows)}; all are in the workbook.",
                11,
            )

    def picture(self, chart: Chart) -> None:
        """A slide with a chart, and the same in words for those who cannot see it."""
        slide = self._slide(chart.title, chart.alt)
        room = _WIDTH - 2 * _MARGIN
        drawing = slide.shapes.add_picture(BytesIO(chart.png()), _MARGIN, Inches(1.6), width=room)
        if drawing.height > Inches(5.4):
            drawing.width, drawing.height = (
                Emu(int(drawing.width * Inches(5.4) / drawing.height)),
                Inches(5.4),
            )
        drawing._element.nvPicPr.cNvPr.set("descr", chart.alt)

    def _slide(self, title: str, notes: str) -> Any:
        slide = self.deck.slides.add_slide(self.deck.slide_layouts[5])
        band = slide.shapes.add_shape(1, 0, 0, _WIDTH, Inches(0.14))
        band.fill.solid()
        band.fill.fore_color.rgb = _rgb(self.palette.fill)
        band.line.fill.background()
        head = slide.shapes.title
        head.left, head.top, head.width, head.height = _MARGIN, Inches(0.4), _WIDTH - 2 * _MARGIN, Inches(0.9)
        part = head.text_frame.paragraphs[0]
        part.alignment = 1
        self._write(part, title, 30, self.palette.text, True)
        if notes:
            slide.notes_slide.notes_text_frame.text = notes
        return slide

    def _write(self, part: Any, text: str, size: int, colour: str | None = None, bold: bool = False) -> None:
        run = part.add_run()
        run.text = text
        run.font.size, run.font.bold, run.font.name = Pt(size), bold, self.brand.font
        run.font.color.rgb = _rgb(colour or self.palette.text)


def _rgb(colour: str) -> RGBColor:
    return RGBColor(*rgb(colour))  # type: ignore[no-untyped-call]
