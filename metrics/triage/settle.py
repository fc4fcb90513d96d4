"""Ends what ends by itself: claimed fixes by what was read since, waivers and sleeps by the clock."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text

from metrics import apart
from metrics.detect import CUSTOMERS_AT_ONCE, TASK
from sql import query
from sql.database import Database


@dataclass(frozen=True)
class Settled:
    """What one pass settled: fixes proven and not proven, waivers that ended with something open, sleepers woken."""

    proven: int = 0
    not_proven: int = 0
    waivers_ended: int = 0
    woken: int = 0

    def __add__(self, other: "Settled") -> "Settled":
        return Settled(
            self.proven + other.proven,
            self.not_proven + other.not_proven,
            self.waivers_ended + other.waivers_ended,
            self.woken + other.woken,
        )


def settle(database: Database, now: datetime) -> Settled:
    """Judge the claims and end the waivers and sleeps of every customer as of `now`; twice is the same as once.

    Run it after metrics.detect, which closes what is over: what a claim leaves open then has been looked at again, if
    its systems were read since. A claim that nothing could be read about yet stays a claim.
    """
    with database.engine("metrics").begin() as conn:
        everybody = [row.customer_id for row in conn.execute(text(query("kpi/detect_customers")))]

    def some(customers: Sequence[int]) -> Settled:
        with database.engine("metrics").begin() as conn:
            # not beside a detection that is moving the same exceptions
            conn.execute(text(query("kpi/task_lock")), {"customer_id": 0, "task": TASK})
            return settle_customers(conn, customers, now)

    handfuls = [everybody[n : n + CUSTOMERS_AT_ONCE] for n in range(0, len(everybody), CUSTOMERS_AT_ONCE)]
    return sum(apart.each(handfuls, some), Settled())


def settle_customers(conn: Connection, customer_ids: Sequence[int], now: datetime) -> Settled:
    """The same for these customers, in the caller's transaction."""
    asked = {"customer_ids": list(customer_ids), "now": now}
    kinds = [row.kind for row in conn.execute(text(query("triage/settle")), asked)]
    return Settled(*(kinds.count(kind) for kind in ("closed", "not_proven", "waiver_ended", "woken")))
