"""The database, whichever it is: an engine for each role, and the scope that says which customers a reader sees."""

import operator
import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg.sql import SQL
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DisconnectionError

from sql.ask import plan_each
from sql.home import DATABASE, ROLES, Role, login

if TYPE_CHECKING:
    from sql.embedded import Server

__all__ = [
    "ROLES",
    "Database",
    "DatabaseError",
    "Role",
    "look_from",
    "open_database",
    "scope",
    "transaction",
    "viewer",
]

OLDEST_VERSION = 15


class DatabaseError(RuntimeError):
    """The database cannot be used; the message is one line that says which and why."""


class Database:
    """One database, embedded or external; made by `open_database`.

    Embedded: every role is a login of its own. External: the sign-in of DATABASE_URL steps into the role.
    """

    def __init__(self, server: "Server | None" = None, address: str = "", name: str | None = None) -> None:
        self.server = server
        self.address = address
        self.name = name or (DATABASE if server else str(conninfo_to_dict(address)["dbname"]))
        self._engines: dict[tuple[int, Role], Engine] = {}
        self._guard = threading.Lock()

    def __repr__(self) -> str:
        return f"<Database {self.name} {'in' if self.server else 'at'} {self.place}>"

    @property
    def place(self) -> str:
        """Where it is, for people: a folder or a host, never a password."""
        if self.server is not None:
            return str(self.server.home.path)
        parts = conninfo_to_dict(self.address)
        return f"{parts.get('host', 'localhost')}:{parts.get('port', 5432)}"

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
        try:
            self._become(connection, role)
        except BaseException:
            connection.close()
            raise
        connection.autocommit = autocommit
        return connection

    def connect_as_administrator(self) -> psycopg.Connection:
        """A connection in autocommit mode that may create roles and databases: the address's own sign-in."""
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
        engine = create_engine(
            "postgresql+psycopg://",
            creator=lambda: self._connect(role),
            pool_size=5,
            max_overflow=10,
            pool_pre_ping=True,
            pool_recycle=3600,
        )
        event.listen(engine, "before_cursor_execute", plan_each)

        @event.listens_for(engine, "checkout")
        def start_clean(connection: psycopg.Connection, record: object, proxy: object) -> None:
            try:
                self._become(connection, role)
            except psycopg.OperationalError as error:
                raise DisconnectionError(str(error)) from error  # the pool tries another one

        return engine

    def _connect(self, role: Role | Literal["superuser"]) -> psycopg.Connection:
        if self.server is not None:
            connection = self.server.connect(role, self.name)
        else:
            try:
                connection = psycopg.connect(self.address, dbname=self.name)
            except psycopg.OperationalError as error:
                reason = " ".join(str(error).split())
                raise DatabaseError(f"the database {self.name} cannot be reached: {reason}") from error
        if connection.info.server_version < OLDEST_VERSION * 10000:
            version = connection.info.parameter_status("server_version")
            connection.close()
            raise DatabaseError(
                f"PostgreSQL {OLDEST_VERSION} or newer is needed; the server at {self.place} is {version}"
            )
        connection.autocommit = True
        connection.execute(SQL("SET application_name = {}").format(f"throughline {role}"))
        connection.execute("SET TIME ZONE 'UTC'")
        connection.autocommit = False
        return connection

    def _become(self, connection: psycopg.Connection, role: Role) -> None:
        """Act as the role, in nobody's scope, whatever the connection's last user left behind.

        Outside a transaction, so that no rollback brings back what was before.
        """
        settings = {"app.customers": "", "app.as_of": "", "app.staff": ""}
        if self.server is None:
            settings["role"] = login(role)
        calls = SQL(", ").join(
            SQL("set_config({}, {}, false)").format(key, value) for key, value in settings.items()
        )
        before = connection.autocommit
        connection.autocommit = True
        try:
            connection.execute(SQL("SELECT {}").format(calls))
        except psycopg.OperationalError:
            raise
        except psycopg.Error as error:
            raise DatabaseError(
                f"{connection.info.user} cannot act as {login(role)} in {self.name} at {self.place}:"
                f" {str(error).splitlines()[0]} (have the migrations run?)"
            ) from error
        connection.autocommit = before


