"""Bills on a real Tryton: posted, deleted, credited, paid in parts and together, merged customers."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

pytestmark = pytest.mark.live

BILLS = ("invoices", "invoice_lines", "payments")


def test_an_invoice_is_a_draft_then_approved_then_posted_at_its_number(
    office: Any, held: Callable[..., Any]
) -> None:
    project = office.project(price="100")
    office.enter(project, 90, 30)
    invoice = office.bill(project)
    got = held("psa").poll(*BILLS)
    assert (got.row("invoice", invoice)["state"], got.row("invoice", invoice)["posted_at"]) == ("draft", None)
    office.psa.write("account.invoice", [invoice], {"invoice_date": office.today - timedelta(days=2)})
    office.psa.button("account.invoice", "validate_invoice", invoice)
    assert got.poll("invoices").row("invoice", invoice)["state"] == "approved"
    office.post(invoice)
    row = got.poll("invoices").row("invoice", invoice)
    fields = ["number", "numbered_at", "untaxed_amount", "total_amount", "invoice_date", "party"]
    theirs = office.psa.read("account.invoice", invoice, fields)
    assert (row["state"], row["kind"], row["posted_at"]) == ("posted", "invoice", theirs["numbered_at"])
    assert (row["net"], row["gross"]) == (theirs["untaxed_amount"], theirs["total_amount"]) == (200, 200)
    assert (row["number"], row["issued_on"], row["account_ref"]) == (
        theirs["number"], theirs["invoice_date"], str(theirs["party"]),
    )  # fmt: skip
    assert row["due_on"] == theirs["invoice_date"] + timedelta(days=30)


def test_invoice_lines_name_the_work_that_they_bill(office: Any, held: Callable[..., Any]) -> None:
    project = office.project(price="118.40")
    lines = office.enter(project, 45, 50)
    invoice = office.bill(project)
    got = held("psa").poll("invoice_lines", "time_entries")
    (row,) = [row for row in got.rows["invoice_line"].values() if row["invoice_ref"] == str(invoice)]
    (theirs,) = office.psa.rows("account.invoice.line", [["invoice", "=", invoice]], ["amount", "quantity"])
    assert (row["kind"], row["project_ref"], row["task_ref"]) == (
        "time",
        str(project),
        str(office.tasks(project)[0]),
    )
    assert (row["net"], row["unit"], row["unit_price"]) == (theirs["amount"], "h", Decimal("118.40"))
    assert row["quantity"] == Decimal(str(theirs["quantity"]))
    for line in lines:
        assert got.row("time_entry", line)["invoice_line_ref"] == row["source_id"]
        assert got.row("time_entry", line)["bill_state"] is None


def test_a_line_that_was_changed_alone_changes_the_amount_of_its_draft(
    office: Any, held: Callable[..., Any]
) -> None:
    project = office.project(price="100")
    office.enter(project, 60)
    invoice = office.bill(project)
    got = held("psa").poll("invoices")
    stamp = office.psa.read("account.invoice", invoice, ["last_modified_at"])["last_modified_at"]
    (line,) = office.psa.search("account.invoice.line", [["invoice", "=", invoice]])
    office.psa.write("account.invoice.line", [line], {"unit_price": Decimal(80)})
    assert office.psa.read("account.invoice", invoice, ["last_modified_at"])["last_modified_at"] == stamp
    got.positions["invoices"]["since"] = (datetime.now(UTC) + timedelta(minutes=9, seconds=58)).isoformat()
    assert got.poll("invoices").row("invoice", invoice)["net"] == 80


def test_time_on_a_draft_that_was_deleted_is_open_again(office: Any, held: Callable[..., Any]) -> None:
    project = office.project()
    lines = office.enter(project, 30, 60)
    invoice = office.bill(project)
    got = held("psa").poll("time_entries", *BILLS)
    assert got.row("time_entry", lines[0])["invoice_line_ref"]
    office.psa.model("account.invoice", "delete", [invoice])
    got.poll("time_entries", *BILLS)
    for line in lines:
        row = got.row("time_entry", line)
        assert (row["invoice_line_ref"], row["bill_state"], row["billable"]) == (None, "open", True)
        assert "deleted_at" not in row
    assert got.row("invoice", invoice)["deleted_how"] == "absence"
    billed = [row for row in got.rows["invoice_line"].values() if row["invoice_ref"] == str(invoice)]
    assert billed
    assert all(row["deleted_how"] == "absence" for row in billed)


def test_a_credited_invoice_says_when_and_keeps_its_time(office: Any, held: Callable[..., Any]) -> None:
    project = office.project()
    (line,) = office.enter(project, 120)
    invoice = office.post(office.bill(project))
    got = held("psa").poll("time_entries", *BILLS)
    linked = got.row("time_entry", line)["invoice_line_ref"]
    note = office.credit(invoice)
    got.poll("time_entries", *BILLS)
    theirs = office.psa.read("account.invoice", note, ["numbered_at", "untaxed_amount", "number"])
    row, credit = got.row("invoice", invoice), got.row("invoice", note)
    assert (row["state"], row["source_state"], row["voided_at"]) == (
        "credited",
        "cancelled",
        theirs["numbered_at"],
    )
    assert row["posted_at"] < row["voided_at"]
    assert (credit["kind"], credit["credits_ref"], credit["net"]) == (
        "credit",
        str(invoice),
        theirs["untaxed_amount"],
    )
    assert got.row("time_entry", line)["invoice_line_ref"] == linked
    taken_back = [row for row in got.rows["invoice_line"].values() if row["invoice_ref"] == str(note)]
    assert [(row["kind"], row["project_ref"]) for row in taken_back] == [("time", str(project))]
    assert [
        row for row in got.rows.get("payment", {}).values() if row["invoice_ref"] in (str(invoice), str(note))
    ] == []


def test_a_draft_that_was_cancelled_never_was_a_bill(office: Any, held: Callable[..., Any]) -> None:
    project = office.project()
    office.enter(project, 120)
    invoice = office.bill(project)
    office.psa.button("account.invoice", "cancel", invoice)
    row = held("psa").poll("invoices").row("invoice", invoice)
    assert (row["state"], row["posted_at"], row["kind"]) == ("void", None, "invoice")
    assert row["voided_at"] == row["source_updated_at"]


def test_what_suppliers_send_is_no_bill_of_ours(office: Any, held: Callable[..., Any]) -> None:
    party = office.customer("A supplier")
    (address,) = office.psa.search("party.address", [["party", "=", party]])
    account = office.psa.search("account.account", [["type.payable", "=", True], ["closed", "!=", True]])[0]
    journal = office.psa.search("account.journal", [["type", "=", "expense"]])[0]
    values = {
        "type": "in",
        "party": party,
        "invoice_address": address,
        "account": account,
        "journal": journal,
    }
    (invoice,) = office.psa.create("account.invoice", {**values, "company": office.company})
    assert str(invoice) not in held("psa").poll("invoices").rows["invoice"]


def test_a_payment_has_the_day_of_its_move_not_the_day_it_was_due(
    office: Any, held: Callable[..., Any]
) -> None:
    project = office.project(price="100")
    office.enter(project, 600)
    invoice = office.post(office.bill(project))
    got = held("psa").poll("invoices", "payments")
    paid_on = office.today - timedelta(days=1)
    office.pay(invoice, Decimal(400), on=paid_on)
    got.poll("invoices", "payments")
    assert got.row("invoice", invoice)["state"] == "part_paid"
    office.pay(invoice)
    got.poll("invoices", "payments")
    mine = sorted((row["amount"], row["paid_on"]) for row in paid(got, invoice))
    theirs = office.psa.read("account.invoice", invoice, ["state", "reconciled", "payment_lines"])
    lines = office.psa.rows(
        "account.move.line", [["id", "in", theirs["payment_lines"]]], ["date", "credit", "create_date"]
    )
    assert (got.row("invoice", invoice)["state"], theirs["state"]) == ("paid", "paid")
    assert mine == sorted((line["credit"], line["date"]) for line in lines)
    assert sorted(row["recorded_at"] for row in paid(got, invoice)) == sorted(
        line["create_date"] for line in lines
    )
    assert theirs["reconciled"] not in [row["paid_on"] for row in paid(got, invoice)]


def test_one_transfer_for_two_invoices_is_shared_between_them(office: Any, held: Callable[..., Any]) -> None:
    party = office.customer()
    invoices = []
    for minutes in (60, 180):
        project = office.project(party, price="100")
        office.enter(project, minutes)
        invoices.append(office.post(office.bill(project)))
    transfer(office, invoices, Decimal(400))
    got = held("psa").poll("invoices", "payments")
    assert [[row["amount"] for row in paid(got, invoice)] for invoice in invoices] == [[100], [300]]
    assert {got.row("invoice", invoice)["state"] for invoice in invoices} == {"paid"}


def test_a_payment_that_is_taken_back_is_missed_when_all_are_compared(
    office: Any, held: Callable[..., Any]
) -> None:
    project = office.project(price="100")
    office.enter(project, 60)
    invoice = office.post(office.bill(project))
    transfer(office, [invoice], Decimal(100))
    got = held("psa").poll("invoices", "payments")
    assert len(paid(got, invoice)) == 1
    (line,) = office.psa.read("account.invoice", invoice, ["lines_to_pay"])["lines_to_pay"]
    office.settle("account.move.unreconcile_lines", [line])
    got.positions["payments"]["census"]["compared"] = "2026-01-01T00:00:00+00:00"
    got.poll("invoices", "payments")
    assert got.row("invoice", invoice)["state"] == "posted"
    assert [row["deleted_how"] for row in paid(got, invoice)] == ["absence"]


def test_a_merged_customer_points_at_who_took_over_and_so_do_its_records(
    office: Any, held: Callable[..., Any]
) -> None:
    old, new = office.customer("Twin"), office.customer("Twin")
    project = office.project(old)
    office.enter(project, 60)
    invoice = office.bill(project)
    got = held("psa").poll("accounts", "projects", "invoices")
    assert got.row("project", project)["account_ref"] == str(old)
    stamp = office.psa.read("project.work", project, ["last_modified_at"])["last_modified_at"]
    office.merge(old, new)
    assert office.psa.read("project.work", project, ["last_modified_at"])["last_modified_at"] == stamp
    for name in ("projects", "invoices"):  # so late that only the merge itself lies in the window
        got.positions[name]["since"] = (datetime.now(UTC) + timedelta(minutes=9, seconds=50)).isoformat()
    got.poll("accounts", "projects", "invoices")
    assert (got.row("account", old)["merged_into_ref"], got.row("account", old)["is_active"]) == (
        str(new),
        False,
    )
    assert got.row("account", new)["merged_into_ref"] is None
    assert got.row("project", project)["account_ref"] == str(new)
    assert got.row("invoice", invoice)["account_ref"] == str(new)


def test_employees_and_the_company_are_no_accounts(office: Any, held: Callable[..., Any]) -> None:
    got = held("psa").poll("accounts")
    own = office.psa.rows("company.employee", [], ["party"]) + office.psa.rows(
        "company.company", [], ["party"]
    )
    assert not {str(row["party"]) for row in own} & got.rows["account"].keys()


def paid(got: Any, invoice: int) -> list[dict[str, Any]]:
    """The payments of an invoice that are held."""
    return [row for row in got.rows["payment"].values() if row["invoice_ref"] == str(invoice)]


def transfer(office: Any, invoices: list[int], amount: Decimal) -> None:
    """Money on the bank account that settles several invoices of one customer at once, by reconciling their lines."""
    psa = office.psa
    first = psa.read("account.invoice", invoices[0], ["account", "party"])
    (bank,) = psa.search("account.account", [["code", "=", "1.1.1"]])
    (journal,) = psa.search("account.journal", [["type", "=", "cash"]])
    today = office.today
    (period,) = psa.search(
        "account.period", [["start_date", "<=", today], ["end_date", ">=", today], ["type", "=", "standard"]]
    )
    lines = [
        {"account": first["account"], "party": first["party"], "credit": amount, "debit": Decimal(0)},
        {"account": bank, "debit": amount, "credit": Decimal(0)},
    ]
    values = {"journal": journal, "period": period, "date": today, "company": office.company}
    (move,) = psa.create("account.move", {**values, "lines": [["create", lines]]})
    psa.button("account.move", "post", move)
    (paying,) = psa.search("account.move.line", [["move", "=", move], ["account", "=", first["account"]]])
    owed = [
        line
        for one in invoices
        for line in psa.read("account.invoice", one, ["lines_to_pay"])["lines_to_pay"]
    ]
    office.settle("account.move.reconcile_lines", [paying, *owed])
