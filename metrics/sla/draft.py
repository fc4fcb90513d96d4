"""The body of a statement: all that is said of a month, put together through the one way from a question to figures."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from math import isfinite
from typing import Any

from sqlalchemy import Connection

from metrics.catalogue import METRICS
from metrics.figure import Figure
from metrics.metric import Metric
from metrics.period import Period
from metrics.read import several
from metrics.sla import items
from metrics.sla.evaluate import evaluate
from metrics.sla.evaluation import Evaluation, plain
from metrics.sla.gather import gather
from metrics.sla.terms import Terms
from metrics.sla.window import Subject
from sql import query
from sql.ask import mappings


@dataclass(frozen=True)
class Parties:
    """Who a statement is between: the customer, and the partner who serves it."""

    subject: Subject
    customer_name: str
    partner_key: str
    partner_name: str


def evaluated(
    conn: Connection, subject: Subject, terms: Terms, period: Period, heard: datetime | None = None
) -> Evaluation:
    """The terms held against what is known of the month at the instant of the scope, or now; `heard` as in `gather`."""
    return evaluate(terms, gather(conn, subject, terms, period, heard=heard))


def outline(
    conn: Connection, parties: Parties, terms: Terms, period: Period, heard: datetime | None = None
) -> dict[str, Any]:
    """What a review looks at of a month: a body without the figures of the catalogue and without calendars.

    Keys: customer, partner, period, evaluation (terms, objectives, what is excluded, credits), missed (items that count
    against an objective or of which nobody can tell, with whose doing they are), agreed (what was proposed to be left out
    and who said what). As of the instant of the scope, or now; what people said, up to `heard` where that is given.
    """
    subject = parties.subject
    held = evaluated(conn, subject, terms, period, heard)
    about = {each.key for objective in held.objectives for each in objective.excluded}
    return {
        "customer": {"key": subject.key, "name": parties.customer_name},
        "partner": {"key": parties.partner_key, "name": parties.partner_name},
        "period": {
            "name": held.period,
            "from": period.since,
            "to": period.until,
            "time_zone": period.time_zone,
        },
        "evaluation": plain(held),
        "missed": _missed(conn, subject, terms, held, heard),
        "agreed": [
            {
                "key": f"exclusion {row['exclusion_id']}",
                **{
                    name: row[name]
                    for name in ("reason", "metric", "state", "side", "actor", "at", "comment")
                },
            }
            for row in mappings(conn, query("sla/claims"), _span(parties, period) | {"as_of": heard})
            if row["from_at"] is not None or f"exclusion {row['exclusion_id']}" in about
        ],
    }


def body(
    conn: Connection, parties: Parties, terms: Terms, period: Period, only: Collection[str] | None = None
) -> dict[str, Any]:
    """All that is said of a month under these terms, as it is known now; what is sealed adds who sealed it and when.

    The outline, and beside it calendars and figures: the whole catalogue, or `only` those of these ids and of what is promised.
    Ratios and money are text, coverage is in millionths: no float.
    """
    return outline(conn, parties, terms, period) | {
        "figures": [
            _figure(figure)
            for figure in several(
                conn,
                _told(terms, only),
                [parties.subject.customer_id],
                period,
            )
        ],
        "calendars": [
            {name: row[name] for name in ("key", "time_zone", "hours", "closed")}
            # named only where there are any: what was sealed before hours could change says the same still
            | ({"changes": row["changes"]} if row["changes"] else {})
            for row in mappings(conn, query("sla/calendars"), _span(parties, period))
        ],
    }


def _told(terms: Terms, only: Collection[str] | None) -> list[Metric]:
    promised = {objective.indicator.key for objective in terms.objectives}
    return [
        metric
        for metric in METRICS
        if not (metric.is_for_partner or metric.is_watched_on)
        and (only is None or metric.id in only or metric.key in promised)
    ]


def _span(parties: Parties, period: Period) -> dict[str, Any]:
    return {
        "customer_ids": [parties.subject.customer_id],
        "since": period.since,
        "until": period.until,
        "as_of": None,
    }


def _figure(figure: Figure) -> dict[str, Any]:
    key = " ".join(part for part in (figure.metric.key, figure.currency) if part)
    numbers = ("value", "numerator", "denominator", "low", "high")
    coverage = None if figure.coverage is None else round(figure.coverage * 10**6)
    return {
        "key": key,
        "id": figure.metric.id,
        "definition_version": figure.definition_version,
        "unit": figure.unit,
        "currency": figure.currency,
        "unknown": figure.unknown,
        "sample": figure.sample,
        "coverage": coverage,
    } | {name: _exact(getattr(figure, name)) for name in numbers}


def _exact(value: float | int | Decimal | None) -> str | int | None:
    """A number as text that says all of it; infinite is "not reached"."""
    if value is None or isinstance(value, int):
        return value
    if isinstance(value, float) and not isfinite(value):
        return "not reached"
    return format(Decimal(repr(value)) if isinstance(value, float) else value, "f")


def _missed(
    conn: Connection, subject: Subject, terms: Terms, held: Evaluation, heard: datetime | None
) -> list[dict[str, Any]]:
    known = items.flows(conn, subject.customer_id)
    found = []
    for objective in terms.objectives:
        result = held.of(objective.key)
        if result.gross.k is None and not result.gross.n:
            continue
        asked = {"customer_ids": [subject.customer_id], "metric": objective.indicator.key, "as_of": heard}
        doing = {row["item_id"]: row for row in mappings(conn, query("sla/attributions"), asked)}
        window = Period(result.since, result.until, subject.time_zone, result.window)
        for listed in items.listed(conn, subject, objective, window, None, known):
            if listed.is_missed(objective) or listed.item.unknown:
                said = doing.get(listed.item.key, {})
                found.append(
                    {
                        "key": f"{objective.key} {listed.item.flow or ''} {listed.item.key}",
                        "objective": objective.key,
                        "flow": listed.item.flow,
                        "item": listed.item.key,
                        "label": listed.label,
                        "at": listed.item.at,
                        "outcome": listed.outcome,
                        "count": [int(listed.item.k), int(listed.item.n), int(listed.item.unknown)],
                        **{name: said.get(name) for name in ("party", "evidence", "decided_by")},
                    }
                )
    return found


def comparable(said: Mapping[str, Any]) -> dict[str, Any]:
    """A body without what differs in every one: who sealed it, when, as what, the instant it speaks of, and its context."""
    apart = ("format", "version", "sealed", "restates", "context")
    kept = {key: value for key, value in plain(said).items() if key not in apart}
    kept["evaluation"] = {key: value for key, value in kept["evaluation"].items() if key != "as_of"}
    return kept


def instant_of(said: Mapping[str, Any]) -> datetime:
    """The instant that a body speaks of."""
    value = said["evaluation"]["as_of"]
    return value if isinstance(value, datetime) else datetime.fromisoformat(value)
