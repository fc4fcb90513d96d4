"""Commands about what is kept beside a statement: sla actions, action, comment, notes, sign, reviews."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from app.cli import ground
from app.cli.output import AsJson, answer, answer_json, refuse, say
from app.cli.reading import period_of
from app.cli.settling import Month
from app.cli.settling_desk import Who, day, parties_of, seated
from app.cli.sla import CustomerKey
from metrics.sla import review, seal
from metrics.sla.evaluation import plain
from metrics.sla.overdue import standings
from metrics.sla.review import ReviewNotes, Status, review_notes
from metrics.sla.window import months_before
from sql.database import viewer

_STATUS: dict[str, Status] = {"open": "open", "done": "done", "dropped": "dropped"}


def actions(customer: CustomerKey, period: Month, as_json: AsJson = False) -> None:
    """The actions of a month's review: those carried over, those opened in it and those it ended."""
    rows = [
        {
            "number": each.number,
            "version": each.version,
            "what": each.what,
            "owner": each.owner,
            "due": each.due_on,
            "status": each.status,
            "since": each.since,
            "carried": each.is_carried,
        }
        for each in _notes(customer, period).actions
    ]
    answer(rows, as_json, "No action is open.")


def action(
    customer: CustomerKey,
    period: Month,
    who: Who,
    number: Annotated[
        int | None, typer.Option("--number", help="An action that is there; a new one without it.")
    ] = None,
    version: Annotated[int | None, typer.Option("--version", help="Its version that was looked at.")] = None,
    what: Annotated[str | None, typer.Option("--what", help="What is to be done.")] = None,
    owner: Annotated[str | None, typer.Option("--owner", help="Who does it.")] = None,
    due: Annotated[str | None, typer.Option("--due", help="Until which day: 2026-11-30.")] = None,
    status: Annotated[str | None, typer.Option("--status", help="open, done or dropped.")] = None,
    as_json: AsJson = False,
) -> None:
    """Open an action in a month's review, or say anew what one is that is there; the next month opens with what is open."""
    if status is not None and status not in _STATUS:
        refuse(f"--status: '{status}' is none of {', '.join(_STATUS)}")
    due_on = day("--due", due)
    with seated(customer, who) as seat:
        month = period_of(period, seat.entry).label
        if number is None:
            if what is None or owner is None or status is not None:
                refuse("a new action needs --what and --owner, and is open")
            number, seen = review.open_action(seat.desk, month, what, owner, due_on), 1
        else:
            if version is None:
                refuse("--version: say which version was looked at; see throughline sla actions")
            given: dict[str, Any] = {"what": what, "owner": owner, "due_on": due_on}
            said = None if status is None else _STATUS[status]
            seen = review.change_action(seat.desk, month, number, version, status=said, **given)
    told = {"action": number, "version": seen}
    answer_json(told) if as_json else say(f"Action {number} stands at version {seen}.")


def comment(
    customer: CustomerKey,
    period: Month,
    file: Annotated[
        Path,
        typer.Option(
            "--file", help="A text file; blank lines divide paragraphs, an empty one takes all back."
        ),
    ],
    who: Who,
    version: Annotated[
        int, typer.Option("--version", help="The version that was looked at; 0 where there is none.")
    ] = 0,
    as_json: AsJson = False,
) -> None:
    """Write the partner's commentary of a month."""
    try:
        words = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        refuse(f"--file: {file} cannot be read: {error}")
    with seated(customer, who) as seat:
        seen = review.comment(seat.desk, period_of(period, seat.entry).label, words, version)
    answer_json({"version": seen}) if as_json else say(f"The commentary stands at version {seen}.")


def notes(customer: CustomerKey, period: Month, as_json: AsJson = False) -> None:
    """The commentary of a month and who signed it."""
    found = _notes(customer, period)
    if as_json:
        answer_json(plain(found))
        return
    said = found.commentary
    say(
        f"{said.text}\n({said.said_by}, version {said.version})" if said.text else "No commentary is written."
    )
    for each in found.signatures:
        say(
            f"Version {each.version} is signed for the {each.side} by {each.name} ({each.email}), {each.signed_at}."
        )
    if not found.signatures:
        say("Nobody has signed it.")


def sign(customer: CustomerKey, period: Month, who: Who, as_json: AsJson = False) -> None:
    """Sign the newest sealed version of a month for one's side; what was sealed stays as it is."""
    with seated(customer, who) as seat:
        month = period_of(period, seat.entry).label
        sealed = seal.statements(seat.desk.conn, seat.entry.customer_id, month)
        if not sealed:
            refuse(f"{month} of {seat.entry.key} was never sealed; see throughline sla seal")
        review.sign(seat.desk, sealed[0])
        by = seat.desk.side
    told = {"version": sealed[0].place[2], "side": by, "sha256": sealed[0].sha256}
    answer_json(told) if as_json else say(f"Version {told['version']} of {month} is signed for the {by}.")


def _notes(customer: str, month: str) -> ReviewNotes:
    with ground.database() as db:
        entry = ground.find_customer(db, customer)
        span = period_of(month, entry)
        with viewer(db, [entry.customer_id]) as conn:
            return review_notes(conn, entry.customer_id, span.label)


def reviews(
    months: Annotated[int, typer.Option("--months", min=1, max=24, help="How many past months.")] = 4,
    only: Annotated[bool, typer.Option("--overdue", help="Only what is overdue.")] = False,
    as_json: AsJson = False,
) -> None:
    """How each month's review stands, customer by customer: to seal, to sign, signed; exit code 1 when one is overdue."""
    now, found = ground.now(), []
    labels = [f"{first:%Y-%m}" for first in months_before(now.date().replace(day=1), months)]
    with ground.database() as db:
        for entry in ground.customers(db):
            subject = parties_of(entry).subject
            with viewer(db, [entry.customer_id]) as conn:
                found += [(entry.key, each) for each in standings(conn, [subject], labels, now)]
    rows = [
        {
            "customer": key,
            "month": each.month,
            "review": each.state,
            "version": each.version or None,
            "signed by": ", ".join(each.signed) or None,
            "due": each.due_at,
            "days over": each.days_over if each.is_overdue else None,
        }
        for key, each in found
        if each.is_overdue or not only
    ]
    answer(rows, as_json, "No review is overdue." if only else "There are no customers.")
    if any(each.is_overdue for _, each in found):
        raise typer.Exit(1)
