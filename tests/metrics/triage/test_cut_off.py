"""Billing cut-offs: the next one in the customer's own zone, holidays left out."""

from datetime import UTC

import pytest

from metrics.triage.cut_off import CutOffError, cut_offs, next_cut_off
from tests.metrics.builders import at


@pytest.mark.parametrize(
    ("rule", "country", "now", "next_at"),
    [
        ({"day": "last-business-day", "at": "17:00"}, None, "2026-10-05", "2026-10-30 21:00"),
        (
            {"day": "last-business-day", "at": "17:00"},
            None,
            "2026-10-30 21:00",
            "2026-11-30 22:00",
        ),  # after the clocks changed
        (
            {"day": "last-business-day", "at": "17:00"},
            "US",
            "2027-05-20",
            "2027-05-28 21:00",
        ),  # Memorial Day is the 31st
        ({"day": "last-day"}, None, "2026-02-03", "2026-03-01 04:59"),
        ({"day": 31, "at": "12:00"}, None, "2026-11-05", "2026-11-30 17:00"),
        ({"day": "business-day-3", "at": "09:00"}, "US", "2026-12-31", "2027-01-06 14:00"),
        ({"day": 5}, "Atlantis", "2026-11-04", "2026-11-06 04:59"),
    ],
)
def test_the_next_cut_off_is_in_the_customer_s_own_time(rule, country, now, next_at):
    assert next_cut_off(rule, "America/New_York", country, at(now)).astimezone(UTC) == at(next_at)


def test_without_an_agreement_there_is_none():
    assert next_cut_off(None, "UTC", None, at("2026-10-05")) is None


def test_later_ones_follow_month_by_month():
    found = cut_offs({"day": 25, "at": "10:00"}, "UTC", None, at("2026-11-30"))
    assert found == [at("2026-12-25 10:00"), at("2027-01-25 10:00"), at("2027-02-25 10:00")]


@pytest.mark.parametrize(
    "rule", [{"day": "someday"}, {"day": 32}, {"day": "business-day-40"}, {"day": 5, "at": "noon"}]
)
def test_a_rule_that_cannot_be_read_says_what_would_do(rule):
    with pytest.raises(CutOffError, match=r"^billing_cut_off: (day|at) is "):
        next_cut_off(rule, "UTC", None, at("2026-10-05"))
