"""Commands about records of two systems that belong together: matches list, accept, reject, undo."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from app.cli import ground
from app.cli.output import AsJson, answer, answer_json, refuse, say
from app.cli.triage_desk import As, person
from metrics import matches as words
from metrics.matches import KINDS, OF_RELATION, STATES, Judge, Named, NoRecord, Word

matches = typer.Typer(
    help="Which records of two systems are the same: what the rules suggest, and what people decided.",
    no_args_is_help=True,
)
Customer = Annotated[str, typer.Option("--customer", help="The customer's key.")]
Kind = Annotated[str, typer.Argument(metavar="KIND", help=f"{', '.join(KINDS)}.")]
Left = Annotated[
    str, typer.Argument(metavar="LEFT", help="SYSTEM:ID of the one; for a project, of its opportunity.")
]
Right = Annotated[str, typer.Argument(metavar="RIGHT", help="SYSTEM:ID of the other.")]


@matches.command("list")
def list_matches(
    customer: Customer,
    state: Annotated[
        list[str] | None,
        typer.Option("--state", help="suggested (default), manual, apart, automatic; repeat for more."),
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="At most so many.")] = 50,
    as_json: AsJson = False,
) -> None:
    """Pairs of records; what is suggested waits for a person's word, and no figure counts on it."""
    states = state or ["suggested"]
    if unknown := [each for each in states if each not in STATES]:
        refuse(f"--state {unknown[0]}: states are {', '.join(STATES)}")
    with ground.database() as db:
        entry = ground.find_customer(db, customer)
        with db.engine("metrics").connect() as conn:
            found = words.matches(conn, entry.customer_id, states, limit)
    answer([_line(row) for row in found], as_json, "No such pairs.")


@matches.command("accept")
def accept(
    kind: Kind, left: Left, right: Right, customer: Customer, who: As = None, as_json: AsJson = False
) -> None:
    """The two are the same: a fact from the next refresh on, whatever the rules find. Other suggestions for them end."""
    _decide("together", kind, left, right, customer, who, as_json)


@matches.command("reject")
def reject(
    kind: Kind, left: Left, right: Right, customer: Customer, who: As = None, as_json: AsJson = False
) -> None:
    """The two are not the same, and are not suggested again."""
    _decide("apart", kind, left, right, customer, who, as_json)


@matches.command("undo")
def undo(
    kind: Kind, left: Left, right: Right, customer: Customer, who: As = None, as_json: AsJson = False
) -> None:
    """Take a person's word back: the rules speak again."""
    _decide("undecided", kind, left, right, customer, who, as_json)


def _decide(
    word: Word, kind: str, left: str, right: str, customer: str, who: str | None, as_json: bool
) -> None:
    if kind not in KINDS:
        refuse(f"'{kind}' is no kind of match; kinds are {', '.join(KINDS)}")
    if who is None:
        refuse("who decides? --as sam@northwind.example (or THROUGHLINE_AS)")
    ends = _named(left), _named(right)
    with ground.database() as db:
        entry = ground.find_customer(db, customer)
        actor = person(db, who)
        judge = Judge(actor["email"], actor["customer_ids"])
        try:
            words.say(db, judge, (entry.customer_id, entry.key), Named(kind, *ends), word, ground.now())
        except (NoRecord, ValueError) as error:
            refuse(str(error))
    detail = {"customer": entry.key, "kind": kind, "left": left, "right": right}
    if as_json:
        answer_json(detail | {"word": word, "by": actor["email"]})
        return
    say(f"{left} and {right}: {word}, says {actor['email']}. It counts from the next refresh with news.")


def _named(end: str) -> tuple[str, str]:
    system, _, source_id = end.partition(":")
    if not system or not source_id:
        refuse(f"'{end}': name a record as SYSTEM:ID, as throughline matches list shows it")
    return system, source_id


def _line(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "state": row["state"],
        "kind": OF_RELATION[row["relation"]],
        "left": f"{row['left_system']}:{row['left_id']}",
        "called": row["left_label"],
        "right": f"{row['right_system']}:{row['right_id']}",
        "and": row["right_label"],
        "rule": row["rule"],
        "confidence": row["confidence"],
        "rivals": row["rivals"],
        "since": row["since"],
        "by": row["decided_by"],
    }
