"""The billing side of Tryton: customer invoices and credit notes, and their lines with the work that they bill."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from collectors.stream import BadRecord, Mapped
from collectors.tryton.client import Reader, among, both
from collectors.tryton.lines import total
from collectors.tryton.reading import STAMP, Also, Reading
from collectors.tryton.removals import gone_row
from collectors.tryton.rights import Need
from collectors.tryton.shared import CURRENCIES, MERGES, add_currency, currency_of, money_step
from collectors.tryton.values import Domain, Row, day, instant, number, ref, rounded, target
from collectors.tryton.work import WORKS, climb, origins_of, project_of

OUT: Domain = [["type", "=", "out"]]
"""Customers' side only: what suppliers send is no bill of ours."""

_STATES = {"draft": "draft", "validated": "approved", "posted": "posted", "paid": "paid"}
_LINE = ("type", "quantity", "unit_price", "origin")


def _add_parts(reader: Reader, rows: list[Row]) -> None:
    add_currency(reader, rows)
    by_id = {row["id"]: row for row in rows}
    for row in rows:
        row[".lines"], row[".taxes"], row[".credits"], row[".due"] = [], [], [], None
    lines = [
        one
        for one in reader.related("account.invoice.line", "invoice", by_id, _LINE)
        if one["type"] == "line"
    ]
    credited = {source for one in lines if (source := target(one["origin"], "account.invoice.line"))}
    invoices = reader.look_up("account.invoice.line", credited, ("invoice",)) if credited else {}
    for one in lines:
        row = by_id[one["invoice"]]
        row[".lines"].append([one["quantity"], one["unit_price"]])
        origin = invoices.get(target(one["origin"], "account.invoice.line") or 0)
        if origin and origin["invoice"] and origin["invoice"] != row["id"]:
            row[".credits"].append(origin["invoice"])
    for one in reader.related("account.invoice.tax", "invoice", by_id, ("amount",)):
        by_id[one["invoice"]][".taxes"].append(one["amount"])
    open_lines = {line: row for row in rows for line in row["lines_to_pay"] or ()}
    for one in reader.related("account.move.line", "id", open_lines, ("maturity_date",)):
        row = open_lines[one["id"]]
        due, known = one["maturity_date"], row[".due"]
        if due and (known is None or (day(due, "maturity_date") or 0) > (day(known, "maturity_date") or 0)):  # type: ignore[operator]
            row[".due"] = due


def _invoices_of(_: Reader, rows: Sequence[Row]) -> Sequence[Domain]:
    return among("id", {row["invoice"] for row in rows if row["invoice"]})


INVOICES = Reading(
    model="account.invoice",
    need=Need(
        (
            *("number", "type", "state", "party", "currency", "invoice_date", "create_date"),
            *("move.create_date", "cancel_move.create_date", "lines_to_pay", "payment_lines"),
        ),
        ("numbered_at",),
    ),
    domain=OUT,
    others={
        "account.invoice.line": Need(("invoice", *_LINE)),
        "account.invoice.tax": Need(("invoice", "amount")),
        "account.move": Need(("create_date",)),
        "account.move.line": Need(("maturity_date",)),
        **CURRENCIES,
    },
    also=(
        Also("account.invoice.line", ("invoice",), _invoices_of),
        Also("account.invoice.tax", ("invoice",), _invoices_of),
        MERGES,
    ),
    enrich=_add_parts,
    page_size=200,
)
"""Customer invoices; the amounts are added up from lines and taxes, whose changes do not move the invoice's stamp."""


def invoice(record: Row) -> Mapped:
    """An invoice or a credit note. Posted is when it was numbered; credited when the move that cancels it was made."""
    if gone := gone_row(record):
        return gone
    net = total(record)
    tax = sum((number(amount, "tax") or Decimal(0) for amount in record[".taxes"]), Decimal(0))
    credits = set(record[".credits"])
    state = _state(record)
    return {
        "source_id": str(record["id"]),
        "account_ref": ref(record["party"]),
        "number": record["number"],
        "kind": "credit" if net < 0 or (credits and net <= 0) else "invoice",
        "state": state,
        "source_state": record["state"],
        "created_at": instant(record["create_date"], "create_date"),
        "posted_at": _posted_at(record),
        "voided_at": _voided_at(record, state),
        "issued_on": day(record["invoice_date"], "invoice_date"),
        "due_on": day(record[".due"], "maturity_date"),
        "net": net,
        "tax": tax,
        "gross": net + tax,
        "currency": currency_of(record),
        "credits_ref": str(credits.pop()) if len(credits) == 1 else None,
        "source_updated_at": instant(record[STAMP], STAMP),
    }


