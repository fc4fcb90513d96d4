"""A1: what is good, what is valid, and what nobody can tell."""

from datetime import timedelta

import pytest

from metrics.period import Period
from metrics.read import figures, rows
from tests.metrics.builders import a_customer, a_flow, a_poll, a_promise, a_retry, a_run, at, insert

OCTOBER = Period.parse("2026-10", "UTC", at("2026-11-20"))
NOON = at("2026-10-05 12:00")
LATER = at("2026-11-20")


@pytest.fixture
def outcome(conn, as_viewer):
    """The outcome of each transaction of a customer, as of an instant."""

    def ask(customer, as_of=LATER):
        with as_viewer([customer], as_of) as reader:
            frame = rows(reader, "A1", [customer], OCTOBER)
        return dict(zip(frame["item_id"], frame["outcome"], strict=True))

    return ask


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, "S1"),
        ({"attempts": 3}, "S2"),
        ({"finished_at": NOON + timedelta(hours=1)}, "S1"),
        ({"finished_at": NOON + timedelta(hours=1, seconds=1)}, "S3"),
        ({"status": "failed"}, "F"),
        ({"status": "cancelled"}, "F"),
        ({"status": "timeout"}, "F"),
        ({"status": "partial"}, "F"),
        ({"status": "partial", "records_bad": 2}, "F"),
        ({"status": "partial", "records_bad": 0}, "S1"),
        ({"status": "success", "records_bad": 1}, "F"),
        ({"status": "skipped"}, "N"),
        ({"trigger": "test", "status": "failed"}, "N"),
        ({"status": "unknown"}, "unknown"),
        ({"status": "running"}, "O+"),
        ({"status": "stuck"}, "O+"),
        ({"finished_at": None}, "S1"),
        ({"finished_at": None, "last_seen_at": NOON + timedelta(days=1)}, "unknown"),
    ],
)
def test_a_run_alone_has_an_outcome(conn, outcome, given, expected):
    customer = a_customer(conn)
    flow = a_flow(conn, customer)
    own = a_run(conn, customer, flow, NOON, **given)
    assert outcome(customer) == {own: expected}


def test_an_open_run_is_pending_until_its_deadline_and_bad_from_then_on(conn, outcome):
    customer = a_customer(conn)
    flow = a_flow(conn, customer)
    own = a_run(conn, customer, flow, NOON, "running")
    assert outcome(customer, NOON + timedelta(minutes=59, seconds=59)) == {own: "O"}
    assert outcome(customer, NOON + timedelta(hours=1)) == {own: "O+"}


def test_an_automatic_retry_in_time_is_a_success_of_its_own_class(conn, outcome):
    customer = a_customer(conn)
    flow = a_flow(conn, customer)
    root = a_run(conn, customer, flow, NOON, "failed")
    a_retry(conn, customer, flow, root, NOON, NOON + timedelta(minutes=20))
    assert outcome(customer) == {root: "S2"}
    assert outcome(customer, NOON + timedelta(minutes=10)) == {root: "F"}
    assert outcome(customer, NOON + timedelta(minutes=20, seconds=5)) == {root: "O"}


def test_a_retry_by_a_person_recovers_and_stays_bad(conn, outcome):
    customer = a_customer(conn)
    flow = a_flow(conn, customer)
    root = a_run(conn, customer, flow, NOON, "failed")
    a_retry(conn, customer, flow, root, NOON, NOON + timedelta(minutes=20), trigger="manual")
    assert outcome(customer) == {root: "S3"}


def test_a_success_stays_one_whatever_is_replayed_later(conn, outcome):
    customer = a_customer(conn)
    flow = a_flow(conn, customer)
    root = a_run(conn, customer, flow, NOON)
    a_retry(conn, customer, flow, root, NOON, NOON + timedelta(hours=5), trigger="manual", status="failed")
    assert outcome(customer) == {root: "S1"}


def test_retries_whose_root_was_never_seen_are_one_transaction(conn, outcome):
    customer = a_customer(conn)
    flow = a_flow(conn, customer)
    first = a_retry(conn, customer, flow, "lost", NOON, NOON + timedelta(minutes=1), status="failed")
    second = a_retry(conn, customer, flow, "lost", NOON, NOON + timedelta(minutes=2))
    assert first != second
    assert outcome(customer) == {"lost": "S2"}


def test_without_a_promise_nothing_is_late(conn, outcome):
    customer = a_customer(conn)
    flow = a_flow(conn, customer, promise=False)
    late = a_run(conn, customer, flow, NOON, finished_at=NOON + timedelta(days=20))
    running = a_run(conn, customer, flow, NOON, "running")
    assert outcome(customer) == {late: "S1", running: "O"}


