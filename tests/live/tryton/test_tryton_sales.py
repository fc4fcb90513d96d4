"""Accounts, opportunities with their history, and sales on a real Tryton CRM."""

from collections.abc import Callable, Iterator
from datetime import datetime
from decimal import Decimal
from itertools import count
from typing import Any

import pytest

from app.live.rpc import Tryton

pytestmark = pytest.mark.live

_numbers = count(1)


@pytest.fixture(scope="session")
def sales(crm: Tryton) -> "Sales":
    """Somebody who sells."""
    return Sales(crm)


def test_the_moment_of_winning_is_the_history_s_to_the_microsecond(
    sales: Any, held: Callable[..., Any]
) -> None:
    won, lost, open_ = (sales.deal() for _ in range(3))
    sale = sales.win(won)
    sales.crm.button("sale.opportunity", "lost", lost)
    got = held("crm").poll("opportunities", "contracts")
    for deal in (won, lost, open_):
        history = sales.history(deal)
        events = [
            (event["at"], event["from_value"], event["to_value"])
            for event in got.events
            if event["source_id"] == str(deal)
        ]
        assert events == history
    mine = got.row("opportunity", won)
    moment = next(at for at, _, state in sales.history(won) if state == "won")
    assert (mine["won_at"], mine["won_precision"], mine["stage"]) == (moment, "history", "won")
    assert (mine["is_won"], mine["is_lost"], mine["lost_at"]) == (True, False, None)
    assert mine["won_at"].microsecond != 0
    gone = got.row("opportunity", lost)
    assert (gone["is_lost"], gone["won_at"], gone["lost_at"]) == (True, None, sales.history(lost)[-1][0])
    assert got.row("opportunity", open_)["is_won"] is got.row("opportunity", open_)["is_lost"] is False
    contract = got.row("contract", sale)
    theirs = sales.crm.read("sale.sale", sale, ["untaxed_amount", "number", "sale_date", "state"])
    assert (contract["value"], contract["opportunity_ref"]) == (theirs["untaxed_amount"], str(won))
    assert (contract["number"], contract["starts_on"], contract["state"]) == (
        theirs["number"], theirs["sale_date"], theirs["state"],
    )  # fmt: skip


def test_the_amount_is_the_sale_s_once_it_is_won(sales: Any, held: Callable[..., Any]) -> None:
    deal = sales.deal(amount="1234.50")
    got = held("crm").poll("opportunities")
    assert got.row("opportunity", deal)["amount"] == Decimal("1234.50")
    sales.win(deal)
    theirs = sales.crm.read("sale.opportunity", deal, ["amount"])["amount"]
    assert got.poll("opportunities").row("opportunity", deal)["amount"] == theirs != Decimal("1234.50")


def test_a_win_that_is_taken_back_and_repeated_counts_from_the_last_one(
    sales: Any, held: Callable[..., Any]
) -> None:
    deal = sales.deal()
    sales.crm.button("sale.opportunity", "lost", deal)
    sales.crm.button("sale.opportunity", "lead", deal)
    sales.crm.button("sale.opportunity", "opportunity", deal)
    sales.crm.button("sale.opportunity", "lost", deal)
    got = held("crm").poll("opportunities")
    history = sales.history(deal)
    assert [state for _, _, state in history] == [
        "lead",
        "opportunity",
        "lost",
        "lead",
        "opportunity",
        "lost",
    ]
    assert got.row("opportunity", deal)["lost_at"] == history[-1][0]
    assert [event["to_value"] for event in got.events if event["source_id"] == str(deal)] == [
        state for _, _, state in history
    ]


def test_a_foreign_currency_stays_what_it_is(sales: Any, held: Callable[..., Any]) -> None:
    deal = sales.deal(currency="EUR")
    row = held("crm").poll("opportunities").row("opportunity", deal)
    assert (row["currency"], row["amount"]) == ("EUR", Decimal(1000))


def test_a_sale_whose_line_changed_alone_has_a_new_value(sales: Any, held: Callable[..., Any]) -> None:
    deal = sales.deal()
    sales.crm.button("sale.opportunity", "convert", deal)
    (sale,) = sales.sales_of(deal)
    got = held("crm").poll("contracts")
    (line,) = sales.crm.search("sale.line", [["sale", "=", sale]])
    sales.crm.write("sale.line", [line], {"unit_price": Decimal("77.25")})
    assert got.poll("contracts").row("contract", sale)["value"] == Decimal("77.25")


