"""Open time worked out the plain way, as a measure of ranges, and as the clock of an exception counts it."""

from itertools import count

from sqlalchemy import text

from sql import query
from tests.metrics.builders import an_event

_MEASURED = """
SELECT coalesce(CAST(sum(extract(epoch FROM upper(r) - lower(r))) AS float8), 0)
FROM unnest((
  SELECT coalesce(range_agg(tstzrange(opens_at, closes_at)), '{}') * tstzmultirange(tstzrange(:since, :until)) - CAST(:pauses AS tstzmultirange)
  FROM ops.calendar_window WHERE customer_id = :customer AND calendar_id = :calendar
)) r
"""
# the queue goes by the calendar that is called support
_NOT_THIS = (
    "UPDATE ops.calendar SET key = 'was-' || calendar_id WHERE customer_id = :customer AND key = 'support'"
)
_THIS = "UPDATE ops.calendar SET key = 'support' WHERE customer_id = :customer AND calendar_id = :calendar"
_OPENED = """
INSERT INTO ops.exception (customer_id, rule, class, fingerprint, fingerprint_version, title, opened_at, last_occurred_at, first_seen_at, last_seen_at, state)
VALUES (:customer, 'run_failed', 'technical', :name, 1, 'Target says no', :since, :since, :since, :since, 'new')
RETURNING exception_id
"""
_NUMBERS = count(1)


def measured(conn, customer, calendar, since, until, pauses=()):
    """(open windows and [since, until)) without the pauses, in seconds. Source: metrics.md 4.6."""
    ranges = "{" + ",".join(f'["{a.isoformat()}","{b.isoformat()}")' for a, b in pauses) + "}"
    asked = {"customer": customer, "calendar": calendar, "since": since, "until": until, "pauses": ranges}
    return conn.execute(text(_MEASURED), asked).scalar_one()


def counted(conn, customer, calendar, since, until, pauses=()):
    """The seconds for which an exception of this time was somebody's to solve; in the pauses it waited for the customer."""
    asked = {"customer": customer, "calendar": calendar, "since": since, "name": f"cause-{next(_NUMBERS)}"}
    for statement in (_NOT_THIS, _THIS, _OPENED):
        found = conn.execute(
            text(statement), {name: asked[name] for name in text(statement).compile().params}
        )
    own = found.scalar_one()
    for begun, ended in pauses:
        to_customer = {"from_state": "new", "to_state": "waiting", "detail": '{"waiting_on": "customer"}'}
        an_event(conn, customer, own, "moved", begun, **to_customer)
        an_event(conn, customer, own, "moved", ended, from_state="waiting", to_state="triaged")
    looked = {"customer_ids": [customer], "exception_ids": [own], "as_of": until}
    return conn.execute(text(query("triage/clock")), looked).one().resolution_seconds
