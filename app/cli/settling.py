"""Commands that settle a month between both sides: sla missed, exclusions, propose, accept, dispute, withdraw, attribute, announce, cancel."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Annotated, Any

import typer

from app.cli import ground
from app.cli.output import AsJson, answer, answer_json, money, refuse, say
from app.cli.reading import period_of
from app.cli.settling_desk import Who, parties_of, seated, span_of
from app.cli.sla import CustomerKey
from app.report.outcomes import of_missed
from metrics.period import Period
from metrics.sla import ledger, works
from metrics.sla.draft import outline
from metrics.sla.evaluation import plain
from metrics.sla.ledger import Answer
from metrics.sla.terms import TermsError
from metrics.sla.window import in_force, month_of
from metrics.sla.worth import worth
from sql.database import viewer

Month = Annotated[str, typer.Option("--period", help="A month: 2026-10.")]
Number = Annotated[int, typer.Argument(metavar="NUMBER", help="The exclusion's number.")]
Comment = Annotated[str, typer.Option("--comment", help="Words for the other side.")]
Seen = Annotated[
    int | None,
    typer.Option("--seen", help="The last word that was looked at; refused when another was said since."),
]
Items = Annotated[list[str] | None, typer.Option("--item", help="An item by its id; repeat.")]
Flows = Annotated[list[str] | None, typer.Option("--flow", help="A flow by its key; repeat.")]
Since = Annotated[str | None, typer.Option("--from", help="From this instant on, in the customer's zone.")]
Until = Annotated[str | None, typer.Option("--to", help="Until this instant.")]


def missed(customer: CustomerKey, period: Month, as_json: AsJson = False) -> None:
    """The items that count against an objective of the month, or of which nobody can tell, and whose doing they are."""
    entry, _, said = _outline(customer, period)
    names = ("objective", "item", "label", "at", "outcome", "party", "evidence", "decided_by")
    rows = [{name: each[name] for name in names} for each in said["missed"]]
    if not as_json:
        for row, each in zip(rows, said["missed"], strict=True):
            row["outcome"] = of_missed(each)
    answer(rows, as_json, f"Nothing counts against {entry.key} in {period}.")


def exclusions(customer: CustomerKey, period: Month, as_json: AsJson = False) -> None:
    """What is left out of the month, or is to be: who proposed it, who said what last, and how many items it takes."""
    entry, span, said = _outline(customer, period)
    with ground.database() as db, viewer(db, [entry.customer_id]) as conn:
        found = ledger.in_month(ledger.exclusions(conn, entry.customer_id, span), said)
        announced = works.works(conn, entry.customer_id, span.since, span.until)
        terms = in_force(conn, entry.customer_id, month_of(span))
        worths = [] if terms is None else worth(conn, parties_of(entry).subject, terms, span)
    told: dict[str, list[Any]] = {}
    for objective in said["evaluation"]["objectives"]:
        for each in objective["excluded"]:
            told.setdefault(each["key"], []).append(each)
    rows = [
        {
            "number": each.number,
            "reason": each.reason,
            "state": each.state,
            "items": sum(it["count"]["n"] + it["count"]["unknown"] for it in told.get(each.key, [])),
            "worth": _worth(worths, each.key, as_json),
            "proposed by": f"{each.proposed_by} ({each.proposed_side})",
            "said by": f"{each.said_by} ({each.said_side})",
            "at": each.said_at,
            "comment": each.comment,
            "why not": "; ".join(dict.fromkeys(it["why"] for it in told.get(each.key, []) if it["why"]))
            or None,
            "seen": each.seen,
        }
        for each in found
    ]
    if as_json:
        answer_json({"exclusions": rows, "maintenance": [plain(work) for work in announced]})
        return
    answer(rows, False, "Nothing was proposed to be left out.")
    for work in announced:
        state = told.get(work.key, [{}])[0]
        how = f"{state.get('state', 'announced')}{': ' + state['why'] if state.get('why') else ''}"
        say(
            f"Maintenance {work.number}, {work.starts_at:%Y-%m-%d %H:%M %Z} to {work.ends_at:%Y-%m-%d %H:%M %Z},"
            f" {', '.join(work.flows)} ({work.reason}): {how}."
        )


def _worth(worths: list[dict[str, Any]], exclusion: str, as_json: bool) -> Any:
    """What the items that an exclusion takes are worth, each once however many promises it counts against; None: it takes none."""
    found = [each for each in worths if each["exclusion"] == exclusion and each["objective"] is None]
    if as_json:
        return [{name: each[name] for name in ("currency", "amount", "records")} for each in found]
    parts = [
        money(each["amount"] and Decimal(each["amount"]), each["currency"])
        or f"{each['records']} of no known value"
        for each in found
    ]
    return ", ".join(parts) or None


def propose(
    customer: CustomerKey,
    period: Month,
    reason: Annotated[str, typer.Option("--reason", help="Whose doing it is, as the terms allow it.")],
    comment: Comment,
    who: Who,
    objective: Annotated[
        str | None, typer.Option("--objective", help="The objective's key; every one without it.")
    ] = None,
    items: Items = None,
    since: Since = None,
    until: Until = None,
    flows: Flows = None,
    evidence: Annotated[str | None, typer.Option("--evidence", help="What shows it.")] = None,
    as_json: AsJson = False,
) -> None:
    """Propose to leave out items of an objective, or what came due in a stretch of time; the other side accepts or disputes it."""
    with seated(customer, who) as seat:
        number = ledger.propose(
            seat.desk,
            seat.subject,
            period_of(period, seat.entry),
            reason,
            comment,
            objective=objective,
            named=items or (),
            span=span_of(since, until, seat.entry.time_zone),
            flows=flows or (),
            evidence=evidence,
        )
        by = seat.desk.side
    _done({"exclusion": number, "state": "proposed"}, f"Exclusion {number} is proposed by the {by}.", as_json)


def _answering(name: str, state: Answer, sentence: str) -> Callable[..., None]:
    """The command with which a side says one thing of an exclusion; all of them are asked alike."""

    def answered(
        customer: CustomerKey,
        number: Number,
        who: Who,
        comment: Comment = "",
        seen: Seen = None,
        as_json: AsJson = False,
    ) -> None:
        with seated(customer, who) as seat:
            ledger.answer(seat.desk, number, state, comment, seen)
            by = seat.desk.side
        _done({"exclusion": number, "state": state}, f"Exclusion {number} is {state} by the {by}.", as_json)

    answered.__name__, answered.__doc__ = name, sentence
    return answered


accept = _answering(
    "accept", "accepted", "Accept what the other side proposed: its items leave the agreed figure."
)
dispute = _answering(
    "dispute",
    "disputed",
    "Dispute what the other side proposed, with a comment: its items count in every figure.",
)
withdraw = _answering("withdraw", "withdrawn", "Take back what one's own side proposed.")


def attribute(
    customer: CustomerKey,
    period: Month,
    objective: Annotated[str, typer.Option("--objective", help="The objective's key.")],
    items: Annotated[list[str], typer.Option("--item", help="An item by its id; repeat.")],
    party: Annotated[str, typer.Option("--party", help=f"One of {', '.join(ledger.PARTIES)}.")],
    evidence: Annotated[str, typer.Option("--evidence", help="What shows it.")],
    who: Who,
    as_json: AsJson = False,
) -> None:
    """Say whose doing missed items are; the last word counts, earlier ones stay."""
    with seated(customer, who) as seat:
        span = period_of(period, seat.entry)
        ledger.attribute(seat.desk, seat.subject, span, objective, items, party, evidence)
    _done({"items": items, "party": party}, f"{len(items)} of {objective} said to be {party}.", as_json)


def announce(
    customer: CustomerKey,
    flows: Annotated[list[str], typer.Option("--flow", help="A flow by its key; repeat.")],
    since: Annotated[str, typer.Option("--from", help="When it begins, in the customer's zone.")],
    until: Annotated[str, typer.Option("--to", help="When it ends.")],
    reason: Annotated[str, typer.Option("--reason", help="What is done.")],
    who: Who,
    replaces: Annotated[
        int | None, typer.Option("--replaces", help="The announcement it takes the place of.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Announce work on flows: it counts as agreed when it is announced in time and inside the cap of the terms."""
    with seated(customer, who) as seat:
        span = span_of(since, until, seat.entry.time_zone)
        assert span is not None
        number = works.announce(seat.desk, flows, span, reason, replaces)
    _done({"maintenance": number, "state": "announced"}, f"Maintenance {number} is announced.", as_json)


