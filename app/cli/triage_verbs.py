"""Commands that work the exception queue: queue take, assign, note, tag, found, move, snooze, waive, claim, merge, split, minutes, undo."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

import typer

from app.cli import ground
from app.cli.output import AsJson, refuse
from app.cli.triage import queue
from app.cli.triage_desk import As, TriageDesk, Where, instant_of, person, say_done, seated
from metrics.triage import moves, together
from metrics.triage.act import Target, act
from metrics.triage.moves import NotAllowed

__all__ = ["queue"]

Ids = Annotated[
    list[int] | None,
    typer.Argument(metavar="NUMBER…", help="Exceptions by number; none: those of --where."),
]
Id = Annotated[int, typer.Argument(metavar="NUMBER", help="The exception's number.")]
Version = Annotated[
    int | None,
    typer.Option("--version", help="The version that was looked at; refused when it was left since."),
]
Note = Annotated[str | None, typer.Option("--note", help="Words for the history.")]
Reason = Annotated[str, typer.Option("--reason", help="Why, in words.")]


@queue.command("take")
def take(
    ids: Ids = None, where: Where = None, who: As = None, version: Version = None, as_json: AsJson = False
) -> None:
    """Make it yours."""
    _do("take", ids, where, who, version, as_json)


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
        _do("unassign", ids, where, who, version, as_json)
        return
    _do("assign", ids, where, who, version, as_json, owner_person_id=to)


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
    _do("note", ids, where, who, None, as_json, note=text, for_customer=for_customer)


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
    _do("tag", ids, where, who, version, as_json, tags=tuple(add or ()), untags=tuple(remove or ()))


@queue.command("prioritise")
def prioritise(
    severity: Annotated[int, typer.Argument(help="1 urgent, 2 important, 3 and 4 normal.")],
    ids: Ids = None,
    note: Note = None,
    where: Where = None,
    who: As = None,
    version: Version = None,
    as_json: AsJson = False,
) -> None:
    """Set the severity by hand."""
    _do("prioritise", ids, where, who, version, as_json, severity=severity, note=note)


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
    _do("found", ids, where, who, version, as_json, found_by=by, note=note)


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
    _do(verbs[to], ids, where, who, version, as_json, waiting_on=on, note=note)


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
    _do("claim", ids, where, who, version, as_json, note=note)


@queue.command("waive")
def waive(
    reason: Reason,
    until: Annotated[str, typer.Option("--until", help="An instant in ISO form, +30d, or cut-off.")],
    ids: Ids = None,
    where: Where = None,
    who: As = None,
    version: Version = None,
    as_json: AsJson = False,
) -> None:
    """Accept it for a time; it comes back by itself when that has passed."""
    _do("waive", ids, where, who, version, as_json, note=reason, waived_until=until)


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
    _do("snooze", ids, where, who, version, as_json, snoozed_until=until, snoozed_count=count)


@queue.command("wake")
def wake(
    ids: Ids = None, where: Where = None, who: As = None, version: Version = None, as_json: AsJson = False
) -> None:
    """See it again now."""
    _do("wake", ids, where, who, version, as_json)


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
    _do("log", ids, where, who, None, as_json, minutes=number, note=note)


@queue.command("merge")
def merge(
    ids: Annotated[
        list[int], typer.Argument(metavar="NUMBER…", help="The exceptions to put into another one.")
    ],
    into: Annotated[int, typer.Option("--into", help="The exception that stays.")],
    note: Note = None,
    who: As = None,
    as_json: AsJson = False,
) -> None:
    """Put exceptions into another one of the same customer; what happens again is told there."""

    def put(desk: TriageDesk, target: Target) -> Any:
        return together.merge(desk.conn, desk.actor, target, desk.target(into), ground.now(), note)

    _each(put, ids, None, who, None, as_json)


@queue.command("split")
def split(
    number: Id,
    records: Annotated[
        list[str], typer.Option("--record", help="A record to take out: 'time_entry 4711'; repeat.")
    ],
    title: Annotated[str | None, typer.Option("--title", help="What the new one is called.")] = None,
    who: As = None,
    version: Version = None,
    as_json: AsJson = False,
) -> None:
    """Take records out of an exception into a new one."""
    made: dict[str, Any] = {}

    def part(desk: TriageDesk, target: Target) -> Any:
        done, made["into"] = together.split(desk.conn, desk.actor, target, records, ground.now(), title)
        return done

    _each(part, [number], None, who, version, as_json, made)


@queue.command("undo")
def undo(ids: Ids = None, where: Where = None, who: As = None, as_json: AsJson = False) -> None:
    """Take back what you did last to it, while nobody has moved it since."""
    _each(
        lambda desk, target: together.undo(desk.conn, desk.actor, target, ground.now()),
        ids,
        where,
        who,
        None,
        as_json,
    )


def _do(
    verb: str,
    ids: list[int] | None,
    where: list[str] | None,
    who: str | None,
    version: int | None,
    as_json: bool,
    **given: Any,
) -> None:
    """Do a verb to each exception; instants may be said in words and depend on the customer."""

    def one(desk: TriageDesk, target: Target) -> Any:
        said = {name: _meant(desk, target, name, value) for name, value in given.items()}
        return act(desk.conn, desk.actor, target, verb, ground.now(), **said)

    _each(one, ids, where, who, version, as_json)


def _meant(desk: TriageDesk, target: Target, name: str, value: Any) -> Any:
    if value and name in ("waived_until", "snoozed_until"):
        return instant_of(desk, target, value)
    return person(desk.db, value)["person_id"] if name == "owner_person_id" else value


def _each(
    do: Callable[[TriageDesk, Target], Any],
    ids: list[int] | None,
    where: list[str] | None,
    who: str | None,
    version: int | None,
    as_json: bool,
    more: dict[str, Any] | None = None,
) -> None:
    """Do something to every exception that is named or that the filter finds, and say what became of each."""
    if bool(ids) == bool(where):
        refuse("name exceptions by number, or a filter with --where; not both")
    if who is None:
        refuse("who acts? --as sam@northwind.example (or THROUGHLINE_AS)")
    if version is not None and len(ids or ()) != 1:
        refuse("--version belongs to one exception by number")
    results: list[dict[str, Any]] = []
    with seated(who, working=True) as desk:
        for target in desk.targets(ids, where, version):
            told: dict[str, Any] = {"exception_id": target.exception_id}
            try:
                done = do(desk, target)
                told |= {
                    "done": True,
                    "state": done.state,
                    "version": done.version,
                    "event_id": done.event_id,
                    "why": None,
                }
            except NotAllowed as error:
                told |= {"done": False, "state": None, "version": None, "event_id": None, "why": str(error)}
            results.append(told | (more or {}))
    say_done(results, as_json)
