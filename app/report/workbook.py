"""A pack as a workbook: one sheet for each objective with its items, numbers as numbers, text never as a formula."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, time
from decimal import Decimal
from io import BytesIO
from typing import Any
from zoneinfo import ZoneInfo

import xlsxwriter

from app.report.content import Content, Pack, content
from app.report.said import Body
from app.report.table import Exact, Table
from metrics.sla.draft import instant_of
from metrics.sla.objective import IN_SECONDS
from metrics.sla.words import MILLION

_PART = "0.0000%"
_WIDEST = 60


def draw(pack: Pack) -> bytes:
    """The workbook. Instants are those of the contract's zone, shares have four decimals: nothing is rounded."""
    made = BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(made, options) as book:
        said = content(pack)
        book.set_properties(
            {
                "title": f"{said.title}, {said.customer}",
                "author": said.partner,
                "company": said.partner,
                "created": instant_of(pack.statement.body),
            }
        )
        sheets = _Sheets(book, pack)
        sheets.summary(said)
        for it in pack.statement.body["evaluation"]["objectives"]:
            sheets.objective(it)
        sheets.figures()
        for table in (*said.tables, said.definitions):
            if table is not said.missed:  # those stand on the sheets of their objectives
                sheets.told(table)
    return made.getvalue()


