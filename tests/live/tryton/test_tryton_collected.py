"""A real Tryton collected by the harness into the tables, and the tables compared with plain reads."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text

from collectors.collect import collect
from collectors.kinds import streams_of
from collectors.system import System
from sql.database import Database

pytestmark = pytest.mark.live


class Collected:
    """One customer with one system in an empty database."""

    def __init__(self, db: Database, system: System) -> None:
        self.db = db
        with db.engine("owner").begin() as conn:
            partner = conn.execute(
                text(
                    "INSERT INTO ops.partner (key, name, time_zone, locale) VALUES ('p', 'P', 'UTC', 'en') RETURNING partner_id"
                )
            ).scalar_one()
            customer = conn.execute(
                text(
                    "INSERT INTO ops.customer (partner_id, key, name, time_zone, currency)"
                    " VALUES (:partner, 'c', 'C', 'America/New_York', 'USD') RETURNING customer_id"
                ),
                {"partner": partner},
            ).scalar_one()
            made = conn.execute(
                text(
                    "INSERT INTO ops.system (customer_id, key, role, kind) VALUES (:customer, :key, :role, 'tryton')"
                    " RETURNING system_id"
                ),
                {"customer": customer, "key": system.key, "role": system.role},
            ).scalar_one()
        self.system = replace(system, customer_id=customer, system_id=made)

    def collect(self) -> dict[str, Any]:
        """Every stream once; the ledger rows by stream."""
        return {
            stream.name: collect(self.db, self.system, stream, datetime.now(UTC))
            for stream in streams_of(self.system)
        }

    def rows(self, table: str, where: str = "deleted_at IS NULL") -> dict[str, Any]:
        """What stands in a table, by source id."""
        with self.db.engine("owner").connect() as conn:
            found = conn.execute(text(f"SELECT * FROM biz.{table} WHERE {where}")).mappings()
            return {row["source_id"]: row for row in found}

    def events(self) -> list[Any]:
        """All state events of opportunities."""
        with self.db.engine("owner").connect() as conn:
            statement = (
                "SELECT * FROM biz.state_event WHERE object_type = 'opportunity' ORDER BY source_id, at"
            )
            return list(conn.execute(text(statement)).mappings())


@pytest.fixture
def collected(
    fresh_database: Callable[[], Database], system: Callable[..., System]
) -> Callable[..., Collected]:
    """A database of its own for one system."""
    return lambda *args, **options: Collected(fresh_database(), system(*args, **options))


def test_the_psa_in_the_tables_is_the_psa_in_tryton(office: Any, collected: Callable[..., Collected]) -> None:
    project = office.project(comment="crm:OPP-00099", price="118.40")
    lines = office.enter(project, 45, 50, 20)
    invoice = office.post(office.bill(project))
    got = collected("psa")
    polls = got.collect()
    assert {(poll.outcome, poll.error) for poll in polls.values()} == {("complete", None)}
    assert sum(poll.quarantined for poll in polls.values()) == 0

    psa = office.psa
    time = got.rows("time_entry")
    theirs = psa.rows("timesheet.line", [], ["duration", "date", "invoice_line", "create_date"])
    assert time.keys() == {str(row["id"]) for row in theirs}
    for row in theirs:
        mine = time[str(row["id"])]
        assert mine["minutes"] * 60 == Decimal(str(row["duration"].total_seconds()))
        assert (mine["worked_on"], mine["entered_at"]) == (row["date"], row["create_date"])
        assert mine["invoice_line_ref"] == (str(row["invoice_line"]) if row["invoice_line"] else None)
    invoices = got.rows("invoice")
    fields = ["untaxed_amount", "tax_amount", "total_amount", "numbered_at", "number", "state"]
    bills = psa.rows("account.invoice", [["type", "=", "out"]], fields)
    assert invoices.keys() == {str(row["id"]) for row in bills}
    for row in bills:
        mine = invoices[str(row["id"])]
        assert (mine["net"], mine["tax"], mine["gross"]) == (
            row["untaxed_amount"],
            row["tax_amount"],
            row["total_amount"],
        )
        assert (mine["posted_at"], mine["source_state"]) == (row["numbered_at"], row["state"])
    amounts = {
        str(row["id"]): row["amount"]
        for row in psa.rows("account.invoice.line", [["type", "=", "line"]], ["amount"])
    }
    assert {key: row["net"] for key, row in got.rows("invoice_line").items()} == amounts
    works = (
        psa.search("project.work", [["type", "=", "project"]]),
        psa.search("project.work", [["type", "=", "task"]]),
    )
    assert (set(got.rows("project")), set(got.rows("task"))) == tuple(
        {str(one) for one in ids} for ids in works
    )

    psa.model("timesheet.line", "delete", office.enter(project, 5)[:1])
    extra = office.enter(project, 7)
    office.credit(invoice)
    again = got.collect()
    assert {(poll.outcome, poll.error) for poll in again.values()} == {("complete", None)}
    assert got.rows("invoice")[str(invoice)]["state"] == "credited"
    assert got.rows("time_entry").keys() == {str(one) for one in psa.search("timesheet.line", [])}
    assert str(extra[0]) in got.rows("time_entry")
    psa.model("timesheet.line", "delete", extra)
    deleted = got.collect()["time_entries"]
    assert deleted.deleted == 1
    assert got.rows("time_entry", "deleted_how = 'absence'").keys() == {str(extra[0])}
    assert all(str(line) in got.rows("time_entry") for line in lines)


def test_the_crm_in_the_tables_is_the_crm_in_tryton(crm: Any, collected: Callable[..., Collected]) -> None:
    got = collected("crm")
    for _ in range(2):  # twice is the same as once
        polls = got.collect()
        assert {(poll.outcome, poll.error) for poll in polls.values()} == {("complete", None)}
        deals = crm.rows("sale.opportunity", [], ["state", "amount", "number"])
        mine = got.rows("opportunity")
        assert {(key, row["stage"], row["amount"], row["number"]) for key, row in mine.items()} == {
            (str(row["id"]), row["state"], row["amount"], row["number"]) for row in deals
        }
        for deal in deals:
            revisions = sorted(
                row[0] for row in crm.model("sale.opportunity", "history_revisions", [deal["id"]])
            )
            events = [event for event in got.events() if event["source_id"] == str(deal["id"])]
            assert {event["at"] for event in events} <= set(revisions)
            assert [event["to_value"] for event in events][-1:] == [deal["state"]]
            assert {event["precision"] for event in events} <= {"history"}


def test_a_wrong_key_is_one_line_in_the_ledger_and_loses_nothing(
    collected: Callable[..., Collected],
) -> None:
    polls = collected("psa", key="0" * 128).collect()
    assert {(poll.outcome, poll.error_kind) for poll in polls.values()} == {("failed", "auth")}
    assert all("\n" not in poll.error and "0" * 40 not in poll.error for poll in polls.values())
