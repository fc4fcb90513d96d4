"""What tests of metrics share: the figures of a customer, and the rows behind them, as its viewer reads them."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Connection, text

from metrics.period import Period, midnight
from metrics.read import figures, rows
from sql.ask import plans_kept
from tests.metrics.builders import a_customer, a_poll, an_exception, at, system_of

OCTOBER = Period.parse("2026-10", "UTC", at("2026-11-20"))
LATER = at("2026-11-20")


@pytest.fixture
def parts(conn, as_viewer):
    """The figures of a metric by part."""

    def ask(key, *customers, by=None, period=OCTOBER, as_of=LATER):
        with as_viewer(list(customers), as_of) as reader:
            return {each.part: each for each in figures(reader, key, list(customers), period, by=by)}

    return ask


@pytest.fixture
def whole(conn, as_viewer):
    """The one figure of a metric, or the one in a currency."""

    def ask(key, *customers, period=OCTOBER, as_of=LATER, currency=None):
        with as_viewer(list(customers), as_of) as reader:
            found = figures(reader, key, list(customers), period)
        (one,) = [each for each in found if each.currency == currency]
        return one

    return ask


@pytest.fixture
def behind(conn, as_viewer):
    """The rows behind the figures of a metric."""

    def ask(key, *customers, period=OCTOBER, as_of=LATER, limit=None):
        with as_viewer(list(customers), as_of) as reader:
            return rows(reader, key, list(customers), period, limit=limit)

    return ask


@pytest.fixture
def adds_up(whole, behind):
    """Asserts that the rows of a counted metric add up to its figure, and answers the figure."""

    def ask(key, *customers, **asked):
        figure, frame = whole(key, *customers, **asked), behind(key, *customers, **asked)
        assert frame["in_numerator"].sum() == (figure.numerator or 0)
        if figure.denominator is not None:
            assert frame["in_denominator"].sum() == figure.denominator
        assert frame["is_unknown"].sum() == figure.unknown
        return figure

    return ask


@pytest.fixture
def planned_once(conn: Connection) -> Iterator[None]:
    """Every question is planned once for all parameters: a history asks the same hundreds of times, and planning takes longest."""
    conn.exec_driver_sql("SET LOCAL plan_cache_mode = force_generic_plan")
    with plans_kept(conn):
        yield


@pytest.fixture
def counted(conn):
    """Writes so many exceptions on each day, all at one hour; everything has been read, or all since an instant."""

    def write(counts, customer=None, flow=None, zone="UTC", hour=9, read_from=None):
        customer = customer or a_customer(conn, zone)
        cause = an_exception(conn, customer, at("2020-01-01"), at("2020-01-01"))
        days = [day for day, count in counts.items() for _ in range(count)]
        conn.execute(
            text(
                "INSERT INTO ops.exception_occurrence (customer_id, exception_id, subject_type, system_id, subject_id, flow_id, occurred_at)"
                " SELECT :customer, :cause, 'transaction', :system, CAST(:hour AS text) || ' o' || n, :flow, d"
                " FROM unnest(CAST(:moments AS timestamptz[])) WITH ORDINALITY u (d, n)"
            ),
            {
                "customer": customer,
                "cause": cause,
                "system": system_of(conn, customer),
                "flow": flow,
                "hour": str(hour),
                "moments": [midnight(day, zone) + timedelta(hours=hour) for day in days],
            },
        )
        a_poll(conn, customer, read_from, at("2026-11-20"))
        return customer

    return write
