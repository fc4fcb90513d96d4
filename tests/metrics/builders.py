"""Small estates for tests of metrics: a customer with a flow, runs, promises and polls; defaults for all you do not name."""

import itertools
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, text

from sql import query

_NUMBERS = itertools.count(1)


class OneTransaction:
    """Stands for the database where a test wants all of it undone: every engine is the test's own connection."""

    def __init__(self, conn: Connection) -> None:
        self.conn = conn

    def engine(self, role: str) -> "OneTransaction":
        return self

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        yield self.conn


def at(moment: str) -> datetime:
    """An instant in UTC: `at("2026-10-05 09:00")`."""
    return datetime.fromisoformat(moment).replace(tzinfo=UTC)


def insert(conn: Connection, table: str, **values: Any) -> None:
    columns = ", ".join(f'"{name}"' for name in values)
    places = ", ".join(f":{name}" for name in values)
    conn.execute(text(f"INSERT INTO {table} ({columns}) VALUES ({places})"), values)


def a_customer(conn: Connection, time_zone: str = "UTC", **values: Any) -> int:
    """A customer of a partner of its own, with the system `ipaas`; answers its id."""
    number = next(_NUMBERS)
    partner = conn.execute(
        text(
            "INSERT INTO ops.partner (key, name, time_zone, locale) VALUES (:key, :key, 'UTC', 'en-GB') RETURNING partner_id"
        ),
        {"key": f"partner-{number}"},
    ).scalar_one()
    customer = conn.execute(
        text(
            "INSERT INTO ops.customer (partner_id, key, name, time_zone, currency)"
            " VALUES (:partner, :key, :key, :zone, 'USD') RETURNING customer_id"
        ),
        {"partner": partner, "key": values.get("key", f"customer-{number}"), "zone": time_zone},
    ).scalar_one()
    a_system(conn, customer, "ipaas")
    return int(customer)


def a_system(conn: Connection, customer: int, key: str, role: str = "ipaas") -> int:
    return int(
        conn.execute(
            text(
                "INSERT INTO ops.system (customer_id, key, role, kind) VALUES (:customer, :key, :role, 'http') RETURNING system_id"
            ),
            {"customer": customer, "key": key, "role": role},
        ).scalar_one()
    )


def system_of(conn: Connection, customer: int, key: str = "ipaas") -> int:
    return int(
        conn.execute(
            text("SELECT system_id FROM ops.system WHERE customer_id = :customer AND key = :key"),
            {"customer": customer, "key": key},
        ).scalar_one()
    )


def a_flow(
    conn: Connection, customer: int, key: str = "won-to-project", promise: bool = True, **values: Any
) -> int:
    """A flow whose runs happen on `ipaas`; promised from 2020 on within an hour, latency within a minute."""
    flow = conn.execute(
        text(
            "INSERT INTO ops.flow (customer_id, key, name, workflow, runs_system_id)"
            " VALUES (:customer, :key, :key, :workflow, :system) RETURNING flow_id"
        ),
        {
            "customer": customer,
            "key": key,
            "workflow": values.pop("workflow", "opportunity_to_project"),
            "system": system_of(conn, customer, values.pop("system", "ipaas")),
        },
    ).scalar_one()
    if promise:
        a_promise(conn, customer, flow, **values)
    return int(flow)


def a_promise(conn: Connection, customer: int, flow: int, **values: Any) -> None:
    insert(
        conn,
        "ops.flow_promise",
        **{
            "customer_id": customer,
            "flow_id": flow,
            "valid_from": at("2020-01-01"),
            "deadline_seconds": 3600,
            "latency_threshold_seconds": 60,
        }
        | values,
    )


def an_objective(
    conn: Connection, customer: int, metric: str, since: str = "2020-01-01", **more: Any
) -> None:
    """Terms from a day on that ask for one thing: a share in percent (`target`) per calendar month, unless told otherwise."""
    objective = {"metric": metric, "target": 99, "unit": "percent", "window": "calendar-month"} | more
    conn.execute(
        text(
            "INSERT INTO ops.terms (customer_id, valid_from, document) VALUES (:customer, CAST(:since AS date),"
            " jsonb_build_object('objectives', jsonb_build_array(CAST(:objective AS jsonb))))"
        ),
        {"customer": customer, "since": since, "objective": json.dumps(objective)},
    )


def a_calendar(conn: Connection, customer: int, windows: list[tuple[str, str]], key: str = "office") -> int:
    """A calendar that is open from … to …, each as `at` reads it, and closed otherwise; answers its id."""
    calendar = conn.execute(
        text(
            "INSERT INTO ops.calendar (customer_id, key, time_zone, hours) VALUES (:customer, :key, 'UTC', '{}')"
            " RETURNING calendar_id"
        ),
        {"customer": customer, "key": key},
    ).scalar_one()
    before = 0
    for opens, closes in windows:
        insert(
            conn,
            "ops.calendar_window",
            customer_id=customer,
            calendar_id=calendar,
            opens_at=at(opens),
            closes_at=at(closes),
            seconds_before=before,
        )
        before += int((at(closes) - at(opens)).total_seconds())
    return int(calendar)


