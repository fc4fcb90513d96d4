"""A portfolio: one figure for each customer, its months cut in its own contract's zone."""

import pytest

from metrics.period import Period
from metrics.read import figures, portfolio
from tests.metrics.builders import a_customer, a_flow, a_poll, a_run, at

LATER = at("2026-11-20")
ZONES = ("UTC", "America/New_York", "Asia/Tokyo")


@pytest.fixture
def customers(conn):
    """Three customers in three zones, each with a success at 02:00 UTC on 1 October and a failure at noon."""
    found = {}
    for zone in ZONES:
        found[zone] = a_customer(conn, zone)
        flow = a_flow(conn, found[zone])
        a_run(conn, found[zone], flow, at("2026-10-01 02:00"))
        a_run(conn, found[zone], flow, at("2026-10-01 12:00"), "failed")
    return found


def month(zone):
    return Period.parse("2026-10", zone, LATER)


def test_each_customer_s_month_begins_at_its_own_midnight(customers, as_viewer):
    periods = {customer: month(zone) for zone, customer in customers.items()}
    with as_viewer(list(periods), LATER) as reader:
        found = {figure.customer_ids[0]: figure for figure in portfolio(reader, "A1", periods)}
        alone = {c: figures(reader, "A1", [c], period)[0] for c, period in periods.items()}
    assert {zone: found[customer].denominator for zone, customer in customers.items()} == {
        "UTC": 2,
        "America/New_York": 1,
        "Asia/Tokyo": 2,
    }
    assert found == alone


def test_months_of_many_customers_come_with_one_question_each_zone(customers, as_viewer):
    wide = {c: Period.parse("2026-09-01..2026-11-01", zone, LATER) for zone, c in customers.items()}
    with as_viewer(list(wide), LATER) as reader:
        found = {
            (f.customer_ids[0], f.part): (f.numerator, f.denominator)
            for f in portfolio(reader, "A1", wide, by="month")
        }
    assert found == {
        (customers["UTC"], "2026-09"): (0, 0),
        (customers["UTC"], "2026-10"): (1, 2),
        (customers["America/New_York"], "2026-09"): (1, 1),
        (customers["America/New_York"], "2026-10"): (0, 1),
        (customers["Asia/Tokyo"], "2026-09"): (0, 0),
        (customers["Asia/Tokyo"], "2026-10"): (1, 2),
    }


def test_a_month_s_coverage_is_its_own(conn, customers, as_viewer):
    own = customers["UTC"]
    a_poll(conn, own, at("2026-10-01"), at("2026-10-16 12:00"))
    wide = {own: Period.parse("2026-09-01..2026-11-01", "UTC", LATER)}
    with as_viewer([own], LATER) as reader:
        found = {f.part: f.coverage for f in portfolio(reader, "A1", wide, by="month")}
    assert found == {"2026-09": 0.0, "2026-10": 0.5}


def test_a_customer_of_somebody_else_has_no_figure(customers, as_viewer):
    mine, other = customers["UTC"], customers["Asia/Tokyo"]
    with as_viewer([mine], LATER) as reader:
        found = portfolio(reader, "A1", {mine: month("UTC"), other: month("Asia/Tokyo")})
    assert [figure.customer_ids for figure in found] == [(mine,)]
