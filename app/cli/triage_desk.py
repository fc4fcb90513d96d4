"""What the queue commands stand on: who acts, which exceptions are meant, and instants said in words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import typer
from sqlalchemy import Connection

from app import queue_lately, saved_views
from app.cli import ground
from app.cli.output import refuse
from app.saved_views import Saved
from metrics.period import Period
from metrics.triage import advice
from metrics.triage.act import Actor, NotFound, Target
from metrics.triage.cost import cost_to_serve
from metrics.triage.cut_off import CutOffError, next_cut_off
from metrics.triage.moves import NotAllowed
from sql.ask import execute
from sql.database import Database, scope

VIEWS = ("open", "new", "waiting", "claimed", "snoozed", "waived", "closed", "all")
FILTERS = ("customer", "view", "class", "rule", "tag", "owner", "named", "find", "saved")
Where = Annotated[
    list[str] | None,
    typer.Option(
        "--where",
        help="customer=, view=, class=, rule=, tag=, owner= (me, nobody, e-mail), named= (me, e-mail), find=, saved= (a view's name); repeat to narrow.",
    ),
]
As = Annotated[
    str | None,
    typer.Option(
        "--as",
        envvar="THROUGHLINE_AS",
        help="Who acts, by e-mail (northwind/sam@… where two partners know it).",
    ),
]
Order = Annotated[
    str | None,
    typer.Option("--order", help="dear (what holds back the most first) or worse (what grows first)."),
]
_SPAN = re.compile(r"\+(\d+)([hdw])")
_SAVED = {"whose": "customer", "view": "view", "kind": "class", "find": "find"}
_UNITS = {"h": "hours", "d": "days", "w": "weeks"}


@dataclass(frozen=True)
class TriageDesk:
    """One transaction over the queues that somebody may see; `actor` is nobody when the command only reads."""

    db: Database
    conn: Connection
    actor: Actor
    customer_ids: tuple[int, ...]

    def rows(self, where: list[str], limit: int | None, order: str | None = None) -> list[dict[str, Any]]:
        """The exceptions that a filter finds, in this order, else in that of its saved view; columns as in screen/exceptions.sql."""
        saved = self._saved(where)
        asked = self._asked(where, saved) | {"row_limit": limit, "as_of": ground.now()}
        orders = [each.filter["order"] for each in saved if "order" in each.filter]
        if (order or (orders or ["dear"])[-1]) == "worse":
            return queue_lately.worse(self.ask, asked)
        return self.ask("screen/exceptions", asked)

    def lately(self, rows: list[dict[str, Any]]) -> dict[int, str]:
        """How exceptions run, by number, in words; closed ones are not in it."""
        now, ids = ground.now(), [row["exception_id"] for row in rows if row["closed_at"] is None]
        asked = {
            "customer_ids": list(self.customer_ids),
            "exception_ids": ids,
            "is_whole": False,
            "as_of": now,
        }
        found = self.ask("screen/exceptions_lately", asked)
        return {row["exception_id"]: queue_lately.words_of(row, now) for row in found}

    def advice(self, number: int) -> list[dict[str, Any]]:
        """The retry advice for its open records, what bars one first; ends the command when there is none."""
        try:
            target = self.target(number)
        except NotFound as error:
            refuse(str(error))
        return [
            {
                "record": each.record,
                "advice": each.kind,
                "blocks": each.blocks,
                "why": each.why,
                "target": ", ".join(each.target_ids) or None,
                "differing": each.differing,
            }
            for each in advice.of_exception(self.conn, target.customer_id, number)
        ]

    def cost(self, customer: str, period: str) -> dict[str, Any]:
        """The cost to serve a customer over a period, with the exceptions behind it."""
        entry = ground.find_customer(self.db, customer, self.customer_ids)
        try:
            span = Period.parse(period, entry.time_zone, ground.now())
        except ValueError as error:
            refuse(str(error))
        found = cost_to_serve(self.conn, entry.customer_id, span, ground.now())
        said = {"customer": entry.key, "from": span.since, "to": span.until}
        return said | {field.name: getattr(found, field.name) for field in fields(found)}

    def target(self, number: int) -> Target:
        """The exception of this number, whosever it is among the customers. Raises NotFound."""
        ids = {"customer_ids": list(self.customer_ids), "exception_ids": [number]}
        rows = self.ask("triage/standing", ids)
        if not rows:
            raise NotFound(f"there is no exception {number} among your customers")
        return Target(rows[0]["customer_id"], number)

    def targets(self, ids: list[int] | None, where: list[str] | None, version: int | None) -> list[Target]:
        """The exceptions that are named, or those that the filter finds as they stand in this moment."""
        if not ids:
            rows = self.rows(where or [], None)
            return [Target(row["customer_id"], row["exception_id"], row["version"]) for row in rows]
        try:
            return [replace(self.target(number), version=version) for number in dict.fromkeys(ids)]
        except NotFound as error:
            refuse(str(error))

    def _asked(self, where: list[str], saved: list[Saved]) -> dict[str, Any]:
        said: dict[str, Any] = dict.fromkeys(
            ("class", "rule", "tag", "words", "owner_person_id", "mentioned_person_id", "exception_ids")
        )
        said |= {"after": None, "ranked_at": None, "known": None, "total": None}
        said |= {"view": "open", "customer_ids": list(self.customer_ids)}
        for entry in _spelt_out(where, saved):
            key, found, value = entry.partition("=")
            if key not in FILTERS or not found or not value:
                refuse(f"--where: '{entry}' is no filter; write {'=…, '.join(FILTERS)}=…")
            if key == "customer":
                said["customer_ids"] = [ground.find_customer(self.db, value, self.customer_ids).customer_id]
            elif key == "view" and value not in VIEWS:
                refuse(f"--where: '{value}' is no view; the views are {', '.join(VIEWS)}")
            elif key == "owner":
                said["owner_person_id"] = 0 if value == "nobody" else self._who(key, value)
            elif key == "named":
                said["mentioned_person_id"] = self._who(key, value)
            elif key == "tag":
                said["tag"] = value.casefold()
            else:
                said["words" if key == "find" else key] = value
        return said

    def _saved(self, where: list[str]) -> list[Saved]:
        """The saved views that a filter names."""
        names = [entry.removeprefix("saved=") for entry in where if entry.startswith("saved=")]
        if not any(names):
            return []
        if self.actor.person_id is None:
            refuse("--where: saved=… needs --as")
        return [saved_of(self.db, self.actor.person_id, name) for name in names if name]

    def _who(self, key: str, value: str) -> int:
        if value == "me":
            if self.actor.person_id is None:
                refuse(f"--where: {key}=me needs --as")
            return self.actor.person_id
        return int(person(self.db, value)["person_id"])

    def ask(self, name: str, given: dict[str, Any]) -> list[dict[str, Any]]:
        """All rows of a query, which takes what it needs of `given`."""
        return [dict(row) for row in execute(self.conn, name, **given).mappings()]


@contextmanager
def seated(who: str | None, *, working: bool = False) -> Iterator[TriageDesk]:
    """The queues that `who` sees; without anybody those of every customer, to read."""
    with ground.database() as db:
        if who is None:
            actor, customer_ids = Actor(None, "operator"), tuple(c.customer_id for c in ground.customers(db))
        else:
            found = person(db, who)
            actor, customer_ids = Actor(found["person_id"], found["email"]), tuple(found["customer_ids"])
        with db.engine("triage" if working else "viewer").begin() as conn:
            scope(conn, customer_ids, staff=True)
            yield TriageDesk(db, conn, actor, customer_ids)


def person(db: Database, named: str) -> dict[str, Any]:
    """The partner's person of an e-mail; ends the command when there is none, or more than one."""
    partner, _, email = named.rpartition("/")
    with db.engine("owner").begin() as conn:
        rows = execute(conn, "config/person_named", email=email).mappings().all()
    # a customer's people do not work the queue
    staff = [dict(row) for row in rows if row["role"].startswith("partner")]
    found = [row for row in staff if partner in ("", row["partner"])]
    if not found:
        refuse(f"nobody at a partner is called '{named}'; see throughline users list")
    if len(found) > 1:
        refuse(f"'{email}' is not unique; write {' or '.join(row['partner'] + '/' + email for row in found)}")
    return found[0]


