"""Commands that change what an exception consists of, or take an act back: queue merge, split, undo."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from app.cli import ground
from app.cli.output import AsJson
from app.cli.triage_desk import As, TriageDesk, Where
from app.cli.triage_each import Ids, Note, Version, to_each
from app.cli.triage_verbs import queue
from metrics.triage import together
from metrics.triage.act import Target

__all__ = ["queue"]


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

    to_each(put, ids, None, who, None, as_json)


@queue.command("split")
def split(
    number: Annotated[int, typer.Argument(metavar="NUMBER", help="The exception's number.")],
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

    to_each(part, [number], None, who, version, as_json, made)


@queue.command("undo")
def undo(ids: Ids = None, where: Where = None, who: As = None, as_json: AsJson = False) -> None:
    """Take back what you did last to it, while nobody has moved it since."""
    to_each(
        lambda desk, target: together.undo(desk.conn, desk.actor, target, ground.now()),
        ids,
        where,
        who,
        None,
        as_json,
    )
