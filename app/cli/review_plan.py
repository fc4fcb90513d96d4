"""Commands about the schedule of the reviews that are sent by mail: review schedule, review change."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from app import review_schedule
from app.cli.ground import customers, database, find_customer, now
from app.cli.output import AsJson, answer, answer_json, refuse, say
from app.cli.review_mail import NOTHING, CustomerKey
from app.cli.settling_desk import Who, seated
from app.mail import Mailbox

Readers = Annotated[
    list[str] | None, typer.Option(help="A mailbox; repeat. What was named before is no longer.")
]


def schedule(customer: CustomerKey = None, as_json: AsJson = False) -> None:
    """When each customer's review goes out and to whom, what went out last and what comes next."""
    with database() as db:
        known = [find_customer(db, customer)] if customer else customers(db)
        found = review_schedule.schedules(db, [each.customer_id for each in known], now())
    rows = [
        {
            "customer": f"{each.reviewed.partner_key}/{each.reviewed.key}",
            "business_day": each.reviewed.review["business_day"],
            "at": each.reviewed.review.get("at"),
            "draft to": _addresses(each.reviewed.readers("draft")),
            "sealed to": _addresses(each.reviewed.readers("sealed")),
            "sent last": each.last["sent_at"] if each.last else None,
            "next": each.coming.at,
            "of": each.coming.period.label,
            "kind": each.coming.kind,
            "state": each.state(now()),
            "said": each.coming.why_not or each.coming.error or None,
        }
        for each in found
    ]
    answer(rows, as_json, NOTHING)


def change(
    customer: Annotated[str, typer.Argument(metavar="CUSTOMER", help="The customer's key.")],
    who: Who,
    business_day: Annotated[
        int | None, typer.Option("--business-day", help="Of the month after the one that is reviewed.")
    ] = None,
    at: Annotated[str | None, typer.Option("--at", help="08:00, in the customer's zone.")] = None,
    to_partner: Readers = None,
    to_customer: Readers = None,
    nothing: Annotated[bool, typer.Option("--nothing", help="Nothing is sent any more.")] = False,
    as_json: AsJson = False,
) -> None:
    """Change when a customer's review goes out and to whom; what is not given stays as it is."""
    given: dict[str, Any] = {
        "business_day": business_day, "at": at, "to_partner": to_partner, "to_customer": to_customer,
    }  # fmt: skip
    asked = {name: value for name, value in given.items() if value is not None}
    if nothing == bool(asked):
        refuse("say what changes, or --nothing alone")
    with database() as db:
        own = find_customer(db, customer).customer_id
        before = [each.reviewed.review for each in review_schedule.schedules(db, [own], now())]
    rule = dict(before[0]) if before else None
    with seated(customer, who) as seat:
        wanted = None if nothing else review_schedule.settings({**(rule or {}), **asked})
        review_schedule.change(seat.desk, rule, wanted)
    if as_json:
        answer_json(None if wanted is None else wanted.model_dump(mode="json"))
        return
    say(
        "Nothing is sent any more."
        if wanted is None
        else f"The draft goes out on business day {wanted.business_day} at {wanted.at}."
    )


def _addresses(boxes: Sequence[Mailbox]) -> str | None:
    return ", ".join(box.address for box in boxes) or None
