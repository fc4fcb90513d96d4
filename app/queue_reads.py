"""What pages read of the queue: lists and counts, one exception with its past cases, and what waits for it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import streamlit as st

from app import house, queue_acts, queue_lately
from app.data import STEP_SECONDS, Row, cached, look, rows_of
from app.retrying import Planned, planned
from app.scope import Scope
from metrics.rules import runbook
from metrics.triage import advice
from metrics.triage.act import Target, desk, people

SHOWN = 5
COUNTED_TO = 1000
COUNTED_AS = {"new": "fresh", "snoozed": "asleep"}
"""What screen/exception_counts.sql calls what the views with other names hold."""
_ANY = dict.fromkeys(
    (
        "rule",
        "tag",
        "owner_person_id",
        "mentioned_person_id",
        "exception_ids",
        "after",
        "ranked_at",
        "known",
        "total",
    )
)
until_acted = st.cache_data(
    ttl=2 * STEP_SECONDS, max_entries=2000, show_spinner=False, hash_funcs={Scope: queue_acts.stand}
)


@until_acted
def exceptions(
    scope: Scope,
    as_of: datetime,
    view: str,
    kind: str | None,
    words: str | None,
    limit: int | None,
    order: str = "dear",
    _counts: Sequence[Row] = (),
    **more: Any,
) -> list[Row]:
    """The queue, the dearest first or what gets worse; parameters and columns as in screen/exceptions.sql. No limit: all of it.

    `_counts`: rows of screen/exception_counts.sql where somebody has just read them, which need not be counted again then.
    """
    asked = {"view": view, "class": kind, "words": words or None, "row_limit": limit, "as_of": as_of}
    if _counts:
        more |= {"known": _known(_counts), "total": _total(_counts, asked | more)}
    if order == "worse":
        return [
            *queue_lately.worse(lambda name, of: rows_of(scope, name, of, anew=True), _ANY | asked | more)
        ]
    return rows_of(scope, "screen/exceptions", _ANY | asked | more, anew=True)


def _known(counts: Sequence[Row]) -> str:
    """What is known of the value of all that is open, as fragment triage_factor is told."""
    lines = [row for row in counts if row["scope"] == "currency" and row["known"]]
    told = [
        {"currency": row["currency"], "amount": str(row["value_at_risk"]), "n": row["known"]} for row in lines
    ]
    return json.dumps(told)


def _total(counts: Sequence[Row], asked: Mapping[str, Any]) -> int | None:
    """How many exceptions a view holds that nothing else narrows; None for what was not counted."""
    if any(asked.get(key) is not None for key in (*_ANY, "class", "words")):
        return None
    return next(
        (row.get(COUNTED_AS.get(asked["view"], asked["view"])) for row in counts if row["scope"] == "all"),
        None,
    )


@cached
def lately(scope: Scope, exception_ids: tuple[int, ...], is_whole: bool, as_of: datetime) -> dict[int, Row]:
    """How these exceptions run, by number; columns as in screen/exceptions_lately.sql. Whole: with what waits for them."""
    if not exception_ids:
        return {}
    asked = {"exception_ids": list(exception_ids), "is_whole": is_whole, "as_of": as_of}
    return {row["exception_id"]: row for row in rows_of(scope, "screen/exceptions_lately", asked, once=True)}


@until_acted
def matching(
    scope: Scope, as_of: datetime, view: str, kind: str | None, words: str | None, **more: Any
) -> int:
    """How many exceptions a filter finds, counted no further than COUNTED_TO; parameters as in screen/exceptions.sql."""
    asked = {"view": view, "class": kind, "words": words or None, "row_limit": COUNTED_TO, "as_of": as_of}
    return int(rows_of(scope, "screen/exception_matching", _ANY | asked | more, anew=True)[0]["found"])


@until_acted
def exception_counts(scope: Scope, as_of: datetime) -> list[Row]:
    """How many exceptions each view holds, and the value at risk by currency; as in screen/exception_counts.sql."""
    return rows_of(scope, "screen/exception_counts", {"person_id": scope.person_id, "as_of": as_of})


@until_acted
def exceptions_by_customer(scope: Scope, as_of: datetime) -> list[Row]:
    """How many are open and what they put at risk; columns as in screen/exceptions_by_customer.sql."""
    return rows_of(scope, "screen/exceptions_by_customer", {})


@until_acted
def exception_causes(scope: Scope, as_of: datetime) -> list[Row]:
    """The causes that hold back the most money, by currency; columns as in screen/exception_causes.sql."""
    return rows_of(scope, "screen/exception_causes", {}, once=True)


@until_acted
def exception(scope: Scope, exception_id: int, as_of: datetime) -> dict[str, Any] | None:
    """One exception with its occurrences and events, or None when it is not in the scope."""
    wanted = {"exception_id": exception_id, "as_of": as_of, "for_customer": scope.is_customer, "known": None}
    found = rows_of(scope, "screen/exception", wanted, once=True)
    if not found:
        return None
    return {
        **found[0],
        "happened_to": rows_of(scope, "screen/exception_occurrences", wanted | {"row_limit": 200}, once=True),
        "events": rows_of(scope, "screen/exception_events", wanted, once=True),
        "will_clear": rows_of(scope, "triage/will_clear", wanted, once=True),
    }


@cached
def retry_advice(scope: Scope, customer_id: int, exception_id: int, as_of: datetime) -> list[advice.Advice]:
    """Whether its open records may be sent again, what bars a retry first; empty when nothing is open."""
    with look(scope, as_of) as conn:
        return advice.of_exception(conn, customer_id, exception_id)


@until_acted
def retry_plan(scope: Scope, customer_id: int, exception_id: int, as_of: datetime) -> list[Planned]:
    """What a retry would ask of the platforms, one for each open transaction; empty when none is open."""
    with look(scope, as_of) as conn:
        return planned(conn, Target(customer_id, exception_id), house.current().platforms)


@until_acted
def retries(scope: Scope, exception_id: int, as_of: datetime) -> list[Row]:
    """The retries that were asked for, and what became of each; columns as in triage/retries.sql."""
    return rows_of(scope, "triage/retries", {"exception_id": exception_id}, once=True)


@cached
def exception_occurrences(scope: Scope, exception_id: int, as_of: datetime) -> list[Row]:
    """Every record that an exception happened to; columns as in screen/exception_occurrences.sql."""
    return rows_of(scope, "screen/exception_occurrences", {"exception_id": exception_id, "row_limit": None})


@cached
def similar(scope: Scope, exception_id: int, as_of: datetime) -> list[Row]:
    """Past cases like one; columns as in triage/similar.sql."""
    asked = {"exception_id": exception_id, "row_limit": SHOWN}
    return rows_of(scope, "triage/similar", asked, as_of, once=True)


@cached
def waits_for(scope: Scope, exception_id: int, as_of: datetime) -> list[Row]:
    """What waits for one; columns as in triage/waits_for.sql."""
    asked = {"exception_id": exception_id, "row_limit": SHOWN}
    return rows_of(scope, "triage/waits_for", asked, as_of, once=True)


@cached
def assignable(scope: Scope, customer_ids: tuple[int, ...]) -> dict[int, str]:
    """To whom exceptions of these customers can be given, as far as the scope holds them: person id and name, by name."""
    mine = [each for each in customer_ids if each in scope.customer_ids]
    with desk(house.current().db, mine) as conn:
        return {each["person_id"]: each["name"] for each in people(conn, mine)}


@cached
def what_to_do(scope: Scope, customer_id: int, rule: str, as_of: datetime) -> str | None:
    """The runbook of a rule at a customer, in Markdown; None where nobody wrote one, and for a customer's person."""
    if scope.is_customer:
        return None
    with look(scope, as_of) as conn:
        said = runbook(conn, customer_id, rule, as_of)
    # commands are named by what follows the product's own name, which stands on no screen
    return said.replace("`throughline ", "`") if said else None
