"""Brings everything that is derived up to date: calendars, counts, matches, exceptions."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text

from metrics import ages, apart, audits, balances, calendars, expectations, matching, parity, verify, work
from metrics.detect import detect
from metrics.rollup import recompute
from metrics.triage.cut_off import write_down
from metrics.triage.settle import settle
from sql import query
from sql.database import Database

Step = Callable[[Database, datetime], dict[str, int]]
Stage = tuple[tuple[Step, ...], ...]


@dataclass(frozen=True)
class Refreshed:
    """What one refresh did.

    windows            open windows written for calendars that ran out
    cells, customers   cells counted again, and whose they were
    links              links between records that began or ended
    pieces             pieces of billable work worked out again
    balances           balances of days that are new or other than they were known
    ages               cells of durations in days that are new or other than they were
    claims             claims of runs held against the records again
    ranges             ranges of keys reconciled again
    expected           expectations worked out again
    looks              projects whose first look was kept
    opened, reopened, closed   exceptions
    not_proven, woken   claimed fixes that what was read since does not show; waivers and sleeps that ended
    """

    windows: int
    cells: int
    customers: int
    links: int = 0
    pieces: int = 0
    balances: int = 0
    ages: int = 0
    claims: int = 0
    ranges: int = 0
    expected: int = 0
    looks: int = 0
    opened: int = 0
    reopened: int = 0
    closed: int = 0
    not_proven: int = 0
    woken: int = 0


def refresh(database: Database, now: datetime) -> Refreshed:
    """Count, match and detect all that has changed until `now`; running it twice is the same as once.

    A step that fails does not keep the later ones from what they can do; the first error is raised in the end.
    """

    def do(stage: Stage) -> list[list[dict[str, int]]]:
        return apart.side_by_side(stage, lambda line: apart.each(line, lambda step: step(database, now)))

    done = [told for stage in apart.each(_STAGES, do) for line in stage for told in line]
    return Refreshed(**{name: number for told in done for name, number in told.items()})


def _calendars(database: Database, now: datetime) -> dict[str, int]:
    with database.engine("metrics").begin() as conn:
        return {"windows": calendars.extend(conn, now)}


def _plans(database: Database, now: datetime) -> dict[str, int]:
    with database.engine("metrics").begin() as conn:
        conn.execute(text(query("kpi/analyze_grown")))
    return {}


def _cells(database: Database, now: datetime) -> dict[str, int]:
    counted = recompute(database, now)
    return {"cells": counted.cells, "customers": counted.customers}


def _links(database: Database, now: datetime) -> dict[str, int]:
    matched = matching.match(database, now)
    return {"links": matched.begun + matched.ended}


def _pieces(database: Database, now: datetime) -> dict[str, int]:
    return {"pieces": work.refresh(database)}


def _balances(database: Database, now: datetime) -> dict[str, int]:
    return {"balances": balances.draw(database, now)}


def _ages(database: Database, now: datetime) -> dict[str, int]:
    return {"ages": ages.refresh(database)}


def _expectations(database: Database, now: datetime) -> dict[str, int]:
    return {"expected": expectations.refresh(database)}


def _looks(database: Database, now: datetime) -> dict[str, int]:
    return {"looks": audits.refresh(database, now)}


def _claims(database: Database, now: datetime) -> dict[str, int]:
    return {"claims": verify.verify(database, now).claims}


def _ranges(database: Database, now: datetime) -> dict[str, int]:
    return {"ranges": parity.reconcile(database, now).ranges}


def _exceptions(database: Database, now: datetime) -> dict[str, int]:
    found = detect(database, now)
    write_down(database, now)
    settled = settle(database, now)
    return {
        "opened": found.opened,
        "reopened": found.reopened,
        "closed": found.closed + settled.proven,
        "not_proven": settled.not_proven,
        "woken": settled.waivers_ended + settled.woken,
    }


# the steps of a line follow one another, the lines of a stage have nothing to do with each other. What was loaded at once is known to the
# planner before it is read; claims and expectations follow from links and work, exceptions from all of them; ages are added up of what all
# this came to, and balances drawn of that. Ranges follow from claims, and nothing here from ranges: they take the core that exceptions leave
_STAGES: tuple[Stage, ...] = (
    ((_calendars, _plans),),
    (
        (_cells,),
        (_links, _pieces),
    ),
    ((_plans, _looks),),
    (
        (_claims,),
        (_expectations,),
    ),
    (
        (_exceptions, _ages, _balances),
        (_ranges,),
    ),
)
