"""G17: public holidays of 2026, from opm.gov (United States) and gov.uk (England)."""

from datetime import date

import pytest

from metrics.calendars import public_holidays


def days(place):
    return {f"{day:%d %b}" for day in public_holidays(place, 2026, 2026) if day.year == 2026}


def test_the_united_states_keep_juneteenth_and_the_observed_independence_day():
    assert {"19 Jun", "03 Jul"} <= days("US")


def test_england_has_a_substitute_for_boxing_day_on_a_saturday():
    published = {"01 Jan", "03 Apr", "06 Apr", "04 May", "25 May", "31 Aug", "25 Dec", "28 Dec"}
    assert days("GB-ENG") - {"26 Dec"} == published  # Boxing Day itself is a Saturday
    assert date(2026, 12, 26).weekday() == 5


def test_a_place_nobody_knows_is_said_in_one_line():
    with pytest.raises(LookupError, match="no public holidays are known for 'ZZ'"):
        public_holidays("ZZ", 2026, 2026)
