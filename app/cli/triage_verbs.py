"""Commands that say how an exception stands: queue take, assign, note, tag, prioritise, found, move, claim, waive, snooze, wake, minutes."""

from __future__ import annotations

from typing import Annotated

import typer

from app.cli.output import AsJson, refuse
from app.cli.triage import queue
from app.cli.triage_desk import As, Where
from app.cli.triage_each import Ids, Note, Version, do_verb
from metrics.triage import moves

__all__ = ["queue"]


@queue.command("take")
def take(
    ids: Ids = None, where: Where = None, who: As = None, version: Version = None, as_json: AsJson = False
) -> None:
    """Make it yours."""
    do_verb("take", ids, where, who, version, as_json)


@queue.command("assign")
def assign(
    ids: Ids = None,
    to: Annotated[str | None, typer.Option("--to", help="To whom, by e-mail; without it: to nobody.")] = None,
    where: Where = None,
    who: As = None,
    version: Version = None,
    as_json: AsJson = False,
) -> None:
    """Give it to somebody who sees the customer, or to nobody."""
    if to is None:
        do_verb("unassign", ids, where, who, version, as_json)
        return
    do_verb("assign", ids, where, who, version, as_json, owner_person_id=to)


@queue.command("note")
def note(
    text: Annotated[str, typer.Argument(help="The words; @sam@northwind.example names somebody.")],
    ids: Ids = None,
    for_customer: Annotated[bool, typer.Option("--for-customer", help="The customer reads it too.")] = False,
    where: Where = None,
    who: As = None,
    as_json: AsJson = False,
) -> None:
    """Write a note; the customer reads it only when it is marked."""
    do_verb("note", ids, where, who, None, as_json, note=text, for_customer=for_customer)


@queue.command("tag")
def tag(
    ids: Ids = None,
    add: Annotated[list[str] | None, typer.Option("--add", help="A tag to add.")] = None,
    remove: Annotated[list[str] | None, typer.Option("--remove", help="A tag to remove.")] = None,
    where: Where = None,
    who: As = None,
    version: Version = None,
    as_json: AsJson = False,
) -> None:
    """Add and remove tags."""
    do_verb("tag", ids, where, who, version, as_json, tags=tuple(add or ()), untags=tuple(remove or ()))


@queue.command("prioritise")
def prioritise(
    severity: Annotated[int, typer.Argument(help="1 urgent, 2 important, 3 normal, 4 minor.")],
    ids: Ids = None,
    note: Note = None,
    where: Where = None,
    who: As = None,
    version: Version = None,
    as_json: AsJson = False,
) -> None:
    """Set the severity by hand."""
    do_verb("prioritise", ids, where, who, version, as_json, severity=severity, note=note)


@queue.command("found")
def found(
    ids: Ids = None,
    by: Annotated[str, typer.Option("--by", help="us or customer: who saw it first.")] = "customer",
    note: Note = None,
    where: Where = None,
    who: As = None,
    version: Version = None,
    as_json: AsJson = False,
) -> None:
    """Say who saw it first; what the customer told of first is no recovered value of ours."""
    do_verb("found", ids, where, who, version, as_json, found_by=by, note=note)


@queue.command("move")
def move(
    ids: Ids = None,
    to: Annotated[str, typer.Option("--to", help="triaged, waiting, fix_claimed or reopened.")] = "triaged",
    on: Annotated[
        str | None, typer.Option("--on", help="Waiting for customer, vendor, partner or internal.")
    ] = None,
    note: Note = None,
    where: Where = None,
    who: As = None,
    version: Version = None,
    as_json: AsJson = False,
) -> None:
    """Move it to another state."""
    verbs = {verb.reaches: verb.key for verb in moves.VERBS if verb.kind == "moved" and verb.key != "waive"}
    if to not in verbs:
        refuse(
            f"--to: '{to}' is none of {', '.join(str(state) for state in verbs)}; to waive: throughline queue waive"
        )
    do_verb(verbs[to], ids, where, who, version, as_json, waiting_on=on, note=note)


@queue.command("claim")
def claim(
    ids: Ids = None,
    note: Note = None,
    where: Where = None,
    who: As = None,
    version: Version = None,
    as_json: AsJson = False,
) -> None:
    """Say that it is fixed; what is read next closes it or brings it back."""
    do_verb("claim", ids, where, who, version, as_json, note=note)


@queue.command("waive")
def waive(
    reason: Annotated[str, typer.Option("--reason", help="Why, in words.")],
    until: Annotated[str, typer.Option("--until", help="An instant in ISO form, +30d, or cut-off.")],
    ids: Ids = None,
    where: Where = None,
    who: As = None,
    version: Version = None,
    as_json: AsJson = False,
) -> None:
    """Accept it for a time; it comes back by itself when that has passed."""
    do_verb("waive", ids, where, who, version, as_json, note=reason, waived_until=until)


@queue.command("snooze")
def snooze(
    ids: Ids = None,
    until: Annotated[
        str | None, typer.Option("--until", help="An instant in ISO form, +4h, +3d, or cut-off.")
    ] = None,
    count: Annotated[int | None, typer.Option("--count", help="Until it has happened so often.")] = None,
    where: Where = None,
    who: As = None,
    version: Version = None,
    as_json: AsJson = False,
) -> None:
    """See it later: at a time, at the customer's next billing cut-off, or when it has happened so often."""
    do_verb("snooze", ids, where, who, version, as_json, snoozed_until=until, snoozed_count=count)


@queue.command("wake")
def wake(
    ids: Ids = None, where: Where = None, who: As = None, version: Version = None, as_json: AsJson = False
) -> None:
    """See it again now."""
    do_verb("wake", ids, where, who, version, as_json)


@queue.command("minutes")
def minutes(
    number: Annotated[int, typer.Argument(metavar="MINUTES", help="How many were worked.")],
    ids: Ids = None,
    note: Note = None,
    where: Where = None,
    who: As = None,
    as_json: AsJson = False,
) -> None:
    """Log minutes of work on it."""
    do_verb("log", ids, where, who, None, as_json, minutes=number, note=note)
