"""A14: what is unusual for such a day. A month-end spike is not; a quiet month end is."""

from datetime import date, timedelta
from math import exp, log
from random import Random
from statistics import median

import pytest
from sqlalchemy import text

from metrics.period import Period, midnight
from tests.metrics.builders import a_calendar, a_customer, a_flow, a_poll, an_exception, at, system_of

LAST = date(2026, 10, 30)  # a Friday, the last business day of October
FIRST = LAST - timedelta(days=420)


@pytest.fixture
def counted(conn):
    """Writes so many exceptions on each day, all at once; everything has been read."""

    def write(counts, customer=None, flow=None, zone="UTC"):
        customer = customer or a_customer(conn, zone)
        cause = an_exception(conn, customer, at("2020-01-01"), at("2020-01-01"))
        days = [day for day, count in counts.items() for _ in range(count)]
        conn.execute(
            text(
                "INSERT INTO ops.exception_occurrence (customer_id, exception_id, subject_type, system_id, subject_id, flow_id, occurred_at)"
                " SELECT :customer, :cause, 'transaction', :system, 'o' || n, :flow, d"
                " FROM unnest(CAST(:moments AS timestamptz[])) WITH ORDINALITY u (d, n)"
            ),
            {
                "customer": customer,
                "cause": cause,
                "system": system_of(conn, customer),
                "flow": flow,
                "moments": [midnight(day, zone) + timedelta(hours=9) for day in days],
            },
        )
        a_poll(conn, customer, None, at("2026-11-20"))
        return customer

    return write


def business_days(first, last):
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    return [day for day in days if day.isoweekday() < 6]


def is_month_end(day):
    rest = business_days(day + timedelta(days=1), day + timedelta(days=7))
    return rest[0].month != day.month


def a_year(month_end, otherwise=10, closed=0):
    """Ten or so on every business day, other counts on the last one of each month."""
    counts = {}
    for n in range((LAST - FIRST).days + 1):
        day = FIRST + timedelta(days=n)
        if day.isoweekday() > 5:
            counts[day] = closed
        else:
            counts[day] = month_end if is_month_end(day) else otherwise + day.toordinal() % 3
    return counts


def test_a_month_end_spike_is_normal(counted, adds_up):
    period = Period.days(date(2026, 10, 1), date(2026, 10, 31), "UTC")
    figure = adds_up("A14", counted(a_year(month_end=60)), period=period)
    assert (figure.numerator, figure.value, figure.sample) == (60, 0, 12)
    assert figure.detail["day_class"] == "business day -1 of the month"
    assert (figure.detail["is_unusual"], figure.detail["usual"]) == (False, pytest.approx(60))
    assert all(is_month_end(day) for day in figure.detail["comparable_day"])


def test_a_quiet_month_end_is_not_normal(counted, adds_up):
    counts = a_year(month_end=60) | {LAST: 10}
    figure = adds_up("A14", counted(counts), period=Period.days(date(2026, 10, 1), date(2026, 10, 31), "UTC"))
    assert figure.value == pytest.approx((log(11) - log(61)) / 0.1)
    assert figure.detail["is_unusual"] is True
    assert figure.detail["from_usual"] > 10


def test_the_same_spike_on_any_other_day_is_unusual(counted, adds_up):
    day = date(2026, 10, 14)
    figure = adds_up(
        "A14",
        counted(a_year(month_end=60) | {day: 60}),
        period=Period.days(date(2026, 10, 1), day + timedelta(days=1), "UTC"),
    )
    assert figure.value > 4
    assert (figure.detail["day_class"], figure.detail["is_unusual"]) == ("wednesday", True)
    assert figure.detail["is_alert"] is False  # one day alone


def test_two_unusual_days_of_three_are_an_alert(counted, parts):
    counts = a_year(month_end=60) | {date(2026, 10, 13): 60, date(2026, 10, 15): 60}
    found = parts(
        "A14", counted(counts), by="day", period=Period.days(date(2026, 10, 13), date(2026, 10, 17), "UTC")
    )
    assert {part[-2:]: each.detail["is_alert"] for part, each in found.items()} == {
        "13": False,
        "14": False,
        "15": True,
        "16": False,
    }


