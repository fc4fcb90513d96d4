"""Facts from the database: the numbers of an evaluation are those of the figures, for whole customers and parts of them."""

import json
from datetime import date, timedelta
from types import SimpleNamespace

import pytest

from metrics.period import Period
from metrics.read import figures
from metrics.sla.asking import share_within
from metrics.sla.responsibility import propose, say
from metrics.sla.window import in_force, month, month_of, months_before, on_day, window_of, windows_before
from tests.metrics.builders import (
    a_calendar,
    a_customer,
    a_flow,
    a_poll,
    a_run,
    an_exception,
    an_objective,
    at,
    insert,
)
from tests.metrics.sla.conftest import LATER
from tests.metrics.sla.given import success, terms

NOON = at("2026-10-05 12:00")


@pytest.fixture
def customer(conn):
    """A customer whose runs were read from September on."""
    made = a_customer(conn)
    a_poll(conn, made, at("2026-07-01"), at("2026-11-20"))
    return made


def some(conn, customer, flow, due, good, bad, **values):
    for status, count in (("success", good), ("failed", bad)):
        for _ in range(count):
            a_run(conn, customer, flow, due, status, **values)


SHARES = [
    {"metric": "sync_success_rate"}, {"metric": "first_attempt_success"}, {"metric": "sync_latency"},
    {"metric": "transaction_latency"}, {"metric": "record_success_rate"},
    {"metric": "availability", "service_time": "always", "quiet": "up"},
]  # fmt: skip


@pytest.mark.parametrize("objective", SHARES, ids=lambda each: each["metric"])
def test_an_objective_has_the_numbers_of_its_figure(conn, as_viewer, customer, held, objective) -> None:
    flow = a_flow(conn, customer)
    committed = {"source_changed_at": NOON, "target_committed_at": NOON + timedelta(seconds=40)}
    some(conn, customer, flow, NOON, 7, 2, **committed)
    a_run(conn, customer, flow, NOON, "unknown")
    an_objective(conn, customer, "availability", service_time="always", quiet="up")
    (result,) = held(customer, terms(objective | {"target": 50})).objectives
    with as_viewer([customer], LATER) as reader:
        (figure,) = figures(reader, objective["metric"], [customer], Period.parse("2026-10", "UTC", LATER))
    assert (result.gross.k, result.gross.n, result.gross.unknown) == (
        figure.numerator, figure.denominator, figure.unknown,
    )  # fmt: skip
    assert result.coverage == 10**6


def test_a_proposal_brings_its_own_service_time(conn, customer, held) -> None:
    a_calendar(conn, customer, [("2026-10-05 12:00", "2026-10-05 13:00")])
    some(conn, customer, a_flow(conn, customer), NOON, 1, 0)
    open_hours = {"metric": "availability", "target": 50, "service_time": "office"}
    found = held(customer, terms(open_hours, open_hours | {"key": "up", "quiet": "up"})).objectives
    assert [(each.gross.k, each.gross.n, each.gross.unknown) for each in found] == [(1, 1, 11), (12, 12, 0)]
    assert found[1].budget.seconds == 1800


def test_a_proposal_brings_its_own_grace(conn, as_viewer, customer, held) -> None:
    flow = a_flow(conn, customer, slot_seconds=600)
    for minute, late in ((0, 30), (10, 90), (20, 300)):
        slot = NOON + timedelta(minutes=minute)
        insert(
            conn,
            "kpi.slot",
            customer_id=customer,
            flow_id=flow,
            due_at=slot,
            attempt_by=slot + timedelta(minutes=10),
        )
        a_run(conn, customer, flow, slot, started_at=slot + timedelta(seconds=late))
    objectives = [{"key": f"g{n}", "metric": "A5", "target": 99, "grace_seconds": n} for n in (60, 120)]
    found = held(customer, terms(*objectives, {"metric": "A5", "target": 99})).objectives
    assert [(each.gross.k, each.gross.n) for each in found] == [(1, 3), (2, 3), (3, 3)]
    an_objective(conn, customer, "schedule_adherence", grace_seconds=120)
    with as_viewer([customer], LATER) as reader:
        (figure,) = figures(reader, "A5", [customer], Period.parse("2026-10", "UTC", LATER))
    assert (figure.numerator, figure.denominator) == (2, 3)


def test_a_share_of_what_is_billed_in_days_is_the_one_on_the_card(conn, as_viewer, customer, held) -> None:
    (result,) = held(customer, terms({"metric": "time_to_bill", "target": 80, "within_days": 30})).objectives
    assert (result.verdict, result.gross.value) == ("not_proven", None)


