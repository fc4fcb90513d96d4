"""Payments of customer invoices, from the move lines that pay them; never from the invoice's date `reconciled`."""

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import Any

from collectors.stream import Mapped, Record
from collectors.tryton.billing import OUT
from collectors.tryton.client import Reader, both
from collectors.tryton.reading import STAMP, Reading, everything
from collectors.tryton.rights import Need
from collectors.tryton.shared import BOOKS, add_currency, currency_of
from collectors.tryton.values import Row, day, instant, number, target

_MOVE_LINE = (
    *("date", "debit", "credit", "second_currency", "amount_second_currency"),
    *("move.origin", "move.journal.type", "reconciliation", "create_date"),
)
_NO_PAYMENT = frozenset({"write-off", "exchange"})
_FOURTH = Decimal("0.0001")


def _add_payments(reader: Reader, rows: list[Row]) -> None:
    """Put on every invoice the move lines that pay it, and the share of each that belongs to it."""
    add_currency(reader, rows)
    books = reader.look_up("company.company", {row["company"] for row in rows}, ("currency",))
    paying = {
        row["id"]: {*(row["payment_lines"] or ()), *(row["reconciliation_lines"] or ())} for row in rows
    }
    wanted = {line for lines in paying.values() for line in lines}
    found = {one["id"]: one for one in reader.related("account.move.line", "id", wanted, _MOVE_LINE)}
    others = _moves_of_invoices(reader, {one["move"]["id"] for one in found.values()})
    payments = {
        one: line
        for one, line in found.items()
        if line["move"]["id"] not in others and line["move"]["journal"]["type"] not in _NO_PAYMENT
    }
    shares = _shares(reader, rows, payments)
    for row in rows:
        company = books.get(row["company"])
        row[".foreign"] = bool(company and company["currency"] != row["currency"])
        row[".payments"] = [
            {
                "line": one,
                "date": payments[one]["date"],
                "at": payments[one]["create_date"],
                "amount": _amount(payments[one], row),
                "share": [str(part) for part in shares.get((row["id"], one), (1, 1))],
            }
            for one in sorted(paying[row["id"]] & payments.keys())
        ]


def _amount(line: Row, invoice: Row) -> list[Any]:
    """Credit and debit in the invoice's currency; the second one of the line when the books are in another."""
    if invoice[".foreign"] and line["second_currency"] == invoice["currency"]:
        return ["second", line["amount_second_currency"], None]
    return ["books", line["credit"], line["debit"]]


def _moves_of_invoices(reader: Reader, moves: Collection[int]) -> set[int]:
    """Which of these moves are invoices, credit notes or cancellations themselves: they settle, but pay nothing."""
    found: set[int] = set()
    for field in ("move", "cancel_move", "additional_moves"):
        for one in reader.related("account.invoice", field, moves, ()):
            value = one[field]
            found |= set(value) if isinstance(value, list) else {value}
    return found


def _shares(
    reader: Reader, rows: Sequence[Row], payments: Mapping[int, Row]
) -> dict[tuple[int, int], tuple[Decimal, Decimal]]:
    """What part of a payment is an invoice's, when one settles several: in proportion to what each had to pay."""
    own_lines = {(row["id"], line) for row in rows for line in row["payment_lines"] or ()}
    settled: dict[int, list[tuple[int, int]]] = {}
    for row in rows:
        for line in row["reconciliation_lines"] or ():
            if line in payments and (row["id"], line) not in own_lines and payments[line]["reconciliation"]:
                settled.setdefault(payments[line]["reconciliation"], []).append((row["id"], line))
    due: dict[int, dict[int, Decimal]] = {}
    fields = ("debit", "credit", "move.origin", "move.journal.type")
    for one in reader.related("account.move.line", "reconciliation", settled, fields):
        invoice = target(one["move"]["origin"], "account.invoice")
        amount = (number(one["debit"], "debit") or Decimal(0)) - (
            number(one["credit"], "credit") or Decimal(0)
        )
        if invoice is not None and amount > 0:
            owed = due.setdefault(one["reconciliation"], {})
            owed[invoice] = owed.get(invoice, Decimal(0)) + amount
    return {
        (invoice, line): (owed[invoice], sum(owed.values(), Decimal(0)))
        for reconciliation, pairs in settled.items()
        for invoice, line in pairs
        if len(owed := due.get(reconciliation, {})) > 1 and invoice in owed
    }


def _present(reader: Reader) -> set[str]:
    return {
        f"{row['id']}-{payment['line']}"
        for rows in everything(reader, PAYMENTS)
        for row in rows
        for payment in row[".payments"]
    }


PAYMENTS = Reading(
    model="account.invoice",
    need=Need(("state", "currency", "company", "payment_lines", "reconciliation_lines")),
    domain=both(OUT, [["state", "in", ["posted", "paid", "cancelled"]]]),
    others={"account.move.line": Need(_MOVE_LINE), "account.move": Need(("origin",)), **BOOKS},
    enrich=_add_payments,
    present=_present,
    page_size=200,
)
"""Payments stand under `invoice-move line`; one that is taken back is missed when all are compared."""


def payments(record: Row) -> Mapped:
    """The payments of one invoice; a refund is negative."""
    made: list[Record] = []
    for payment in record[".payments"]:
        how, first, second = payment["amount"]
        amount = number(first, "amount") or Decimal(0)
        amount = -amount if how == "second" else amount - (number(second, "debit") or Decimal(0))
        part, whole = (Decimal(one) for one in payment["share"])
        made.append(
            Record(
                "payment",
                {
                    "source_id": f"{record['id']}-{payment['line']}",
                    "invoice_ref": str(record["id"]),
                    "paid_on": day(payment["date"], "date"),
                    "amount": amount if part == whole else (amount * part / whole).quantize(_FOURTH),
                    "currency": currency_of(record),
                    "recorded_at": instant(payment["at"], "create_date"),
                    "source_updated_at": instant(record[STAMP], STAMP),
                },
            )
        )
    return made
