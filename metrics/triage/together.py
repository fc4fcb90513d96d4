"""Puts two exceptions together, takes records out of one into a new one, and takes back what a person did last."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from metrics.triage import moves
from metrics.triage.act import Actor, Done, Faster, Found, Said, Target, add, find, move, put_back
from metrics.triage.moves import NotAllowed
from sql.ask import execute


def merge(
    conn: Connection, actor: Actor, target: Target, into: Target, at: datetime, note: str | None = None
) -> Done:
    """Put an exception into another of the same customer: its records are told there, also those that detection finds later.

    A record that both tell of counts once. What is worth money adds up there; the one that was merged counts none.
    Raises Faster, NotFound, NotAllowed; then nothing has been written.
    """
    if target.customer_id != into.customer_id:
        raise NotAllowed("exceptions of two customers stay apart")
    if target.exception_id == into.exception_id:
        raise NotAllowed("an exception cannot be put into itself")
    with conn.begin_nested():
        return _merge(conn, actor, target, into, at, note)


def _merge(
    conn: Connection, actor: Actor, target: Target, into: Target, at: datetime, note: str | None
) -> Done:
    found, other = find(conn, target), find(conn, into)
    if other.standing.state not in moves.OPEN:
        raise NotAllowed(f"exception {other.exception_id} is not open; reopen it first")
    given = {"merged_into_exception_id": other.exception_id}
    after = moves.apply("merge", found.standing, at, given)
    pair = _pair(found, other.exception_id)
    execute(conn, "triage/merge_doubles", **pair)
    execute(conn, "triage/merge_records", **pair)
    went_along = [row.exception_id for row in execute(conn, "triage/merge_pointers", **pair)]
    told = {"into": other.exception_id, "went_along": went_along}
    done = move(conn, found, after, actor, at, Said("merged", note, told))
    move(conn, other, other.standing, actor, at, Said("joined", None, {"from": found.exception_id}))
    _recount(conn, found.customer_id, [found.exception_id, other.exception_id])
    return done


def split(
    conn: Connection,
    actor: Actor,
    target: Target,
    subjects: Sequence[str],
    at: datetime,
    title: str | None = None,
) -> tuple[Done, int]:
    """Take records (`time_entry 4711`) out of an exception into a new one; the event of the old one and the number of the new.

    Detection tells the records there from then on. Raises Faster, NotFound, NotAllowed; then nothing has been written.
    """
    with conn.begin_nested():
        return _split(conn, actor, target, subjects, at, title)


def _split(
    conn: Connection, actor: Actor, target: Target, subjects: Sequence[str], at: datetime, title: str | None
) -> tuple[Done, int]:
    found = find(conn, target)
    moves.apply("split", found.standing, at, {})
    if not subjects:
        raise NotAllowed("'split' needs the records to take out")
    opened = {"title": title, "at": at, "actor": actor.name, "person_id": actor.person_id}
    made = execute(conn, "triage/split_open", **found.key, **opened).scalar_one()
    pair = _pair(found, made)
    taken = len(execute(conn, "triage/split_records", **pair, subjects=list(subjects)).all())
    if not taken:
        raise NotAllowed(
            f"none of these is a record of exception {found.exception_id}: {', '.join(subjects)}"
        )
    for number, why in (
        (made, "none of them is open"),
        (found.exception_id, "nothing open would be left in it"),
    ):
        if not execute(conn, "triage/open_records", **found.key | {"exception_id": number}).one().open:
            raise NotAllowed(why)
    told = {"into": made, "records": taken}
    done = move(conn, found, found.standing, actor, at, Said("split", None, told))
    _recount(conn, found.customer_id, [found.exception_id, made])
    return done, made


def undo(conn: Connection, actor: Actor, target: Target, at: datetime) -> Done:
    """Take back what this person did last to the exception, as an event too: the standing before it comes back.

    Again it takes back what they did before that, step by step, as long as what was done since has all been taken back.

    Raises NotAllowed when there is nothing of theirs or it cannot be taken back, Faster when somebody moved since.
    """
    found = find(conn, replace(target, version=None))
    row = execute(conn, "triage/own_last", **found.key, person_id=actor.person_id).mappings().one_or_none()
    if row is None:
        raise NotAllowed("there is nothing of yours to take back")
    if row["kind"] == "logged":
        taken = Said("undone", minutes=-row["minutes"], undoes=row["event_id"])
        return add(conn, found, actor, at, taken)
    if row["kind"] == "joined":
        raise NotAllowed(f"take it back at exception {row['detail']['from']}, which was put into this one")
    if row["kind"] == "split":
        raise NotAllowed(
            f"what was taken out is put back by merging exception {row['detail']['into']} into this one"
        )
    if found.version != row["left_version"] + 1 + 2 * row["undone_since"]:
        raise Faster("it has moved on since; what you did can no longer be taken back")
    before = put_back(row["detail"]["before"], found.standing)
    said = Said("undone", undoes=row["event_id"])
    if row["kind"] != "merged":
        return move(conn, found, before, actor, at, said)
    with conn.begin_nested():
        done = move(conn, found, before, actor, at, said)
        _unmerge(conn, found, row["detail"])
    return done


def _unmerge(conn: Connection, found: Found, told: dict[str, Any]) -> None:
    along = list(told["went_along"])
    pair = _pair(found, told["into"])
    execute(conn, "triage/unmerge_records", **pair, found_ids=[found.exception_id, *along])
    execute(conn, "triage/unmerge_pointers", **pair, exception_ids=along)
    _recount(conn, found.customer_id, [found.exception_id, told["into"]])


def _pair(found: Found, into: int) -> dict[str, Any]:
    return {"customer_id": found.customer_id, "from_id": found.exception_id, "into_id": into}


def _recount(conn: Connection, customer_id: int, exception_ids: Sequence[int]) -> None:
    execute(conn, "triage/recount", customer_ids=[customer_id], exception_ids=list(exception_ids))
