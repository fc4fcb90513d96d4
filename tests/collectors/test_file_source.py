"""Files in a folder: CSV, NDJSON and JSON as firms really write them."""

import json
import os
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from collectors.ledger import Poll
from collectors.quarantine import replay

from .conftest import NOW, Firm

pytestmark = pytest.mark.slow

INVOICES: dict[str, Any] = {
    "object": "invoice",
    "files": "inv*.csv",
    "format": "csv",
    "fields": {"source_id": "no", "kind": "kind", "state": "state", "net": "net", "currency": "cur", "number": "text"},
}  # fmt: skip
HEAD = "no,kind,state,net,cur,text\n"


class Folder:
    """A folder that is read."""

    def __init__(self, firm: Firm, path: Path) -> None:
        self.firm = firm
        self.path = path
        self.polls = 0

    def connect(self, **more: Any) -> None:
        self.firm.add("file", f"file://{self.path}", "erp", streams={"invoices": INVOICES | more})

    def write(self, name: str, content: str | bytes, minutes_old: float = 0) -> None:
        file = self.path / name
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        at = file.stat().st_mtime - 60 * minutes_old
        os.utime(file, (at, at))

    def collect(self) -> Poll:
        self.polls += 1
        return self.firm.collect("erp", "invoices", NOW + timedelta(minutes=self.polls))

    def rows(self) -> list[tuple[Any, ...]]:
        return self.firm.rows("source_id, net, number", "biz.invoice")


@pytest.fixture
def folder(firm: Firm, tmp_path: Path) -> Folder:
    """An empty folder."""
    return Folder(firm, tmp_path)


def test_quotes_line_ends_within_them_and_a_byte_order_mark_are_understood(folder: Folder):
    folder.connect()
    lines = '1,invoice,posted,10.50,EUR,"a ""quoted"", text"\r\n2,invoice,posted,7,EUR,"two\nlines"\n'
    folder.write("inv.csv", "\ufeff" + HEAD + lines)
    assert folder.collect().new == 2
    assert folder.rows() == [("1", Decimal("10.5"), 'a "quoted", text'), ("2", Decimal(7), "two\nlines")]


def test_semicolons_and_decimal_commas_and_another_encoding_are_read_as_said(folder: Folder):
    folder.connect(delimiter=";", decimal=",", encoding="cp1252")
    text = HEAD.replace(",", ";") + "1;invoice;posted;1234,50;EUR;Büro\n"
    folder.write("inv.csv", text.encode("cp1252"))
    assert folder.collect().new == 1
    assert folder.rows() == [("1", Decimal("1234.5"), "Büro")]


def test_a_spreadsheets_export_is_read_as_its_first_bytes_say(folder: Folder):
    folder.connect()
    line = "{},invoice,posted,7,EUR,Büro\r\n"
    folder.write("inv1.csv", ("sep=;\r\n" + (HEAD + line.format(1)).replace(",", ";")).encode("utf-16"))
    tabs = "sep=\t\r\n" + (HEAD + line.format(2) + line.format("x,y")).replace(",", "\t")
    folder.write("inv2.csv", "\ufeff" + tabs)
    folder.write("inv3.csv", HEAD.replace("\n", ",net\n") + line.format(3).replace("\r\n", ",8\r\n"))
    folder.write("inv4.csv", HEAD.replace("\n", ",,\n") + line.format(4).replace("\r\n", ",a,b\r\n"))
    folder.write("inv5.csv", (HEAD + line.format(5) + line.format(6)).encode("utf-16-be", "replace")[:-5])
    folder.write("inv6.csv", b"\xfe\xff" + (HEAD + line.format(7) + line.format(8)).encode("utf-16-be")[:-5])
    poll = folder.collect()
    assert [(own, text) for own, _, text in folder.rows()] == [(own, "Büro") for own in "1247"]
    held = {kept.place: kept.reason for kept in folder.firm.held()}
    assert held["inv2.csv, line 4"] == "has 7 fields where the header has 6"
    assert held["inv3.csv"] == "its header names net twice"
    assert {place[:8] for place in held} == {"inv2.csv", "inv3.csv", "inv5.csv"}
    assert poll.outcome == "complete"


