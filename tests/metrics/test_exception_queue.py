"""A13: what is in trouble, how old it is, and how long it takes to be cleared."""

from datetime import timedelta
from math import inf

import pytest

from metrics.read import figures
from tests.metrics.builders import a_customer, a_flow, a_poll, an_event, an_exception, an_occurrence, at
from tests.metrics.conftest import OCTOBER

NOON = at("2026-10-05 12:00")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
END = at("2026-11-01")


def test_open_is_what_has_begun_and_is_not_cleared(conn, adds_up):
    customer = a_customer(conn)
    cause = an_exception(conn, customer, NOON)
    an_occurrence(conn, customer, cause, NOON + HOUR, NOON + 3 * HOUR)
    an_exception(conn, customer, NOON + 2 * HOUR, NOON + 2 * HOUR)  # it turned out to be none
    expected = {-1: 0, 0: 1, 1: 2, 2: 2, 3: 1}
    assert {n: adds_up("A13", customer, as_of=NOON + n * HOUR).value for n in expected} == expected
    figure = adds_up("A13", customer, as_of=NOON + 2 * HOUR)
    assert (figure.detail["causes"], figure.detail["oldest_at"], figure.detail["oldest_seconds"]) == (
        1,
        NOON,
        7200,
    )


def test_ages_are_told_in_bands_at_the_end_of_the_period(conn, whole):
    customer = a_customer(conn)
    for days in (0.5, 1, 2, 8, 31):
        an_exception(conn, customer, END - timedelta(days=days), severity=2 if days < 1 else 3)
    an_exception(conn, customer, END)
    detail = whole("A13", customer).detail
    bands = ("up_to_1_day", "up_to_7_days", "up_to_30_days", "older", "severe")
    assert [detail[band] for band in bands] == [2, 1, 1, 1, 1]


def test_what_a_person_waived_is_not_open_from_then_on(conn, adds_up):
    customer = a_customer(conn)
    cause = an_exception(conn, customer, NOON)
    an_event(conn, customer, cause, "moved", NOON + HOUR, "kim@partner.example", to_state="waived")
    an_occurrence(conn, customer, cause, NOON + 2 * HOUR)
    assert adds_up("A13", customer, as_of=NOON + HOUR / 2).value == 1
    assert adds_up("A13", customer).value == 0
    clear = adds_up("A13b", customer)
    assert (clear.value, clear.detail["waived"], clear.detail["still_open"]) == (inf, 2, 0)


def test_nothing_open_is_zero_and_never_read_is_unknown(conn, whole):
    read, never = a_customer(conn), a_customer(conn)
    a_poll(conn, read, None, END)
    assert [whole("A13", each).value for each in (read, never)] == [0, None]
    assert [whole("A13b", each).value for each in (read, never)] == [None, None]


def test_the_parts_add_up(conn, parts):
    customer = a_customer(conn)
    flow = a_flow(conn, customer)
    an_exception(conn, customer, NOON, flow_id=flow)
    an_exception(conn, customer, NOON, rule="unbilled", **{"class": "business"})
    expected = {
        "class": {"technical": 1, "business": 1},
        "rule": {"run_failed": 1, "unbilled": 1},
        "flow": {"won-to-project": 1, "(no flow)": 1},
        "workflow": {"opportunity_to_project": 1, "(no flow)": 1},
        "system": {"ipaas": 2},
    }
    for by, counts in expected.items():
        for key in ("A11", "A13"):
            assert {part: each.value for part, each in parts(key, customer, by=by).items()} == counts
        assert {p: each.denominator for p, each in parts("A13b", customer, by=by).items()} == counts


@pytest.mark.parametrize(
    ("hours", "median"),
    [
        ([1, 2, 3], 2),
        ([1, 2, None], 2),
        ([1, None, None], inf),
        ([None], inf),
    ],
)
def test_time_to_clear_counts_what_is_still_open(conn, adds_up, hours, median):
    customer = a_customer(conn)
    for length in hours:
        an_exception(conn, customer, NOON, None if length is None else NOON + length * HOUR)
    figure = adds_up("A13b", customer)
    assert figure.value == median * 3600
    assert figure.detail["still_open"] == hours.count(None)


def test_what_was_older_than_the_period_is_watched_from_its_first_day(conn, adds_up):
    # two began a day before October: one cleared within it, one in time before it; Kaplan-Meier with delayed entry
    customer = a_customer(conn)
    first = OCTOBER.since
    an_exception(conn, customer, first - DAY, first + DAY)
    an_exception(conn, customer, first - DAY, first - HOUR)
    an_exception(conn, customer, first, first + HOUR)
    figure = adds_up("A13b", customer)
    assert (figure.numerator, figure.denominator) == (2, 2)
    assert figure.value == 3600  # at one hour only the younger one was under observation, and it ended


def test_the_slow_tenth_and_the_mean_of_a_day(conn, whole):
    customer = a_customer(conn)
    for n in range(1, 11):
        an_exception(conn, customer, NOON, NOON + n * HOUR)
    detail = whole("A13b", customer).detail
    assert detail["ninety_at"] == 9 * 3600
    assert detail["mean_within_1_day"] == pytest.approx(5.5 * 3600)
    an_exception(conn, customer, NOON)
    assert whole("A13b", customer).detail["mean_within_1_day"] == pytest.approx((55 + 24) / 11 * 3600)


def test_customers_are_not_mixed(conn, as_viewer):
    one, other = a_customer(conn), a_customer(conn)
    an_exception(conn, one, NOON, NOON + HOUR)
    an_exception(conn, other, NOON)
    with as_viewer([one, other], at("2026-11-20")) as reader:
        assert [f.value for f in figures(reader, "A13b", [one, other], OCTOBER)] == [3600, inf]
        (both,) = figures(reader, "A13", [one, other], OCTOBER)
    assert both.value == 1
