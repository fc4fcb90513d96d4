"""Rollups: whatever happens in whatever order, counting what changed is the same as counting everything."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from metrics.period import Period
from metrics.read import figures
from metrics.rollup import rebuild, recompute
from sql import query
from sql.database import viewer
from sql.ingest import write
from tests.metrics.builders import a_customer, a_flow, a_poll, a_promise, at, system_of

pytestmark = pytest.mark.slow

START = at("2026-10-24 20:00")  # clocks in London go back during the night
ZONES = ["UTC", "Europe/London", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Atlantic/Azores"]
STATUSES = ["success", "success", "success", "failed", "partial", "running", "stuck", "skipped", "unknown"]

run = st.fixed_dictionaries(
    {
        "number": st.integers(0, 11),
        "due": st.integers(0, 40 * 6).map(lambda tens: START + timedelta(minutes=10 * tens)),
        "status": st.sampled_from(STATUSES),
        "took": st.integers(0, 9000),
        "commit": st.none() | st.integers(-5, 9000),
        "retry_of": st.none() | st.integers(0, 11),
        "trigger": st.sampled_from(["automatic", "automatic", "manual", "test"]),
        "attempts": st.integers(1, 3),
        "bad": st.none() | st.integers(0, 2),
        "amount": st.none() | st.integers(1, 5000),
        "flow": st.integers(0, 1),
    }
)
step = st.one_of(
    run.map(lambda fields: ("write", fields)),
    run.map(lambda fields: ("write", fields)),
    st.integers(0, 11).map(lambda number: ("vanish", number)),
    st.integers(1, 14).map(lambda hours: ("wait", hours)),
    st.just(("count", None)),
    st.sampled_from([600, 3600, 20000]).map(lambda seconds: ("promise", seconds)),
    st.just(("poll", None)),
)

A_SUCCESS = {
    "due": START, "status": "success", "took": 5, "commit": 5, "retry_of": None, "trigger": "automatic",
    "attempts": 1, "bad": None, "amount": None, "flow": 0,
}  # fmt: skip
TABLES = {
    "kpi.flow_hour": "hour, flow_id",
    "kpi.flow_day": "starts_at, flow_id",
    "kpi.flow_hour_money": "hour, flow_id, currency",
    "kpi.flow_hour_finished": "finished_hour, flow_id, hour",
}


@pytest.fixture(scope="module")
def db(module_database):
    return module_database


def counted(db, customer):
    with db.engine("owner").begin() as conn:
        return {
            table: conn.execute(
                text(f"SELECT * FROM {table} WHERE customer_id = :customer ORDER BY {order}"),
                {"customer": customer},
            ).fetchall()
            for table, order in TABLES.items()
        }


def waiting(db, customer):
    with db.engine("owner").begin() as conn:
        return conn.execute(
            text("SELECT count(*) FROM ops.dirty_cell WHERE customer_id = :customer"), {"customer": customer}
        ).scalar_one()


def put(conn, customer, fields, now):
    system = system_of(conn, customer)
    parent = fields["retry_of"]
    over = fields["status"] not in ("running", "stuck")
    started = fields["due"] + timedelta(seconds=7)
    ended = started + timedelta(seconds=fields["took"])
    row = {
        "customer_id": customer,
        "system_id": system,
        "external_id": f"r{fields['number']}",
        "due_at": fields["due"],
        "workflow_name": f"flow-{fields['flow']}",
        "status": fields["status"],
        "source_status": fields["status"],
        "trigger": fields["trigger"],
        "retry_of": None if parent is None or parent == fields["number"] else f"r{parent}",
        "started_at": started,
        "finished_at": ended if over else None,
        "source_changed_at": fields["due"],
        "target_committed_at": None
        if fields["commit"] is None or not over
        else fields["due"] + timedelta(seconds=fields["commit"]),
        "attempts": fields["attempts"],
        "records_in": None if fields["bad"] is None else 10,
        "records_bad": fields["bad"],
        "amount": fields["amount"],
        "currency": None if fields["amount"] is None else "USD",
    }
    write(conn, "raw.run", [row], now, stable_start=False)


def a_stage(conn, zone):
    customer = a_customer(conn, zone)
    flows = []
    for number in (0, 1):
        flow = a_flow(
            conn,
            customer,
            f"flow-{number}",
            slot_seconds=7200 if number else None,
            valid_from=at("2026-10-01"),
        )
        conn.execute(
            text("UPDATE ops.flow SET runs_match = key WHERE customer_id = :c AND flow_id = :f"),
            {"c": customer, "f": flow},
        )
        flows.append(flow)
    return customer, flows


def play(db, customer, flows, steps):
    now = START + timedelta(hours=6)
    read = None
    for act, what in steps:
        if act == "count":
            recompute(db, now)
            continue
        with db.engine("owner").begin() as conn:
            if act == "write":
                put(conn, customer, what, now)
            elif act == "wait":
                now += timedelta(hours=what)
            elif act == "poll":
                a_poll(conn, customer, read, now)
                read = now
            elif act == "vanish":
                conn.execute(
                    text(
                        "WITH gone AS (DELETE FROM raw.run WHERE customer_id = :c AND external_id = :id"
                        " RETURNING customer_id, flow_id, due_at)"
                        " INSERT INTO ops.dirty_cell SELECT DISTINCT g.customer_id, g.flow_id,"
                        " date_trunc('hour', g.due_at, c.time_zone) FROM gone g JOIN ops.customer c USING (customer_id)"
                        " WHERE g.flow_id IS NOT NULL ON CONFLICT (customer_id, flow_id, hour) DO UPDATE SET batch = NULL"
                    ),
                    {"c": customer, "id": f"r{what}"},
                )
            elif act == "promise":
                for flow in flows:
                    conn.execute(
                        text(
                            "UPDATE ops.flow_promise SET deadline_seconds = :s, slot_seconds = slot_seconds + 600"
                            " WHERE customer_id = :c AND flow_id = :f"
                        ),
                        {"s": what, "c": customer, "f": flow},
                    )
                conn.execute(
                    text(
                        "INSERT INTO ops.dirty_cell SELECT DISTINCT r.customer_id, r.flow_id,"
                        " date_trunc('hour', r.due_at, c.time_zone) FROM raw.run r JOIN ops.customer c USING (customer_id)"
                        " WHERE r.customer_id = :c AND r.flow_id IS NOT NULL"
                        " ON CONFLICT (customer_id, flow_id, hour) DO UPDATE SET batch = NULL"
                    ),
                    {"c": customer},
                )
    return now


HISTORIES = {
    "zone": st.sampled_from(ZONES),
    "steps": st.lists(step, min_size=5, max_size=40),
    "by": st.sampled_from((None, "flow", "day")),
}
PATIENT = {"deadline": None, "suppress_health_check": [HealthCheck.function_scoped_fixture]}


@settings(max_examples=6, **PATIENT)
@given(**HISTORIES)
def test_counting_what_changed_equals_counting_everything(db, zone, steps, by):
    check(db, zone, steps, by)


@pytest.mark.slow
@settings(max_examples=15, **PATIENT)
@given(**HISTORIES)
def test_counting_what_changed_equals_counting_everything_many_times(db, zone, steps, by):
    check(db, zone, steps, by)


def check(db, zone, steps, by):
    with db.engine("owner").begin() as conn:
        customer, flows = a_stage(conn, zone)
    now = play(db, customer, flows, steps)
    recompute(db, now)
    bit_by_bit = counted(db, customer)
    rebuild(db, now, [customer])
    assert bit_by_bit == counted(db, customer)
    again = recompute(db, now)
    assert bit_by_bit == counted(db, customer), again

    since = at("2026-10-25 03:00") if len(steps) % 2 else at("2026-10-24")
    period = Period(since, at("2026-10-30"), "UTC", "some days")
    if zone in ("Asia/Kolkata", "Australia/Lord_Howe"):
        return  # rollups know whole local hours
    for key in ("A1", "A1m", "A3b", "A4", "A6", "A7", "A9"):
        with viewer(db, [customer]) as reader:
            rolled = figures(reader, key, [customer], period, by=by)
        with viewer(db, [customer], now) as reader:
            raw = figures(reader, key, [customer], period, by=by)
        assert said(rolled) == said(raw), (key, by)


def said(found):
    hours = found[0].metric.unit == "per_hour"  # they follow the real clock
    return {
        (f.part, f.currency): (f.numerator, f.unknown, f.sample, f.detail.get("n"), f.detail.get("pending"))
        + (() if hours else (f.denominator, f.value))
        for f in found
        if f.sample or f.unknown
    }


def test_work_that_is_due_later_in_this_hour_is_counted_when_it_comes(db):
    with db.engine("owner").begin() as conn:
        customer, _ = a_stage(conn, "UTC")
        put(conn, customer, one(due=at("2026-10-26 10:50"), status="success"), at("2026-10-26 10:05"))
    recompute(db, at("2026-10-26 10:20"))
    assert counted(db, customer)["kpi.flow_hour"] == []
    recompute(db, at("2026-10-26 11:00"))
    assert [row.n_s1 for row in counted(db, customer)["kpi.flow_hour"]] == [1]
    assert waiting(db, customer) == 0


def test_time_alone_makes_pending_work_overdue(db):
    with db.engine("owner").begin() as conn:
        customer, _ = a_stage(conn, "UTC")
        put(conn, customer, one(due=at("2026-10-26 10:10"), status="running"), at("2026-10-26 10:15"))
    recompute(db, at("2026-10-26 10:30"))
    assert [(row.n_open, row.n_overdue) for row in counted(db, customer)["kpi.flow_hour"]] == [(1, 0)]
    recompute(db, at("2026-10-26 11:10"))
    assert [(row.n_open, row.n_overdue) for row in counted(db, customer)["kpi.flow_hour"]] == [(0, 1)]


def test_slots_are_missed_only_where_we_looked(db):
    with db.engine("owner").begin() as conn:
        customer, _ = a_stage(conn, "UTC")
        put(conn, customer, one(due=at("2026-10-26 10:00"), flow=1), at("2026-10-26 10:01"))
        a_poll(conn, customer, None, at("2026-10-26 10:05"))
    recompute(db, at("2026-10-26 20:00"))
    assert missed(db, customer) == []
    with db.engine("owner").begin() as conn:
        a_poll(conn, customer, at("2026-10-26 10:05"), at("2026-10-26 15:00"))
    recompute(db, at("2026-10-26 20:00"))
    assert missed(db, customer) == [at("2026-10-26 12:00"), at("2026-10-26 14:00")]


def test_a_run_that_comes_late_serves_the_slot_that_was_missed_in_an_earlier_hour(db):
    with db.engine("owner").begin() as conn:
        customer, _ = a_stage(conn, "UTC")
        patient = text("UPDATE ops.flow_promise SET deadline_seconds = 7200 WHERE customer_id = :customer")
        conn.execute(patient, {"customer": customer})
        put(conn, customer, one(due=at("2026-10-26 10:00"), flow=1), at("2026-10-26 10:01"))
        a_poll(conn, customer, at("2026-10-26 10:00"), at("2026-10-26 19:00"))
    recompute(db, at("2026-10-26 20:00"))
    before = missed(db, customer)
    with db.engine("owner").begin() as conn:
        put(conn, customer, one(number=1, due=at("2026-10-26 13:20"), flow=1), at("2026-10-26 20:30"))
    recompute(db, at("2026-10-26 20:31"))
    assert at("2026-10-26 12:00") in before
    assert missed(db, customer) == [hour for hour in before if hour != at("2026-10-26 12:00")]


def test_a_daily_slot_keeps_its_wall_time_when_clocks_change(db):
    with db.engine("owner").begin() as conn:
        customer = a_customer(conn, "Europe/London")
        flow = a_flow(conn, customer, promise=False)
        a_promise(
            conn, customer, flow, valid_from=at("2026-10-23 06:00"), slot_seconds=86400
        )  # 07:00 in London
        a_poll(conn, customer, None, at("2026-10-28"), started_at=at("2026-10-23"))
    recompute(db, at("2026-10-28"))
    assert missed(db, customer) == [
        at("2026-10-23 06:00"),
        at("2026-10-24 06:00"),
        at("2026-10-25 07:00"),
        at("2026-10-26 07:00"),
        at("2026-10-27 07:00"),
    ]


def test_a_customer_that_moves_to_another_time_zone_is_counted_anew(db):
    with db.engine("owner").begin() as conn:
        customer, _ = a_stage(conn, "UTC")
        put(conn, customer, one(due=at("2026-10-26 23:10")), at("2026-10-26 23:30"))
    recompute(db, at("2026-10-27 10:00"))
    with db.engine("owner").begin() as conn:
        conn.execute(
            text("UPDATE ops.customer SET time_zone = 'Asia/Kolkata' WHERE customer_id = :c"), {"c": customer}
        )
    recompute(db, at("2026-10-27 10:00"))
    days = counted(db, customer)["kpi.flow_day"]
    assert [(str(row.day), row.flow_id > 0) for row in days] == [("2026-10-27", False), ("2026-10-27", True)]


def missed(db, customer):
    return [row.hour for row in counted(db, customer)["kpi.flow_hour"] if row.n_missed]


def one(**fields):
    return {
        "number": 0,
        "status": "success",
        "took": 5,
        "commit": 5,
        "retry_of": None,
        "trigger": "automatic",
        "attempts": 1,
        "bad": 0,
        "amount": None,
        "flow": 0,
    } | fields


def test_two_recounts_at_the_same_time_count_once(db) -> None:
    with db.engine("owner").begin() as conn:
        stages = [a_stage(conn, "UTC") for _ in range(3)]
        for customer, _ in stages:
            for number in range(40):
                put(
                    conn,
                    customer,
                    A_SUCCESS | {"number": number, "due": START + timedelta(minutes=number)},
                    START,
                )
    now = START + timedelta(hours=6)
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda _: recompute(db, now), range(3)))
    for customer, _ in stages:
        incremental = counted(db, customer)
        assert sum(row.n_s1 for row in incremental["kpi.flow_day"] if row.flow_id == 0) == 40
        assert waiting(db, customer) == 0
        rebuild(db, now, [customer])
        assert counted(db, customer) == incremental


def test_the_planner_is_told_once_of_a_table_that_was_loaded_at_once(db) -> None:
    hours = text(
        "INSERT INTO ops.dirty_cell (customer_id, flow_id, hour)"
        " SELECT :customer, :flow, TIMESTAMPTZ '2020-01-01Z' + make_interval(hours => g) FROM generate_series(1, 6000) g"
    )
    with db.engine("owner").begin() as conn:
        customer, flows = a_stage(conn, "UTC")
        conn.execute(hours, {"customer": customer, "flow": flows[0]})
        conn.execute(text("SELECT pg_stat_force_next_flush()"))

    def told():
        with db.engine("metrics").begin() as conn:
            return conn.execute(text(query("kpi/analyze_grown"))).scalar_one()

    known = text("SELECT count(*) FROM pg_stats WHERE schemaname = 'ops' AND tablename = 'dirty_cell'")
    assert told() >= 1
    with db.engine("owner").begin() as conn:
        assert conn.execute(known).scalar_one() > 0
    assert told() == 0