def _state(record: Row) -> str:
    state = record["state"]
    if state == "cancelled":
        return "credited" if record["cancel_move"] else "void"
    if state == "posted" and record["payment_lines"]:
        return "part_paid"
    if state not in _STATES:
        raise BadRecord(f"is {state!r}, a state nobody knows", "state")
    return _STATES[state]


def _posted_at(record: Row) -> datetime | None:
    """When the bill came into being: the earlier of number and move (an archived report moves the number's time)."""
    if record["state"] in ("draft", "validated"):
        return None
    moves = record["move"] or {}
    known = [
        instant(record.get("numbered_at"), "numbered_at"),
        instant(moves.get("create_date"), "move.create_date"),
    ]
    return min((at for at in known if at is not None), default=None)


def _voided_at(record: Row, state: str) -> datetime | None:
    """When it stopped being a bill; a draft that was cancelled never was one, and its last change will do."""
    if state == "credited":
        return instant(record["cancel_move"].get("create_date"), "cancel_move.create_date")
    return instant(record[STAMP], STAMP) if state == "void" else None


def _add_work(reader: Reader, rows: list[Row]) -> None:
    """Put on lines which works they bill: by time, by the task (effort) or by progress; a credit line as its origin."""
    add_currency(reader, rows)
    units = reader.look_up("product.uom", {row["unit"] for row in rows}, ("symbol",))
    owners: dict[int, list[Row]] = {}
    for row in rows:
        unit = units.get(row["unit"])
        row[".unit"] = unit["symbol"] if unit else None
        row[".time"], row[".fixed"] = [], []
        owners.setdefault(target(row["origin"], "account.invoice.line") or row["id"], []).append(row)
    if "timesheet.line" not in reader.closed:
        seen = {
            (one["invoice_line"], one["work"])
            for one in reader.related("timesheet.line", "invoice_line", owners, ("work",))
        }
        origins = origins_of(reader, {work for _, work in seen})
        for line, work in sorted(seen):
            for row in owners[line]:
                row[".time"].append(origins.get(work))
    for model, field in (("project.work", "id"), ("project.work.invoiced_progress", "work")):
        if model in reader.closed or "invoice_line" in reader.unseen.get(model, ()):
            continue
        for one in reader.related(model, "invoice_line", owners, (field,)):
            for row in owners[one["invoice_line"]]:
                row[".fixed"].append(one[field])
    _add_projects(reader, rows)


def _add_projects(reader: Reader, rows: Sequence[Row]) -> None:
    billed = {work for row in rows for work in (*row[".time"], *row[".fixed"])}
    if billed - {None}:
        climb(reader, billed)
    for row in rows:
        works = {*row[".time"], *row[".fixed"]}
        projects = {project["id"] if (project := project_of(reader, work)) else None for work in works}
        row[".task"] = works.pop() if len(works) == 1 else None
        row[".project"] = projects.pop() if len(projects) == 1 else None


INVOICE_LINES = Reading(
    model="account.invoice.line",
    need=Need(("invoice", "type", "quantity", "unit", "unit_price", "currency", "origin")),
    domain=both([["type", "=", "line"]], [["invoice.type", "=", "out"]]),
    others={
        "account.invoice": Need(("type",)),
        "product.uom": Need(("symbol",)),
        "timesheet.line": Need(("work",), ("invoice_line",), may_lack=True),
        "project.work": Need(
            WORKS["project.work"].fields, (*WORKS["project.work"].if_there, "invoice_line"), may_lack=True
        ),
        "timesheet.work": Need(("origin",), may_lack=True),
        "project.work.invoiced_progress": Need(("work", "invoice_line"), may_lack=True),
        **CURRENCIES,
    },
    enrich=_add_work,
    page_size=300,
)
"""Lines of customer invoices. Lines that stand on no invoice yet are not read."""


def invoice_line(record: Row) -> Mapped:
    """One line; its amount is quantity times price, rounded as Tryton rounds it."""
    if gone := gone_row(record):
        return gone
    quantity, price = number(record["quantity"], "quantity"), number(record["unit_price"], "unit_price")
    net = None if quantity is None or price is None else rounded(quantity * price, money_step(record))
    return {
        "source_id": str(record["id"]),
        "invoice_ref": ref(record["invoice"]),
        "project_ref": ref(record[".project"]),
        "task_ref": ref(record[".task"]),
        "kind": "time" if record[".time"] else "milestone" if record[".fixed"] else "other",
        "quantity": quantity,
        "unit": record[".unit"],
        "unit_price": price,
        "net": net,
        "currency": currency_of(record),
        "source_updated_at": instant(record[STAMP], STAMP),
    }
