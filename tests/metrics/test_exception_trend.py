"""A14: what is unusual for such a day. A month-end spike is not; a quiet month end is."""

from datetime import date, timedelta
from math import exp, log
from random import Random
from statistics import median

import pytest

from metrics.period import Period, midnight
from tests.metrics.builders import a_calendar, a_customer, a_flow, a_poll, an_exception, at, insert

pytestmark = pytest.mark.slow

LAST = date(2026, 10, 30)  # a Friday, the last business day of October
FIRST = LAST - timedelta(days=420)


def business_days(first, last):
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    return [day for day in days if day.isoweekday() < 6]


def is_month_end(day):
    rest = business_days(day + timedelta(days=1), day + timedelta(days=7))
    return rest[0].month != day.month


def a_year(month_end, otherwise=10, closed=0, quarter_end=None):
    """Ten or so on every business day, other counts on the last one of each month, and of each quarter."""
    counts = {}
    for n in range((LAST - FIRST).days + 1):
        day = FIRST + timedelta(days=n)
        if day.isoweekday() > 5:
            counts[day] = closed
        else:
            last = month_end if quarter_end is None or day.month % 3 else quarter_end
            counts[day] = last if is_month_end(day) else otherwise + day.toordinal() % 3
    return counts


def test_a_month_end_spike_is_normal(counted, adds_up):
    period = Period.days(date(2026, 10, 1), date(2026, 10, 31), "UTC")
    figure = adds_up("A14", counted(a_year(month_end=60)), period=period)
    assert (figure.numerator, figure.value, figure.sample) == (60, 0, 8)
    assert figure.detail["day_class"] == "business day -1 of the month"
    assert (figure.detail["is_unusual"], figure.detail["usual"]) == (False, pytest.approx(60))
    assert all(is_month_end(day) and day.month % 3 for day in figure.detail["comparable_day"])


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
    counts = dict.fromkeys(a_year(0), 0) | {FIRST: 1, LAST: count}
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
    assert {figure.detail[name] for name in ("usual", "from_usual", "to_usual")} == {None}


def test_days_that_were_not_read_are_neither_judged_nor_compared_with(conn, whole):
    customer = a_customer(conn)
    a_poll(conn, customer, None, at("2026-10-20"))
    period = Period.days(date(2026, 10, 1), date(2026, 10, 31), "UTC")
    figure = whole("A14", customer, period=period)
    assert (figure.value, figure.numerator, figure.detail["why"]) == (None, None, "not read")
    assert max(figure.detail["comparable_day"]) < date(2026, 10, 20)


def test_a_holiday_is_none_of_the_business_days_and_moves_the_month_end(conn, counted, parts):
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
        "holiday",
    ]
    last = list(found.values())[-1]
    assert last.detail["compared_with"] == "closed days"  # there was no other holiday
    assert {day.isoweekday() for day in last.detail["comparable_day"]} == {6, 7}


def test_only_days_that_are_over_are_judged(counted, whole):
    customer = counted(a_year(month_end=60), zone="America/New_York")
    period = Period.days(date(2026, 10, 1), date(2026, 11, 1), "America/New_York")
    figure = whole("A14", customer, period=period, as_of=at("2026-10-30 03:59"))
    assert figure.detail["day"] == date(2026, 10, 28)
    assert whole("A14", customer, period=period, as_of=at("2026-10-30 04:00")).detail["day"] == date(
        2026, 10, 29
    )


def test_a_class_and_a_flow_have_their_own_trend(conn, counted, parts):
    customer = a_customer(conn)
    flow = a_flow(conn, customer)
    counted({LAST: 3}, customer, flow)
    period = Period.days(date(2026, 10, 1), date(2026, 10, 31), "UTC")
    for by, expected in (
        ("class", {"technical": 3, "business": 0}),
        ("flow", {"won-to-project": 3, "(no flow)": 0}),
    ):
        assert {p: f.numerator for p, f in parts("A14", customer, by=by, period=period).items()} == expected


QUARTER = date(2026, 9, 30)  # a Wednesday
SEPTEMBER = Period.days(date(2026, 9, 1), date(2026, 10, 1), "UTC")


@pytest.mark.parametrize(
    ("count", "unusual"), [(200, False), (60, True), (900, True)], ids=["as ever", "quiet", "far more"]
)
def test_the_end_of_a_quarter_is_held_against_ends_of_quarters(counted, whole, count, unusual):
    counts = a_year(month_end=60, quarter_end=200) | {QUARTER: count}
    figure = whole("A14", counted(counts, read_from=midnight(FIRST, "UTC")), period=SEPTEMBER)
    assert figure.detail["day_class"] == "business day -1 of the quarter"
    assert figure.detail["compared_with"] == "few ends of quarters, spread as ends of months"
    assert (figure.detail["usual"], figure.detail["is_unusual"]) == (pytest.approx(200), unusual)


def test_after_two_years_ends_of_quarters_stand_for_themselves(counted, whole):
    ends = [date(2024, 9, 30), date(2024, 12, 31), date(2025, 3, 31), date(2025, 6, 30)]
    counts = a_year(month_end=60, quarter_end=200) | dict.fromkeys(ends, 200)
    figure = whole("A14", counted(counts, read_from=at("2024-09-01")), period=SEPTEMBER)
    assert (figure.sample, figure.value, figure.detail["compared_with"]) == (8, 0, None)


