"""A small world to count in: one customer, its systems, and builders that fill in all that a test does not name."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection, text

from metrics import matching, work
from metrics.news import News
from metrics.rule_library import CHECKS
from sql import query

from .detecting import Queue

T0 = datetime(2026, 1, 1, tzinfo=UTC)


def at(moment: str) -> datetime:
    """An instant as a person writes it: `2026-06-03 10:00`, UTC unless it says otherwise."""
    parsed = datetime.fromisoformat(moment)
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)


class World:
    """Rows in the database of one test; every method answers with the id of what it made."""

    def __init__(
        self, conn: Connection, as_viewer: Callable[..., AbstractContextManager[Connection]]
    ) -> None:
        self.conn = conn
        self._as_viewer = as_viewer
        self._number = count(1)
        self._stale = True
        self.customer_id = self.customer()
        self.system_id = self.system("psa")
        self.crm_id = self.system("crm")

    def work_out(self, *customers: int) -> None:
        """Bring kpi.work in step with what the test has written."""
        for customer in {*customers, self.customer_id} if self._stale else ():
            work.count_again(self.conn, News(customer, None, 0, ()))
            matching.match_customer(self.conn, News(customer, None, 0, ()), datetime.now(UTC))
        self._stale = False

    def put(self, table: str, **values: Any) -> None:
        self._stale = True
        names = ", ".join(values)
        marks = ", ".join(f":{name}" for name in values)
        self.conn.execute(text(f"INSERT INTO {table} ({names}) VALUES ({marks})"), values)

    def change(self, table: str, source_id: str, **values: Any) -> None:
        self._stale = True
        sets = ", ".join(f"{name} = :{name}" for name in values)
        self.conn.execute(
            text(f"UPDATE {table} SET {sets} WHERE customer_id = :customer AND source_id = :source_id"),
            values | {"customer": self.customer_id, "source_id": source_id},
        )

    def customer(self, time_zone: str = "UTC", currency: str = "USD") -> int:
        number = next(self._number)
        partner = self.conn.execute(
            text(
                "INSERT INTO ops.partner (key, name, time_zone, locale) VALUES (:key, :key, 'UTC', 'en')"
                " RETURNING partner_id"
            ),
            {"key": f"partner-{number}"},
        ).scalar_one()
        return self.conn.execute(
            text(
                "INSERT INTO ops.customer (partner_id, key, name, time_zone, currency)"
                " VALUES (:partner, :key, :key, :zone, :currency) RETURNING customer_id"
            ),
            {"partner": partner, "key": f"customer-{number}", "zone": time_zone, "currency": currency},
        ).scalar_one()

    def system(self, key: str, customer_id: int | None = None) -> int:
        return self.conn.execute(
            text(
                "INSERT INTO ops.system (customer_id, key, role, kind) VALUES (:customer, :key, :key, 'file')"
                " RETURNING system_id"
            ),
            {"customer": customer_id or self.customer_id, "key": key},
        ).scalar_one()

    def record(self, table: str, prefix: str, defaults: Mapping[str, Any], values: Mapping[str, Any]) -> str:
        source_id = str(values.get("source_id") or f"{prefix}-{next(self._number)}")
        keys = {"customer_id": self.customer_id, "system_id": self.system_id, "source_id": source_id}
        seen = {"first_seen_at": T0, "last_seen_at": T0}
        self.put(table, **keys | seen | dict(defaults) | dict(values) | {"source_id": source_id})
        return source_id

    def entry(self, **values: Any) -> str:
        """One hour of billable work at 100 USD, done on 1 June, typed in and approved on 2 June at noon."""
        defaults = {
            "worked_on": date(2026, 6, 1),
            "minutes": 60,
            "billable": True,
            "rate": 100,
            "currency": "USD",
            "entered_at": at("2026-06-02 09:00"),
            "submitted_at": at("2026-06-02 10:00"),
            "approved_at": at("2026-06-02 12:00"),
            "approval_state": "approved",
            "approval_precision": "field",
        }
        return self.record("biz.time_entry", "T", defaults, values)

    def expense(self, **values: Any) -> str:
        defaults = {
            "incurred_on": date(2026, 6, 1),
            "amount": 40,
            "currency": "USD",
            "billable": True,
            "entered_at": at("2026-06-02 09:00"),
            "approved_at": at("2026-06-02 12:00"),
            "approval_state": "approved",
        }
        return self.record("biz.expense", "X", defaults, values)

    def invoice(self, state: str = "posted", posted_at: datetime | None = None, **values: Any) -> str:
        defaults = {
            "kind": "invoice",
            "state": state,
            "posted_at": posted_at,
            "created_at": values.get("created_at", posted_at - timedelta(hours=1) if posted_at else T0),
            "currency": "USD",
            "net": 100,
        }
        return self.record("biz.invoice", "I", defaults, values)

    def line(self, invoice: str, **values: Any) -> str:
        return self.record("biz.invoice_line", "L", {"invoice_ref": invoice, "kind": "time"}, values)

    def billed_entry(self, posted_at: datetime, **values: Any) -> str:
        """Work on a posted invoice of its own."""
        line = self.line(self.invoice("posted", posted_at))
        return self.entry(invoice_line_ref=line, **values)

    def link(self, line: str, item: str, **values: Any) -> str:
        defaults = {
            "invoice_line_ref": line,
            "object_type": "time_entry",
            "object_ref": item,
            "method": "native",
        }
        return self.record("biz.billing_link", "B", defaults, values)

    def account(self, name: str, system_id: int | None = None, **values: Any) -> str:
        return self.record(
            "biz.account", "A", {"name": name, "system_id": system_id or self.system_id}, values
        )

    def won(self, won_at: datetime, **values: Any) -> str:
        """An opportunity of 1,000 USD that was won in the CRM."""
        defaults = {
            "system_id": self.crm_id,
            "stage": "won",
            "is_won": True,
            "is_lost": False,
            "amount": 1000,
            "currency": "USD",
            "created_at": won_at - timedelta(days=20),
            "won_at": won_at,
            "won_precision": "history",
        }
        return self.record("biz.opportunity", "O", defaults, values)

    def project(self, created_at: datetime, **values: Any) -> str:
        return self.record("biz.project", "P", {"created_at": created_at, "is_active": True}, values)

    def flow(self, workflow: str, hours: float, since: str = "2026-01-01", **values: Any) -> int:
        """A flow from the CRM to the PSA with a deadline in elapsed hours, or in a calendar's."""
        number = next(self._number)
        calendar, slot = values.pop("calendar_id", None), values.pop("slot_seconds", None)
        defaults = {"from_system_id": self.crm_id, "to_system_id": self.system_id}
        flow = {
            "customer_id": self.customer_id,
            "key": f"{workflow}-{number}",
            "workflow": workflow,
        } | defaults
        self.put("ops.flow", flow_id=1000 + number, name=workflow, **flow | values)
        self.put(
            "ops.flow_promise",
            customer_id=self.customer_id,
            flow_id=1000 + number,
            valid_from=at(since),
            deadline_seconds=int(hours * 3600),
            calendar_id=calendar,
            latency_threshold_seconds=3600,
            slot_seconds=slot,
        )
        return 1000 + number

    def office_hours(self, first: str, days: int, time_zone: str = "UTC") -> int:
        """A calendar that is open from 9 to 17, Monday to Friday, local time."""
        number = next(self._number)
        calendar = self.conn.execute(
            text(
                "INSERT INTO ops.calendar (customer_id, key, time_zone, hours)"
                " VALUES (:customer, :key, :zone, '{}') RETURNING calendar_id"
            ),
            {"customer": self.customer_id, "key": f"office-{number}", "zone": time_zone},
        ).scalar_one()
        zone, before = ZoneInfo(time_zone), 0
        for number in range(days):
            day = date.fromisoformat(first) + timedelta(days=number)
            if day.weekday() < 5:
                opens, closes = (
                    datetime(day.year, day.month, day.day, hour, tzinfo=zone) for hour in (9, 17)
                )
                self.put(
                    "ops.calendar_window",
                    customer_id=self.customer_id,
                    calendar_id=calendar,
                    opens_at=opens,
                    closes_at=closes,
                    seconds_before=before,
                )
                before += 8 * 3600
        return calendar

    def run(self, due_at: datetime, **values: Any) -> str:
        """A run of a flow; it succeeded within a minute unless the test says otherwise."""
        self.conn.execute(text("SELECT ops.ensure_month(CAST(:day AS date))"), {"day": due_at.date()})
        key = str(values.get("external_id") or f"R-{next(self._number)}")
        defaults = {
            "customer_id": self.customer_id,
            "system_id": self.system_id,
            "external_id": key,
            "due_at": due_at,
            "transaction_key": key,
            "workflow_name": "flow",
            "status": "success",
            "source_status": "ok",
            "started_at": due_at,
            "finished_at": due_at + timedelta(minutes=1),
            "first_seen_at": T0,
            "last_seen_at": T0,
        }
        self.put("raw.run", **defaults | values)
        return key

    def poll(self, stream: str, moment: datetime, outcome: str = "complete", **values: Any) -> None:
        """A poll of the PSA that read everything up to its start, or failed."""
        defaults = {
            "customer_id": self.customer_id,
            "system_id": self.system_id,
            "stream": stream,
            "due_at": moment,
            "started_at": moment,
            "finished_at": moment,
            "outcome": outcome,
            "window_from": T0,
            "window_to": moment,
            "worker": "w",
        }
        self.put("ops.poll", **defaults | values)

    def event(
        self, item: str, field: str, to_value: str, moment: datetime, object_type: str = "time_entry"
    ) -> None:
        self.conn.execute(text("SELECT ops.ensure_month(CAST(:day AS date))"), {"day": moment.date()})
        self.put(
            "biz.state_event",
            customer_id=self.customer_id,
            system_id=self.system_id,
            object_type=object_type,
            source_id=item,
            field=field,
            at=moment,
            to_value=to_value,
            precision="history",
            seen_at=moment,
        )

    def without_house_rules(self) -> None:
        """Switch the rules of the house off: the test is about the others, and its records are not complete."""
        for key in CHECKS:
            self.put(
                "ops.exception_rule",
                customer_id=self.customer_id,
                key=key,
                setting='{"enabled": false}',
                valid_from=at("2000-01-01"),
            )

    def ask(
        self,
        name: str,
        since: str = "2026-06-01",
        until: str = "2026-07-01",
        as_of: str = "2026-11-20 14:20",
        customers: list[int] | None = None,
        seen_by: list[int] | None = None,
        **more: Any,
    ) -> list[dict[str, Any]]:
        """The rows of a viewer's question, asked with a viewer's rights, after the work is worked out."""
        ids = customers or [self.customer_id]
        statement = text(query(f"viewer/{name}"))
        params = dict.fromkeys(statement.compile().params)
        self.work_out(*ids)
        params |= {"customer_ids": ids, "since": at(since), "until": at(until), "as_of": at(as_of)} | more
        with self._as_viewer(seen_by or ids) as reader:
            return [dict(row) for row in reader.execute(statement, params).mappings()]


@pytest.fixture
def world(conn: Connection, as_viewer: Callable[..., AbstractContextManager[Connection]]) -> World:
    return World(conn, as_viewer)


@pytest.fixture(name="at")
def _at() -> Callable[[str], datetime]:
    return at


@pytest.fixture
def queue(world: World) -> Queue:
    """The exception queue of this world, the rules of the house switched off."""
    world.without_house_rules()
    return Queue(world)


@pytest.fixture
def flow(world: World) -> int:
    """A flow that copies single invoices and promises an hour."""
    return world.flow("time_to_invoice", 1)
