"""Does one thing to one exception: the change and the event that says so are one statement, and the faster of two wins."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, text

from metrics.triage import moves
from metrics.triage.moves import NotAllowed, Standing
from sql import query
from sql.database import Database, scope

_MENTION = re.compile(r"(?<!\S)@([^\s@]+@[^\s@]+?)(?=[\s,;:!?)]|\.?(?:\s|$))")
_INSTANTS = ("snoozed_until", "waived_until", "claimed_at", "closed_at")


class Faster(NotAllowed):
    """Somebody moved it since it was looked at; one line that says who, what and when."""


class NotFound(NotAllowed):
    """No such exception among the customers in scope."""


@dataclass(frozen=True)
class Actor:
    """Who acts: `name` goes into the history; the person id is None for what the system does by itself."""

    person_id: int | None
    name: str


@dataclass(frozen=True)
class Target:
    """One exception as it was looked at; version None: as it stands now."""

    customer_id: int
    exception_id: int
    version: int | None = None


@dataclass(frozen=True)
class Done:
    """What was done: the appended event, and the version and state that the exception has now."""

    customer_id: int
    exception_id: int
    event_id: int
    version: int
    state: str


@dataclass(frozen=True)
class Said:
    """What an event says: its kind, the words, for whom they are, the minutes it logs, and which event it takes back."""

    kind: str
    note: str | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)
    for_customer: bool = False
    minutes: int | None = None
    undoes: int | None = None


@dataclass(frozen=True)
class Found:
    """An exception that is about to be changed."""

    customer_id: int
    exception_id: int
    title: str
    version: int
    standing: Standing

    @property
    def key(self) -> dict[str, int]:
        return {"customer_id": self.customer_id, "exception_id": self.exception_id}


@contextmanager
def desk(database: Database, customer_ids: Sequence[int]) -> Iterator[Connection]:
    """A transaction that may work the queues of these customers and no other's."""
    with database.engine("triage").begin() as conn:
        scope(conn, customer_ids)
        yield conn


def act(conn: Connection, actor: Actor, target: Target, verb: str, at: datetime, **given: Any) -> Done:
    """Do `verb` to the exception; what it needs and what may be given stands in metrics.triage.moves.

    `conn` is a `desk`. With `for_customer=True` a note is one that the customer reads too. Raises Faster when somebody
    moved it since the version of `target`, NotFound, or NotAllowed; then nothing has been written.
    """
    wanted = moves.verb(verb)
    if verb in ("merge", "split"):
        raise NotAllowed(f"'{verb}' concerns two exceptions: metrics.triage.together")
    found = find(conn, target)
    after = moves.apply(verb, found.standing, at, given | {"person_id": actor.person_id})
    said = Said(
        wanted.kind,
        given.get("note") or None,
        _detail(conn, found, verb, given),
        bool(given.get("for_customer", False)),
        given.get("minutes") if verb == "log" else None,
    )
    if not wanted.moves:
        return add(conn, found, actor, at, said)
    if after == found.standing:
        raise NotAllowed("it is so already")
    return move(conn, found, after, actor, at, said)


def find(conn: Connection, target: Target) -> Found:
    """The exception as it stands now. Raises NotFound, and Faster when it has left the version of `target`."""
    ids = {"customer_ids": [target.customer_id], "exception_ids": [target.exception_id]}
    row = conn.execute(text(query("triage/standing")), ids).mappings().one_or_none()
    if row is None:
        raise NotFound(f"there is no exception {target.exception_id} among your customers")
    names = [name for name in Standing.__dataclass_fields__ if name != "tags"]
    standing = Standing(tags=tuple(row["tags"]), **{name: row[name] for name in names})
    found = Found(row["customer_id"], row["exception_id"], row["title"], row["version"], standing)
    if target.version is not None and target.version != found.version:
        raise faster(conn, found)
    return found


def move(conn: Connection, found: Found, after: Standing, actor: Actor, at: datetime, said: Said) -> Done:
    """Write a new standing and its event. Raises Faster when the version was left meanwhile."""
    told = replace(said, detail=dict(said.detail) | {"before": moves.differing(found.standing, after)})
    values = asdict(after) | {"tags": list(after.tags)}
    left = {"version": found.version, "from_state": found.standing.state}
    asked = found.key | values | left | _event(actor, at, told)
    row = conn.execute(text(query("triage/move")), asked).one_or_none()
    if row is None:
        raise faster(conn, found)
    return Done(found.customer_id, found.exception_id, row.event_id, row.version, after.state)


def add(conn: Connection, found: Found, actor: Actor, at: datetime, said: Said) -> Done:
    """Append an event that changes nothing."""
    row = conn.execute(text(query("triage/add")), found.key | _event(actor, at, said)).one()
    return Done(found.customer_id, found.exception_id, row.event_id, row.version, found.standing.state)


def faster(conn: Connection, found: Found) -> Faster:
    """Who was faster, in words."""
    row = conn.execute(text(query("triage/last_move")), found.key).one_or_none()
    if row is None:
        return Faster("it has changed since you looked; look again")
    became = f" to {row.to_state.replace('_', ' ')}" if row.to_state else ""
    when = row.at.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
    return Faster(f"{row.actor} was faster ({row.kind.replace('_', ' ')}{became}, {when}); look again")


def people(conn: Connection, customer_ids: Sequence[int]) -> list[Mapping[str, Any]]:
    """To whom exceptions of these customers can be given: customer_id, person_id, email, name, role."""
    rows = conn.execute(text(query("triage/assignees")), {"customer_ids": list(customer_ids)}).mappings()
    return [dict(row) for row in rows]


def put_back(before: Mapping[str, Any], now: Standing) -> Standing:
    """The standing with what an event says was there before."""
    values = dict(before)
    for name in _INSTANTS:
        if values.get(name) is not None:
            values[name] = datetime.fromisoformat(values[name])
    if "tags" in values:
        values["tags"] = tuple(values["tags"])
    return replace(now, **values)


def _detail(conn: Connection, found: Found, verb: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """What the event says besides its words. Raises NotAllowed for people who do not see the customer."""
    names = (
        "owner_person_id",
        "waiting_on",
        "severity",
        "waived_until",
        "snoozed_until",
        "snoozed_count",
        "found_by",
    )
    detail = {name: given[name] for name in names if given.get(name) is not None}
    mentioned = _MENTION.findall(given.get("note") or "")
    if verb != "assign" and not mentioned:
        return detail
    known = {each["email"]: each["person_id"] for each in people(conn, [found.customer_id])}
    if verb == "assign" and given["owner_person_id"] not in known.values():
        raise NotAllowed("it can be given only to people of the partner who see this customer")
    if unknown := [email for email in mentioned if email.casefold() not in known]:
        raise NotAllowed(f"nobody who sees this customer is called {unknown[0]}")
    if mentioned:
        detail["mentions"] = sorted({known[email.casefold()] for email in mentioned})
    return detail


def _event(actor: Actor, at: datetime, said: Said) -> dict[str, Any]:
    return {
        "actor": actor.name,
        "person_id": actor.person_id,
        "at": at,
        "kind": said.kind,
        "note": said.note,
        "for_customer": said.for_customer,
        "minutes": said.minutes,
        "detail": json.dumps(said.detail, default=_plain),
        "undoes_event_id": said.undoes,
    }


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else list(value)