class _Sheets:
    def __init__(self, book: Any, pack: Pack) -> None:
        palette = pack.brand.palette("light")
        self.book, self.pack, self.said = book, pack, pack.said
        self.plain = book.add_format({"text_wrap": True, "valign": "top"})
        self.head = book.add_format(
            {"bold": True, "bottom": 1, "bg_color": palette.fill, "font_color": palette.ink}
        )
        self.title = book.add_format({"bold": True, "font_size": 16})
        self.shares = book.add_format({"num_format": _PART, "valign": "top"})
        self.days = book.add_format({"num_format": "yyyy-mm-dd", "valign": "top"})
        self.moments = book.add_format({"num_format": "yyyy-mm-dd hh:mm", "valign": "top"})
        self.numbers = book.add_format({"num_format": "#,##0.######", "valign": "top"})
        self.money: dict[str, Any] = {}
        self.zone = ZoneInfo(self.said.words.time_zone)
        self.names: set[str] = set()

    def summary(self, said: Content) -> None:
        """State, sentences, the objectives with their numbers, credits, fingerprint."""
        sheet = self._sheet("Summary")
        sheet.write_string(0, 0, f"{said.title}, {said.customer}", self.title)
        lines = [said.state, *said.restates, *said.sentences, *said.commentary]
        for row, sentence in enumerate(lines, 2):
            sheet.write_string(row, 0, sentence)
        row = len(lines) + 3
        head = (
            "Objective",
            "Agreed",
            "Value",
            "Good",
            "Judged",
            "Unknown",
            "At worst or best",
            "and",
            "Verdict",
            "Reason",
            "Credit, share of the fee",
            "Nothing left out",
            "As proposed",
        )
        self._head(sheet, row, head)
        for it, line in zip(
            self.pack.statement.body["evaluation"]["objectives"], said.objectives, strict=True
        ):
            row += 1
            value = it["agreed"]
            self._text(sheet, row, 0, it["title"])
            for column, micro in (
                (1, it["target"]),
                (2, value["value"]),
                (6, value["low"]),
                (7, value["high"]),
                (11, it["gross"]["value"]),
                (12, it["net"]["value"]),
            ):
                self._measure(sheet, row, column, it, micro)
            for column, number in ((3, value["k"]), (4, value["n"]), (5, value["unknown"])):
                self._number(sheet, row, column, number)
            self._text(sheet, row, 8, line.verdict)
            self._text(sheet, row, 9, line.reason)
            if it["credit"]["owed"] is not None:
                sheet.write_number(row, 10, it["credit"]["owed"] / MILLION, self.shares)
        for last in (*said.credits, f"SHA-256 of the statement: {said.sha256}"):
            row += 1
            sheet.write_string(row + 1, 0, last)

    def objective(self, it: Body) -> None:
        """Every item that counts against one objective, or of which nobody can tell."""
        sheet = self._sheet(it["title"])
        head = (
            "Item",
            "Label",
            "When",
            "Flow",
            "Good",
            "Judged",
            "Unknown",
            "Whose doing",
            "Evidence",
            "Decided by",
        )
        self._head(sheet, 0, head)
        found = [each for each in self.pack.statement.body["missed"] if each["objective"] == it["key"]]
        for row, each in enumerate(found, 1):
            texts = (each["item"], each["label"], None, each["flow"], None, None, None)
            after = (self.said.party(each["party"]), each["evidence"], each["decided_by"])
            for column, text in enumerate((*texts, *after)):
                self._text(sheet, row, column, text)
            if each["at"] is not None:
                moment = datetime.fromisoformat(each["at"]).astimezone(self.zone)
                sheet.write_datetime(row, 2, moment.replace(tzinfo=None), self.moments)
            for column, number in enumerate(each["count"], 4):
                self._number(sheet, row, column, number)
        sheet.autofilter(0, 0, max(len(found), 1), len(head) - 1)

    def figures(self) -> None:
        """The whole catalogue with its parts."""
        sheet = self._sheet("Figures")
        names = ("key", "value", "numerator", "denominator", "unknown", "sample", "low", "high")
        self._head(sheet, 0, (*names, "unit", "currency", "version"))
        for row, it in enumerate(self.pack.statement.body["figures"], 1):
            for column, name in enumerate(names):
                self._exact(sheet, row, column, it[name])
            self._text(sheet, row, 8, it["unit"])
            self._text(sheet, row, 9, it["currency"])
            self._number(sheet, row, 10, it["definition_version"])

    def told(self, table: Table) -> None:
        """A table of words, with numbers, days and moments as such where it has them; money shows its currency."""
        sheet = self._sheet(table.title)
        self._head(sheet, 0, table.columns)
        for row, cells in enumerate(table.rows, 1):
            exact = table.exact[row - 1] if table.exact else {}
            for column, cell in enumerate(cells):
                value = exact.get(column)
                if value is None:
                    self._text(sheet, row, column, cell)
                else:
                    self._typed(sheet, row, column, value)
        if not table.rows:
            self._text(sheet, 1, 0, table.empty)
        if table.note:
            self._text(sheet, len(table.rows) + 2, 0, table.note)

    def _typed(self, sheet: Any, row: int, column: int, value: Exact) -> None:
        if isinstance(value, datetime):
            sheet.write_datetime(row, column, value.astimezone(self.zone).replace(tzinfo=None), self.moments)
        elif isinstance(value, date):
            sheet.write_datetime(row, column, datetime.combine(value, time()), self.days)
        elif isinstance(value, tuple):
            amount, currency = value
            if currency not in self.money:
                form = f'#,##0.######\xa0"{re.sub("[^A-Z]", "", currency)}"'
                self.money[currency] = self.book.add_format({"num_format": form, "valign": "top"})
            sheet.write_number(row, column, amount, self.money[currency])
        else:
            sheet.write_number(row, column, value, self.numbers)

    def _sheet(self, title: str) -> Any:
        """A sheet under a name that Excel takes: 31 letters, none of []:*?/\\, none twice."""
        name = re.sub(r"[\[\]:*?/\\']", " ", title).strip()[:31] or "Objective"
        number = 1
        while name.casefold() in self.names or name.casefold() == "history":
            number += 1
            name = f"{name[:27]} {number}"
        self.names.add(name.casefold())
        sheet = self.book.add_worksheet(name)
        sheet.freeze_panes(1, 0)
        return sheet

    def _head(self, sheet: Any, row: int, columns: Sequence[str]) -> None:
        for column, name in enumerate(columns):
            sheet.write_string(row, column, name, self.head)
            sheet.set_column(column, column, min(_WIDEST, max(14, len(name) + 2)))

    def _text(self, sheet: Any, row: int, column: int, text: object) -> None:
        if text:
            sheet.write_string(row, column, str(text), self.plain)

    def _number(self, sheet: Any, row: int, column: int, number: int | None) -> None:
        if number is not None:
            sheet.write_number(row, column, number, self.numbers)

    def _exact(self, sheet: Any, row: int, column: int, value: str | int | None) -> None:
        try:
            number = None if value is None else Decimal(value)
        except ArithmeticError:
            number = None
        if number is None:
            self._text(sheet, row, column, value)
        else:
            sheet.write_number(row, column, number, self.numbers)

    def _measure(self, sheet: Any, row: int, column: int, it: Body, micro: int | None) -> None:
        """Shares as percent, counts as numbers, lengths of time in the unit of the objective."""
        if micro is None:
            return
        if it["unit"] == "percent":
            sheet.write_number(row, column, micro / MILLION, self.shares)
        else:
            sheet.write_number(row, column, micro / MILLION / IN_SECONDS.get(it["unit"], 1), self.numbers)
