"""What a month does not count as recovered by us opens its own rows, and they add up."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pandas as pd
import pytest

from app import data, recovered
from app.target import read_target
from app.view import View
from tests.app.test_summary import measure

ROWS = [
    ("won deal 1", "found by us", True, True, False, "USD", Decimal(10)),
    ("won deal 2", "the customer told of it first", False, True, False, "USD", Decimal(5)),
    ("won deal 3", "the customer told of it first", False, True, False, "EUR", Decimal(7)),
    ("won deal 4", "not proven", False, False, True, None, None),
    ("won deal 5", "in trouble again, value estimated", False, False, False, "USD", Decimal(3)),
]
COLUMNS = ["label", "outcome", "in_numerator", "in_denominator", "is_unknown", "currency", "amount"]


@pytest.mark.parametrize(
    ("asked", "value", "rows"),
    [
        ("theirs|USD", "US$5.00", ["won deal 2"]),
        ("theirs|EUR", "€7.00", ["won deal 3"]),
        ("unknown|", "1 record", ["won deal 4"]),
        ("again|", "1 record", ["won deal 5"]),
    ],
)
def test_what_is_not_counted_as_ours_opens_its_own_rows(
    drawn: Callable[[str], tuple[str, View]],
    monkeypatch: pytest.MonkeyPatch,
    asked: str,
    value: str,
    rows: list[str],
) -> None:
    _, view = drawn("review")
    frame = pd.DataFrame(ROWS, columns=COLUMNS).assign(at=view.as_of)
    main = measure("D7", Decimal(10)).figures[0]
    figures = tuple(
        replace(
            main,
            currency=currency,
            numerator=ours,
            denominator=whole,
            unknown=unknown,
            detail={"again": again},
        )
        for currency, ours, whole, unknown, again in (
            ("USD", Decimal(10), Decimal(15), 0, 1),
            ("EUR", Decimal(0), Decimal(7), 0, 0),
            (None, None, None, 1, 0),
        )
    )
    monkeypatch.setattr(data, "card", lambda *_: data.Card(figures, frame))
    it = recovered.beside(view, read_target(f"{recovered.BESIDE}|{asked}"))
    assert (it.value, list(it.rows["What"]), it.fits) == (value, rows, True)
