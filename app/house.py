"""What the running server shares with its pages: the database, the settings, the brands, the sessions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app.auth.sessions import Session, Sessions
from app.brands import Brands, host_name
from app.settings import Settings
from sql.database import Database


@dataclass(frozen=True)
class House:
    """One running server."""

    db: Database
    settings: Settings
    brands: Brands
    sessions: Sessions

    def session(self, sha256: bytes, host_header: str, now: datetime) -> Session | None:
        """The live session behind a hash, for this host."""
        return self.sessions.find(sha256, host_name(host_header), now, touch=False)


_current: House | None = None


def build(db: Database, settings: Settings) -> House:
    """A house over a database."""
    return House(db, settings, Brands(db, settings), Sessions(db, settings))


def open_house(house: House) -> None:
    """Make this the house of the process."""
    global _current
    _current = house


def current() -> House:
    """The house of this process; RuntimeError before the server has started."""
    if _current is None:
        raise RuntimeError("no server has been started in this process")
    return _current
