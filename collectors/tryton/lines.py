"""Adds up the lines of a sale or an invoice as Tryton does."""

from decimal import Decimal

from collectors.tryton.shared import money_step
from collectors.tryton.values import Row, number, rounded

_ZERO = Decimal(0)


def total(record: Row) -> Decimal:
    """The sum of a record's `.lines` (quantity, price), each rounded to the step of its currency."""
    step = money_step(record)
    amounts = (
        (number(quantity, "quantity") or _ZERO) * (number(price, "unit_price") or _ZERO)
        for quantity, price in record[".lines"]
    )
    return sum((rounded(amount, step) for amount in amounts), _ZERO)
