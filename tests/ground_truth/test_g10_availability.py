"""G10: 2 hours of downtime in 100 hours of agreed service time are 98 % (Rance, HP: the usual formula of ITIL)."""

from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

from sqlalchemy import text

from metrics.period import Period
from metrics.proportions import truncate_toward_worse
from metrics.read import figures
from tests.metrics.builders import a_calendar, a_customer, a_flow, an_objective, at, system_of

LATER = at("2026-11-20")


def test_two_of_a_hundred_hours(conn, as_viewer):
    customer = a_customer(conn)
    days = [at("2026-10-01") + timedelta(days=n) for n in range(20)]
    windows = [(f"{day:%Y-%m-%d} 09:00", f"{day:%Y-%m-%d} 14:00") for day in days]
    a_calendar(conn, customer, windows)
    an_objective(conn, customer, "availability", service_time="office", quiet="up")
    flow = a_flow(conn, customer)
    conn.execute(text("SELECT ops.ensure_month('2026-10-01')"))
    down_from, down_until = at("2026-10-07 10:00"), at("2026-10-07 12:00")
    conn.execute(
        text(
            "INSERT INTO raw.run (customer_id, system_id, external_id, due_at, flow_id, transaction_key, workflow_name, status,"
            " source_status, started_at, finished_at, first_seen_at, last_seen_at)"
            " SELECT :customer, :system, 'r' || d, d, :flow, 'r' || d, 'w', s.status, s.status, d, d, d, d"
            " FROM generate_series(CAST('2026-10-01' AS timestamptz), CAST('2026-10-21' AS timestamptz), interval '1 minute') d"
            " CROSS JOIN LATERAL (SELECT CASE WHEN d >= :down AND d < :up THEN 'failed' ELSE 'success' END AS status) s"
        ),
        {
            "customer": customer,
            "system": system_of(conn, customer),
            "flow": flow,
            "down": down_from,
            "up": down_until,
        },
    )
    with as_viewer([customer], LATER) as reader:
        (figure,) = figures(reader, "availability", [customer], Period.parse("2026-10", "UTC", LATER))
    assert (figure.detail["agreed_seconds"], figure.detail["down_seconds"]) == (100 * 3600, 2 * 3600)
    assert figure.value == 0.98
    share = Fraction(figure.numerator, figure.denominator)
    assert truncate_toward_worse(share * 100, 2, "higher") == Decimal("98.00")
