"""The records that an exception is about, each beside its counterpart in the other system, with what the two differ in."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from app import agreement, markup
from app.data import Row, cached, look
from app.markup import Column
from app.queue_words import NOT_KNOWN, NOT_THERE, STANDING
from app.scope import Scope
from app.view import View
from app.wording import SYSTEM_NAMES
from metrics.triage.both_sides import both_sides, names_of

SHOWN = 3
_STATES = {NOT_THERE: "risk", NOT_KNOWN: "unknown"}


@cached
def records(scope: Scope, customer_id: int, exception_id: int, as_of: datetime) -> list[Row]:
    """The first records of an exception in scope with their counterparts; columns as in triage/both_sides.sql."""
    if customer_id not in scope.customer_ids:
        return []
    with look(scope, as_of) as conn:
        return list(both_sides(conn, customer_id, exception_id, SHOWN))


def section(found: Mapping[str, Any], view: View) -> str:
    """The part of the pane; empty when it is closed, and when nobody knows of a record on either side."""
    if found["closed_at"] is not None:
        return ""
    rows = records(view.scope, found["customer_id"], found["exception_id"], view.as_of)
    if not rows:
        return ""
    lines = [(_ends(row, view), _held(row, view)) for row in rows]
    table = markup.table((Column("Records"), Column("What they say")), lines, of_rows=True)
    return markup.section("On both sides", table, f"the latest {SHOWN}" if len(rows) == SHOWN else "")


def _ends(row: Row, view: View) -> str:
    """The record over its counterpart, each with its kind and where it is."""
    return _end(row, "here", view) + _end(row, "there", view)


def _end(row: Row, side: str, view: View) -> str:
    """A record and its system: by key and id for the partner's people, by what the system is for a customer."""
    kind, number = str(row[f"{side}_type"]).replace("_", " "), row[f"{side}_id"]
    system = SYSTEM_NAMES.get(row[f"{side}_role"] or "", row[f"{side}_role"] or "the other system")
    if number is None:
        return markup.two_lines(kind.capitalize(), system)
    if not view.scope.is_customer:
        system = f"{row[f'{side}_system']}: {number}"
    return markup.two_lines(row[f"{side}_label"] or number, f"{kind}, {system}")


def _held(row: Row, view: View) -> str:
    names = names_of(row)
    here, there = row["here_fields"], row["there_fields"]
    gone = "" if row["is_here"] else markup.chip("deleted", "risk", "the first of the two")
    if row["standing"] == "there":
        both = agreement.beside(here, there, row["differing"] or {}, names, view.words)
        more = f"There too: {', '.join(row['other_ids'])}" if row["other_ids"] else ""
        return gone + both + (f'<span class="sub">{markup.e(more)}</span>' if more else "")
    word, why = STANDING[row["standing"]]
    said = f'{markup.chip(word, _STATES[word])} <span class="sub">{markup.e(why)}</span>'
    return gone + said + agreement.alone(here, names, view.words)
