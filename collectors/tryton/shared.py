"""What several streams read beside their records: currencies, and parties that were merged."""

from collections.abc import Sequence
from decimal import Decimal

from collectors.tryton.client import Reader, among
from collectors.tryton.reading import Also
from collectors.tryton.rights import Need, Needs
from collectors.tryton.values import Domain, Row, number

CURRENCIES: Needs = {"currency.currency": Need(("code", "rounding"))}
BOOKS: Needs = {"company.company": Need(("currency",), may_lack=True), **CURRENCIES}


def add_currency(reader: Reader, rows: Sequence[Row]) -> None:
    """Put code and rounding step of every row's currency on it."""
    found = reader.look_up("currency.currency", {row["currency"] for row in rows}, ("code", "rounding"))
    for row in rows:
        currency = found.get(row["currency"])
        row[".currency"] = [currency["code"], currency["rounding"]] if currency else None


def add_books(reader: Reader, rows: Sequence[Row]) -> None:
    """Put the currency of the company's books on every row: what rates and costs are in."""
    if reader.options.currency or "company.company" in reader.closed:
        for row in rows:
            row[".currency"] = [reader.options.currency, None] if reader.options.currency else None
        return
    companies = reader.look_up("company.company", {row["company"] for row in rows}, ("currency",))
    codes = reader.look_up(
        "currency.currency", {one["currency"] for one in companies.values() if one}, ("code", "rounding")
    )
    for row in rows:
        company = companies.get(row["company"])
        currency = codes.get(company["currency"]) if company else None
        row[".currency"] = [currency["code"], currency["rounding"]] if currency else None


def currency_of(record: Row) -> str | None:
    """The code of a row's currency."""
    return record[".currency"][0] if record[".currency"] else None


def money_step(record: Row) -> Decimal | None:
    """What amounts of a row's currency are rounded to."""
    return number(record[".currency"][1], "rounding") if record[".currency"] else None


def _taken_over(_: Reader, rows: Sequence[Row]) -> Sequence[Domain]:
    return among("party", {row["replaced_by"] for row in rows})


MERGES = Also("party.party", ("replaced_by",), _taken_over, [["replaced_by", "!=", None]])
"""A merge points records at the party that stays without moving their stamps: they are read again."""
