"""The database, whichever it is: an engine for each role, and the scope that says which customers a reader sees."""

import operator
import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.sql import SQL, Identifier
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError

from sql.home import DATABASE, ROLES, Role, login

if TYPE_CHECKING:
    from sql.embedded import Server

__all__ = ["ROLES", "Database", "DatabaseError", "Role", "open_database", "scope", "viewer"]

OLDEST_VERSION = 15
_POOL = {"pool_size": 5, "max_overflow": 10, "pool_pre_ping": True, "pool_recycle": 3600}


class DatabaseError(RuntimeError):
    """The database cannot be used; the message is one line that says which and why."""


class Database:
    """One database, embedded or external; made by `open_database`.

    Embedded: every role is a login of its own. External: the sign-in of DATABASE_URL steps into the role.
    """

    def __init__(self, server: "Server | None" = None, url: URL | None = None, name: str = DATABASE) -> None:
        self.server = server
        self.url = url
        self.name = name if url is None else str(url.database)
        self._engines: dict[tuple[int, Role], Engine] = {}
        self._guard = threading.Lock()

    def __repr__(self) -> str:
        where = self.server.home.path if self.server else self.url
        return f"<Database {self.name} of {where!s}>"

    def engine(self, role: Role) -> Engine:
        """The pool of connections that act as this role; one per process, also after a fork."""
        if role not in ROLES:
            raise ValueError(f"there is no role {role!r}; the roles are {', '.join(ROLES)}")
        key = (os.getpid(), role)
        with self._guard:
            if key not in self._engines:
                self._engines[key] = self._make_engine(role)
            return self._engines[key]

    def connect(self, role: Role, *, autocommit: bool = False) -> psycopg.Connection:
        """A psycopg connection of one's own that acts as this role: for migrations, LISTEN, advisory locks."""
        connection = self._connect(role)
        if self.server is None:
            _become(connection, role)
        connection.autocommit = autocommit
        return connection

    def connect_as_administrator(self) -> psycopg.Connection:
        """A connection in autocommit mode that may create roles and databases: the URL's own sign-in."""
        connection = self._connect("superuser")
        connection.autocommit = True
        return connection

    def dispose(self) -> None:
        """Close the pools of this process; the next use opens new ones."""
        with self._guard:
            for (process, _), engine in self._engines.items():
                if process == os.getpid():
                    engine.dispose()
            self._engines.clear()

    def close(self) -> None:
        """Close the pools of this process and give up the place at the embedded server."""
        self.dispose()
        if self.server is not None:
            self.server.close()

    def _make_engine(self, role: Role) -> Engine:
        engine = create_engine("postgresql+psycopg://", creator=lambda: self._connect(role), **_POOL)
        if self.server is None:

            @event.listens_for(engine, "checkout")
            def step_into_role(connection: Any, record: object, proxy: object) -> None:
                # At every checkout, whatever the last user left; outside a transaction, so that no rollback undoes it.
                _become(connection, role)

        return engine

    def _connect(self, role: Any) -> psycopg.Connection:
        if self.server is not None:
            connection = self.server.connect(role, self.name)
        else:
            assert self.url is not None
            connection = _connect_to(self.url)
        if connection.info.server_version < OLDEST_VERSION * 10000:
            version = connection.info.parameter_status("server_version")
            connection.close()
            raise DatabaseError(f"PostgreSQL {OLDEST_VERSION} or newer is needed; this server is {version}")
        connection.autocommit = True
        connection.execute(SQL("SET application_name = {}").format(f"throughline {role}"))
        connection.execute("SET TIME ZONE 'UTC'")
        connection.autocommit = False
        return connection


def open_database(url: str | None = None, home: Path | None = None) -> Database:
    """The database of `url`, else the embedded one of `home`, else of DATABASE_URL, else the embedded default.

    The first start of an embedded server takes a few seconds, later ones a fraction of one. Raises DatabaseError or
    ServerError, one line each.
    """
    if url is None and home is None:
        url = os.environ.get("DATABASE_URL") or None
    if url is None:
        from sql.embedded import attach

        return Database(server=attach(home))
    database = Database(url=_parse(url))
    database.connect_as_administrator().close()
    return database


def scope(conn: Connection, customer_ids: Sequence[int], as_of: datetime | None = None) -> None:
    """Say whose rows this transaction sees, and as of which instant. No customer: no row.

    It holds until the transaction ends. `SET LOCAL` and not set_config(): only this reaches the workers of Citus.
    Raises ValueError for an id that is no integer and for an instant without a zone, RuntimeError outside a
    transaction, where the setting would be lost without a word.
    """
    if not conn.in_transaction() or conn.connection.dbapi_connection.autocommit:  # type: ignore[union-attr]
        raise RuntimeError("scope() needs a transaction: it would be forgotten at once")
    if as_of is not None and as_of.tzinfo is None:
        raise ValueError(f"as_of needs a time zone: {as_of!r}")
    ids = ",".join(str(_customer_id(value)) for value in customer_ids)
    instant = as_of.astimezone(UTC).isoformat() if as_of is not None else ""
    conn.exec_driver_sql(f"SET LOCAL app.customers = '{ids}'")
    conn.exec_driver_sql(f"SET LOCAL app.as_of = '{instant}'")


@contextmanager
def viewer(
    database: Database, customer_ids: Sequence[int], as_of: datetime | None = None
) -> Iterator[Connection]:
    """A transaction that reads what these customers' viewers may see."""
    with database.engine("viewer").begin() as conn:
        scope(conn, customer_ids, as_of)
        yield conn


def _customer_id(value: object) -> int:
    try:
        number = operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        raise ValueError(f"a customer id is an integer, not {value!r}") from None
    if isinstance(value, bool) or not 0 < number < 2**31:
        raise ValueError(f"a customer id is an integer above zero, not {value!r}")
    return number


def _become(connection: psycopg.Connection, role: Role) -> None:
    before = connection.autocommit
    connection.autocommit = True
    try:
        connection.execute(SQL("SET ROLE {}").format(Identifier(login(role))))
    except psycopg.Error as error:
        raise DatabaseError(
            f"{connection.info.user} cannot act as {login(role)} in {connection.info.dbname}:"
            f" {str(error).splitlines()[0]} (have the migrations run?)"
        ) from error
    connection.autocommit = before


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise DatabaseError("DATABASE_URL is no address: postgresql://user:password@host:5432/name") from None
    if parsed.get_backend_name() not in ("postgresql", "postgres"):
        raise DatabaseError(
            f"DATABASE_URL names {parsed.get_backend_name()}; only postgresql:// can be used here"
        )
    if not parsed.database:
        raise DatabaseError("DATABASE_URL names no database: postgresql://user:password@host:5432/name")
    return parsed


def _connect_to(url: URL) -> psycopg.Connection:
    plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
    try:
        return psycopg.connect(plain)
    except psycopg.OperationalError as error:
        reason = " ".join(str(error).split())
        raise DatabaseError(f"{url.render_as_string()} cannot be reached: {reason}") from error
