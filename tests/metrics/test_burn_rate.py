"""B4: how fast the error budget burns, and whom that calls."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from metrics.period import Period
from tests.metrics.builders import (
    a_calendar,
    a_customer,
    a_flow,
    a_promise,
    a_retry,
    a_run,
    an_objective,
    at,
    insert,
    system_of,
)

NOON = at("2026-10-05 12:00")
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
END = at("2026-10-28 12:00")


def runs(conn, customer, flow, since, until, every, status="success"):
    """A run every so often from `since` up to `until`, each over at once."""
    conn.execute(text("SELECT ops.ensure_month(CAST(:day AS date))"), {"day": since.date()})
    conn.execute(
        text(
            "INSERT INTO raw.run (customer_id, system_id, external_id, due_at, flow_id, transaction_key, workflow_name, status,"
            " source_status, started_at, finished_at, first_seen_at, last_seen_at)"
            " SELECT :customer, :system, 'r' || d, d, :flow, 'r' || d, 'w', :status, :status, d, d, d, d"
            " FROM generate_series(CAST(:since AS timestamptz), CAST(:until AS timestamptz) - interval '1 second',"
            "                      CAST(:every AS interval)) d"
        ),
        {
            "customer": customer,
            "system": system_of(conn, customer),
            "flow": flow,
            "status": status,
            "since": since,
            "until": until,
            "every": every,
        },
    )


@pytest.fixture
def busy(conn):
    """Ten runs an hour for six days, all good up to an hour before END; 95 % is agreed, over 30 days."""
    customer = a_customer(conn)
    flow = a_flow(conn, customer)
    an_objective(conn, customer, "sync_success_rate", target=95, window="30d")
    runs(conn, customer, flow, END - timedelta(days=6), END - HOUR, "6 minutes")
    return customer, flow


def test_the_rate_is_the_share_of_failures_over_what_may_fail(conn, adds_up):
    customer = a_customer(conn)
    flow = a_flow(conn, customer)
    an_objective(conn, customer, "sync_success_rate", target=90)
    for status in ("success", "success", "success", "failed", "running", "unknown"):
        a_run(conn, customer, flow, NOON, status)
    figure = adds_up("B4", customer, as_of=NOON + MINUTE)
    assert (figure.numerator, figure.denominator, figure.value) == (1, 4, 2.5)
    assert adds_up("B4", customer).value == 4  # the one that still runs was overdue at one


def test_what_is_late_is_known_at_its_deadline(conn, adds_up, behind):
    customer = a_customer(conn)
    an_objective(conn, customer, "sync_success_rate", target=90)
    a_run(conn, customer, a_flow(conn, customer), NOON, finished_at=NOON + 3 * HOUR)
    found = {hours: adds_up("B4", customer, as_of=NOON + hours * HOUR).numerator for hours in (0, 1, 2, 4)}
    assert found == {0: 0, 1: 1, 2: 1, 4: 1}
    assert list(behind("B4", customer)["at"]) == [NOON + HOUR]


def test_a_failure_that_a_retry_made_good_in_time_burns_nothing(conn, adds_up):
    customer = a_customer(conn)
    flow = a_flow(conn, customer)
    an_objective(conn, customer, "sync_success_rate", target=90)
    root = a_run(conn, customer, flow, NOON, "failed")
    a_retry(conn, customer, flow, root, NOON, NOON + 30 * MINUTE)
    assert adds_up("B4", customer, as_of=NOON + 20 * MINUTE).numerator == 1
    assert adds_up("B4", customer).numerator == 0


def test_what_was_due_before_the_period_and_decided_in_it_counts(conn, adds_up):
    customer = a_customer(conn)
    office = a_calendar(conn, customer, [("2026-09-30 09:00", "2026-09-30 17:00"), ("2026-10-01 09:00", "2026-10-01 17:00"),
                                         ("2026-11-25 09:00", "2026-11-25 17:00")])  # fmt: skip
    an_objective(conn, customer, "sync_success_rate", target=90)
    open_hours = a_flow(conn, customer, "a", promise=False)
    a_promise(conn, customer, open_hours, calendar_id=office, deadline_seconds=7200)
    a_run(conn, customer, open_hours, at("2026-09-30 16:00"), "running")  # overdue on 1 October at ten
    a_run(conn, customer, a_flow(conn, customer, "b"), at("2026-09-30 23:30"), "stuck")  # half past midnight
    unpromised = a_flow(conn, customer, "c", promise=False)
    a_run(conn, customer, unpromised, at("2026-06-01"), "failed", finished_at=at("2026-10-02"))
    missed = a_flow(conn, customer, "d", slot_seconds=7200)
    insert(conn, "kpi.slot", customer_id=customer, flow_id=missed, due_at=at("2026-09-30 23:30"), attempt_by=at("2026-10-01 00:30"))  # fmt: skip
    figure = adds_up("B4", customer)
    assert (figure.numerator, figure.denominator) == (4, 4)


def test_an_outage_that_goes_on_pages(conn, busy, whole, adds_up):
    customer, flow = busy
    runs(conn, customer, flow, END - HOUR, END, "6 minutes", "failed")
    period = Period(END - timedelta(days=3), END, "UTC", "3d")
    detail = adds_up("B4", customer, period=period, as_of=END).detail
    assert (detail["severity"], detail["why"]) == ("page", "burning for 1 h and still")
    assert (detail["burn_1h"], detail["burn_5m"]) == (20, None)


def test_few_minutes_without_a_run_do_not_silence_it_but_recovery_does(conn, busy, whole):
    customer, flow = busy
    runs(conn, customer, flow, END - HOUR, END, "6 minutes", "failed")
    assert whole("B4", customer, as_of=END - MINUTE).detail["severity"] == "page"
    runs(conn, customer, flow, END, END + 12 * MINUTE, "2 minutes")
    detail = whole("B4", customer, as_of=END + 12 * MINUTE).detail
    assert (detail["severity"], detail["burn_5m"]) == (None, 0)


@pytest.mark.parametrize(("target", "severity"), [(97, "ticket"), (95, None)])
def test_a_slow_burn_is_a_ticket(conn, busy, whole, target, severity):
    # one failed every two hours: of 719 in three days 35
    customer, _ = busy
    an_objective(conn, customer, "A1", "2026-01-01", target=target, window="30d")
    conn.execute(text("DELETE FROM ops.terms WHERE valid_from < '2026-01-01'"))
    conn.execute(
        text(
            "UPDATE raw.run SET status = 'failed' WHERE customer_id = :customer"
            " AND extract(minute FROM due_at) = 0 AND CAST(extract(hour FROM due_at) AS int) % 2 = 1"
        ),
        {"customer": customer},
    )
    detail = whole("B4", customer, as_of=END - HOUR).detail
    assert detail["severity"] == severity
    assert detail["burn_3d"] == pytest.approx(35 / 719 / (1 - target / 100))


def test_one_failure_of_a_few_pages_nobody(conn, whole):
    # four an hour at 99.5 %: one failure is 50 times what may fail in this hour, and proves nothing
    customer = a_customer(conn)
    flow = a_flow(conn, customer)
    an_objective(conn, customer, "sync_success_rate", target="99.5", window="30d")
    runs(conn, customer, flow, END - timedelta(days=15), END, "15 minutes")
    a_run(conn, customer, flow, END - MINUTE, "failed", finished_at=END - MINUTE)
    detail = whole("B4", customer, as_of=END).detail
    assert detail["is_low_traffic"] is False
    assert detail["burn_1h"] == pytest.approx(40, abs=10)
    assert detail["severity"] is None


def test_where_little_runs_any_failure_is_a_ticket_and_nobody_is_paged(conn, whole):
    customer = a_customer(conn)
    flow = a_flow(conn, customer)
    an_objective(conn, customer, "sync_success_rate", target=50, window="30d")
    runs(conn, customer, flow, END - timedelta(days=9), END, "1 day")
    assert whole("B4", customer, as_of=END).detail["severity"] is None
    a_run(conn, customer, flow, END - HOUR, "failed")
    detail = whole("B4", customer, as_of=END).detail
    assert (detail["severity"], detail["why"]) == ("ticket", "few transactions: any failure counts")
    assert detail["is_low_traffic"] is True


def test_a_target_that_cannot_burn_so_fast_says_so(conn, whole):
    customer = a_customer(conn)
    an_objective(conn, customer, "sync_success_rate", target=90)
    a_run(conn, customer, a_flow(conn, customer), NOON)
    detail = whole("B4", customer).detail
    assert detail["unreachable"] == ["1 h"]  # at most 10
    assert [float(each) for each in detail["thresholds"]] == pytest.approx([14.88, 6.2, 3.1, 31 / 30])


@pytest.mark.parametrize(
    ("more", "why"),
    [({"window": "a while"}, "no window is agreed"), ({"unit": "seconds"}, "no success rate is agreed")],
)
def test_what_is_not_agreed_is_not_guessed(conn, whole, more, why):
    customer = a_customer(conn)
    an_objective(conn, customer, "sync_success_rate", **more)
    a_run(conn, customer, a_flow(conn, customer), END - HOUR)
    detail = whole("B4", customer, as_of=END).detail
    assert (detail["thresholds"], detail["severity"], detail["why"]) == (None, None, why)


def test_flows_burn_each_for_itself(conn, parts):
    customer = a_customer(conn)
    an_objective(conn, customer, "sync_success_rate", target=80)
    for key, bad in (("a", 1), ("b", 0)):
        flow = a_flow(conn, customer, key)
        a_run(conn, customer, flow, NOON)
        for _ in range(bad):
            a_run(conn, customer, flow, NOON, "failed")
    assert {part: each.value for part, each in parts("B4", customer, by="flow").items()} == {"a": 2.5, "b": 0}