def test_how_many_times_a_months_end_a_quarters_is_can_be_said(conn, counted, whole):
    customer = counted(
        a_year(month_end=60, quarter_end=60) | {QUARTER: 180}, read_from=midnight(FIRST, "UTC")
    )
    assert whole("A14", customer, period=SEPTEMBER).detail["is_unusual"] is True
    insert(
        conn,
        "ops.exception_rule",
        customer_id=customer,
        key="unusual_day",
        setting='{"quarter_end": 3}',
        valid_from=at("2026-01-01"),
    )
    figure = whole("A14", customer, period=SEPTEMBER)
    assert (figure.detail["usual"], figure.detail["is_unusual"]) == (pytest.approx(180), False)
    assert figure.detail["compared_with"] == "ends of months, times 3"


WEDNESDAY = date(2026, 10, 14)
OUTAGES = [WEDNESDAY - timedelta(weeks=n) for n in (3, 4, 5, 7, 8, 9)]  # half of the twelve before


def test_a_past_outage_widens_nothing_and_the_next_one_is_unusual_again(counted, whole):
    period = Period.days(date(2026, 10, 1), WEDNESDAY + timedelta(days=1), "UTC")
    quiet, troubled = (
        whole(
            "A14",
            counted(a_year(month_end=60) | dict.fromkeys(outages, 200) | {WEDNESDAY: 50}),
            period=period,
        )
        for outages in ([], OUTAGES)
    )
    assert troubled.detail["day_class"] == "wednesday"
    assert not set(OUTAGES) & set(troubled.detail["comparable_day"])
    assert troubled.detail["is_unusual"] is True
    for end in ("from_usual", "to_usual"):
        assert troubled.detail[end] == pytest.approx(quiet.detail[end], rel=0.15)


def test_a_night_stands_out_where_the_day_does_not(counted, whole, parts, behind):
    counts = {day: count for day, count in a_year(month_end=60).items() if day < WEDNESDAY}
    customer = counted(counts | {WEDNESDAY: 2})
    counted({WEDNESDAY: 9}, customer, hour=3)
    period = Period.days(date(2026, 10, 1), WEDNESDAY + timedelta(days=1), "UTC")
    assert whole("A14", customer, period=period).detail["is_unusual"] is False
    found = parts("A14", customer, by="hours", period=period)
    assert {part: (each.numerator, each.detail["is_unusual"]) for part, each in found.items()} == {
        "00-06": (9, True),
        "06-12": (2, True),
        "12-18": (0, False),
        "18-24": (0, False),
    }
    assert [each.detail["is_alert"] for each in found.values()] == [False, True, False, False]
    rows = behind("A14", customer, period=period)
    assert rows.groupby("hours").size().to_dict() == {"00-06": 9, "06-12": 2}


def kind(day, of=business_days):
    """What a day is compared with: the ends of months and of quarters by their place, else its weekday."""
    if day.isoweekday() > 5:
        return "closed"
    first = day.replace(day=1)
    month = [each for each in of(first, first + timedelta(days=31)) if each.month == day.month]
    place = month.index(day)
    if place >= len(month) - 3:
        return f"{place - len(month)} of the {'month' if day.month % 3 else 'quarter'}"
    if place < 3:
        return f"{place + 1} of the {'quarter' if day.month % 3 == 1 else 'month'}"
    return day.strftime("%A")


def band(counts):
    logs = [log(1 + count) for count in counts]
    middle = median(logs)
    return middle, max(0.1, 1.4826 * median(abs(one - middle) for one in logs))


def is_odd(count, before):
    if len(before) < 6:
        return False
    middle, spread = band(before)
    return abs(log(1 + count) - middle) > 4 * spread and abs(count - (exp(middle) - 1)) >= 5


@pytest.mark.parametrize("seed", range(3))
def test_it_is_median_and_mad_of_the_usual_days_of_its_kind_before(counted, parts, seed):
    random = Random(seed)
    counts = {FIRST + timedelta(days=n): random.choice([0, 9, 10, 11, 12, 14, 30]) for n in range(421)}
    customer = counted(counts, read_from=midnight(FIRST, "UTC"))
    found = parts("A14", customer, by="day", period=Period.days(date(2026, 10, 1), date(2026, 10, 31), "UTC"))
    usual = {}
    of_kind = {}
    for day, count in counts.items():
        before = of_kind.setdefault(kind(day), [])
        if not is_odd(count, [counts[each] for each in before[-12:]]):
            usual.setdefault(kind(day), []).append(day)
        before.append(day)
    judged = 0
    for each in found.values():
        day = each.detail["day"]
        days = [one for one in usual[kind(day)] if one < day][-12:]
        if kind(day).endswith("quarter"):
            assert set(days) < set(each.detail["comparable_day"])
        elif len(days) < 6:
            assert each.value is None
        else:
            middle, spread = band([counts[one] for one in days])
            assert each.detail["comparable_day"] == days
            assert each.value == pytest.approx((log(1 + each.numerator) - middle) / spread)
            assert each.detail["usual"] == pytest.approx(exp(middle) - 1)
            judged += 1
    assert judged > 20