def open_database(url: str | None = None, home: Path | None = None) -> Database:
    """The database of `url`, else the embedded one of `home`, else that of DATABASE_URL, else the embedded default.

    The first start of an embedded server takes a few seconds, later ones a fraction of one. Raises DatabaseError or
    ServerError, one line each.
    """
    if url is None and home is None:
        url = os.environ.get("DATABASE_URL") or None
    if url is None:
        from sql.embedded import attach

        return Database(server=attach(home))
    database = Database(address=_address(url))
    database.connect_as_administrator().close()
    return database


def scope(
    conn: Connection, customer_ids: Sequence[int], as_of: datetime | None = None, *, staff: bool = False
) -> None:
    """Say whose rows this transaction sees, and as of which instant. No customer: no row.

    `staff`: it reads for the partner's own people, who may also see what serving the customers earns and costs.
    It holds until the transaction ends. `SET LOCAL` and not set_config(): only this reaches the workers of Citus.
    Raises ValueError for an id that is no integer and for an instant without a zone, RuntimeError outside a
    transaction, where the setting would be lost without a word.
    """
    raw: Any = conn.connection.dbapi_connection
    if not conn.in_transaction() or raw.autocommit:
        raise RuntimeError("scope() needs a transaction: it would be forgotten at once")
    ids = ",".join(str(_customer_id(value)) for value in customer_ids)
    settings = f"SET LOCAL app.customers = '{ids}'; SET LOCAL app.staff = '{'on' if staff else ''}'"
    # one round trip; a prepared statement would have to be three
    raw.execute(f"{_as_of(as_of)}; {settings}", prepare=False)


def look_from(conn: Connection, as_of: datetime | None) -> None:
    """Look from another instant (None: now), at the customers that the transaction sees already."""
    conn.exec_driver_sql(_as_of(as_of))


def _as_of(instant: datetime | None) -> str:
    if instant is not None and instant.tzinfo is None:
        raise ValueError(f"as_of needs a time zone: {instant!r}")
    return f"SET LOCAL app.as_of = '{instant.astimezone(UTC).isoformat() if instant is not None else ''}'"


@contextmanager
def transaction(database: Database, role: Role, *, steady: bool) -> Iterator[Connection]:
    """A transaction of a role, in nobody's scope; `steady`: all that it reads is from one snapshot, whatever is written meanwhile."""
    engine = database.engine(role)
    if steady:
        engine = engine.execution_options(isolation_level="REPEATABLE READ")
    with engine.begin() as conn:
        yield conn


@contextmanager
def viewer(
    database: Database,
    customer_ids: Sequence[int],
    as_of: datetime | None = None,
    *,
    staff: bool = False,
    steady: bool = False,
) -> Iterator[Connection]:
    """A transaction that reads what these customers' viewers may see; `staff`: what the partner's own people may; `steady` as above."""
    with transaction(database, "viewer", steady=steady) as conn:
        scope(conn, customer_ids, as_of, staff=staff)
        yield conn


def _customer_id(value: object) -> int:
    try:
        number = operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        raise ValueError(f"a customer id is an integer, not {value!r}") from None
    if isinstance(value, bool) or not 0 < number < 2**31:
        raise ValueError(f"a customer id is an integer above zero, not {value!r}")
    return number


def _address(url: str) -> str:
    """DATABASE_URL as libpq reads it. The messages never repeat it: it holds a password."""
    scheme, found, rest = url.strip().partition("://")
    example = "postgresql://user:password@host:5432/name"
    if not found or scheme not in ("postgresql", "postgres", "postgresql+psycopg"):
        raise DatabaseError(f"DATABASE_URL must begin with postgresql://, like {example}")
    try:
        parts = conninfo_to_dict(f"postgresql://{rest}")
    except psycopg.ProgrammingError:
        raise DatabaseError(f"DATABASE_URL cannot be read; it should look like {example}") from None
    if not parts.get("dbname"):
        raise DatabaseError(f"DATABASE_URL names no database; it should look like {example}")
    return f"postgresql://{rest}"
