"""Reads the served systems' stores for the loopback server, and what the administrator of a simulated platform set."""

from __future__ import annotations

import base64
import binascii
import hmac
import json
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from app.demo.stores import platform


class BadCursor(ValueError):
    """A cursor that this server never gave."""


class Store:
    """The SQLite file behind one served system."""

    def __init__(self, folder: Path, customer: str, system: str) -> None:
        self.customer, self.system, self._folder = customer, system, folder
        path = folder / "sources" / customer / f"{system}.db"
        if not path.is_file():
            raise FileNotFoundError(f"there is no served system {customer}/{system}")
        self.engine = sa.create_engine(f"sqlite:///{path}", poolclass=sa.NullPool)
        self._metadata = sa.MetaData()

    def table(self, name: str) -> sa.Table:
        """A table by its name; raises KeyError for one that is not there."""
        if name not in self._metadata.tables:
            if not sa.inspect(self.engine).has_table(name):
                raise KeyError(name)
            sa.Table(name, self._metadata, autoload_with=self.engine)
        return self._metadata.tables[name]

    def rows(self, query: sa.Select[Any]) -> list[dict[str, Any]]:
        """The rows of a query as dictionaries."""
        with self.engine.connect() as conn:
            return [dict(row) for row in conn.execute(query).mappings()]

    def number(self, query: sa.Select[Any]) -> int:
        """The one number a query answers."""
        with self.engine.connect() as conn:
            return int(conn.execute(query).scalar_one())

    def settings(self) -> dict[str, Any]:
        """How far a platform shows its runs (`shown_until`, epoch milliseconds) and whether its key was withdrawn."""
        return platform(self._folder / "sources", self.customer)

    def admits(self, given: str | None) -> bool:
        """Whether this key opens the system."""
        if self.system == "ipaas" and self.settings().get("key_withdrawn"):
            return False
        path = self._folder / "secrets" / f"{self.customer}-{self.system}.key"
        if not path.is_file():
            return False
        key = path.read_text(encoding="ascii").strip()
        return given is not None and hmac.compare_digest(given.encode(), key.encode())


@lru_cache(maxsize=64)
def store(folder: Path, customer: str, system: str) -> Store:
    """The store of a served system, opened once."""
    return Store(folder, customer, system)


def seal(position: Any) -> str:
    """A position as an opaque cursor."""
    return base64.b64encode(json.dumps(position, separators=(",", ":")).encode()).decode()


def unseal(cursor: str) -> Any:
    """The position in a cursor; raises BadCursor."""
    try:
        return json.loads(base64.b64decode(cursor.encode(), validate=True))
    except (binascii.Error, ValueError) as error:
        raise BadCursor(cursor[:40]) from error


def later_than(changed: sa.ColumnElement[Any], key: sa.ColumnElement[Any], position: Iterable[Any]) -> sa.ColumnElement[bool]:  # fmt: skip
    """Keyset: strictly behind (changed, key)."""
    at, last = position
    return sa.or_(changed > at, sa.and_(changed == at, key > last))
