"""The rows behind what serving earns: of one customer, or of all, in one currency."""

from __future__ import annotations

from decimal import Decimal

import pandas as pd

from app import data, earning
from app.data import Asked
from app.listed import Listed, counted
from app.target import Target
from app.view import View
from metrics.catalogue import by_key


def figure(view: View, target: Target) -> Listed:
    """One metric (`by`, as id/customer; all customers without one) in one currency (`part`)."""
    words, currency = view.words, target.part
    key, _, named = (target.by or "").partition("/")
    metric = by_key(key)
    customers = [c for c in view.customers if named in ("", c.key)]
    asked = earning.periods(view, customers)
    told = earning.together(data.portfolio(view.scope, key, asked, None, view.as_of), currency)
    frames = [data.card(view.scope.only(own), Asked(key, period), view.as_of).rows for own, period in asked]
    lines = [line for frame in frames for line in frame.to_dict("records")]
    all_rows = pd.DataFrame(lines, columns=frames[0].columns)
    rows = all_rows[all_rows["currency"] == currency] if currency else all_rows
    top, below = (rows[rows[side].astype(bool)] for side in ("in_numerator", "in_denominator"))
    is_counted = key == earning.LOST
    of = "value" if key == earning.EFFORT else "amount"

    def total(part: pd.DataFrame) -> Decimal:
        values = (Decimal(str(value)) for value in part[of] if pd.notna(value))
        return Decimal(len(part)) if is_counted else sum(values, Decimal(0))

    added = (total(top), total(below)) if len(below) else (total(top),)
    parts = (told.numerator or Decimal(0), told.denominator or Decimal(0))
    if is_counted:
        summed = counted(len(rows), words)
    else:
        shown = [
            words.money(each, currency, whole=False) if currency else f"{words.count(each)} minutes"
            for each in added
        ]
        summed = f"{words.count(len(rows))} rows add up to {' of '.join(shown)}."
    return Listed(
        value=told.text(key, currency, words),
        says=metric.sentence,
        formula=metric.formula,
        counted=metric.population,
        rows=pd.DataFrame(
            {
                "What": rows["label"].fillna(rows["item_id"]).tolist(),
                "When": [words.instant(at, with_zone=False) if pd.notna(at) else "" for at in rows["at"]],
                "Outcome": rows["outcome"].tolist(),
                "Minutes" if of == "value" else "Amount": [
                    (words.count(value) if of == "value" else words.money(value, row_currency, whole=False))
                    if pd.notna(value)
                    else ""
                    for value, row_currency in zip(rows[of], rows["currency"], strict=True)
                ],
            }
        ),
        figure=parts[: len(added)],
        added=added,
        summed=summed,
    )
