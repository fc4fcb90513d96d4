"""What the rules of one customer find: one finding per cause, read in that customer's scope and no other's."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection

from metrics import read
from metrics.alerts.rules import Kind, Rule
from metrics.figure import Figure
from metrics.period import Period
from sql import query
from sql.ask import mappings

Facts = Mapping[str, Any]


@dataclass(frozen=True)
class Finding:
    """One reason to tell somebody: the rule, the cause, how severe it is (1 to 4), the figure or the facts it rests on.

    `is_quiet`: it opens no alert and keeps one that is open: the cause sleeps, is waived or claimed to be fixed.
    """

    rule: Rule
    cause: str
    severity: int
    figure: Figure | None = None
    facts: Facts = field(default_factory=dict)
    exception_id: int | None = None
    is_quiet: bool = False


def findings(
    conn: Connection, customer_id: int, time_zone: str, rules: Sequence[Rule], now: datetime
) -> list[Finding]:
    """Everything that the rules find at `now`. `conn` is a viewer's, with this customer in scope."""
    look = _Look(conn, customer_id, time_zone, now)
    return [finding for rule in rules for finding in _OF[rule.kind](look, rule)]


@dataclass(frozen=True)
class _Look:
    conn: Connection
    customer_id: int
    time_zone: str
    now: datetime

    def rows(self, name: str, **asked: Any) -> list[dict[str, Any]]:
        parameters = {"customer_ids": [self.customer_id], "as_of": self.now, "workflows": None} | asked
        return mappings(self.conn, query(f"alerts/{name}"), parameters)

    def figures(self, key: str, by: str | None = None) -> list[Figure]:
        period = Period.parse("28d", self.time_zone, self.now)
        return read.figures(self.conn, key, [self.customer_id], period, by=by, as_of=self.now)


def _value(look: _Look, rule: Rule) -> list[Finding]:
    """The customer's value at risk in one currency is above the limit; what has no known value is not in it."""
    limit, currency = rule.amount("above"), rule.terms["currency"]
    return [
        Finding(rule, f"value:{currency}", 2, figure, {"limit": limit, "currency": currency})
        for figure in look.figures("value_at_risk")
        if figure.currency == currency and figure.value is not None and Decimal(figure.value) > (limit or 0)
    ]


def _severity(look: _Look, rule: Rule) -> list[Finding]:
    """Causes in the queue that are severe enough, and worth enough where a value is asked for."""
    least = rule.amount("value")
    rows = look.rows("exceptions", worst=rule.terms["at_least"], workflows=_narrowed(rule))
    return [
        Finding(
            rule,
            f"exception:{row['exception_id']}",
            row["severity"],
            None,
            row,
            row["exception_id"],
            row["is_quiet"],
        )
        for row in rows
        if least is None
        or (row["currency"] == rule.terms["currency"] and row["value"] is not None and row["value"] >= least)
    ]


def _burn(look: _Look, rule: Rule) -> list[Finding]:
    """The error budget burns so fast that the thresholds of metric B4 call somebody."""
    wanted = {"page": ("page",), "ticket": ("page", "ticket")}[rule.terms["calls"]]
    found = look.figures("burn_rate", "workflow" if rule.workflows else None)
    return [
        Finding(
            rule,
            f"burn:{figure.part}",
            1 if figure.detail["severity"] == "page" else 2,
            figure,
            {"why": figure.detail["why"], "lasts_seconds": figure.detail["lasts_seconds"]},
        )
        for figure in found
        if figure.detail["severity"] in wanted and (not rule.workflows or figure.part in rule.workflows)
    ]


def _deadline(look: _Look, rule: Rule) -> list[Finding]:
    """Expectations of one kind that are due soon, or overdue in the number that is asked for."""
    within = rule.span("due_within")
    many = rule.terms.get("overdue")
    seconds = within.total_seconds() if within else 0.0
    return [
        Finding(rule, f"deadline:{row['key']}", row["severity"], None, row)
        for row in look.rows("deadlines", within_seconds=seconds, workflows=_narrowed(rule))
        if (within is not None and row["due_soon"] > 0) or (many is not None and row["overdue"] >= many)
    ]


def _silence(look: _Look, rule: Rule) -> list[Finding]:
    """Nothing ran, or nothing was read, for longer than it may be."""
    found: list[Finding] = []
    runs, freshness = rule.span("runs"), rule.span("freshness")
    if runs is not None:
        rows = look.rows("silent_flows", calendar=rule.terms.get("calendar"), workflows=_narrowed(rule))
        found += [
            Finding(
                rule, f"silence:{row['flow_key']}", 2, None, row | {"limit_seconds": runs.total_seconds()}
            )
            for row in rows
            if row["silent_seconds"] is not None and row["silent_seconds"] > runs.total_seconds()
        ]
    if freshness is not None:
        found += [
            Finding(
                rule,
                f"unread:{figure.part}",
                2,
                figure,
                {"limit_seconds": freshness.total_seconds(), "system": figure.part},
            )
            for figure in look.figures("freshness", "system")
            if figure.value is None or float(figure.value) > freshness.total_seconds()
        ]
    return found


def _narrowed(rule: Rule) -> list[str] | None:
    return list(rule.workflows) or None


_OF: Mapping[Kind, Callable[[_Look, Rule], list[Finding]]] = {
    "value": _value,
    "severity": _severity,
    "burn": _burn,
    "deadline": _deadline,
    "silence": _silence,
}