@pytest.mark.parametrize(("count", "unusual"), [(4, False), (5, True)])
def test_less_than_five_more_is_never_unusual(counted, whole, count, unusual):
    counts = dict.fromkeys(a_year(0), 0) | {LAST: count}
    figure = whole("A14", counted(counts), period=Period.days(FIRST, date(2026, 10, 31), "UTC"))
    assert figure.value > 4
    assert figure.detail["is_unusual"] is unusual


def test_it_learns_before_it_judges(conn, whole):
    customer = a_customer(conn)
    an_exception(conn, customer, at("2026-10-30 09:00"))
    a_poll(conn, customer, at("2026-10-01"), at("2026-11-20"))
    period = Period.days(date(2026, 10, 1), date(2026, 10, 31), "UTC")
    figure = whole("A14", customer, period=period)
    assert (figure.value, figure.numerator, figure.detail["why"]) == (None, 1, "learning")


def test_days_that_were_not_read_are_neither_judged_nor_compared_with(conn, whole):
    customer = a_customer(conn)
    a_poll(conn, customer, None, at("2026-10-20"))
    period = Period.days(date(2026, 10, 1), date(2026, 10, 31), "UTC")
    figure = whole("A14", customer, period=period)
    assert (figure.value, figure.numerator, figure.detail["why"]) == (None, None, "not read")
    assert max(figure.detail["comparable_day"]) < date(2026, 10, 20)


def test_a_holiday_is_a_closed_day_and_moves_the_month_end(conn, counted, parts):
    customer = a_customer(conn)
    windows = [
        (f"{day} 09:00", f"{day} 17:00") for day in business_days(FIRST, date(2026, 11, 30)) if day != LAST
    ]
    a_calendar(conn, customer, windows)
    counted(a_year(month_end=60), customer)
    found = parts(
        "A14", customer, by="day", period=Period.days(date(2026, 10, 28), date(2026, 10, 31), "UTC")
    )
    assert [each.detail["day_class"] for each in found.values()] == [
        "business day -2 of the month",
        "business day -1 of the month",
        "closed",
    ]


def test_only_days_that_are_over_are_judged(counted, whole):
    customer = counted(a_year(month_end=60), zone="America/New_York")
    period = Period.days(date(2026, 10, 1), date(2026, 11, 1), "America/New_York")
    figure = whole("A14", customer, period=period, as_of=at("2026-10-30 03:59"))
    assert figure.detail["day"] == date(2026, 10, 28)
    assert whole("A14", customer, period=period, as_of=at("2026-10-30 04:00")).detail["day"] == date(
        2026, 10, 29
    )


def test_parts(conn, counted, parts):
    customer = a_customer(conn)
    flow = a_flow(conn, customer)
    counted({LAST: 3}, customer, flow)
    period = Period.days(date(2026, 10, 1), date(2026, 10, 31), "UTC")
    for by, expected in (
        ("class", {"technical": 3, "business": 0}),
        ("flow", {"won-to-project": 3, "(no flow)": 0}),
    ):
        assert {p: f.numerator for p, f in parts("A14", customer, by=by, period=period).items()} == expected


@pytest.mark.parametrize("seed", range(3))
def test_it_is_median_and_mad_of_the_days_before(counted, parts, seed):
    random = Random(seed)
    counts = {FIRST + timedelta(days=n): random.randint(0, 30) for n in range(421)}
    found = parts(
        "A14", counted(counts), by="day", period=Period.days(date(2026, 10, 1), date(2026, 10, 31), "UTC")
    )
    assert len(found) == 30
    for each in found.values():
        days = each.detail["comparable_day"]
        assert len(days) == 12
        logs = [log(1 + counts[day]) for day in days]
        middle = median(logs)
        spread = max(0.1, 1.4826 * median(abs(one - middle) for one in logs))
        assert each.value == pytest.approx((log(1 + each.numerator) - middle) / spread)
        assert each.detail["usual"] == pytest.approx(exp(middle) - 1)
        if each.detail["day_class"].endswith("day"):
            assert {day.isoweekday() for day in days} == {each.detail["day"].isoweekday()}
