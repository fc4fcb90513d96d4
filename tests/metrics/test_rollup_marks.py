"""Marks made while a recount runs: none is lost, and nobody waits longer than for the cell."""

import threading

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DataError

from metrics import rollup
from metrics.refresh import refresh
from metrics.rollup import recompute
from sql import query
from tests.metrics.builders import a_customer, a_flow, a_run, at

pytestmark = pytest.mark.slow

NOW = at("2026-10-26 12:00")


@pytest.fixture
def db(fresh_database):
    return fresh_database()


def mark(conn, customer, flow, hour):
    """As sql.ingest does it."""
    conn.execute(
        text(
            "INSERT INTO ops.dirty_cell (customer_id, flow_id, hour) VALUES (:c, :f, :h)"
            " ON CONFLICT (customer_id, flow_id, hour) DO UPDATE SET batch = NULL"
        ),
        {"c": customer, "f": flow, "h": hour},
    )


def good(db, customer):
    with db.engine("owner").begin() as conn:
        found = conn.execute(
            text("SELECT coalesce(sum(n_s1), 0) FROM kpi.flow_hour WHERE customer_id = :c"), {"c": customer}
        )
        return found.scalar_one()


def test_a_run_that_arrives_during_a_recount_is_counted_by_the_next(db, monkeypatch):
    hour = at("2026-10-26 10:00")
    with db.engine("owner").begin() as conn:
        customer = a_customer(conn)
        flow = a_flow(conn, customer)
        a_run(conn, customer, flow, hour)
        mark(conn, customer, flow, hour)
    arrived = threading.Event()

    def arrive():
        with db.engine("owner").begin() as conn:
            a_run(conn, customer, flow, hour)
            mark(conn, customer, flow, hour)  # waits until the recount has let go of the cell
        arrived.set()

    real, threads = rollup.execute, []

    def counted_then_interrupted(conn, name, **parameters):
        done = real(conn, name, **parameters)
        if name == "kpi/rollup_hours" and not threads:
            threads.append(threading.Thread(target=arrive))
            threads[0].start()
            assert not arrived.wait(0.3)
        return done

    monkeypatch.setattr(rollup, "execute", counted_then_interrupted)
    recompute(db, NOW)
    threads[0].join(20)
    assert good(db, customer) == 1
    recompute(db, NOW)
    assert good(db, customer) == 2


def test_a_recount_that_dies_leaves_everything_as_it_was(db, monkeypatch):
    hour = at("2026-10-26 10:00")
    with db.engine("owner").begin() as conn:
        customer = a_customer(conn)
        flow = a_flow(conn, customer)
        a_run(conn, customer, flow, hour)
        mark(conn, customer, flow, hour)
    recompute(db, NOW)
    with db.engine("owner").begin() as conn:
        a_run(conn, customer, flow, hour)
        mark(conn, customer, flow, hour)
    real = rollup.execute

    def dying(conn, name, **parameters):
        if name == "kpi/rollup_days":
            raise RuntimeError("gone")
        return real(conn, name, **parameters)

    monkeypatch.setattr(rollup, "execute", dying)
    with pytest.raises(RuntimeError, match="gone"):
        recompute(db, NOW)
    assert good(db, customer) == 1
    monkeypatch.setattr(rollup, "execute", real)
    assert recompute(db, NOW).cells == 1
    assert good(db, customer) == 2


def test_a_customer_that_cannot_be_counted_stands_in_nobodys_way(db):
    hour = at("2026-10-26 10:00")
    customers = []
    with db.engine("owner").begin() as conn:
        for amount in (None, 10**13, None):
            customers.append(a_customer(conn))
            flow = a_flow(conn, customers[-1])
            for _ in range(20):  # together more than a column of money holds
                a_run(
                    conn, customers[-1], flow, hour, amount=amount, currency=None if amount is None else "USD"
                )
            mark(conn, customers[-1], flow, hour)
    with pytest.raises(DataError, match="numeric field overflow"):
        recompute(db, NOW)
    assert [good(db, customer) for customer in customers] == [20, 0, 20]


def test_two_recounts_at_once_count_once(db):
    with db.engine("owner").begin() as conn:
        customer = a_customer(conn)
        flow = a_flow(conn, customer)
        for minute in range(0, 60, 5):
            a_run(conn, customer, flow, at(f"2026-10-26 10:{minute:02}"))
        mark(conn, customer, flow, at("2026-10-26 10:00"))
    threads = [threading.Thread(target=recompute, args=(db, NOW)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert good(db, customer) == 12


def test_a_refresh_runs_twice_as_well_as_once(db):
    with db.engine("owner").begin() as conn:
        customer = a_customer(conn)
        flow = a_flow(conn, customer)
        a_run(conn, customer, flow, at("2026-10-26 10:00"))
        mark(conn, customer, flow, at("2026-10-26 10:00"))
    assert refresh(db, NOW).cells == 1
    assert refresh(db, NOW).cells == 0
    assert good(db, customer) == 1


def test_the_planner_knows_a_small_table_before_it_is_joined_and_again_when_it_has_grown(db):
    marks = text(
        "INSERT INTO ops.dirty_cell (customer_id, flow_id, hour)"
        " SELECT :c, :f, TIMESTAMPTZ '2020-01-01Z' + make_interval(hours => g) FROM generate_series(CAST(:since AS int), :until) g"
    )
    known = text("SELECT reltuples FROM pg_class WHERE oid = CAST('ops.dirty_cell' AS regclass)")
    with db.engine("owner").begin() as conn:
        customer = a_customer(conn)
        flow = a_flow(conn, customer)
    held = 0
    for grown_to, told in ((40, -1), (60, 60), (900, 60), (2000, 2000)):
        with db.engine("owner").begin() as conn:
            conn.execute(marks, {"c": customer, "f": flow, "since": held + 1, "until": grown_to})
            conn.execute(text("SELECT pg_stat_force_next_flush()"))
        with db.engine("metrics").begin() as conn:
            conn.execute(text(query("kpi/analyze_grown")))
            assert conn.execute(known).scalar_one() == told
        held = grown_to
