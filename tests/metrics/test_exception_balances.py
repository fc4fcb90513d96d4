"""Balances of the exception queue: how many were open at the end of each day, and what they are worth."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from metrics import ages, balances
from tests.metrics.builders import a_customer, a_poll, an_event, an_exception, an_occurrence, at

START = at("2026-10-01 00:00")
LAST = date(2026, 10, 31)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ROWS = text(
    "SELECT day, currency, value, unknown, sample FROM ops.balance_day WHERE customer_id = :customer"
    " AND metric = 'exception_backlog' AND known_from <= :known AND known_to > :known ORDER BY day, currency"
)


def draw(conn, customer: int, known: str) -> int:
    ages.add_up(conn, customer, ages.EXCEPTIONS, everything=True)
    return balances.draw_customer(conn, customer, LAST, at(known), ["exception_backlog"])


def known(conn, customer: int, moment: str) -> dict:
    """What was known of each day at an instant: {day: {currency: (value, unknown, sample)}}."""
    found: dict = {}
    for row in conn.execute(ROWS, {"customer": customer, "known": at(moment)}):
        found.setdefault(row.day, {})[row.currency] = (row.value, row.unknown, row.sample)
    return found


def test_a_day_ends_with_what_is_open(conn) -> None:
    customer = a_customer(conn)
    a_poll(conn, customer, START, START + DAY)
    an_exception(conn, customer, START + 2 * DAY, START + 5 * DAY, amount=Decimal(40), currency="EUR")
    an_exception(conn, customer, START + 3 * DAY)
    draw(conn, customer, "2026-11-01 06:00")
    told = known(conn, customer, "2026-11-02")
    assert told[date(2026, 10, 1)] == {"": (0, 0, 0)}, "it was read, and nothing was in trouble"
    assert told[date(2026, 10, 3)] == {"": (1, 0, 1), "EUR": (40, 0, 1)}
    assert told[date(2026, 10, 4)] == {"": (2, 0, 2), "EUR": (40, 1, 1)}
    assert told[LAST] == {"": (1, 0, 1), "EUR": (None, 1, 0)}, "what is left has no amount: unknown, not zero"


def test_a_waiver_lasts_from_then_until_it_ends(conn) -> None:
    customer = a_customer(conn)
    cause = an_exception(conn, customer, START)
    an_event(conn, customer, cause, "moved", START + 2 * DAY, "kim@partner.example", to_state="waived")
    an_event(conn, customer, cause, "moved", START + 4 * DAY, to_state="reopened")
    draw(conn, customer, "2026-11-01 06:00")
    open_ = [rows[""][0] for rows in known(conn, customer, "2026-11-02").values()]
    assert open_[:6] == [1, 1, 0, 0, 1, 1]


def test_what_was_found_later_changes_what_is_known_and_not_what_was_known(conn) -> None:
    customer = a_customer(conn)
    cause = an_exception(conn, customer, START)
    assert draw(conn, customer, "2026-11-01 06:00") == 31
    an_occurrence(conn, customer, cause, at("2026-10-30 10:00"))
    assert draw(conn, customer, "2026-11-03 06:00") == 2
    assert known(conn, customer, "2026-11-02")[LAST][""] == (1, 0, 1)
    assert known(conn, customer, "2026-11-04")[LAST][""] == (2, 0, 2)


HOURS = st.integers(min_value=0, max_value=20 * 24)
CAUSE = st.fixed_dictionaries(
    {
        "occurred": HOURS,
        "cleared": st.none() | st.integers(min_value=1, max_value=20 * 24),
        "more": st.lists(st.tuples(HOURS, st.none() | HOURS), max_size=2),
        "waived": st.none() | HOURS,
        "ended": st.none() | st.integers(min_value=0, max_value=10 * 24),
        "amount": st.sampled_from([None, 10, Decimal("0.05")]),
        "currency": st.sampled_from(["USD", "EUR", None]),
    }
)


def _make(conn, customer: int, made: dict) -> set[date]:
    begun = START + made["occurred"] * HOUR
    cleared = None if made["cleared"] is None else begun + made["cleared"] * HOUR
    worth = {"amount": made["amount"], "currency": made["currency"]}
    cause = an_exception(conn, customer, begun, cleared, **worth)
    moments = [begun, cleared]
    for after, ended in made["more"]:
        at_ = begun + after * HOUR
        until = None if ended is None else at_ + ended * HOUR
        an_occurrence(conn, customer, cause, at_, until, **worth)
        moments += [at_, until]
    if made["waived"] is not None:
        waived = begun + made["waived"] * HOUR
        an_event(conn, customer, cause, "moved", waived, "kim@partner.example", to_state="waived")
        moments.append(waived)
        if made["ended"] is not None:
            moments.append(waived + made["ended"] * HOUR)
            an_event(conn, customer, cause, "moved", moments[-1], to_state="reopened")
    return {moment.date() for moment in moments if moment}


@pytest.mark.slow
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=st.lists(CAUSE, min_size=1, max_size=4), late=st.lists(CAUSE, max_size=2))
def test_however_it_came_about_a_balance_is_the_figure_of_that_day(conn, whole, behind, first, late) -> None:
    with conn.begin_nested() as undone:
        customer = a_customer(conn)
        touched = {LAST}
        for made in first:
            touched |= _make(conn, customer, made)
        draw(conn, customer, "2026-11-01 06:00")
        for made in late:
            touched |= _make(conn, customer, made)
        draw(conn, customer, "2026-11-02 06:00")
        kept = known(conn, customer, "2026-11-03")
        for day in sorted(touched):
            if day > LAST:
                continue
            end = at(str(day + DAY)) - timedelta(microseconds=1)
            figure, rows = whole("A13", customer, as_of=end), behind("A13", customer, as_of=end)
            assert kept[day][""] == (figure.value, 0, figure.sample), day
            has_value = rows["amount"].notna() & rows["currency"].notna()
            for currency in kept[day].keys() - {""}:
                own = rows[has_value & (rows["currency"] == currency)]
                unknown = int((~has_value).sum())
                value = None if own.empty and unknown else sum(own["amount"], Decimal(0))
                assert kept[day][currency] == (value, unknown, len(own)), (day, currency)
            assert set(rows.loc[has_value, "currency"]) <= kept[day].keys()
        undone.rollback()


def test_a_move_by_a_person_is_drawn_without_anything_being_read(fresh_database) -> None:
    db, now = fresh_database(), at("2026-11-01 06:00")
    with db.engine("owner").begin() as conn:
        customer = a_customer(conn)
        a_poll(conn, customer, START, START + DAY)
        cause = an_exception(conn, customer, START)
    ages.refresh(db)
    balances.draw(db, now)
    assert balances.draw(db, now + HOUR) == 0
    waived = at("2026-10-30 10:00")
    with db.engine("owner").begin() as conn:
        an_event(conn, customer, cause, "moved", waived, "kim@partner.example", to_state="waived")
    ages.refresh(db)
    assert balances.draw(db, now + 2 * HOUR) == 2
    with db.engine("owner").begin() as conn:
        assert known(conn, customer, "2026-11-02")[LAST][""][0] == 0
