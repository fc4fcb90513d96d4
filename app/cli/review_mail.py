"""Commands about the reviews that are sent by mail: review due, review send."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from app.cli.ground import database, find_customer, now
from app.cli.output import AsJson, answer, answer_json, say, trouble
from app.review_calendar import Due, due, reviewed
from app.review_post import send_due
from app.wording import plural
from app.worker import poster
from sql.database import Database

review = typer.Typer(help="The monthly review by mail: what is due to whom.", no_args_is_help=True)
CustomerKey = Annotated[str | None, typer.Option("--customer", help="Only this customer.")]
NOTHING = "No review is sent: give customers a review schedule in the estate."


@review.command("due")
def review_due(customer: CustomerKey = None, as_json: AsJson = False) -> None:
    """What is due, was sent lately or comes next; exit code 1 when something keeps a pack whose time has come."""
    with database() as db:
        found = _found(db, customer)
    at = now()
    rows = [_row(part) for part in found]
    answer(rows, as_json, NOTHING)
    if any(
        part.at is None or (part.at <= at and (part.why_not or part.state == "given_up")) for part in found
    ):
        raise typer.Exit(1)


@review.command("send")
def review_send(
    customer: CustomerKey = None,
    yes: Annotated[
        bool, typer.Option("--yes", help="Really send; without it, only show what would go to whom.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Send the packs that are due, also those that were given up before; without --yes, show what would go to whom."""
    with database() as db:
        if not yes:
            would = [part for part in _found(db, customer) if _would_go(part)]
            answer([_row(part) for part in would], as_json, "Nothing is due.")
            return
        own = find_customer(db, customer).customer_id if customer else None
        done = send_due(db, poster(db), customer_id=own, again=True)
    rows = [_row(each.due) | {"state": each.state, "said": each.error} for each in done]
    if as_json:
        answer_json(rows)
    elif not rows:
        say("Nothing is due.")
    for each in () if as_json else done:
        it = each.due
        to = ", ".join(box.address for box in it.to)
        line = f"{it.reviewed.key} {it.period.label} {it.kind}"
        say(
            f"{line}: sent to {to}{f'; refused: {each.error}' if each.error else ''}"
            if each.state == "sent"
            else f"{line}: {each.error}"
        )
    kept = [each for each in done if each.state != "sent"]
    if kept and not as_json:
        trouble(f"{len(kept)} of {len(done)} {plural(len(done), 'pack')} did not go out.")
    if kept:
        raise typer.Exit(1)


def _would_go(part: Due) -> bool:
    return part.is_to_send(now()) or (part.state == "given_up" and not part.why_not)


def _found(db: Database, customer: str | None) -> list[Due]:
    entry = find_customer(db, customer) if customer else None
    own = [each for each in reviewed(db) if entry is None or each.customer_id == entry.customer_id]
    return due(db, now(), own)


def _row(part: Due) -> dict[str, Any]:
    it = part.reviewed
    return {
        "customer": f"{it.partner_key}/{it.key}",
        "period": part.period.label,
        "kind": part.kind,
        "version": part.version or None,
        "at": part.at.isoformat(timespec="minutes") if part.at else None,
        "to": ", ".join(box.address for box in part.to) or None,
        "state": part.state or "not sent",
        "sent_at": part.sent_at.isoformat(timespec="minutes") if part.sent_at else None,
        "said": part.why_not or part.error or None,
    }
