"""What sales people do in the CRM: open, win, lose and cancel opportunities."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from app.live.desk import Desk
from app.live.plan import Deal
from app.live.rpc import Row


class Sales(Desk):
    """The CRM's people."""

    def open_deal(self, deal: Deal) -> tuple[int, str]:
        """A lead that became an opportunity: its id and number."""
        amount = sum((hours * self._price(code) for code, hours in deal.lines), Decimal(0))
        lines = [
            {
                "product": self.sold[code]["id"],
                "quantity": float(hours),
                "unit": self.sold[code]["default_uom"],
            }
            for code, hours in deal.lines
        ]
        values: Row = {
            "description": deal.description,
            "party": self.crm_party[deal.account.index],
            "employee": self.seller,
            "currency": self.currency[deal.currency],
            "amount": amount,
            "payment_term": self.terms[self.firm.crm],
            "lines": [["create", lines]],
        }
        (made,) = self.crm.create("sale.opportunity", values)
        self.crm.button("sale.opportunity", "opportunity", made)
        row = self.crm.read("sale.opportunity", made, ["number", "create_date"])
        self.write(
            "opportunity_created",
            row["create_date"],
            id=made,
            number=row["number"],
            name=deal.description,
            account=deal.account.name,
            account_code=deal.account.code,
            currency=deal.currency,
            amount=amount,
            fate=deal.fate,
        )
        return made, row["number"]

    def _price(self, code: str) -> Decimal:
        price: Decimal = self.sold[code]["template."]["list_price"]
        return price

    def win(self, deal: Deal, opportunity: int, number: str) -> dt.datetime:
        """Convert into a sale, agree the prices, confirm: the instant at which the CRM's history says won."""
        self.crm.button("sale.opportunity", "convert", opportunity)
        domain = [["sale.origin", "=", f"sale.opportunity,{opportunity}"]]
        lines = self.crm.rows("sale.line", domain, ["product.code", "sale"])
        prices: list[object] = []
        for line in lines:
            price = (self._price(line["product."]["code"]) * deal.discount).quantize(Decimal("0.01"))
            prices += [[line["id"]], {"unit_price": price}]
        self.crm.model("sale.line", "write", *prices)
        self.crm.button("sale.sale", "quote", lines[0]["sale"])
        self.crm.button("sale.sale", "confirm", lines[0]["sale"])
        at = self.reached(opportunity, "won")
        row = self.crm.read("sale.opportunity", opportunity, ["amount", "description"])
        self.write(
            "opportunity_won",
            at,
            id=opportunity,
            number=number,
            name=row["description"],
            account=deal.account.name,
            amount=row["amount"],
            currency=deal.currency,
        )
        return at

    def close_deal(self, opportunity: int, number: str, outcome: str) -> None:
        """Lose or cancel an opportunity."""
        if outcome == "lost":
            self.crm.write("sale.opportunity", [opportunity], {"lost_reason": "price"})
        self.crm.button("sale.opportunity", {"lost": "lost", "cancelled": "cancel"}[outcome], opportunity)
        self.write(
            f"opportunity_{outcome}", self.reached(opportunity, outcome), id=opportunity, number=number
        )

    def write_over(self, opportunity: int, number: str) -> None:
        """Write a note of one's own over what the integration wrote into a won opportunity."""
        self.crm.write("sale.opportunity", [opportunity], {"reference": "call back in spring"})
        row = self.crm.read("sale.opportunity", opportunity, ["write_date", "reference"])
        self.write("reference_written_over", row["write_date"], number=number, reference=row["reference"])

    def reached(self, opportunity: int, state: str) -> dt.datetime:
        """The first instant of the newest stretch in which the history of an opportunity shows `state`."""
        revisions = self.crm.model("sale.opportunity", "history_revisions", [opportunity])
        first: dt.datetime | None = None
        for at in sorted((revision[0] for revision in revisions), reverse=True):
            if self.crm.read("sale.opportunity", opportunity, ["state"], _datetime=at)["state"] != state:
                break
            first = at
        if first is None:
            raise LookupError(f"opportunity {opportunity} is not {state}")
        return first
