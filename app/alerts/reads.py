"""What the page Alerts reads: alerts and their messages of the customers in scope, and the rules and channels that hold for them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text

from app import house
from app.alerts import estate
from app.alerts.estate import Channel
from app.data import Row, cached, rows_of
from app.scope import Scope
from metrics.alerts.rules import Rule
from sql import query

LATELY = timedelta(days=30)
SHOWN = 100


@dataclass(frozen=True)
class InForce:
    """A rule as it is kept, and the names of the customers in scope for whom it holds."""

    rule: Rule
    customers: tuple[str, ...]


@cached
def counts(scope: Scope, as_of: datetime) -> Row:
    """How alerting stands; columns as in screen/alert_counts.sql."""
    return rows_of(scope, "screen/alert_counts", {"since": as_of - LATELY})[0]


@cached
def counted(scope: Scope, as_of: datetime, which: str) -> list[Row]:
    """What one of the counts is made of; columns as in screen/alert_counted.sql."""
    return rows_of(scope, "screen/alert_counted", {"since": as_of - LATELY, "counted": which})


@cached
def alerts(scope: Scope, as_of: datetime, *, is_open: bool) -> list[Row]:
    """Open alerts, or those closed in the last 30 days; columns as in screen/alerts.sql."""
    asked = {"is_open": is_open, "since": as_of - LATELY, "row_limit": SHOWN}
    return rows_of(scope, "screen/alerts", asked)


@cached
def stuck(scope: Scope, as_of: datetime) -> list[Row]:
    """Messages that need a person, the newest first; columns as in screen/alert_stuck.sql."""
    return rows_of(scope, "screen/alert_stuck", {"row_limit": SHOWN})


@cached
def by_channel(scope: Scope, as_of: datetime) -> dict[str, Row]:
    """What went through each channel; columns as in screen/alert_channels.sql. A channel through which nothing went is missing."""
    return {row["channel"]: row for row in rows_of(scope, "screen/alert_channels", {"since": as_of - LATELY})}


@cached
def by_rule(scope: Scope, as_of: datetime) -> dict[str, Row]:
    """What each rule has found; columns as in screen/alert_rules.sql. A rule that never fired is missing."""
    return {row["rule"]: row for row in rows_of(scope, "screen/alert_rules", {"since": as_of - LATELY})}


@cached
def rules(scope: Scope, as_of: datetime) -> list[InForce]:
    """The rules in force for the customers in scope, by key; whom else they are for is not told."""
    found: dict[str, tuple[Rule, list[str]]] = {}
    for own, mine in estate.rules(house.current().db, list(scope.customer_ids)).values():
        for rule in mine:
            found.setdefault(rule.key, (rule, []))[1].append(own.customer_name)
    return [InForce(rule, tuple(sorted(names))) for _, (rule, names) in sorted(found.items())]


@cached
def channels(scope: Scope, as_of: datetime) -> list[Channel]:
    """The partner's channels in force, by key."""
    return list(estate.channels(house.current().db, scope.partner_id, is_removed_too=False).values())


@cached
def digests(scope: Scope, as_of: datetime) -> list[Row]:
    """The last digest over customers of each addressee; columns as in alerts/staff_digests.sql."""
    with house.current().db.engine("metrics").begin() as conn:
        asked = {"partner_ids": [scope.partner_id], "at": as_of}
        return [dict(row) for row in conn.execute(text(query("alerts/staff_digests")), asked).mappings()]


def forget() -> None:
    """Read all of it anew: something was changed."""
    for reader in (counts, counted, alerts, stuck, by_channel, by_rule):
        reader.clear()