def test_utf16_without_a_mark_is_read_as_the_entry_says(folder: Folder):
    folder.connect(files="*.ndjson", format="ndjson", encoding="UTF-16LE")
    good = {"no": "1", "kind": "invoice", "state": "posted", "net": 7, "cur": "EUR", "text": "Ċ \u0a0a"}
    lines = "".join(json.dumps(good | {"no": own}, ensure_ascii=False) + "\n" for own in "12")
    folder.write("inv.ndjson", lines.encode("utf-16-le"))
    assert folder.collect().new == 2
    assert {text for _, _, text in folder.rows()} == {good["text"]}


def test_a_line_with_too_many_fields_is_held_as_it_stood_and_the_others_go_on(folder: Folder):
    folder.connect()
    bad = '2,invoice,posted,7,EUR,"a,b",too much'
    folder.write("inv.csv", HEAD + "1,invoice,posted,7,EUR,a\n" + bad + "\n3,invoice,posted,7,EUR,c\n")
    poll = folder.collect()
    assert (poll.outcome, poll.new, poll.quarantined) == ("complete", 2, 1)
    (kept,) = folder.firm.held()
    assert (kept.text, kept.place) == (bad, "inv.csv, line 3")
    assert kept.reason == "has 7 fields where the header has 6"


def test_a_quote_that_nobody_closes_swallows_no_other_line(folder: Folder):
    folder.connect()
    lines = [f"{number},invoice,posted,7,EUR," for number in range(1, 7)]
    lines = [lines[0] + '"open', lines[1] + "b", lines[2] + '"two\nlines"', lines[3] + '12" disk', lines[4] + "e", lines[5] + '"end']  # fmt: skip
    folder.write("inv.csv", HEAD + "\n".join(lines) + "\n")
    poll = folder.collect()
    assert (poll.new, poll.quarantined) == (4, 2)
    assert [(own, text) for own, _, text in folder.rows()] == [
        ("2", "b"), ("3", "two\nlines"), ("4", '12" disk'), ("5", "e")
    ]  # fmt: skip
    assert [(kept.text, kept.place, kept.reason) for kept in folder.firm.held()] == [
        (lines[0], "inv.csv, line 2", "opens a quote that is not closed"),
        (lines[5], "inv.csv, line 8", "opens a quote that is not closed"),
    ]


def test_a_file_is_read_again_when_its_entry_is_mended_and_its_lines_are_held_no_longer(folder: Folder):
    folder.connect()
    folder.write("inv.csv", (HEAD + "1,invoice,posted,7,EUR,a\n2,invoice,posted,8,EUR,b\n").replace(",", ";"))
    poll = folder.collect()
    assert (poll.new, poll.quarantined) == (0, 2)
    folder.firm.mend("erp", streams={"invoices": INVOICES | {"delimiter": ";"}})
    assert folder.collect().new == 2
    assert folder.firm.held() == []
    assert folder.collect().rows == 0


@pytest.mark.parametrize(
    ("line", "field", "reason"),
    [
        (
            b'1,invoice,posted,"7,5",EUR,a\n',
            "net",
            "is '7,5', not a number; numbers are written with '.' here",
        ),
        (b",invoice,posted,7,EUR,a\n", "source_id", "is missing"),
        (b"1,invoice,posted,7,EUR,B\xfcro\n", "number", "is not valid UTF-8"),
        (b"1,invoice,posted,7,EUR,a\0b\n", "number", "holds a NUL character"),
        (b"1,invoice,gone,7,EUR,a\n", "state", "is 'gone', not one of"),
        (b"1,invoice,posted,7,Euro,a\n", "currency", "is 'Euro', not a currency code"),
        (b"1,invoice,posted,99999999999999999,EUR,a\n", "net", "too large to be kept"),
    ],
)
def test_a_line_that_cannot_be_is_held_and_the_others_go_on(
    folder: Folder, line: bytes, field: str, reason: str
):
    folder.connect()
    folder.write("inv.csv", HEAD.encode() + line + b"9,invoice,posted,7,EUR,fine\n")
    assert folder.collect().new == 1
    (kept,) = folder.firm.held()
    assert (kept.field, kept.place) == (field, "inv.csv, line 2")
    assert reason in kept.reason


