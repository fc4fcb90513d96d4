"""Brings everything that is derived up to date: calendars, counts, matches, exceptions."""

from dataclasses import dataclass
from datetime import datetime

from metrics import calendars, matching, work
from metrics.rollup import recompute
from sql.database import Database


@dataclass(frozen=True)
class Refreshed:
    """What one refresh did: windows written for calendars that ran out, cells counted again and whose they were,

    links between records that began or ended, pieces of work worked out again.
    """

    windows: int
    cells: int
    customers: int
    links: int = 0
    pieces: int = 0


def refresh(database: Database, now: datetime) -> Refreshed:
    """Count and detect all that has changed until `now`; running it twice is the same as once."""
    with database.engine("metrics").begin() as conn:
        windows = calendars.extend(conn, now)
    counted = recompute(database, now)
    matched = matching.match(database, now)
    return Refreshed(
        windows=windows,
        cells=counted.cells,
        customers=counted.customers,
        links=matched.begun + matched.ended,
        pieces=work.refresh(database),
    )
