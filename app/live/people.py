"""Everybody who works at one firm, and how they start: accounts as each side knows them, and the staff."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

from app.live.delivery import Delivery
from app.live.finance import Finance
from app.live.plan import Account, Plan
from app.live.rpc import Row, Tryton
from app.live.sales import Sales


class People(Sales, Delivery, Finance):
    """Sales, delivery and finance of one firm."""

    def set_up(self, plan: Plan, employees: int) -> None:
        """Accounts as each side knows them, and the staff; one import a side, as at the start of a real project."""
        crm = [(account, account.name, account.code) for account in plan.accounts]
        self.crm_party = self._import("crm", self.crm, crm)
        known = [(account, account.psa_name, account.code) for account in plan.accounts if account.psa_name]
        self._import(
            "psa", self.psa, [(a, name, code if a.psa_has_code else None) for a, name, code in known]
        )
        company = self.psa.context["company"]
        staff = [(f"EMP-{index + 1:03d}", f"Employee {index + 1}") for index in range(employees)]
        parties = self.psa.create("party.party", *({"name": name, "code": code} for code, name in staff))
        start = dt.date(2024, 1, 1)
        self.employees = self.psa.create(
            "company.employee",
            *(
                {
                    "party": party,
                    "company": company,
                    "start_date": start,
                    "cost_prices": [["create", [{"date": start, "cost_price": Decimal(60 + 12 * index)}]]],
                }
                for index, party in enumerate(parties)
            ),
        )
        stored = self.psa.rows("company.employee", [["id", "in", self.employees]], ["create_date"])
        for row, (code, name) in zip(stored, staff, strict=True):
            self.write("employee_created", row["create_date"], id=row["id"], code=code, name=name)
        (party,) = self.crm.create("party.party", {"name": "Sales", "code": "REP-001"})
        (self.seller,) = self.crm.create(
            "company.employee", {"party": party, "company": self.crm.context["company"]}
        )

    def _import(
        self, side: str, db: Tryton, rows: Sequence[tuple[Account, str, str | None]]
    ) -> dict[int, int]:
        """Create accounts in one transaction; ids by the account's index."""
        values: list[Row] = []
        for account, name, code in rows:
            address = {"street": f"{account.index + 1} High Street", "city": "Springfield"}
            row: Row = {"name": name, "addresses": [["create", [address]]]}
            row |= {"customer_payment_term": self.terms[db.database]} if side == "psa" else {}
            values.append(row | ({"code": code} if code else {}))
        made = db.create("party.party", *values)
        stored = db.rows("party.party", [["id", "in", made]], ["name", "code", "create_date"])
        for row in stored:
            self.write(
                "account_created",
                row["create_date"],
                side=side,
                id=row["id"],
                name=row["name"],
                code=row["code"],
            )
        return {account.index: party for (account, _, _), party in zip(rows, made, strict=True)}
