"""Doing something to every exception that a queue command means, one after the other, and saying what became of each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

import typer

from app.cli import ground
from app.cli.output import answer, answer_json, refuse
from app.cli.triage_desk import TriageDesk, instant_of, person, seated
from metrics.triage.act import Target, act
from metrics.triage.moves import NotAllowed

Ids = Annotated[
    list[int] | None,
    typer.Argument(metavar="NUMBER…", help="Exceptions by number; none: those of --where."),
]
Version = Annotated[
    int | None,
    typer.Option("--version", help="The version that was looked at; refused when it was left since."),
]
Note = Annotated[str | None, typer.Option("--note", help="Words for the history.")]


def do_verb(
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

    to_each(one, ids, where, who, version, as_json)


def _meant(desk: TriageDesk, target: Target, name: str, value: Any) -> Any:
    if value and name in ("waived_until", "snoozed_until"):
        return instant_of(desk, target, value)
    return person(desk.db, value)["person_id"] if name == "owner_person_id" else value


def to_each(
    do: Callable[[TriageDesk, Target], Any],
    ids: list[int] | None,
    where: list[str] | None,
    who: str | None,
    version: int | None,
    as_json: bool,
    more: dict[str, Any] | None = None,
) -> None:
    """Do something to every exception that is named or that the filter finds, and say what became of each.

    Ends with exit code 1 when one of them was refused.
    """
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
    if as_json:
        answer_json(results)
    else:
        answer(results, False, "Nothing matches.")
    if any(not result["done"] for result in results):
        raise typer.Exit(1)