def a_run(
    conn: Connection, customer: int, flow: int, due: datetime, status: str = "success", **values: Any
) -> str:
    """A run that started when it was due and, unless it is open, finished ten seconds later; answers its id."""
    conn.execute(text("SELECT ops.ensure_month(CAST(:due AS date))"), {"due": due.astimezone(UTC).date()})
    own = str(values.get("external_id", f"run-{next(_NUMBERS)}"))
    open_ended = status in ("running", "queued", "waiting", "stuck")
    row = {
        "customer_id": customer,
        "system_id": values.get("system_id") or system_of(conn, customer),
        "external_id": own,
        "due_at": due,
        "flow_id": flow,
        "transaction_key": own,
        "workflow_name": "won-to-project",
        "status": status,
        "source_status": status,
        "started_at": due,
        "finished_at": None if open_ended else (values.get("started_at") or due) + timedelta(seconds=10),
        "first_seen_at": due,
        "last_seen_at": due,
    } | values
    insert(conn, "raw.run", **row)
    return own


def a_retry(
    conn: Connection, customer: int, flow: int, root: str, due: datetime, started: datetime, **values: Any
) -> str:
    """A run that retries `root`; like the collector, it gives the retry the root's due time and transaction."""
    return a_run(
        conn,
        customer,
        flow,
        due,
        **{"transaction_key": root, "retry_of": root, "started_at": started} | values,
    )


def an_exception(
    conn: Connection, customer: int, opened: datetime, cleared: datetime | None = None, **values: Any
) -> int:
    """A cause with one transaction in trouble from `opened` to `cleared`, found at once; answers its id."""
    occurrence = {"amount": None, "currency": None, "flow_id": None} | {
        name: values.pop(name) for name in ("amount", "currency", "flow_id") if name in values
    }
    row = {
        "customer_id": customer,
        "rule": "run_failed",
        "class": "technical",
        "fingerprint": f"cause-{next(_NUMBERS)}",
        "fingerprint_version": 1,
        "title": "Target says no",
        "opened_at": opened,
        "last_occurred_at": opened,
        "first_seen_at": opened,
        "last_seen_at": opened,
        "closed_at": cleared,
        "state": "new" if cleared is None else "verified_closed",
    } | values
    insert(conn, "ops.exception", **row)
    own = conn.execute(
        text("SELECT exception_id FROM ops.exception WHERE customer_id = :customer AND fingerprint = :name"),
        {"customer": customer, "name": row["fingerprint"]},
    ).scalar_one()
    an_event(conn, customer, own, "opened", opened, to_state="new")
    if cleared is not None:
        an_event(conn, customer, own, "closed", cleared, from_state="new", to_state="verified_closed")
    an_occurrence(conn, customer, own, opened, cleared, **occurrence)
    return int(own)


def an_occurrence(
    conn: Connection,
    customer: int,
    exception: int,
    occurred: datetime,
    cleared: datetime | None = None,
    **values: Any,
) -> None:
    """One more transaction in trouble by a cause."""
    insert(
        conn,
        "ops.exception_occurrence",
        **{
            "customer_id": customer,
            "exception_id": exception,
            "subject_type": "transaction",
            "system_id": system_of(conn, customer),
            "subject_id": f"subject-{next(_NUMBERS)}",
            "occurred_at": occurred,
            "cleared_at": cleared,
        }
        | values,
    )


def an_event(
    conn: Connection,
    customer: int,
    exception: int,
    kind: str,
    when: datetime,
    actor: str = "system",
    **values: Any,
) -> None:
    """Something that happened to an exception; a person's move has its address as the actor."""
    insert(
        conn,
        "ops.exception_event",
        customer_id=customer,
        exception_id=exception,
        kind=kind,
        at=when,
        actor=actor,
        **values,
    )


def a_poll(conn: Connection, customer: int, since: datetime | None, until: datetime, **values: Any) -> None:
    """A complete poll of the runs of `ipaas` that accounts for [since, until)."""
    insert(
        conn,
        "ops.poll",
        **{
            "customer_id": customer,
            "system_id": values.pop("system_id", None) or system_of(conn, customer),
            "stream": "runs",
            "object": "run",
            "due_at": until,
            "started_at": until,
            "finished_at": until,
            "outcome": "complete",
            "window_from": since,
            "window_to": until,
            "worker": "test",
        }
        | values,
    )
    conn.execute(text(query("kpi/stream_read")))
