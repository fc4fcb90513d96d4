"""Lists behind the figures of the exception queue: the open exceptions, and what one of them happened to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import pandas as pd

from app import attention, queue_filters, queue_reads, rule_reads
from app.listed import Listed, Number, add_up, counted, money
from app.target import Target
from app.view import View
from app.wording import NOTHING, plural

_COUNTED = (
    "Exceptions that are not closed: one for each cause at a customer, however many records it happened to."
)
_SAYS = {
    "open": "How many exceptions are open.",
    "unknown": "Open exceptions whose value nobody knows, or that stand in several currencies. Unknown is not zero.",
}
_VALUE = (
    "Σ amount of what is open in it; once all of it is cleared, of all there was. Each currency for itself."
)


def open_ones(view: View, target: Target) -> Listed:
    """The open exceptions (`by` open, unknown or a currency) of one customer or of all (`part`)."""
    words, which = view.words, target.by or "open"
    scope = queue_filters.scope_of(view, target.part or "all")
    counts = queue_reads.exception_counts(scope, view.as_of)
    rows = queue_reads.exceptions(scope, view.as_of, "open", None, None, limit=None)
    if which == "open":
        line = next((row for row in counts if row["scope"] == "all"), None)
    else:
        currency = None if which == "unknown" else which
        rows = [row for row in rows if row["currency"] == currency]
        lines = (row for row in counts if row["scope"] == "currency")
        line = next((row for row in lines if row["currency"] == currency), None)
    number: int = line["open"] if line else 0
    amount: Decimal = (line["value_at_risk"] if line else None) or Decimal(0)
    total = money(row["value_at_risk"] for row in rows)
    is_money = which not in ("open", "unknown")
    return Listed(
        value=words.money(amount, which) if is_money else words.count(number),
        says=_SAYS.get(which, f"What is at risk in open exceptions, in {which}."),
        formula=_VALUE if is_money else "count of open exceptions",
        counted=_COUNTED,
        rows=_frame(rows, view),
        figure=(amount if is_money else number,),
        added=(total if is_money else len(rows),),
        summed=add_up(len(rows), total, which, words) if is_money else counted(len(rows), words),
    )


def cause(view: View, target: Target) -> Listed:
    """What a cause (`part`) holds back in a currency (`by`): its own value, and that of what it blocks."""
    words, currency = view.words, target.by or ""
    customer, _, number = target.part.partition("-")
    scope = view.scope.only(int(customer))
    causes = queue_reads.exception_causes(view.scope, view.as_of)
    line = next(
        (row for row in causes if row["exception_id"] == int(number) and row["currency"] == currency), None
    )
    everything = queue_reads.exceptions(scope, view.as_of, "open", None, None, limit=None)
    rows = [
        row
        for row in everything
        if row["currency"] == currency and int(number) in (row["exception_id"], row["blocked_by"])
    ]
    total = money(row["value_at_risk"] for row in rows)
    sure = all(row["value_confidence"] == "exact" for row in rows)
    return Listed(
        value=f"{'' if sure else 'about '}{words.money(total, currency)}",
        says="What stands still until this cause is gone: its own value and that of all it blocks.",
        formula="Σ value at risk of the cause and of the open exceptions that it blocks",
        counted=_COUNTED,
        rows=_frame(rows, view),
        figure=(line["amount"] if line else total,),
        added=(total,),
        summed=add_up(len(rows), total, currency, words),
    )


def of_rule(view: View, target: Target) -> Listed:
    """What a rule (`part`) opened in 90 days at the customer looked at, or has open there (`by` opened or open)."""
    words, which = view.words, target.by or "open"
    counted_ones = rule_reads.counts(view.scope, view.customer.customer_id, view.as_of).get(target.part)
    number: int = counted_ones[which] if counted_ones else 0
    rows = queue_reads.exceptions(view.one, view.as_of, "all", None, None, limit=None, rule=target.part)
    if which == "open":
        rows = [row for row in rows if row["closed_at"] is None]
    else:
        rows = [row for row in rows if row["opened_at"] >= view.as_of - rule_reads.LATELY]
    return Listed(
        value=words.count(number),
        says="How many exceptions the rule has open."
        if which == "open"
        else "How many exceptions it opened in 90 days.",
        formula="count of exceptions",
        counted="One for each cause at the customer, however many records it happened to.",
        rows=_frame(rows, view),
        figure=(number,),
        added=(len(rows),),
        summed=counted(len(rows), words),
    )


def _frame(rows: Sequence[Mapping[str, Any]], view: View) -> pd.DataFrame:
    words = view.words
    return pd.DataFrame(
        {
            "What": [row["title"] for row in rows],
            "Customer": [row["customer"] for row in rows],
            "Kind": [attention.rule_name(row["rule"]) for row in rows],
            "Since": [words.day(row["opened_at"]) for row in rows],
            "At risk": [
                words.money(row["value_at_risk"], row["currency"], whole=False)
                if row["currency"]
                else "unknown"
                for row in rows
            ],
        }
    )


def one(view: View, target: Target) -> Listed:
    """What one exception is worth or happened to (`by` value or records); `part` is its identity."""
    words = view.words
    customer, _, number = target.part.partition("-")
    scope = view.scope.only(int(customer))
    found = queue_reads.exception(scope, int(number), view.as_of)
    if found is None:
        raise LookupError("the exception is no longer there")
    rows = queue_reads.exception_occurrences(scope, int(number), view.as_of)
    still = [row for row in rows if row["cleared_at"] is None] or rows
    currency = found["currency"]
    figure: Number = found["occurrences"]
    added: Number = len(rows)
    if target.by == "records":
        often = found["occurrences"]
        value = f"{words.count(often)} {plural(often, 'record')}"
        said, formula = counted(len(rows), words), "count of records and transactions, each once"
        says = "How many records or transactions it happened to; those that turned out well are marked."
    else:
        total = money(row["amount"] for row in still)
        value, figure, added = attention.worth(found, words), found["value_at_risk"], total
        said = add_up(len(still), total, currency, words)
        formula = _VALUE
        says = "What is at risk in what it happened to and what is still open."
    without = sum(row["amount"] is None for row in still)
    return Listed(
        value=value,
        says=f"{found['title']}. {says}",
        formula=formula,
        counted=f"{attention.rule_name(found['rule'])}, {found['customer']}",
        rows=pd.DataFrame(
            {
                "What": [attention.subject(row) for row in rows],
                "When": [words.instant(row["occurred_at"], with_zone=False) for row in rows],
                "Now": ["open" if row["cleared_at"] is None else "cleared" for row in rows],
                "Worth": [
                    words.money(row["amount"], row["currency"], whole=False) if row["currency"] else NOTHING
                    for row in rows
                ],
            }
        ),
        figure=(figure,),
        added=(added,),
        summed=said,
        more={"Value": f"unknown of {words.count(without)} {plural(without, 'row')}"} if without else {},
    )
