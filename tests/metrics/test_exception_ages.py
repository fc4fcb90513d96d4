"""Ages of the exception queue in whole days, beside the figure that reads every occurrence."""

from datetime import timedelta
from decimal import Decimal
from math import inf

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from metrics import ages, work
from metrics.news import News
from metrics.period import Period
from tests.metrics.builders import (
    a_customer,
    a_poll,
    an_event,
    an_exception,
    an_occurrence,
    at,
    insert,
    system_of,
)

START = at("2026-09-20 12:00")
LATER = at("2026-11-20")
DAY = timedelta(days=1)


@pytest.fixture
def told(as_viewer):
    """What the ages say of whole days, of some customers."""

    def ask(name: str, customers: list[int], since: str, until: str, **more):
        period = Period.parse(f"{since}..{until}", "UTC", LATER)
        with as_viewer(customers, LATER) as reader:
            return getattr(ages, name)(reader, ages.EXCEPTIONS, customers, period, as_of=LATER, **more)

    return ask


def test_customers_are_told_apart_or_together(conn, told) -> None:
    one, other = a_customer(conn), a_customer(conn)
    an_exception(conn, one, START, START + DAY, amount=Decimal(5), currency="EUR")
    an_exception(conn, other, START, START + 3 * DAY)
    an_exception(conn, other, START)
    for each in (one, other):
        ages.add_up(conn, each, ages.EXCEPTIONS, everything=True)
    span = ("2026-09-01", "2026-11-01")
    apart = {row["customer_id"]: row for row in told("summary", [one, other], *span) if not row["currency"]}
    assert {key: row["value"] for key, row in apart.items()} == {one: 1, other: 3}
    both = told("summary", [one, other], *span, together=True)
    assert [(row["customer_id"], row["currency"], row["value"]) for row in both] == [
        (0, None, 3),
        (0, "EUR", 1),
    ]
    assert (both[0]["denominator"], both[0]["still_open"], both[0]["ninety_at"]) == (3, 1, inf)


DAYS = st.integers(min_value=0, max_value=30)
CAUSE = st.fixed_dictionaries(
    {
        "occurred": DAYS,
        "cleared": st.none() | st.integers(min_value=1, max_value=30),
        "more": st.lists(st.tuples(DAYS, st.none() | st.integers(min_value=1, max_value=30)), max_size=2),
        "waived": st.none() | DAYS,
        "ended": st.none() | st.integers(min_value=1, max_value=20),
    }
)


def _make(conn, customer: int, made: dict) -> None:
    """A cause to which everything happens at noon, so that whole days and seconds say the same."""
    begun = START + made["occurred"] * DAY
    cause = an_exception(
        conn, customer, begun, None if made["cleared"] is None else begun + made["cleared"] * DAY
    )
    for after, ended in made["more"]:
        again = begun + after * DAY
        an_occurrence(conn, customer, cause, again, None if ended is None else again + ended * DAY)
    if made["waived"] is not None:
        waived = begun + made["waived"] * DAY
        an_event(conn, customer, cause, "moved", waived, "kim@partner.example", to_state="waived")
        if made["ended"] is not None:
            an_event(conn, customer, cause, "moved", waived + made["ended"] * DAY, to_state="reopened")


@pytest.mark.slow
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    made=st.lists(CAUSE, min_size=1, max_size=6),
    window=st.tuples(st.integers(0, 50), st.integers(1, 9)),
)
def test_ages_are_the_figure_in_days(conn, as_viewer, whole, told, made, window) -> None:
    with conn.begin_nested() as undone:
        customer = a_customer(conn)
        for each in made:
            _make(conn, customer, each)
        ages.add_up(conn, customer, ages.EXCEPTIONS, everything=True)
        assert ages.add_up(conn, customer, ages.EXCEPTIONS, everything=True) == 0
        since = START.date() + window[0] * DAY
        span = (str(since), str(since + window[1] * DAY))
        figure = whole("A13b", customer, period=Period.parse("..".join(span), "UTC", LATER))
        rows = [row for row in told("summary", [customer], *span) if row["currency"] is None]
        if not figure.denominator:
            assert rows == []
        for row in rows:
            detail = figure.detail
            assert (row["numerator"], row["denominator"]) == (figure.numerator, figure.denominator)
            assert (row["still_open"], row["ended_otherwise"]) == (detail["still_open"], detail["waived"])
            assert row["value"] * 86400 == figure.value
            assert row["ninety_at"] * 86400 == detail["ninety_at"]
        undone.rollback()


