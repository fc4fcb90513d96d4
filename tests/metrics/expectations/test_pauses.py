"""Business time with pauses: the clock of an exception equals the measure of ranges, over calendars with holidays and both changes of clocks."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from tests.metrics.business.conftest import at
from tests.metrics.open_time import counted, measured

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
SPANS = ("09:00-17:00", "00:00-24:00", "22:30-24:00", "00:00-06:15", "01:10-02:50", "12:00-12:30")
ZONES = ("UTC", "Europe/London", "America/New_York", "Australia/Lord_Howe")

# around the changes of clocks and Christmas
moment = st.one_of(
    *(
        st.integers(0, 12 * 24 * 60).map(lambda n, start=start: datetime.fromisoformat(start).replace(tzinfo=UTC) + timedelta(minutes=n))
        for start in ("2026-03-05", "2026-03-25", "2026-10-01", "2026-10-22", "2026-12-20")
    )
)  # fmt: skip
week = st.dictionaries(st.sampled_from(WEEKDAYS), st.sampled_from(SPANS), min_size=1)


@pytest.mark.slow
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    hours=week,
    zone=st.sampled_from(ZONES),
    holidays=st.sampled_from([None, "GB-ENG", "US"]),
    closed=st.lists(st.sampled_from(["2026-10-26", "2026-03-30", "2026-12-23"]), unique=True),
    asked=st.lists(st.lists(moment, min_size=2, max_size=8, unique=True), min_size=2, max_size=4),
)
def test_the_clock_with_pauses_is_the_measure_of_ranges(world, hours, zone, holidays, closed, asked):
    calendar = world.calendar(zone, hours, holidays, tuple(closed))
    for moments in asked:
        since, *turns, until = sorted(moments)
        pauses = tuple(zip(turns[::2], turns[1::2], strict=False))
        given_ = (world.conn, world.customer_id, calendar, since, until, pauses)
        assert counted(*given_) == measured(*given_)


def test_a_pause_does_not_count(world):
    calendar = world.calendar("Europe/London", holidays="GB-ENG")
    # from Thursday noon to Tuesday ten, over Christmas: three open hours before it, seven after it
    pause = (at("2026-12-24 12:00"), at("2026-12-29 10:00"))
    for ask in (counted, measured):
        since, until = at("2026-12-24 09:00"), at("2026-12-29 17:00")
        assert ask(world.conn, world.customer_id, calendar, since, until, (pause,)) == 10 * 3600


def test_beyond_the_filled_calendar_nothing_is_known(world):
    calendar = world.calendar()
    asked = {"customer": world.customer_id, "calendar": calendar}
    deadline = text("SELECT kpi.business_deadline(:customer, :calendar, '2028-12-29 16:00+00', 7200)")
    assert world.conn.execute(deadline, asked).scalar_one() is None
    assert counted(world.conn, world.customer_id, calendar, at("2028-12-01"), at("2029-06-01")) is None
