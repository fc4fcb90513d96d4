"""Durations of which some have not ended yet: Kaplan-Meier and Aalen-Johansen, computed by the SQL behind every such figure."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import IntEnum

import pandas as pd
from sqlalchemy import Connection, text

from sql import query


class Ended(IntEnum):
    """How the watch over an item ended."""

    OPEN = 0
    REACHED = 1
    OTHERWISE = 2


@dataclass(frozen=True)
class Item:
    """One duration: watched from `entry` (0: from its start) to `t`, in one unit of time; `weight` 1 counts it once."""

    t: float
    ended: Ended
    entry: float = 0.0
    weight: Decimal = Decimal(1)
    group: str = ""


def curve(conn: Connection, items: Iterable[Item]) -> pd.DataFrame:
    """The curves of the groups, a row for each group and time at which something happened; empty without items.

    Columns: part; at; at_risk, closed, lost (weights); survival, the share that is still open just after; incidence, the
    share that reached the end; lost_incidence, that ended otherwise (the three add up to 1); variance, Greenwood's sum.
    Source: Kaplan & Meier 1958, Aalen & Johansen 1978; ties end before they are censored.
    """
    return _asked(conn, "kpi/survival_of_values", items)


def summary(conn: Connection, items: Iterable[Item]) -> pd.DataFrame:
    """Quartiles and the interval of the median, one row for each group; infinity: not reached.

    Columns: part; quarter_at, half_at, three_quarters_at; half_low, half_high (95 %, type "log" of R; null beside
    anything that ended otherwise); within_…_days and mean_within_60_days, for times in seconds; watched_up_to.
    """
    return _asked(conn, "kpi/survival_summary_of_values", items)


def _asked(conn: Connection, name: str, items: Iterable[Item]) -> pd.DataFrame:
    held = list(items)
    answer = conn.execute(
        text(query(name)),
        {
            "grp": [item.group for item in held],
            "entry": [float(item.entry) for item in held],
            "t": [float(item.t) for item in held],
            "cause": [int(item.ended) for item in held],
            "weight": [item.weight for item in held],
        },
    )
    return pd.DataFrame(answer.fetchall(), columns=list(answer.keys()))
