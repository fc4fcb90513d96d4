"""Business time with pauses: the measure of ranges equals the cumulative form, over calendars with holidays and both changes of clocks."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from tests.metrics.business.conftest import at

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
pauses = st.lists(st.tuples(moment, st.integers(1, 4 * 24 * 60)), max_size=4)

CUMULATIVE = """
SELECT kpi.business_seconds(:customer, :calendar, :since, :until)
  - coalesce((
      SELECT sum(kpi.business_seconds(:customer, :calendar, greatest(lower(p), :since), least(upper(p), :until)))
      FROM unnest(CAST(:pauses AS tstzmultirange)) p
      WHERE lower(p) < :until AND upper(p) > :since), 0)
"""


def ranges(pairs):
    return (
        "{"
        + ",".join(f'["{a.isoformat()}","{(a + timedelta(minutes=m)).isoformat()}")' for a, m in pairs)
        + "}"
    )


@pytest.mark.slow
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    hours=week,
    zone=st.sampled_from(ZONES),
    holidays=st.sampled_from([None, "GB-ENG", "US"]),
    closed=st.lists(st.sampled_from(["2026-10-26", "2026-03-30", "2026-12-23"]), unique=True),
    asked=st.lists(st.tuples(moment, moment, pauses), min_size=4, max_size=8),
)
def test_ranges_and_the_cumulative_form_agree(world, hours, zone, holidays, closed, asked):
    calendar = world.calendar(zone, hours, holidays, tuple(closed))
    for one, other, stops in asked:
        since, until = sorted((one, other))
        given_ = {
            "customer": world.customer_id,
            "calendar": calendar,
            "since": since,
            "until": until,
            "pauses": ranges(stops),
        }

        def ask(statement, **more):
            return world.conn.execute(text(statement), given_ | more).scalar_one()  # noqa: B023

        measured = ask(
            "SELECT kpi.open_seconds(:customer, :calendar, :since, :until, CAST(:pauses AS tstzmultirange))"
        )
        assert measured == ask(CUMULATIVE)
        assert ask("SELECT kpi.open_seconds(:customer, :calendar, :since, :until)") == ask(
            "SELECT kpi.business_seconds(:customer, :calendar, :since, :until)"
        )
        plain = ask("SELECT kpi.open_deadline(:customer, :calendar, :since, 7200)")
        assert plain == ask("SELECT kpi.business_deadline(:customer, :calendar, :since, 7200)")
        # with pauses: exactly so many open seconds lie before it, and one fewer a second earlier
        deadline = ask(
            "SELECT kpi.open_deadline(:customer, :calendar, :since, 7200, CAST(:pauses AS tstzmultirange))"
        )
        assert deadline >= plain
        assert ask(CUMULATIVE, until=deadline) == 7200
        assert ask(CUMULATIVE, until=deadline - timedelta(seconds=1)) == 7199


def test_a_pause_does_not_count(world):
    calendar = world.calendar("Europe/London", holidays="GB-ENG")
    asked = {"customer": world.customer_id, "calendar": calendar, "since": at("2026-12-24 09:00")}
    # from Thursday noon to Tuesday ten, over Christmas: four open hours before it, seven after it
    paused = asked | {"pauses": '{["2026-12-24 12:00+00","2026-12-29 10:00+00")}'}
    seconds = text(
        "SELECT kpi.open_seconds(:customer, :calendar, :since, CAST('2026-12-29 17:00+00' AS timestamptz), CAST(:pauses AS tstzmultirange))"
    )
    assert world.conn.execute(seconds, paused).scalar_one() == 10 * 3600
    deadline = text(
        "SELECT kpi.open_deadline(:customer, :calendar, :since, 5 * 3600, CAST(:pauses AS tstzmultirange))"
    )
    assert world.conn.execute(deadline, paused).scalar_one() == at("2026-12-29 12:00")


def test_beyond_the_filled_calendar_nothing_is_known(world):
    calendar = world.calendar()
    asked = {"customer": world.customer_id, "calendar": calendar}
    for statement in (
        "SELECT kpi.open_seconds(:customer, :calendar, '2028-12-01+00', '2029-06-01+00')",
        "SELECT kpi.open_deadline(:customer, :calendar, '2028-12-29 16:00+00', 7200)",
    ):
        assert world.conn.execute(text(statement), asked).scalar_one() is None