def test_a_cancelled_opportunity_that_was_deleted_is_gone(sales: Any, held: Callable[..., Any]) -> None:
    deal = sales.deal()
    sales.crm.button("sale.opportunity", "cancel", deal)
    got = held("crm").poll("opportunities")
    assert (got.row("opportunity", deal)["stage"], got.row("opportunity", deal)["is_lost"]) == (
        "cancelled",
        True,
    )
    sales.crm.model("sale.opportunity", "delete", [deal])
    assert got.poll("opportunities").row("opportunity", deal)["deleted_how"] == "absence"


def test_an_account_has_the_keys_that_others_could_know_it_by(sales: Any, held: Callable[..., Any]) -> None:
    number = next(_numbers)
    typed = sales.account(code=f"ACC-{number:04d}")
    running = sales.account()
    keyed = sales.account(
        identifiers=[
            ["create", [{"type": None, "code": "K-77"}, {"type": "eu_vat", "code": "BE0897290877"}]]
        ],
        contact_mechanisms=[["create", [{"type": "website", "value": "https://www.keyed.example/about"}]]],
    )
    got = held("crm").poll("accounts")
    assert got.row("account", typed)["code"] == f"ACC-{number:04d}"
    assert got.row("account", running)["code"] is None
    row = got.row("account", keyed)
    assert (row["code"], row["tax_id"], row["domain"]) == ("K-77", "BE0897290877", "keyed.example")
    assert held("crm", account_code="code").poll("accounts").row("account", running)["code"].isdigit()


class Sales:
    """What people do in the CRM, through Tryton's own network interface."""

    def __init__(self, crm: Tryton) -> None:
        self.crm = crm
        self.company = crm.context["company"]
        (self.term,) = crm.search("account.invoice.payment_term", [["name", "=", "Net 30"]])
        (self.product,) = crm.rows("product.product", [["code", "=", "BUILD"]], ["default_uom"])
        (party,) = crm.create("party.party", {"name": "Seller"})
        (self.seller,) = crm.create("company.employee", {"party": party, "company": self.company})
        self.currencies = {row["code"]: row["id"] for row in crm.rows("currency.currency", [], ["code"])}
        self.party = self.account()

    def account(self, **values: Any) -> int:
        """A party with an address."""
        address = [["create", [{"street": "1 High Street", "city": "Springfield"}]]]
        made = {"name": f"Account {next(_numbers)}", "addresses": address, **values}
        return self.crm.create("party.party", made)[0]

    def deal(self, amount: str = "1000", currency: str = "USD") -> int:
        """A lead that became an opportunity."""
        line = {"product": self.product["id"], "quantity": 1.0, "unit": self.product["default_uom"]}
        values = {
            "description": "An engagement",
            "party": self.party,
            "employee": self.seller,
            "currency": self.currencies[currency],
            "amount": Decimal(amount),
            "payment_term": self.term,
            "lines": [["create", [line]]],
        }
        (made,) = self.crm.create("sale.opportunity", values)
        self.crm.button("sale.opportunity", "opportunity", made)
        return made

    def sales_of(self, deal: int) -> list[int]:
        """The sales that came of a deal."""
        return self.crm.search("sale.sale", [["origin", "=", f"sale.opportunity,{deal}"]])

    def win(self, deal: int) -> int:
        """Convert, quote and confirm; the sale."""
        self.crm.button("sale.opportunity", "convert", deal)
        (sale,) = self.sales_of(deal)
        self.crm.button("sale.sale", "quote", sale)
        self.crm.button("sale.sale", "confirm", sale)
        return sale

    def history(self, deal: int) -> list[tuple[datetime, str | None, str]]:
        """Every change of state as Tryton's own client reads it, one revision after the other."""
        return list(self._history(deal))

    def _history(self, deal: int) -> Iterator[tuple[datetime, str | None, str]]:
        before = None
        for at in sorted(row[0] for row in self.crm.model("sale.opportunity", "history_revisions", [deal])):
            state = self.crm.read("sale.opportunity", deal, ["state"], _datetime=at)["state"]
            if state != before:
                yield at, before, state
            before = state
