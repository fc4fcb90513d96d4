"""What queue show tells: one exception with its records on both sides, what waits for it, past cases like it, and its history."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from app import agreement, queue_words, source_links
from app.cli import ground
from app.cli.output import answer, money, refuse, say
from app.cli.triage_desk import TriageDesk
from metrics.rules import runbook
from metrics.triage import moves
from metrics.triage.both_sides import both_sides, names_of

RECORDS, PAIRS, CASES = 500, 3, 5
_LISTS = ("possible", "both_sides", "waits_for_it", "will_clear", "similar", "records", "events", "retries")
Row = Mapping[str, Any]


def one(desk: TriageDesk, number: int) -> dict[str, Any]:
    """An exception with all that its pane on the page tells; ends the command when there is none.

    As in screen/exception.sql, and: both_sides (triage/both_sides.sql, with the names that were compared), waits_for_it,
    will_clear and similar (the queries of the same names), records with the address of each in its own system (null: the estate
    gives none), events, retries, possible (verbs), lately (in words; null: closed) and runbook.
    """
    now = ground.now()
    wanted = {
        "customer_ids": list(desk.customer_ids),
        "exception_id": number,
        "as_of": now,
        "for_customer": False,
        "known": None,
    }
    found = desk.ask("screen/exception", wanted)
    if not found:
        refuse(f"there is no exception {number} among these customers; see throughline queue list")
    own = found[0]
    customer, few = own["customer_id"], wanted | {"row_limit": CASES}
    return own | {
        "lately": desk.lately(found).get(number),
        "runbook": runbook(desk.conn, customer, own["rule"], now),
        "possible": [verb.key for verb in moves.possible(own["state"])],
        "both_sides": [
            row | {"compared": names_of(row)} for row in both_sides(desk.conn, customer, number, PAIRS)
        ],
        "waits_for_it": desk.ask("triage/waits_for", few),
        "will_clear": desk.ask("triage/will_clear", wanted),
        "similar": desk.ask("triage/similar", few),
        "records": [
            row | {"address": source_links.address(row["link"], row["subject_id"])}
            for row in desk.ask("screen/exception_occurrences", wanted | {"row_limit": RECORDS})
        ],
        "events": desk.ask("screen/exception_events", wanted),
        "retries": desk.ask("triage/retries", wanted),
    }


def tell(told: Row) -> None:
    """The same for a person: what is known line by line, then a table under a title for each list that holds anything."""
    for key, value in told.items():
        if key not in _LISTS and not isinstance(value, list) and value not in (None, ""):
            say(f"{key}: {value}")
    if told["tags"]:
        say(f"tags: {', '.join(told['tags'])}")
    say(f"possible: {', '.join(told['possible'])}")
    if told["both_sides"]:
        say("\nOn both sides:")
    for pair in told["both_sides"]:
        _pair(pair)
    _table("Waits for it", [_waiting(row) for row in told["waits_for_it"]], told["waits_for_it"])
    _table("Will clear when it is fixed", told["will_clear"])
    _table("What it happened to", [_record(row) for row in told["records"]], told["records"], "No records.")
    for row in [row for row in told["records"] if row["address"]][:CASES]:
        say(f"  {row['subject_id']}: {row['address']}")
    _table("History", [_event(row) for row in told["events"]], empty="No history.")
    _table("Retries", told["retries"])
    _table(
        "Similar past cases",
        [_case(row) for row in told["similar"]],
        empty="Nothing like it was closed before.",
    )


def _table(title: str, rows: list[dict[str, Any]], of: list[Row] | None = None, empty: str = "") -> None:
    """A title over its rows, with how many there are where these are not all; where there is none what `empty` says, if anything."""
    if not rows:
        if empty:
            say(f"\n{empty}")
        return
    total = of[0]["total"] if of else len(rows)
    say(f"\n{title}" + (f", the first {len(rows)} of {total}" if total > len(rows) else "") + ":")
    answer(rows, False, "")


def _pair(row: Row) -> None:
    """A record over its counterpart, then what differs with both values, what is equal, and further counterparts."""
    word, why = queue_words.STANDING.get(row["standing"], ("", ""))
    here, there, differing = row["here_fields"] or {}, row["there_fields"] or {}, row["differing"] or {}
    say(f"  {_end(row, 'here')}" + ("" if row["is_here"] else ", deleted"))
    say(f"  {_end(row, 'there')}" + (f", {word}: {why}" if word else ""))
    known = [each for each in row["compared"] if None not in (here.get(each), there.get(each))]
    told = {
        "differs": [
            f"{each} {_held(here, each)} / {_held(there, each)}"
            for each in row["compared"]
            if each in differing
        ],
        "equal": [each for each in known if each not in differing],
        "there too": row["other_ids"] or [],
    }
    for name, said in told.items():
        if said:
            say(f"    {name}: {', '.join(said)}")


def _held(fields: Mapping[str, Any], name: str) -> str:
    value = fields.get(name)
    if value is None:
        return "–"
    return f"{Decimal(str(value)):,.2f}" if name in agreement.AMOUNTS else str(value)


def _end(row: Row, side: str) -> str:
    """invoice INV-7 in erp (81f2): a record by what people call it, its system and its id there."""
    kind = str(row[f"{side}_type"]).replace("_", " ")
    where = row[f"{side}_system"] or row[f"{side}_role"] or "another system"
    if row[f"{side}_id"] is None:
        return f"{kind} in {where}"
    return f"{kind} {row[f'{side}_label'] or ''} in {where} ({row[f'{side}_id']})".replace("  ", " ")


def _waiting(row: Row) -> dict[str, Any]:
    return {
        "number": row["exception_id"],
        "title": row["title"],
        "state": row["state"].replace("_", " "),
        "records": row["occurrences"],
        "at risk": money(row["value_at_risk"], row["currency"]),
    }


def _record(row: Row) -> dict[str, Any]:
    return {
        "record": f"{row['subject_type'].replace('_', ' ')} {row['subject_id']}",
        "happened": row["occurred_at"],
        "cleared": row["cleared_at"],
        "at risk": money(row["amount"], row["currency"]),
        "said": row["message"],
    }


def _case(row: Row) -> dict[str, Any]:
    return {
        "number": row["exception_id"],
        "customer": row["customer"],
        "title": row["title"],
        "alike": queue_words.LIKE[row["likeness"]],
        "ended": f"{queue_words.ENDED.get(row['state'], row['state'])} after {queue_words.span(row['seconds'])}",
        "at": row["closed_at"],
        "claimed by": row["claimed_by"],
        "came back": row["reopen_count"],
        "said last": row["note"],
    }


def _event(event: Row) -> dict[str, Any]:
    to = f"to {event['to_state'].replace('_', ' ')}" if event["to_state"] else ""
    undone = "(taken back)" if event["is_undone"] else ""
    said = " ".join(part for part in (event["kind"].replace("_", " "), to, undone) if part)
    return {
        "at": event["at"],
        "who": event["actor"],
        "what": said,
        "minutes": event["minutes"],
        "note": event["note"],
    }