def test_broken_lines_of_ndjson_are_held_and_the_others_go_on(folder: Folder):
    folder.connect(files="*.ndjson", format="ndjson")
    good = {"no": "1", "kind": "invoice", "state": "posted", "net": 0.1, "cur": "EUR", "text": "a"}
    lines = [
        json.dumps(good),
        '{"no": "2", "ki',
        "",
        json.dumps(good | {"no": "3"}),
        '{"no":' + "[" * 100_000,
    ]
    lines.append(json.dumps(good | {"no": "6"}).replace("0.1", "9" * 5_000))  # more digits than Python reads
    folder.write("inv.ndjson", "\n".join([*lines, json.dumps(good | {"no": "7"}), ""]))
    poll = folder.collect()
    assert (poll.outcome, poll.new, poll.quarantined) == ("complete", 3, 3)
    assert [(own, net) for own, net, _ in folder.rows()] == [(own, Decimal("0.1")) for own in "137"]
    held = {kept.place.removeprefix("inv.ndjson, "): kept for kept in folder.firm.held()}
    assert (held["line 2"].payload, held["line 2"].reason[:10]) == (b'{"no": "2", "ki', "is no JSON")
    assert held["line 5"].reason == "is no JSON (it is nested too deeply)"
    assert (held["line 6"].field, "too large to be kept" in held["line 6"].reason) == ("net", True)
    assert replay(folder.firm.db, NOW).still_held == 3


def test_a_list_somewhere_in_a_json_file_is_read(folder: Folder):
    folder.connect(files="*.json", format="json", records="answer.rows")
    good = {"no": 1, "kind": "invoice", "state": "posted", "net": 7, "cur": "EUR", "text": "a"}
    folder.write("a.json", json.dumps({"answer": {"rows": [good, good | {"no": 2}]}}))
    folder.write("b.json", '{"answer": {"rows": [{')
    folder.write("c.json", '{"other": 1}')
    poll = folder.collect()
    assert (poll.outcome, poll.new, poll.quarantined) == ("complete", 2, 2)
    assert sorted((kept.place, kept.reason[:15]) for kept in folder.firm.held()) == [
        ("b.json", "is no whole JSO"),
        ("c.json", "has no list of "),
    ]


def test_a_json_file_that_was_mended_is_held_no_longer(folder: Folder):
    folder.connect(files="*.json", format="json", records="answer.rows")
    good = {"no": 1, "kind": "invoice", "state": "posted", "net": 7, "cur": "EUR", "text": "a"}
    folder.write("a.json", '{"answer": {"rows": [{')
    folder.write("b.json", '{"answer": {"rows": [{"no"', minutes_old=1)
    assert folder.collect().quarantined == 2
    folder.write("a.json", json.dumps({"answer": {"rows": [good]}}))
    assert folder.collect().new == 1
    assert [kept.place for kept in folder.firm.held()] == ["b.json"]


def test_files_that_did_not_change_are_not_read_again(folder: Folder):
    folder.connect()
    folder.write("inv1.csv", HEAD + "1,invoice,posted,7,EUR,a\n")
    folder.write("inv2.csv", HEAD + "2,invoice,posted,7,EUR,a\n")
    folder.write("other.csv", "not ours")
    assert folder.collect().new == 2
    assert folder.collect().rows == 0
    folder.write("inv1.csv", HEAD + "1,invoice,posted,7,EUR,a\n", minutes_old=5)
    assert folder.collect().rows == 0, "touched, with the same content"
    with (folder.path / "inv2.csv").open("a") as file:
        file.write("3,invoice,posted,7,EUR,a\n")
    poll = folder.collect()
    assert (poll.new, poll.unchanged) == (1, 1)


def test_a_half_written_last_line_is_left_until_it_is_complete(folder: Folder):
    folder.connect()
    folder.write("inv.csv", HEAD + "1,invoice,posted,7,EUR,a\n2,invoice,posted,10")
    poll = folder.collect()
    assert (poll.new, poll.quarantined) == (1, 0)
    folder.write("inv.csv", HEAD + "1,invoice,posted,7,EUR,a\n2,invoice,posted,1000,EUR,b\n")
    assert folder.collect().new == 1
    assert folder.rows()[1] == ("2", Decimal(1000), "b")


