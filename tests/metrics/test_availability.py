"""B1: was the service there when it was agreed to be? Slices of five minutes, a run in each unless a test says otherwise."""

from datetime import timedelta

import pytest

from metrics.period import Period
from tests.metrics.builders import a_calendar, a_customer, a_flow, a_run, an_objective, at

NINE = at("2026-10-05 09:00")
SLICE = timedelta(minutes=5)
DAY = Period.parse("2026-10-05", "UTC", NINE)
OFFICE = [("2026-10-05 09:00", "2026-10-05 10:00")]


@pytest.fixture
def office(conn):
    """A customer whose service is agreed for one hour, twelve slices; quiet ones count as up."""
    customer = a_customer(conn)
    a_calendar(conn, customer, OFFICE)
    an_objective(conn, customer, "availability", service_time="office", quiet="up")
    return customer


def traffic(conn, customer, pattern, key="won-to-project"):
    """A run in each slice: + good, - bad, . none."""
    flow = a_flow(conn, customer, key)
    for n, sign in enumerate(pattern):
        if sign != ".":
            a_run(conn, customer, flow, NINE + n * SLICE, "success" if sign == "+" else "failed")


@pytest.mark.parametrize(
    ("pattern", "down", "outages"),
    [
        ("++++++++++++", 0, 0),
        ("++--++++--++", 0, 0),
        ("++---+++++++", 3, 1),
        ("---+++++----", 7, 2),
        ("++-.--++++++", 0, 0),
        ("------------", 12, 1),
        ("............", 0, 0),
        ("++++++++++++---", 0, 0),
    ],
)
def test_three_bad_slices_in_a_row_are_downtime(conn, office, adds_up, pattern, down, outages):
    traffic(conn, office, pattern)
    figure = adds_up("B1", office, period=DAY)
    assert (figure.numerator, figure.denominator, figure.detail["outages"]) == (12 - down, 12, outages)
    assert (figure.detail["agreed_seconds"], figure.detail["down_seconds"]) == (3600, down * 300)


def test_half_is_enough(conn, office, whole):
    for key, pattern in (("a", "---"), ("b", "+++")):
        traffic(conn, office, pattern, key)
    assert whole("B1", office, period=DAY).value == 1


def test_each_flow_is_a_service_of_its_own_when_split(conn, office, parts):
    for key, pattern in (("a", "---+++++++++"), ("b", "++++++++++++"), ("c", "++++++++++++")):
        traffic(conn, office, pattern, key)
    assert {part: f.numerator for part, f in parts("B1", office, by="flow", period=DAY).items()} == {
        "a": 9,
        "b": 12,
        "c": 12,
    }
    assert parts("B1", office, period=DAY)[""].value == 1


@pytest.mark.parametrize(
    ("quiet", "numerator", "denominator", "unknown"),
    [("up", 12, 12, 0), ("left_out", 4, 7, 0), (None, 7, 7, 5)],
)
def test_what_a_slice_without_traffic_means_is_agreed_or_unknown(
    conn, adds_up, quiet, numerator, denominator, unknown
):
    customer = a_customer(conn)
    a_calendar(conn, customer, OFFICE)
    an_objective(conn, customer, "B1", service_time="office", **({"quiet": quiet} if quiet else {}))
    traffic(conn, customer, "++-.-.-.++..")
    figure = adds_up("B1", customer, period=DAY)
    assert (figure.numerator, figure.denominator, figure.unknown) == (numerator, denominator, unknown)


@pytest.mark.parametrize("more", [{}, {"service_time": "nights"}])
def test_without_an_agreed_service_time_there_is_no_availability(conn, adds_up, more):
    customer = a_customer(conn)
    an_objective(conn, customer, "availability", **more)
    traffic(conn, customer, "+-")
    assert adds_up("B1", customer, period=DAY).value is None


@pytest.mark.parametrize(("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25), ("2026-10-05", 24)])
def test_a_day_is_as_long_as_it_is(conn, whole, day, hours):
    customer = a_customer(conn, "Europe/London")
    a_flow(conn, customer)
    an_objective(conn, customer, "availability", service_time="always", quiet="up")
    figure = whole("B1", customer, period=Period.parse(day, "Europe/London", NINE))
    assert (figure.detail["agreed_seconds"], figure.value) == (hours * 3600, 1)


def test_what_has_not_passed_or_is_not_decided_is_not_counted(conn, office, whole):
    flow = a_flow(conn, office)
    a_run(conn, office, flow, NINE, "running")
    assert whole("B1", office, period=DAY, as_of=NINE + timedelta(minutes=12)).denominator == 1
    assert (
        whole("B1", office, period=DAY, as_of=NINE + timedelta(hours=2)).denominator == 12
    )  # overdue by then


def test_days_are_parts(conn, parts):
    customer = a_customer(conn, "America/New_York")
    a_flow(conn, customer)
    an_objective(conn, customer, "availability", service_time="always", quiet="up")
    period = Period.parse("2026-11-01..2026-11-03", "America/New_York", NINE)
    found = parts("B1", customer, by="day", period=period)
    assert {part: f.denominator for part, f in found.items()} == {"2026-11-01": 300, "2026-11-02": 288}
