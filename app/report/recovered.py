"""What a pack tells of the value that came out of trouble: found by us, and told of by the customer first."""

from __future__ import annotations

from decimal import Decimal

from app.report.said import Body, Said
from app.report.table import Table
from app.rule_names import rule_name
from app.wording import NOTHING

TITLE = "Value recovered"
_COLUMNS = ("What it was", "Records", "Found by us", "The customer told of it first", "Not counted")


def recovered(said: Said) -> Table:
    """What was in trouble and is proven right again, each record once, by what its trouble was."""
    context = said.body.get("context") or {}
    rows, exact = [], []
    for it in context.get("recovered", ()):
        ours, theirs = _money(it, "amount"), _money(it, "reported")
        rows.append(
            (
                rule_name(it["rule"]),
                said.words.count(it["records"]),
                *(said.money(str(each[0]), each[1]) if each else NOTHING for each in (ours, theirs)),
                _not_counted(said, it),
            )
        )
        exact.append({1: it["records"], 2: ours, 3: theirs})
    is_told = "recovered" in context
    return Table(
        TITLE,
        _COLUMNS,
        tuple(rows),
        "Nothing came out of trouble that was found while it lasted."
        if is_told
        else "The statement of this month does not tell of it.",
        "Each record once and for ever, at the first time. What is not proven, of unknown value or in trouble again is not counted.",
        exact,
    )


def _not_counted(said: Said, it: Body) -> str:
    parts = (("unknown", "not proven or of unknown value"), ("again", "in trouble again"))
    return ", ".join(f"{said.words.count(it[name])} {what}" for name, what in parts if it[name]) or NOTHING


def _money(it: Body, name: str) -> tuple[Decimal, str] | None:
    return None if it[name] is None else (Decimal(it[name]), str(it["currency"]))
