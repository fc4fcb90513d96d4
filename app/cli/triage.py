"""Commands that show the exception queue: queue list, queue show."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from app.cli import triage_one
from app.cli.output import AsJson, answer, answer_json, money, refuse, say
from app.cli.triage_desk import As, Order, Where, order_named, seated

queue = typer.Typer(
    help="The exception queue: what is open, who has it, and what is done about it.", no_args_is_help=True
)


@queue.command("list")
def show_list(
    where: Where = None,
    customer: Annotated[str | None, typer.Option("--customer", help="The customer's key.")] = None,
    view: Annotated[
        str, typer.Option("--view", help="open, new, waiting, claimed, snoozed, waived, closed or all.")
    ] = "open",
    order: Order = None,
    limit: Annotated[int | None, typer.Option("--limit", help="At most so many.")] = 50,
    who: As = None,
    as_json: AsJson = False,
) -> None:
    """The queue, the dearest first or as a saved view orders it, with how each runs lately."""
    wanted = [f"view={view}", *([f"customer={customer}"] if customer else []), *(where or [])]
    with seated(who) as desk:
        rows = desk.rows(wanted, limit, order_named(order))
        runs = desk.lately(rows)
    rows = [row | {"lately": runs.get(row["exception_id"])} for row in rows]
    if as_json:
        answer_json(rows)
        return
    answer([_line(row) for row in rows], False, "Nothing matches.")
    if rows and rows[0]["total"] > len(rows):
        say(f"{len(rows)} of {rows[0]['total']}; --limit shows more.")


@queue.command("show")
def show_one(
    number: Annotated[int, typer.Argument(metavar="NUMBER", help="The exception's number.")],
    who: As = None,
    as_json: AsJson = False,
) -> None:
    """One exception: what it is, its records on both sides, what waits for it, what was done, past cases like it."""
    with seated(who) as desk:
        told = triage_one.one(desk, number)
    if as_json:
        answer_json(told)
    else:
        triage_one.tell(told)


@queue.command("advice")
def show_advice(
    number: Annotated[int, typer.Argument(metavar="NUMBER", help="The exception's number.")],
    who: As = None,
    as_json: AsJson = False,
) -> None:
    """Whether its records may be sent again: from what the target system holds. Exit code 1 when a retry is barred."""
    with seated(who) as desk:
        found = desk.advice(number)
    answer(found, as_json, "Nothing of it is open.")
    if any(each["blocks"] for each in found):
        raise typer.Exit(1)


@queue.command("mentions")
def show_mentions(who: As = None, as_json: AsJson = False) -> None:
    """Notes that name you, on exceptions that you have done nothing with since."""
    with seated(who) as desk:
        if desk.actor.person_id is None:
            refuse("who asks? --as sam@northwind.example (or THROUGHLINE_AS)")
        asked = {"mentioned_person_id": desk.actor.person_id, "after_event_id": None}
        rows = desk.ask("triage/mentions", asked | {"customer_ids": list(desk.customer_ids)})
    answer(rows if as_json else [_mention(row) for row in rows], as_json, "Nobody waits for a word of yours.")


@queue.command("cost")
def show_cost(
    customer: Annotated[str, typer.Option("--customer", help="The customer's key.")],
    period: Annotated[str, typer.Option("--period", help="2026-10, 2026-10-01..2026-10-15 or 28d.")],
    who: As = None,
    as_json: AsJson = False,
) -> None:
    """What working a customer's queue took: logged minutes per 1,000 transactions and per exception."""
    with seated(who) as desk:
        found = desk.cost(customer, period)
    if as_json:
        answer_json(found)
        return
    rows = found.pop("rows")
    answer([found], False, "")
    answer(rows, False, "Nobody logged any minutes: the cost is unknown.")


def _line(row: dict[str, Any]) -> dict[str, Any]:
    standing = " ".join(
        part
        for part in (row["state"].replace("_", " "), row["waiting_on"] and f"on {row['waiting_on']}")
        if part
    )
    return {
        "number": row["exception_id"],
        "severity": row["severity"],
        "customer": row["customer"],
        "title": row["title"],
        "state": f"{standing}, asleep" if row["is_asleep"] else standing,
        "owner": row["owner"],
        "records": row["occurrences"],
        "lately": row["lately"],
        "at risk": money(row["value_at_risk"], row["currency"]),
        "answered in (h)": _hours(row["response_seconds"]) if row["responded_at"] else None,
        "clock (h)": _hours(row["resolution_seconds"]),
    }


def _mention(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "number": row["exception_id"],
        "title": row["title"],
        "by": row["actor"],
        "note": row["note"],
        "at": row["at"],
    }


def _hours(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds / 3600, 1)
