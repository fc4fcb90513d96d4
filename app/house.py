"""What the running server shares with its pages: the database and its clock, the settings, the brands, the sessions."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from app.auth.sessions import Session, Sessions
from app.brands import Brands, host_name
from app.clock import Clock
from app.retrying import NoPlatforms, Platforms
from app.settings import Settings
from sql.database import Database


@dataclass(frozen=True)
class House:
    """One running server."""

    db: Database
    settings: Settings
    brands: Brands
    sessions: Sessions
    clock: Clock
    platforms: Platforms = field(default_factory=NoPlatforms)

    def session(self, sha256: bytes, host_header: str, now: datetime) -> Session | None:
        """The live session behind a hash, for this host."""
        return self.sessions.find(sha256, host_name(host_header), now, touch=False)


_current: House | None = None


def build(db: Database, settings: Settings, platforms: Platforms | None = None) -> House:
    """A house over a database; without platforms nothing is ever sent from it."""
    own = Brands(db, settings), Sessions(db, settings), Clock(db)
    return House(db, settings, *own, platforms or NoPlatforms())


def open_house(house: House) -> None:
    """Make this the house of the process."""
    global _current
    _current = house


def current() -> House:
    """The house of this process; RuntimeError before the server has started."""
    if _current is None:
        raise RuntimeError("no server has been started in this process")
    return _current