def test_each_transaction_is_judged_by_the_promise_of_its_day(conn, outcome):
    customer = a_customer(conn)
    flow = a_flow(conn, customer, valid_to=NOON)
    a_promise(conn, customer, flow, valid_from=NOON, deadline_seconds=60)
    before = a_run(conn, customer, flow, NOON - timedelta(seconds=1), finished_at=NOON + timedelta(minutes=5))
    after = a_run(conn, customer, flow, NOON, finished_at=NOON + timedelta(minutes=5))
    assert outcome(customer) == {before: "S1", after: "S3"}


def test_a_slot_that_nothing_served_is_missed_once_its_deadline_has_passed(conn, outcome):
    customer = a_customer(conn)
    flow = a_flow(conn, customer, slot_seconds=7200)
    insert(
        conn,
        "kpi.slot",
        customer_id=customer,
        flow_id=flow,
        due_at=NOON,
        attempt_by=NOON + timedelta(hours=1),
    )
    assert list(outcome(customer, NOON + timedelta(minutes=59)).values()) == ["O"]
    assert list(outcome(customer, NOON + timedelta(minutes=60)).values()) == ["M"]
    served = a_run(conn, customer, flow, NOON + timedelta(minutes=3))
    assert outcome(customer) == {served: "S1"}


def test_the_rate_adds_up_and_carries_what_is_unknown(conn, as_viewer):
    customer = a_customer(conn)
    flow = a_flow(conn, customer)
    for status in ("success", "success", "success", "failed", "unknown", "skipped"):
        a_run(conn, customer, flow, NOON, status)
    a_poll(conn, customer, None, at("2026-10-16 12:00"))
    with as_viewer([customer], LATER) as reader:
        (figure,) = figures(reader, "A1", [customer], OCTOBER)
        frame = rows(reader, "A1", [customer], OCTOBER)
    assert (figure.numerator, figure.denominator, figure.unknown, figure.sample) == (3, 4, 1, 4)
    assert (figure.value, figure.low, figure.high) == (0.75, 0.6, 0.8)
    assert figure.coverage == pytest.approx(0.5)
    assert figure.detail["void"] == 1
    assert (frame["in_numerator"].sum(), frame["in_denominator"].sum(), frame["is_unknown"].sum()) == (
        3,
        4,
        1,
    )


def test_a_quiet_month_has_no_rate_and_no_coverage(conn, as_viewer):
    customer = a_customer(conn)
    with as_viewer([customer], LATER) as reader:
        (figure,) = figures(reader, "A1", [customer], OCTOBER)
    assert (figure.value, figure.low, figure.high, figure.coverage) == (None, None, None, None)
    assert (figure.numerator, figure.denominator, figure.unknown) == (0, 0, 0)


def test_another_customer_is_not_in_it(conn, as_viewer):
    ours, theirs = a_customer(conn), a_customer(conn)
    a_run(conn, theirs, a_flow(conn, theirs), NOON, "failed")
    with as_viewer([ours], LATER) as reader:
        assert [f.denominator for f in figures(reader, "A1", [ours, theirs], OCTOBER)] == [0]


def test_a_local_day_is_a_part_even_when_it_is_quiet(conn, as_viewer):
    customer = a_customer(conn, "America/New_York")
    flow = a_flow(conn, customer)
    a_run(conn, customer, flow, at("2026-11-02 04:59"))  # 23:59 of 1 November, the day of 25 hours
    days = Period.parse("2026-11-01..2026-11-03", "America/New_York", LATER)
    with as_viewer([customer], LATER) as reader:
        parts = {f.part: f.denominator for f in figures(reader, "A1", [customer], days, by="day")}
    assert parts == {"2026-11-01": 1, "2026-11-02": 0}


@pytest.mark.parametrize(
    ("by", "expected"),
    [("flow", {"a": 1, "b": 2, "c": 0}), ("workflow", {"w": 1, "v": 2}), ("system", {"ipaas": 3})],
)
def test_the_parts_add_up(conn, as_viewer, by, expected):
    customer = a_customer(conn)
    for key, workflow, count in (("a", "w", 1), ("b", "v", 2), ("c", "v", 0)):
        flow = a_flow(conn, customer, key, workflow=workflow)
        for _ in range(count):
            a_run(conn, customer, flow, NOON)
    with as_viewer([customer], LATER) as reader:
        assert {f.part: f.denominator for f in figures(reader, "A1", [customer], OCTOBER, by=by)} == expected


def test_a_retry_that_has_not_begun_of_a_run_that_was_never_seen_is_pending(conn, outcome):
    customer = a_customer(conn)
    flow = a_flow(conn, customer)
    a_retry(conn, customer, flow, "lost", NOON, NOON + timedelta(minutes=30))
    assert outcome(customer, NOON + timedelta(minutes=5)) == {"lost": "O"}
    assert outcome(customer) == {"lost": "S2"}
