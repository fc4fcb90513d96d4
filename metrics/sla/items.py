"""The items behind an objective, by the same rows that open behind its metric."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, text

from metrics.period import Period
from metrics.read import records
from metrics.sla.exclude import Item
from metrics.sla.indicators import ASKED_BY_OBJECTIVE, EXCEPTION_CLOCKS
from metrics.sla.objective import Objective
from metrics.sla.window import Subject
from metrics.sla.words import span_seconds
from sql import query


@dataclass(frozen=True)
class Flow:
    """A flow as objectives name it."""

    flow_id: int
    key: str
    workflow: str
    system: str | None
    removed_at: datetime | None


@dataclass(frozen=True)
class Listed:
    """An item with what a reader wants to see of it; amount and currency None: of no known value."""

    item: Item
    label: str
    outcome: str
    amount: Decimal | None = None
    currency: str | None = None

    def is_missed(self, objective: Objective) -> bool:
        """Whether it counts against the objective."""
        return self.item.n and self.item.k == (objective.better == "lower")


def flows(conn: Connection, customer_id: int) -> list[Flow]:
    """Every flow the customer has ever had."""
    asked = {"customer_ids": [customer_id]}
    return [
        Flow(row.flow_id, row.key, row.workflow, row.system_key, row.removed_at)
        for row in conn.execute(text(query("sla/flows")), asked)
    ]


def flows_in(objective: Objective, known: Sequence[Flow]) -> list[Flow] | None:
    """The flows that an objective is about; None: all, and what belongs to none."""
    if objective.population is None:
        return None
    by, parts = objective.population.by, objective.population.parts
    return [
        flow
        for flow in known
        if {"flow": flow.key, "workflow": flow.workflow, "system": flow.system}[by] in parts
    ]


def service(objective: Objective, known: Sequence[Flow], since: datetime) -> frozenset[str]:
    """The flows that are the service in a window from then on: those that the objective is about and that were not removed before."""
    about = flows_in(objective, known)
    return frozenset(
        flow.key
        for flow in (known if about is None else about)
        if flow.removed_at is None or flow.removed_at > since
    )


def listed(
    conn: Connection,
    subject: Subject,
    objective: Objective,
    window: Period,
    as_of: datetime | None,
    known: Sequence[Flow],
) -> list[Listed]:
    """The items of an objective in a window, whichever side of it they are on."""
    if objective.metric in EXCEPTION_CLOCKS:
        return [
            Listed(
                Item(
                    str(row["exception_id"]), row["flow_key"], row["due_at"] or row["started_at"],
                    row["outcome"] == "good", row["outcome"] in ("good", "bad"), row["outcome"] == "unknown",
                ),
                row["title"],
                row["outcome"],
            )
            for row in exceptions(conn, subject, objective, window, as_of, known)
        ]  # fmt: skip
    metric = objective.indicator.key
    if metric in ASKED_BY_OBJECTIVE:
        return _by_objective(conn, subject, objective, window, as_of, known)
    limit = None if objective.threshold is None else span_seconds(objective.threshold)
    if objective.within_days is not None:
        limit = objective.within_days * 86400
    chosen = flows_in(objective, known)
    keys = None if chosen is None else {flow.key for flow in chosen}
    is_sliced = objective.method != "occurrences"
    found = []
    for row in records(conn, metric, [subject.customer_id], window, as_of=as_of):
        if keys is not None and row["flow_key"] not in keys:
            continue
        good, judged = bool(row["in_numerator"]), bool(row["in_denominator"])
        if limit is not None:
            is_in = bool(row["value"] is not None and row["value"] <= limit)
            # what is still open and inside the days is not judged yet
            judged = judged and (objective.within_days is None or good or not is_in)
            good = is_in and (objective.within_days is None or good)
        unknown = bool(row["is_unknown"]) or (is_sliced and row["outcome"] == "O")
        item = Item(str(row["item_id"]), row["flow_key"], row["at"], good, judged, unknown)
        worth = (row["amount"], row["currency"])
        found.append(Listed(item, str(row["label"]), str(row["outcome"]), *worth))
    return found


def _by_objective(
    conn: Connection,
    subject: Subject,
    objective: Objective,
    window: Period,
    as_of: datetime | None,
    known: Sequence[Flow],
) -> list[Listed]:
    chosen = flows_in(objective, known)
    said = {
        "metric": objective.indicator.key,
        "service_time": objective.service_time,
        "quiet": objective.quiet,
    }
    asked = {
        "customer_ids": [subject.customer_id],
        "since": window.since,
        "until": window.until,
        "as_of": as_of,
        "flow_ids": None if chosen is None else [flow.flow_id for flow in chosen],
        "objective": json.dumps(said | {"grace_seconds": objective.grace_seconds}),
    }
    return [
        Listed(Item(row.item_id, row.flow_key, row.at, row.k, row.n, row.unknown), row.label, row.outcome)
        for row in conn.execute(text(query(f"sla/{objective.indicator.key}")), asked)
    ]


def exceptions(
    conn: Connection,
    subject: Subject,
    objective: Objective,
    window: Period,
    as_of: datetime | None,
    known: Sequence[Flow],
) -> list[Mapping[str, Any]]:
    """The exceptions whose goal falls due in a window; columns as in sla/exceptions."""
    assert objective.within is not None
    chosen = flows_in(objective, known)
    asked = {
        "customer_ids": [subject.customer_id],
        "since": window.since,
        "until": window.until,
        "as_of": as_of,
        "within_seconds": span_seconds(objective.within),
        "calendar": objective.calendar,
        "severities": list(objective.severity) or None,
        "flow_ids": None if chosen is None else [flow.flow_id for flow in chosen],
        "is_response": objective.metric == "exception_response",
    }
    return [dict(row) for row in conn.execute(text(query("sla/exceptions")), asked).mappings()]
