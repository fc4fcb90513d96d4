"""What tests of fees share: a customer with terms and an end, and the partner's own figures of it."""

import json
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text

from metrics.period import Period
from metrics.read import figures, rows
from tests.metrics.builders import a_customer, an_exception, at, insert
from tests.metrics.conftest import LATER, OCTOBER

__all__ = ["Books", "at"]


@dataclass
class Books:
    """A partner's customers with what was agreed, read for its own people."""

    conn: Any
    as_viewer: Any
    customers: list[int] = field(default_factory=list)

    def customer(
        self, *agreed: tuple[str, Any], zone: str = "UTC", stopped: str | None = None, tier: str = "gold"
    ) -> int:
        """A customer of the same partner; `agreed`: (day, fee): None names no fee, a number is USD a month, else the fee as a file has it."""
        own = a_customer(self.conn, zone)
        if self.customers:
            self._do(
                "UPDATE ops.customer SET partner_id = (SELECT partner_id FROM ops.customer WHERE customer_id = :first)"
                " WHERE customer_id = :own",
                first=self.customers[0],
                own=own,
            )
        self.customers.append(own)
        for day, fee in agreed:
            said = {"amount": fee, "currency": "USD"} if isinstance(fee, int | float) else fee
            self._do(
                "INSERT INTO ops.terms (customer_id, valid_from, tier, document)"
                " VALUES (:own, CAST(:day AS date), :tier, CAST(:said AS jsonb))",
                own=own,
                day=day,
                tier=tier,
                said=json.dumps({"fee": said} if said else {}),
            )
        if stopped:
            self._do(
                "UPDATE ops.customer SET stopped_at = :stopped WHERE customer_id = :own",
                stopped=at(stopped),
                own=own,
            )
        return own

    def hour_costs(self, *rates: tuple[str, str, str]) -> None:
        """(currency, from, amount)"""
        said = [{"currency": c, "valid_from": day, "amount": amount} for c, day, amount in rates]
        self._do(
            "INSERT INTO ops.hourly_cost (partner_id, rates) SELECT partner_id, CAST(:said AS jsonb) FROM ops.customer"
            " WHERE customer_id = :own",
            own=self.customers[0],
            said=json.dumps(said),
        )

    def sealed(self, own: int, month: str, owed: str | None, currency: str = "USD", version: int = 1) -> None:
        """A statement of the month that says what is owed; None: not decided."""
        share = None if owed is None else int(Decimal(owed) * 100)
        credits_ = {"owed": share, "owed_amount": owed, "currency": currency}
        self._do(
            "INSERT INTO ops.statement (customer_id, period, version, document, sha256, sealed_at, sealed_by)"
            " SELECT :own, :month, :version, d, sha256(d), :at, 'P' FROM (SELECT convert_to(:said, 'UTF8') AS d) x",
            own=own,
            month=month,
            version=version,
            said=json.dumps({"evaluation": {"credits": credits_}}),
            at=at("2026-11-03"),
        )

    def logged(self, own: int, minutes: int, when: str) -> None:
        """Minutes on an exception of its own, which was made more urgent."""
        exception = an_exception(self.conn, own, at(when))
        insert(
            self.conn,
            "ops.exception_event",
            customer_id=own,
            exception_id=exception,
            kind="worked",
            at=at(when),
            actor="sam",
            minutes=minutes,
        )
        insert(
            self.conn,
            "ops.exception_event",
            customer_id=own,
            exception_id=exception,
            kind="ranked",
            at=at(when),
            actor="sam",
            detail=json.dumps({"severity": 2, "before": {"severity": 3}}),
        )

    def figures(
        self,
        key: str,
        *customers: int,
        by: str | None = None,
        period: Period = OCTOBER,
        as_of: datetime = LATER,
    ) -> dict[Any, Any]:
        """By (part, currency), or by currency when it is not split."""
        ids = list(customers or self.customers)
        with self.as_viewer(ids, as_of, staff=True) as conn:
            found = figures(conn, key, ids, period, by=by, as_of=as_of)
        return {(each.part, each.currency) if by else each.currency: each for each in found}

    def rows(self, key: str, *customers: int, period: Period = OCTOBER, as_of: datetime = LATER) -> Any:
        """The rows behind."""
        ids = list(customers or self.customers)
        with self.as_viewer(ids, as_of, staff=True) as conn:
            return rows(conn, key, ids, period, as_of=as_of)

    def _do(self, statement: str, **given: Any) -> None:
        self.conn.execute(text(statement), given)


@pytest.fixture
def books(conn, as_viewer):
    """Nobody yet."""
    return Books(conn, as_viewer)
