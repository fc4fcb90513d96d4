"""Runs one of our queries on a plain psycopg connection: for the write path, which needs COPY."""

import re
from functools import cache
from typing import Any

import psycopg
from psycopg.pq import TransactionStatus
from sqlalchemy import Connection

from sql import query

_PARAMETER = re.compile(r"(?<![:\w]):([a-z_][a-z0-9_]*)\b")
_COMMENT = re.compile(r"--[^\n]*")


def plain(conn: Connection | psycopg.Connection) -> psycopg.Connection:
    """The psycopg connection behind either kind, with a transaction begun: both kinds then share it.

    Begun, because psycopg's `transaction()` is a savepoint inside a transaction, and commits at its end outside one.
    """
    if isinstance(conn, psycopg.Connection):
        driver = conn
    else:
        conn.get_transaction() or conn.begin()
        found = conn.connection.driver_connection
        assert isinstance(found, psycopg.Connection)
        driver = found
    if driver.info.transaction_status == TransactionStatus.IDLE and not driver.autocommit:
        driver.execute("SELECT 1")
    return driver


@cache
def _text(name: str) -> bytes:
    text = _COMMENT.sub("", query(name)).replace("%", "%%")
    return _PARAMETER.sub(r"%(\1)s", text).encode()


def ask(conn: psycopg.Connection, name: str, /, **parameters: Any) -> list[Any]:
    """All rows of a query, as tuples; an empty list for a statement that answers none."""
    done = conn.execute(_text(name), parameters)
    return done.fetchall() if done.description else []