def test_a_part_of_the_customer_is_judged_alone(conn, customer, held) -> None:
    first, second = (
        a_flow(conn, customer, key, workflow=work) for key, work in (("a", "projects"), ("b", "invoices"))
    )
    some(conn, customer, first, NOON, 9, 1)
    some(conn, customer, second, NOON, 5, 5)
    by_flow = success(population={"flows": ["a"]})
    by_work = success(key="work", population={"workflows": ["invoices"]})
    by_system = success(key="system", population={"systems": ["ipaas"]})
    found = held(customer, terms(by_flow, by_work, by_system))
    assert [(each.gross.k, each.gross.n) for each in found.objectives] == [(9, 10), (5, 10), (14, 20)]


def test_a_threshold_of_its_own_is_counted_from_the_transactions(conn, customer, held) -> None:
    flow = a_flow(conn, customer)
    for seconds in (10, 20, 20, 30):
        committed = NOON + timedelta(seconds=seconds)
        a_run(conn, customer, flow, NOON, source_changed_at=NOON, target_committed_at=committed)
    a_run(conn, customer, flow, NOON, "failed")
    a_run(conn, customer, flow, NOON)
    (result,) = held(customer, terms({"metric": "sync_latency", "target": 60, "threshold": "20s"})).objectives
    assert (result.gross.k, result.gross.n, result.gross.unknown) == (3, 5, 1)


def test_slices_lie_in_the_service_time_and_are_good_or_bad(conn, customer, held) -> None:
    a_calendar(conn, customer, [("2026-10-05 12:00", "2026-10-05 13:00")])
    flow = a_flow(conn, customer)
    for minute, good, bad in ((0, 9, 1), (5, 1, 1), (10, 3, 0)):
        some(conn, customer, flow, NOON + timedelta(minutes=minute), good, bad)
    some(conn, customer, flow, NOON - timedelta(hours=1), 0, 5)
    sliced = success(20, method="timeslices", slice_target=90, calendar="office")
    (result,) = held(customer, terms(sliced)).objectives
    assert (result.gross.k, result.gross.n, result.gross.unknown) == (2, 3, 9)
    (mean,) = held(
        customer, terms(success(method="ratio_timeslices", calendar="office", quiet="up"))
    ).objectives
    assert mean.gross.value == int((0.9 + 0.5 + 10) / 12 * 10**6)
    assert mean.budget.seconds == 3600 // 100


def test_a_month_that_nobody_read_is_not_proven(conn, held) -> None:
    customer = a_customer(conn)
    some(conn, customer, a_flow(conn, customer), NOON, 10, 0)
    (result,) = held(customer, terms(success())).objectives
    assert (result.verdict, result.reason) == ("not_proven", "nobody has read what it depends on")


def test_a_running_month_has_a_forecast_and_burn_rates_like_the_figure(
    conn, as_viewer, customer, held
) -> None:
    flow = a_flow(conn, customer)
    for month_ in ("07", "08", "09"):
        some(conn, customer, flow, at(f"2026-{month_}-10 12:00"), 20, 0)
    for day in range(1, 11):
        some(conn, customer, flow, at(f"2026-10-{day:02} 12:00"), 1, int(day > 8))
    an_objective(conn, customer, "sync_success_rate", target=90)
    now = at("2026-10-11 12:00")
    (result,) = held(customer, terms(success(90)), as_of=now).objectives
    assert (result.forecast.expected, result.forecast.affordable) == (20, 0)
    assert (result.forecast.recent_bad, result.forecast.recent_days) == (2, 7)
    assert result.forecast.lost_on == date(2026, 10, 14)
    with as_viewer([customer], now) as reader:
        (figure,) = figures(reader, "burn_rate", [customer], Period.parse("2026-10", "UTC", now))
    assert result.burn.severity == figure.detail["severity"]
    assert result.burn.why == figure.detail["why"]
    assert [tier.threshold for tier in result.burn.tiers] == [
        int(each * 10**6) for each in figure.detail["thresholds"]
    ]
    assert result.burn.tiers[3].long_burn == pytest.approx(figure.detail["burn_3d"] * 10**6, abs=1)


def test_what_both_sides_left_out_is_not_expected_to_go_on(conn, as_viewer, customer, held) -> None:
    flow = a_flow(conn, customer)
    for day in range(1, 11):
        some(conn, customer, flow, at(f"2026-10-{day:02} 12:00"), 20, 0)
    bad = [a_run(conn, customer, flow, at(f"2026-10-{day:02} 13:00"), "failed") for day in (8, 9, 9)]
    agreed = terms(success(99), exclusions={"allowed": ["customer_data"]})
    now = at("2026-10-11 12:00")

    def forecast():
        (result,) = held(customer, agreed, as_of=now).objectives
        return result.forecast.recent_bad, result.forecast.affordable, result.forecast.lost_on

    assert forecast() == (3, 3, date(2026, 10, 20))
    with as_viewer([customer], role="triage") as desk:
        said = ("customer_data", "partner", "ada", at("2026-10-10"), "no tax code", bad[:2])
        number = propose(desk, customer, *said)
        say(desk, customer, number, "accepted", "customer", "cy", at("2026-10-11"), "right")
    assert forecast() == (1, 5, None)