def saved_of(db: Database, person_id: int, name: str) -> Saved:
    """The saved view of a name or a number, one's own before another's; ends the command when there is none."""
    found = saved_views.of_person(db, person_id)
    for each in found:
        if name in (each.name, str(each.view_id)):
            return each
    refuse(f"there is no saved view '{name}'; see throughline queue views")


def _spelt_out(where: list[str], saved: list[Saved]) -> list[str]:
    """The filter with what saved views stand for; what is said beside them narrows further, or replaces the view."""
    words: list[str] = []
    whose = {"mine": "owner=me", "nobody": "owner=nobody", "named": "named=me"}
    for each in saved:
        words += [f"{word}={each.filter[field]}" for field, word in _SAVED.items() if field in each.filter]
        words += [whose[each.filter["owner"]]] if "owner" in each.filter else []
    return [*words, *(entry for entry in where if not entry.startswith("saved=") or entry == "saved=")]


def order_named(order: str | None) -> str | None:
    """An order of the queue as the page names it; ends the command for a word that is none."""
    if order is not None and order not in queue_lately.ORDERS:
        refuse(f"--order: '{order}' is no order; write {' or '.join(queue_lately.ORDERS)}")
    return order


def instant_of(desk: TriageDesk, target: Target, said: str) -> datetime:
    """An instant as a person says it: ISO with a zone, +4h, +3d, +2w, or cut-off: the customer's next billing cut-off."""
    if said == "cut-off":
        (rule,) = desk.ask("triage/cut_off_rules", {"customer_ids": [target.customer_id]})
        try:
            found = next_cut_off(rule["billing_cut_off"], rule["time_zone"], rule["country"], ground.now())
        except CutOffError as error:
            raise NotAllowed(str(error)) from None
        if found is None:
            raise NotAllowed("the customer has no billing_cut_off; add it to the estate, or say an instant")
        return found
    if span := _SPAN.fullmatch(said):
        return ground.now() + timedelta(**{_UNITS[span[2]]: int(span[1])})
    try:
        instant = datetime.fromisoformat(said)
    except ValueError:
        refuse(f"--until: '{said}' is no instant; write 2026-10-31T18:00:00+00:00, +4h, +3d or cut-off")
    if instant.tzinfo is None:
        refuse(f"--until: '{said}' has no time zone; add Z or +01:00")
    return instant.astimezone(UTC)
