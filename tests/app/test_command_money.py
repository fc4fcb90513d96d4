"""Money on the command line: the currency's code, and the amount to its own minor unit."""

from decimal import Decimal

import pytest

from app.cli.output import money


@pytest.mark.parametrize(
    ("amount", "currency", "said"),
    [
        ("1200", "USD", "USD 1,200.00"),
        ("1234.5", "JPY", "JPY 1,235"),
        ("1234.5678", "KWD", "KWD 1,234.568"),
        ("-0.5", "EUR", "EUR -0.50"),
        ("1E+3", "EUR", "EUR 1,000.00"),
        ("5", None, None),
        (None, "EUR", None),
    ],
)
def test_an_amount_is_written_to_the_minor_unit_of_its_currency(amount, currency, said) -> None:
    """CLDR: the yen has no decimal place, the Kuwaiti dinar three."""
    assert money(amount and Decimal(amount), currency) == said
