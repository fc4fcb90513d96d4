"""What a review tells beside its promises: what went wrong by money, what was recovered, and what threatens the month after."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection

from metrics.moment import moment
from metrics.period import Period
from metrics.read import figures
from metrics.sla.draft import Parties, evaluated
from metrics.sla.evaluation import Result, plain
from metrics.sla.terms import TermsError
from metrics.sla.window import in_force, month, month_of
from metrics.sla.worth import worth
from sql import query
from sql.ask import mappings

CAUSES = 5
"""So many of each currency."""


def context(
    conn: Connection, parties: Parties, period: Period, heard: datetime | None = None
) -> dict[str, Any]:
    """What stands beside the promises of a month, as it is known now; it is sealed with them, and no reason to restate.

    causes         exceptions that hit records in the month, the dearest of each currency: title, rule, flow, records, open, amount,
                   currency (both null: of no known value). A record hit by two of them counts in both: nothing adds them up
    out_of_danger  records whose trouble ended in the month, by rule: records, amount, currency, likewise
    recovered      the same more strictly, as figure D7 counts it, by rule: records, amount (found by us), reported (told of by the customer
                   first), currency, unknown (not proven, or of unknown value), again (in trouble again)
    risks          of the month after, as it stands (None where it is over already): month, objectives that may be lost, what must
                   follow a business event by its deadlines (expectations), value_at_risk by reason and currency, cut_off
    left_out       what every exclusion takes is worth, as metrics.sla.worth tells it; people's words up to `heard`
    Money is text.
    """
    own = parties.subject.customer_id
    terms = in_force(conn, own, month_of(period))
    span = {"customer_ids": [own], "since": period.since, "until": period.until, "as_of": None}
    causes = mappings(conn, query("review/causes"), span | {"row_limit": CAUSES})
    ended = mappings(conn, query("review/out_of_danger"), span)
    return {
        "causes": [_named(row, "exception_id", f"exception {row['exception_id']}") for row in causes],
        "out_of_danger": [_named(row, "rule", row["rule"]) for row in ended],
        "recovered": [
            {
                "key": " ".join(part for part in (it.part, it.currency) if part),
                "rule": it.part,
                "records": it.sample,
                "unknown": it.unknown,
                "again": it.detail["again"],
                "amount": _exact(it.value),
                "currency": it.currency,
                "reported": None
                if it.value is None
                else _exact(Decimal(it.denominator or 0) - Decimal(it.value)),
            }
            for it in figures(conn, "recovered_value", [own], period, by="rule")
        ],
        "left_out": [] if terms is None else worth(conn, parties.subject, terms, period, heard),
        "risks": _risks(conn, parties, _after(period)),
    }


def _named(row: Mapping[str, Any], number: str, key: str) -> dict[str, Any]:
    said = {name: value for name, value in row.items() if name != "exception_id"}
    said["amount"] = _exact(row["amount"])
    return {"key": " ".join(part for part in (key, row["currency"]) if part)} | said


def _after(period: Period) -> Period:
    return month((month_of(period) + timedelta(days=31)).replace(day=1), period.time_zone)


def _risks(conn: Connection, parties: Parties, after: Period) -> dict[str, Any] | None:
    own = parties.subject.customer_id
    now = moment(conn).instant
    if now >= after.until:
        return None
    cut_off = mappings(conn, query("review/next_cut_off"), {"customer_ids": [own], "as_of": None})
    return {
        "month": after.label,
        "objectives": _objectives(conn, parties, after, now),
        "expectations": [
            {"key": it.part, "pending": int(it.detail["pending"]), "overdue": int(it.detail["overdue"])}
            for it in figures(conn, "expectations_met", [own], after, by="rule")
            if it.currency is None and (it.detail["pending"] or it.detail["overdue"])
        ],
        "value_at_risk": [
            {"key": " ".join(part for part in (it.part, it.currency) if part), "reason": it.part, "records": it.sample, "unknown": it.unknown,
             "amount": _exact(it.value), "currency": it.currency}
            for it in figures(conn, "value_at_risk", [own], after, by="reason")
            if it.sample or it.unknown
        ],
        "cut_off": cut_off[0]["cut_off_at"] if cut_off else None,
    }  # fmt: skip


def _objectives(conn: Connection, parties: Parties, after: Period, now: datetime) -> list[dict[str, Any]]:
    """Objectives of a month that runs that are missed already, have nothing left, or are lost at the rate of the last days."""
    if now < after.since:
        return []
    try:
        terms = in_force(conn, parties.subject.customer_id, month_of(after))
    except TermsError:
        return []
    held = () if terms is None else evaluated(conn, parties.subject, terms, after).objectives
    return [_objective(it) for it in held if _is_threatened(it)]


def _is_threatened(it: Result) -> bool:
    is_spent = it.budget is not None and it.budget.bad > 0 and it.budget.left <= 0
    return it.verdict == "missed" or is_spent or (it.forecast is not None and it.forecast.lost_on is not None)


def _objective(it: Result) -> dict[str, Any]:
    return {
        "key": it.key,
        "title": it.title,
        "unit": it.unit,
        "better": it.better,
        "target": it.target,
        "agreed": plain(it.agreed),
        "verdict": it.verdict,
        "left": None if it.budget is None else it.budget.left,
        "lost_on": None if it.forecast is None else plain(it.forecast.lost_on),
    }


def _exact(value: Any) -> str | None:
    return None if value is None else format(Decimal(value), "f")
