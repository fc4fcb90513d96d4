"""Runs one of our queries by its name: on SQLAlchemy's connection, or on the plain psycopg one beneath it."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any
from weakref import WeakSet

import psycopg
from psycopg.pq import TransactionStatus
from psycopg.rows import dict_row
from sqlalchemy import Connection, CursorResult, RootTransaction, TextClause, text

from sql import query

_PARAMETER = re.compile(r"(?<![:\w]):([a-z_][a-z0-9_]*)\b")
_COMMENT = re.compile(r"--[^\n]*")
KEPT = 200
"""So many questions a connection keeps whose plans are wanted again; the driver's own hundred is just what a review pack asks."""
_PLANS_ONCE: WeakSet[RootTransaction] = WeakSet()
"""Transactions whose questions are planned once for all parameters, until somebody asks in another way."""


def plain(conn: Connection | psycopg.Connection) -> psycopg.Connection:
    """The psycopg connection behind either kind, with a transaction begun: both kinds then share it.

    Begun, because psycopg's `transaction()` is a savepoint inside a transaction, and commits at its end outside one.
    """
    if isinstance(conn, psycopg.Connection):
        driver = conn
    else:
        driver = _begun(conn)
        plan_each(conn)
    if driver.info.transaction_status == TransactionStatus.IDLE and not driver.autocommit:
        driver.execute("SELECT 1")
    return driver


def _begun(conn: Connection) -> psycopg.Connection:
    conn.get_transaction() or conn.begin()
    found = conn.connection.driver_connection
    assert isinstance(found, psycopg.Connection)
    return found


def plan_each(conn: Connection, *_execution: object) -> None:
    """From here on the database plans for the parameters at hand again; also what every engine does before it executes."""
    transaction = conn.get_transaction()
    if transaction is not None and transaction in _PLANS_ONCE:
        _PLANS_ONCE.discard(transaction)
        _begun(conn).execute(b"SET LOCAL plan_cache_mode = auto")


@cache
def _statement(name: str) -> tuple[TextClause, tuple[str, ...]]:
    statement = text(query(name))
    return statement, tuple(statement.compile().params)


def execute(conn: Connection, name: str, /, **parameters: Any) -> CursorResult[*tuple[Any, ...]]:
    """What a query answers; what it does not ask for of `parameters` is left out. Raises KeyError for one that it lacks."""
    statement, names = _statement(name)
    return conn.execute(statement, {name: parameters[name] for name in names})


@cache
def _text(name: str) -> bytes:
    text = _COMMENT.sub("", query(name)).replace("%", "%%")
    return _PARAMETER.sub(r"%(\1)s", text).encode()


def ask(conn: psycopg.Connection, name: str, /, **parameters: Any) -> list[Any]:
    """All rows of a query on the connection that COPY needs, as tuples; an empty list for a statement that answers none."""
    done = conn.execute(_text(name), parameters)
    return done.fetchall() if done.description else []


@cache
def _numbered(text: str) -> tuple[bytes, tuple[str, ...]]:
    """A text with $1, $2, … for its parameters, and what these are called."""
    bare = _COMMENT.sub("", text)
    names = tuple(dict.fromkeys(_PARAMETER.findall(bare)))
    return _PARAMETER.sub(lambda found: f"${names.index(found[1]) + 1}", bare).encode(), names


def mappings(
    conn: Connection,
    text: str,
    parameters: Mapping[str, Any],
    *,
    planned_once: bool = False,
    planned_anew: bool = False,
) -> list[dict[str, Any]]:
    """All rows of a question by column name; what it does not ask for of `parameters` is left out.

    The text is turned into what the database is sent once. The driver would do that for every execution of a text of
    more than 4 KB, which takes as long as answering a question from the rollups. `planned_once`: one plan serves the
    question for all parameters, for what costs less to answer than to plan; the transaction stays in that mode until
    it is asked otherwise. `planned_anew`: planned for these parameters, whatever it was asked with before. Raises
    psycopg.Error.
    """
    sent, names = _numbered(text)
    values = [parameters[name] for name in names]
    driver = _begun(conn) if planned_once else plain(conn)
    with psycopg.RawCursor(driver, row_factory=dict_row) as cursor:
        if planned_anew:
            with driver.pipeline():
                driver.execute(b"SET LOCAL plan_cache_mode = force_custom_plan")
                cursor.execute(sent, values)
                driver.execute(b"SET LOCAL plan_cache_mode = auto")
            return cursor.fetchall()
        transaction = conn.get_transaction()
        if not planned_once or transaction is None or transaction in _PLANS_ONCE:
            return cursor.execute(sent, values).fetchall()
        with driver.pipeline():  # one round trip for both
            driver.execute(b"SET LOCAL plan_cache_mode = force_generic_plan")
            cursor.execute(sent, values)
        _PLANS_ONCE.add(transaction)
        return cursor.fetchall()


@contextmanager
def plans_kept(conn: Connection) -> Iterator[None]:
    """Meanwhile every question is prepared when it is asked first, not the sixth time, and its connection keeps it.

    For work that asks the same hundred questions of one customer after the other: reading a long question and what its
    views stand for takes the database as long as many answers.
    """
    driver = plain(conn)
    before = driver.prepare_threshold
    driver.prepare_threshold, driver.prepared_max = 0, KEPT
    try:
        yield
    finally:
        driver.prepare_threshold = before
