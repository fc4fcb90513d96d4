"""What the commands that settle a month stand on: who acts for which side, and instants and days said in words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from sqlalchemy import text

from app.cli import ground
from app.cli.ground import CustomerEntry
from app.cli.output import refuse, trouble
from metrics.sla.desk import Desk, NotAllowedError, Person, desk
from metrics.sla.draft import Parties
from metrics.sla.seal import NotSealableError
from metrics.sla.statement import StatementError
from metrics.sla.terms import TermsError
from metrics.sla.window import Subject
from sql import query
from sql.database import Database

Who = Annotated[
    str,
    typer.Option(
        "--as",
        envvar="THROUGHLINE_AS",
        help="Who acts, by e-mail: the partner's account manager or the customer's executive.",
    ),
]


@dataclass(frozen=True)
class Seat:
    """Somebody at the desk of one customer."""

    desk: Desk
    entry: CustomerEntry

    @property
    def subject(self) -> Subject:
        """The customer as service levels name it."""
        return parties_of(self.entry).subject


@contextmanager
def seated(customer: str, who: str, *, steady: bool = False) -> Iterator[Seat]:
    """A desk of the customer for the person of an e-mail; what they may not do ends the command with one line."""
    with ground.database() as db:
        entry = ground.find_customer(db, customer)
        try:
            with desk(db, person_of(db, who), entry.customer_id, entry.key, steady=steady) as found:
                yield Seat(found, entry)
        except (NotAllowedError, NotSealableError, StatementError, TermsError) as error:
            trouble(str(error))


def parties_of(entry: CustomerEntry) -> Parties:
    """Who the customer's statements are between."""
    subject = Subject(entry.customer_id, entry.key, entry.time_zone)
    return Parties(subject, entry.name, entry.partner_key, entry.partner_name)


def person_of(db: Database, named: str) -> Person:
    """The person of an e-mail (northwind/ada@… where two partners know it); ends the command when there is none."""
    partner, _, email = named.rpartition("/")
    with db.engine("owner").begin() as conn:
        rows = conn.execute(text(query("config/person_named")), {"email": email}).all()
    found = [row for row in rows if partner in ("", row.partner)]
    if not found:
        refuse(f"--as: nobody is called '{named}'; see throughline users list")
    if len(found) > 1:
        refuse(
            f"--as: '{email}' is not unique; write {' or '.join(f'{row.partner}/{email}' for row in found)}"
        )
    (one,) = found
    return Person(one.email, one.name, one.role, tuple(one.customer_ids))


def instant(option: str, said: str, time_zone: str) -> datetime:
    """An instant as a person says it; without a zone it is the customer's."""
    try:
        found = datetime.fromisoformat(said)
    except ValueError:
        refuse(f"{option}: '{said}' is no instant; write it like 2026-10-31T18:00")
    return found if found.tzinfo else found.replace(tzinfo=ZoneInfo(time_zone))


def span_of(since: str | None, until: str | None, time_zone: str) -> tuple[datetime, datetime] | None:
    """The stretch of time between two instants; None without either."""
    if since is None and until is None:
        return None
    if since is None or until is None:
        refuse("--from and --to belong together")
    return instant("--from", since, time_zone), instant("--to", until, time_zone)


def day(option: str, said: str | None) -> date | None:
    """A day as a person says it; None without one."""
    try:
        return None if said is None else date.fromisoformat(said)
    except ValueError:
        refuse(f"{option}: '{said}' is no day; write it like 2026-10-31")
