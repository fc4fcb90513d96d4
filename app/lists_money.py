"""Lists behind the money of unbilled work: where it waits by age, and what moved in the month."""

from __future__ import annotations

import pandas as pd

from app import data, impact
from app.data import Asked
from app.listed import Listed, add_up, money
from app.target import Target
from app.view import View
from metrics.catalogue import by_key

_SAYS = {
    "open": "What approved work that was on no invoice was worth when the month began.",
    "new": "What was approved in the month, less what was billed before it was approved.",
    "billed": "What came onto an issued invoice in the month.",
    "reopened": "What went back to waiting, because its invoice was voided or credited.",
    "written_off": "What was written off in the month.",
    "removed": "What was deleted or made non-billable in the month.",
    "unknown": "What moved to or from an invoice that nobody could read.",
    "close": "What approved work that is on no invoice is worth at the end.",
}


def movement(view: View, target: Target) -> Listed:
    """One line of the movement, `by` which and `part` the currency."""
    words, move, currency = view.words, target.by or "close", target.part
    lines = data.unbilled_movement(view.one, view.period, view.as_of)
    line = next((row for row in lines if row["currency"] == currency), None)
    rows = data.unbilled_moved(view.one, view.period, view.as_of, move, currency)
    total = money(row["amount"] for row in rows)
    figure = line[move] if line else None
    return Listed(
        value=words.money(figure, currency, whole=False),
        says=_SAYS[move],
        formula="at the beginning + new − billed + back − written off − removed − unknown = at the end",
        counted=by_key(impact.UNBILLED).population,
        rows=pd.DataFrame(
            {
                "What": [row["label"] for row in rows],
                "Day of the work": [words.day(row["at"]) for row in rows],
                "Amount": [words.money(row["amount"], currency, whole=False) for row in rows],
            }
        ),
        figure=(figure or 0,),
        added=(total,),
        summed=add_up(len(rows), total, currency, words),
    )


def waits(view: View, target: Target) -> Listed:
    """Work of one pool and age (`by`, as pool/age) in one currency (`part`)."""
    words, currency = view.words, target.part
    pool, _, band = (target.by or "").partition("/")
    pools = data.unbilled_pools(view.one, view.period, view.as_of)
    cells = [
        row
        for row in pools
        if row["pool"] == pool and row["currency"] == currency and band in ("", row["age_band"])
    ]
    all_rows = data.card(view.one, Asked(impact.UNBILLED, view.period), view.as_of).rows
    rows = all_rows[(all_rows["outcome"] == pool) & (all_rows["currency"] == currency)]
    rows = rows[rows["age_band"] == band] if band else rows
    figure, total = money(cell["amount"] for cell in cells), money(rows["amount"])
    age = f", {band} days old" if band else ""
    part_of = (
        ""
        if all(cell["in_figure"] for cell in cells)
        else " It is not approved yet and no part of the figure."
    )
    return Listed(
        value=words.money(figure, currency),
        says=f"{impact.POOLS[pool]}{age}.{part_of}",
        formula="Σ hours × contracted rate, and expenses; age in days from the work to the end of the period",
        counted=by_key(impact.UNBILLED).population,
        rows=pd.DataFrame(
            {
                "What": rows["label"].fillna(rows["item_id"]).tolist(),
                "Day of the work": [words.day(at) for at in rows["at"]],
                "Amount": [words.money(amount, currency, whole=False) for amount in rows["amount"]],
            }
        ),
        figure=(figure,),
        added=(total,),
        summed=add_up(len(rows), total, currency, words),
    )
