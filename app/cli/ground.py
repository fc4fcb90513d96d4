"""What every command stands on: the migrated database, the clock, and a customer found by key."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import text

import sql
from app.cli.output import refuse
from sql.database import Database, DatabaseError, open_database
from sql.home import ServerError
from sql.migrate import MigrationError, migrate


def now() -> datetime:
    """The instant a command speaks of."""
    return datetime.now(UTC)


@contextmanager
def database() -> Iterator[Database]:
    """The database of DATABASE_URL or the embedded one, migrated; what keeps it from opening is said in one line."""
    try:
        db = open_database()
        try:
            migrate(db)
            yield db
        finally:
            db.close()
    except (DatabaseError, ServerError, MigrationError) as error:
        refuse(str(error))


@dataclass(frozen=True)
class CustomerEntry:
    """One customer as commands name it."""

    customer_id: int
    partner_id: int
    key: str
    name: str
    partner_key: str
    partner_name: str
    time_zone: str
    currency: str
    locale: str


def customers(db: Database) -> list[CustomerEntry]:
    """The customers in service, by partner and key."""
    with db.engine("owner").connect() as conn:
        return [CustomerEntry(**row._mapping) for row in conn.execute(text(sql.query("config/customers")))]


def find_customer(db: Database, key: str, among: Collection[int] | None = None) -> CustomerEntry:
    """The customer that `acme` or `northwind/acme` names, of all or `among` these; ends the command when there is none or more than one."""
    known = customers(db)
    named = [c for c in known if key in (c.key, f"{c.partner_key}/{c.key}")]
    found = [c for c in named if among is None or c.customer_id in among]
    if len(found) == 1:
        return found[0]
    if found:
        refuse(
            f"customer '{key}' is not unique; write {' or '.join(f'{c.partner_key}/{c.key}' for c in found)}"
        )
    if named:
        refuse(f"the customer '{key}' is not one of yours")
    refuse(
        f"there is no customer '{key}'; customers are {', '.join(c.key for c in known) or 'none yet (throughline apply)'}"
    )
