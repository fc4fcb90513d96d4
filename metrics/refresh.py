"""Brings everything that is derived up to date: calendars, counts, matches, exceptions."""

from dataclasses import dataclass
from datetime import datetime

from metrics import calendars, matching, work
from metrics.detect import detect
from metrics.rollup import recompute
from sql.database import Database


@dataclass(frozen=True)
class Refreshed:
    """What one refresh did.

    windows            open windows written for calendars that ran out
    cells, customers   cells counted again, and whose they were
    links              links between records that began or ended
    pieces             pieces of billable work worked out again
    opened, reopened, closed   exceptions
    """

    windows: int
    cells: int
    customers: int
    links: int = 0
    pieces: int = 0
    opened: int = 0
    reopened: int = 0
    closed: int = 0


def refresh(database: Database, now: datetime) -> Refreshed:
    """Count and detect all that has changed until `now`; running it twice is the same as once."""
    with database.engine("metrics").begin() as conn:
        windows = calendars.extend(conn, now)
    counted = recompute(database, now)
    matched = matching.match(database, now)
    pieces = work.refresh(database)
    found = detect(database, now)
    return Refreshed(
        windows=windows,
        cells=counted.cells,
        customers=counted.customers,
        links=matched.begun + matched.ended,
        pieces=pieces,
        opened=found.opened,
        reopened=found.reopened,
        closed=found.closed,
    )