def test_marks_are_not_taken_before_the_work_behind_them_is_written(fresh_database) -> None:
    db = fresh_database()
    with db.engine("owner").begin() as conn:
        customer = a_customer(conn)
        system = system_of(conn, customer)
        insert(
            conn,
            "biz.time_entry",
            customer_id=customer,
            system_id=system,
            source_id="T-1",
            worked_on=START.date(),
            minutes=60,
            billable=True,
            rate=100,
            currency="USD",
            approved_at=START,
            approval_state="approved",
            first_seen_at=START,
            last_seen_at=START,
        )
    everything = News(customer, None, 0, ())
    with db.engine("metrics").begin() as conn:
        work.count_again(conn, everything)  # the day is marked now
    with db.engine("metrics").begin() as writer:
        work.count_again(writer, everything)
        with db.engine("metrics").begin() as reader:
            reader.execute(text("SET LOCAL lock_timeout = '100ms'"))
            with pytest.raises(OperationalError, match="lock timeout"):
                ages.add_up(reader, customer, ages.WORK, everything=False)
            reader.rollback()
    with db.engine("metrics").begin() as conn:
        assert ages.add_up(conn, customer, ages.WORK, everything=False) == 2


def test_a_move_by_a_person_is_added_up_without_anything_being_read(fresh_database) -> None:
    db = fresh_database()
    with db.engine("owner").begin() as conn:
        customer = a_customer(conn)
        a_poll(conn, customer, START, START + DAY)
        cause = an_exception(conn, customer, START)
    assert ages.refresh(db) == 4, "in trouble, not restored, not acknowledged, seen nobody knows how late"
    assert ages.refresh(db) == 0
    with db.engine("owner").begin() as conn:
        an_event(conn, customer, cause, "moved", START + DAY, "kim@partner.example", to_state="waived")
    assert ages.refresh(db) == 3
    with db.engine("owner").begin() as conn:
        held = conn.execute(text("SELECT kind, cause FROM kpi.age_cell"))
        assert {row.kind: row.cause for row in held} == {
            "exception_time_to_clear": 2,
            "time_to_restore": 2,
            "time_to_acknowledge": 1,
            "time_to_detect": 3,
        }


@pytest.mark.parametrize("kind", ["time_to_restore", "time_to_acknowledge", "time_to_detect"])
def test_incidents_in_days_are_those_of_the_figure(conn, as_viewer, whole, kind) -> None:
    """Eight and more, so that the figure tells a median; the period holds all of them."""
    customer = a_customer(conn)
    a_poll(conn, customer, START - 9 * DAY, START - 9 * DAY)
    for n in range(10):
        begun = START + 2 * n * DAY
        cause = an_exception(
            conn,
            customer,
            begun,
            begun + (3 + n) * DAY if n % 4 else None,
            first_seen_at=begun + n // 3 * DAY,
        )
        if n % 3:
            an_event(
                conn, customer, cause, "moved", begun + 4 * DAY, "kim@partner.example", to_state="triaged"
            )
        if n == 8:
            an_event(
                conn, customer, cause, "moved", begun + 5 * DAY, "kim@partner.example", to_state="waived"
            )
    ages.add_up(conn, customer, kind, everything=True)
    period = Period.parse("2026-09-01..2026-11-15", "UTC", LATER)
    figure = whole(kind, customer, period=period)
    with as_viewer([customer], LATER) as reader:
        rows = ages.summary(reader, kind, [customer], period, as_of=LATER)
    row = next(row for row in rows if row["currency"] is None)
    assert figure.denominator >= 8
    assert (row["numerator"], row["denominator"], row["unknown"]) == (
        figure.numerator,
        figure.denominator,
        figure.unknown,
    )
    assert (row["still_open"], row["ended_otherwise"]) == (
        figure.detail["still_open"],
        figure.detail["ended_otherwise"],
    )
    assert row["value"] * 86400 == pytest.approx(figure.value)