@pytest.mark.parametrize("form", ["csv", "ndjson"])
def test_a_last_line_without_an_end_is_read_once_the_file_has_settled(folder: Folder, form: str):
    folder.connect(files="inv*", format=form)
    record = {"no": "1", "kind": "invoice", "state": "posted", "net": 7, "cur": "EUR", "text": "a"}
    text = HEAD + "1,invoice,posted,7,EUR,a" if form == "csv" else json.dumps(record)
    folder.write("inv", text)
    assert folder.collect().rows == 0
    folder.write("inv", text, minutes_old=5)
    assert folder.collect().new == 1
    assert folder.collect().rows == 0, "and is then known"


def test_an_empty_file_and_one_with_a_header_only_hold_nothing(folder: Folder):
    folder.connect()
    folder.write("inv1.csv", "")
    folder.write("inv2.csv", HEAD)
    poll = folder.collect()
    assert (poll.outcome, poll.rows, poll.quarantined) == ("complete", 0, 0)


def test_a_folder_that_is_not_there_is_named(folder: Folder):
    folder.firm.add("file", f"file://{folder.path}/absent", "erp", streams={"invoices": INVOICES})
    assert folder.collect().error == "acme/erp: there is no folder absent"


def test_an_encoding_that_is_not_there_is_a_mistake_of_the_entry(folder: Folder):
    folder.connect(encoding="utf-9")
    with pytest.raises(Exception, match=r"streams\.invoices\.encoding: there is no encoding 'utf-9'"):
        folder.collect()


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("leave", {"resource_ref": "R1", "starts_on": "2026-06-04", "ends_on": "2026-06-05", "state": "approved"}),
        ("assignment", {"project_ref": "P1", "resource_ref": "R1", "hours": "80.00"}),
        (
            "billing_hold",
            {"object_type": "project", "object_ref": "P1", "reason": "dispute", "placed_at": "2026-06-20T10:00:00Z",
             "expires_on": "2026-07-31"},
        ),
        ("period_close", {"period_from": "2026-05-01", "period_to": "2026-05-31", "due_on": "2026-06-05"}),
        ("lead", {"number": "LD-1", "state": "qualified", "amount": "900.0000", "qualified_at": "2026-06-04T10:00:00Z"}),
        ("quote", {"number": "Q-1", "state": "accepted", "amount": "900.0000", "accepted_at": "2026-06-04T10:00:00Z"}),
        ("change_order", {"project_ref": "P1", "number": "CO-1", "state": "accepted", "amount": "-90.0000"}),
        ("budget", {"project_ref": "P1", "origin_type": "quote", "origin_key": "Q-1", "amount": "900.0000"}),
        ("billing_schedule", {"contract_ref": "C1", "kind": "usage", "due_on": "2026-06-30", "invoice_line_ref": "L1"}),
        ("supplier_bill", {"project_ref": "P1", "state": "posted", "amount": "90.0000", "issued_on": "2026-06-04"}),
        ("payroll_run", {"period_from": "2026-05-01", "period_to": "2026-05-31", "state": "posted"}),
        ("project_cost", {"project_ref": "P1", "origin_type": "payroll_run", "origin_key": "2026-05", "amount": "90.0000"}),
        ("support_ticket", {"number": "T-1", "name": "Printer", "state": "open", "is_billable": "True"}),
        ("contract", {"kind": "retainer", "billing_day": "5", "billing_amount": "500.0000", "billing_every_months": "3"}),
    ],
)  # fmt: skip
def test_what_planning_sales_and_finance_know_is_read_as_other_records(
    firm: Firm, tmp_path: Path, name: str, line: dict[str, str]
):
    row = {"source_id": "1", **line}
    (tmp_path / "all.ndjson").write_text(json.dumps(row) + "\n", encoding="utf-8")
    entry = {"object": name, "files": "*.ndjson", "format": "ndjson", "fields": {key: key for key in row}}
    firm.add("file", f"file://{tmp_path}", "hr", streams={"planned": entry})
    assert firm.collect("hr", "planned", NOW + timedelta(minutes=1)).new == 1
    (read,) = firm.rows(", ".join(row), f"biz.{name}")
    assert [str(value)[:10] for value in read] == [said[:10] for said in row.values()]