def cancel(
    customer: CustomerKey,
    number: Annotated[int, typer.Argument(metavar="NUMBER", help="The announcement's number.")],
    reason: Annotated[str, typer.Option("--reason", help="Why it does not take place.")],
    who: Who,
    as_json: AsJson = False,
) -> None:
    """Say that announced work does not take place: nothing is left out for it any more."""
    with seated(customer, who) as seat:
        works.withdraw(seat.desk, number, reason)
    _done(
        {"maintenance": number, "state": "withdrawn"}, f"Maintenance {number} does not take place.", as_json
    )


def _done(told: dict[str, Any], line: str, as_json: bool) -> None:
    answer_json(told) if as_json else say(line)


def _outline(customer: str, month: str) -> tuple[ground.CustomerEntry, Period, dict[str, Any]]:
    """What the month says now, whether it is sealed or not."""
    with ground.database() as db:
        entry = ground.find_customer(db, customer)
        span = period_of(month, entry)
        with viewer(db, [entry.customer_id]) as conn:
            try:
                terms = in_force(conn, entry.customer_id, month_of(span))
            except (TermsError, ValueError) as error:
                refuse(str(error))
            if terms is None:
                refuse(f"no terms are agreed for {entry.key} in {span.label}; give them in its estate file")
            return entry, span, plain(outline(conn, parties_of(entry), terms, span))