@pytest.mark.parametrize(
    ("share", "unknown", "found"),
    [(0.6, 0, (600_000, 600_000, 600_000)), (1 - 0.4 - 1e-16, 0, (600_000, 600_000, 600_000)), (0.6, 10, (600_000, 300_000, 800_000))],
)  # fmt: skip
def test_a_share_of_a_curve_is_not_missed_by_its_last_digit(share: float, unknown: int, found: tuple) -> None:
    figure = SimpleNamespace(detail={"within_30_days": share}, sample=10, unknown=unknown)
    it = share_within([figure], 30)
    assert (it.micro, it.low_micro, it.high_micro) == found


# --- windows and versions


@pytest.mark.parametrize(
    ("named", "as_of", "since", "until"),
    [
        ("calendar-month", "2026-12-01", "2026-10-01", "2026-11-01"),
        ("quarter", "2026-12-01", "2026-10-01", "2027-01-01"),
        ("28d", "2026-12-01", "2026-10-04", "2026-11-01"),
        ("28d", "2026-10-10", "2026-09-13", "2026-10-11"),
        ("30d", "2026-09-01", "2026-09-02", "2026-10-02"),
    ],
)
def test_a_month_is_judged_by_its_window(named: str, as_of: str, since: str, until: str) -> None:
    window = window_of(named, date(2026, 10, 1), "UTC", at(as_of), date(2020, 1, 1))
    assert (window.since, window.until) == (at(since), at(until))


def test_a_window_does_not_begin_before_the_terms_hold() -> None:
    first, later = date(2026, 10, 1), at("2026-12-01")
    begun = window_of("calendar-month", first, "UTC", later, date(2026, 10, 12))
    assert begun.since == at("2026-10-12")
    proposed = window_of("calendar-month", first, "UTC", later, date(2027, 1, 1))
    assert proposed.since == at("2026-10-01")


def test_months_and_the_windows_before_them() -> None:
    assert months_before(date(2026, 2, 1), 3) == [date(2025, 12, 1), date(2026, 1, 1), date(2026, 2, 1)]
    quarter = windows_before("quarter", Period.days(date(2026, 10, 1), date(2027, 1, 1), "UTC"))
    assert [each.since for each in quarter] == [at("2026-07-01"), at("2026-04-01"), at("2026-01-01")]
    assert month_of(month(date(2026, 10, 1), "America/New_York")) == date(2026, 10, 1)
    with pytest.raises(ValueError, match="told by the month"):
        month_of(Period.parse("2026-10-05", "UTC", LATER))


def test_a_month_has_the_terms_of_its_first_day(conn) -> None:
    customer = a_customer(conn)
    for since, target in (("2026-03-10", 90), ("2026-05-15", 95)):
        an_objective(conn, customer, "sync_success_rate", since, target=target)
    found = {n: in_force(conn, customer, date(2026, n, 1)) for n in (2, 3, 4, 5, 6)}
    targets = {n: each and int(each.objectives[0].target) for n, each in found.items()}
    assert targets == {2: None, 3: 90, 4: 90, 5: 90, 6: 95}
    days = [on_day(conn, customer, date(2026, month, day)) for month, day in ((3, 9), (3, 10), (5, 15))]
    assert [each and int(each.objectives[0].target) for each in days] == [None, 90, 95]


def test_terms_for_a_stage_hold_while_the_customer_is_in_it(conn) -> None:
    customer = a_customer(conn)
    for since, stage in (("2026-01-01", None), ("2026-02-01", "implementation")):
        document = json.dumps({"tier": stage or "any", "stage": stage})
        insert(
            conn, "ops.terms", customer_id=customer, valid_from=date.fromisoformat(since), document=document
        )
    insert(
        conn, "ops.lifecycle_stage", customer_id=customer, valid_from=date(2026, 3, 1), stage="implementation"
    )
    insert(conn, "ops.lifecycle_stage", customer_id=customer, valid_from=date(2026, 5, 1), stage="expansion")
    tiers = [in_force(conn, customer, date(2026, n, 1)).tier for n in (2, 3, 4, 5)]
    assert tiers == ["any", "implementation", "implementation", "any"]


def test_exceptions_are_a_part_of_the_terms(conn, customer, held) -> None:
    flow = a_flow(conn, customer)
    an_exception(conn, customer, NOON, NOON + timedelta(hours=1), flow_id=flow)
    an_exception(conn, customer, NOON, NOON + timedelta(hours=9), flow_id=flow)
    resolved = {"metric": "exception_resolution", "target": 50, "within": "8h"}
    (result,) = held(customer, terms(resolved)).objectives
    assert (result.gross.k, result.gross.n, result.verdict) == (1, 2, "met")
