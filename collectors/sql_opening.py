"""The way into any SQL database: its address, its driver, and values that no type of ours can hold."""

from __future__ import annotations

import sqlite3
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
from psycopg.abc import AdaptContext, Buffer
from psycopg.adapt import Loader
from sqlalchemy import Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError
from sqlalchemy.pool import NullPool

from collectors.secrets import resolve
from collectors.stream import SourceError
from collectors.system import System

CONNECT_SECONDS = 30
_LIVING = {
    "keepalives_idle": 60,
    "keepalives_interval": 15,
    "keepalives_count": 4,
    "tcp_user_timeout": 120_000,
}
"""A query may take its time (`sql_deadline`); a network that is gone is noticed within two minutes, and not in two hours."""


def opened(system: System) -> Engine:
    """The engine of a system's database, read only where the database can be told so. Raises SourceError for an address of no use."""
    try:
        url = make_url(system.url or "")
    except ArgumentError:
        raise SourceError(
            f"{system.label}: url must be like postgresql://user@host/name or sqlite:///path",
            permanent=True,
            kind="address",
        ) from None
    if url.password:
        raise SourceError(
            f"{system.label}: url holds a password; put it behind secret: env:NAME",
            permanent=True,
            kind="address",
        )
    if url.get_backend_name() == "sqlite":
        return _sqlite(system, url.database or "")
    if url.drivername == "postgresql":
        url = url.set(drivername="postgresql+psycopg")
    if system.secret:
        url = url.set(password=resolve(system.secret))
    try:
        if url.get_backend_name() == "postgresql":
            engine = create_engine(
                url,
                poolclass=NullPool,
                connect_args={"connect_timeout": CONNECT_SECONDS, **_LIVING},
                execution_options={"postgresql_readonly": True},
            )
            event.listen(engine, "connect", _read_every_moment)
            return engine
        return create_engine(url, poolclass=NullPool)
    except (NoSuchModuleError, ModuleNotFoundError) as error:
        raise SourceError(
            f"{system.label}: there is no driver for {url.drivername}: {error}",
            permanent=True,
            kind="address",
        ) from None


class _OrText(Loader):
    """A moment; as text where it lies beyond what can be kept (infinity, before Christ), so that only its record suffers."""

    inner: type[Loader]

    def __init__(self, oid: int, context: AdaptContext | None = None) -> None:
        super().__init__(oid, context)
        self._inner = self.inner(oid, context)

    def load(self, data: Buffer) -> Any:
        """The moment, or its text."""
        try:
            return self._inner.load(data)
        except psycopg.DataError:
            return bytes(data).decode()


def _read_every_moment(connection: psycopg.Connection, record: object) -> None:
    for name in ("timestamptz", "timestamp", "date", "time", "timetz", "interval"):
        oid = psycopg.adapters.types[name].oid
        inner = psycopg.adapters.get_loader(oid, psycopg.pq.Format.TEXT)
        assert inner is not None, name
        connection.adapters.register_loader(oid, type(f"_{name}OrText", (_OrText,), {"inner": inner}))


def _sqlite(system: System, database: str) -> Engine:
    """A SQLite file, read only; what is no UTF-8 survives, so that only the record that holds it suffers."""
    file = Path(database)
    if not file.is_file():
        raise SourceError(f"{system.label}: there is no file {file.name}", permanent=True, kind="unreachable")

    def connect() -> sqlite3.Connection:
        found = sqlite3.connect(f"file:{quote(str(file))}?mode=ro", uri=True, check_same_thread=False)
        found.text_factory = partial(str, encoding="utf-8", errors="surrogateescape")
        return found

    return create_engine("sqlite://", creator=connect, poolclass=NullPool)
