"""B3: what the promised success rate leaves room for."""

from decimal import Decimal

import pytest

from metrics.period import Period
from tests.metrics.builders import a_customer, a_flow, a_run, an_objective, at, insert

NOON = at("2026-10-05 12:00")


def some(conn, customer, flow, due, good, bad):
    for status, count in (("success", good), ("failed", bad)):
        for _ in range(count):
            a_run(conn, customer, flow, due, status)


@pytest.mark.parametrize(
    ("target", "bad", "left", "allowed"),
    [(90, 0, 1, 2), (90, 1, 0.5, 2), (90, 2, 0, 2), (90, 3, -0.5, 2), ("87.5", 1, 0.6, 2), (95, 1, 0, 1)],
)
def test_what_is_left_of_the_failures_allowed(conn, adds_up, target, bad, left, allowed):
    customer = a_customer(conn)
    an_objective(conn, customer, "sync_success_rate", target=target)
    some(conn, customer, a_flow(conn, customer), NOON, 20 - bad, bad)
    figure = adds_up("B3", customer)
    assert (figure.numerator, figure.denominator) == (bad, 20)
    assert figure.value == pytest.approx(left)
    assert (figure.detail["allowed"], figure.detail["target"]) == (allowed, Decimal(str(target)) / 100)


def test_without_an_agreed_target_there_is_no_budget(conn, adds_up):
    customer = a_customer(conn)
    some(conn, customer, a_flow(conn, customer), NOON, 3, 1)
    figure = adds_up("B3", customer)
    assert (figure.value, figure.denominator, figure.detail["without_target"]) == (None, 0, 4)


@pytest.mark.parametrize("more", [{"method": "timeslices"}, {"unit": "seconds"}, {"target": "a lot"}])
def test_what_is_not_a_share_of_occurrences_is_no_target(conn, whole, more):
    customer = a_customer(conn)
    an_objective(conn, customer, "sync_success_rate", **more)
    some(conn, customer, a_flow(conn, customer), NOON, 3, 1)
    assert whole("B3", customer).value is None


def test_a_target_of_everything_leaves_no_budget_to_speak_of(conn, whole):
    customer = a_customer(conn)
    an_objective(conn, customer, "A1", target=100)
    some(conn, customer, a_flow(conn, customer), NOON, 3, 1)
    figure = whole("B3", customer)
    assert (figure.value, figure.detail["allowed"]) == (None, 0)


def test_each_day_has_the_target_of_that_day(conn, whole, parts, behind):
    customer = a_customer(conn)
    flow = a_flow(conn, customer)
    an_objective(conn, customer, "sync_success_rate", "2026-10-05", target=90)
    an_objective(conn, customer, "sync_success_rate", "2026-10-06", target=80)
    for day in ("2026-10-04", "2026-10-05", "2026-10-06"):
        some(conn, customer, flow, at(f"{day} 12:00"), 9, 1)
    figure = whole("B3", customer)
    assert (figure.numerator, figure.denominator, figure.detail["without_target"]) == (2, 20, 10)
    assert figure.value == pytest.approx(1 - 2 / 3)
    assert figure.detail["target"] is None
    assert behind("B3", customer)["value"].sum() == pytest.approx(3)  # the failures allowed, row by row
    days = parts("B3", customer, by="day", period=Period.parse("2026-10-04..2026-10-07", "UTC", NOON))
    assert [None if each.value is None else round(each.value, 9) for each in days.values()] == [None, 0, 0.5]


def test_what_nobody_can_tell_lies_between_bad_and_good(conn, whole):
    customer = a_customer(conn)
    flow = a_flow(conn, customer)
    an_objective(conn, customer, "sync_success_rate", target=50)
    some(conn, customer, flow, NOON, 2, 1)
    a_run(conn, customer, flow, NOON, "unknown")
    figure = whole("B3", customer)
    assert (figure.value, figure.low, figure.high) == (pytest.approx(1 / 3), 0, 0.5)


def test_early_in_a_month_the_volume_of_the_months_before_stands_beside_it(conn, whole):
    customer = a_customer(conn)
    flow = a_flow(conn, customer)
    an_objective(conn, customer, "sync_success_rate", target=90)
    for month, count in (("2026-07", 100), ("2026-08", 300), ("2026-09", 200)):
        zeros = dict.fromkeys(COUNTERS, 0)
        insert(
            conn, "kpi.flow_day", customer_id=customer, flow_id=flow, day=f"{month}-03", starts_at=at(f"{month}-03"),
            ends_at=at(f"{month}-04"), **zeros | {"n_s1": count},
        )  # fmt: skip
    some(conn, customer, flow, at("2026-10-01 12:00"), 9, 1)
    detail = whole("B3", customer, as_of=at("2026-10-02")).detail
    assert (detail["expected_valid"], detail["expected_budget"]) == (200, 20)
    assert detail["expected_left"] == pytest.approx(0.95)
    assert whole("B3", customer).detail["expected_valid"] is None  # the month is over: it is a count


COUNTERS = [
    "n_s1",
    "n_s2",
    "n_s3",
    "n_failed",
    "n_open",
    "n_overdue",
    "n_missed",
    "n_void",
    "n_unknown",
    "n_attempted",
    "attempts",
    "records_ok",
    "records_bad",
    "n_records_unknown",
    "n_latency_within",
    "n_latency_zero",
    "n_latency_infinite",
    "n_latency_unknown",
    "n_duration_within",
    "n_duration_zero",
    "n_duration_infinite",
    "n_duration_unknown",
]
